/* heap.c - a stable 4-ary heap of deadlines. */
#include "weft/heap.h"

enum { HEAP_FANOUT = 4 };

static bool is_sooner(const struct weft_heap_place *a,
                      const struct weft_heap_place *b)
{
    if (a->when != b->when) {
        return weft_ticks_are_sooner_(a->when, b->when);
    }
    return (int)(a->alarm->set.turn - b->alarm->set.turn) < 0;
}

static void put_at(struct weft_heap *heap, unsigned i,
                   struct weft_heap_place place)
{
    heap->places[i] = place;
    place.alarm->set.place = i + 1;
}

static void move_up(struct weft_heap *heap, unsigned i,
                    struct weft_heap_place place)
{
    while (i > 0) {
        unsigned parent = (i - 1) / HEAP_FANOUT;

        if (!is_sooner(&place, &heap->places[parent])) {
            break;
        }
        put_at(heap, i, heap->places[parent]);
        i = parent;
    }
    put_at(heap, i, place);
}

static void move_down(struct weft_heap *heap, unsigned i,
                      struct weft_heap_place place)
{
    for (;;) {
        unsigned child = i * HEAP_FANOUT + 1;
        unsigned end = child + HEAP_FANOUT;
        unsigned best = child;

        if (child >= heap->count) {
            break;
        }
        if (end > heap->count) {
            end = heap->count;
        }
        while (++child < end) {
            if (is_sooner(&heap->places[child], &heap->places[best])) {
                best = child;
            }
        }
        if (!is_sooner(&heap->places[best], &place)) {
            break;
        }
        put_at(heap, i, heap->places[best]);
        i = best;
    }
    put_at(heap, i, place);
}

void weft_heap_push(struct weft_heap *heap, struct weft_alarm *alarm,
                    weft_ticks when)
{
    struct weft_heap_place place = {when, alarm};

    alarm->set.turn = heap->turn++;
    move_up(heap, heap->count++, place);
}

void weft_heap_remove(struct weft_heap *heap, struct weft_alarm *alarm)
{
    struct weft_heap_place last;
    unsigned i = alarm->set.place - 1;

    if (alarm->set.place == 0) {
        return;
    }
    alarm->set.place = 0;
    last = heap->places[--heap->count];
    if (i == heap->count) {
        return;
    }
    if (i > 0 && is_sooner(&last, &heap->places[(i - 1) / HEAP_FANOUT])) {
        move_up(heap, i, last);
    } else {
        move_down(heap, i, last);
    }
}

bool weft_heap_verify(const struct weft_heap *heap)
{
    for (unsigned i = 0; i < heap->count; i++) {
        const struct weft_heap_place *place = &heap->places[i];

        if (place->alarm->set.place != i + 1) {
            return false;
        }
        if (i > 0 && is_sooner(place, &heap->places[(i - 1) / HEAP_FANOUT])) {
            return false;
        }
    }
    return heap->count <= heap->capacity;
}
