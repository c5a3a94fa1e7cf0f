/* test_heap.c - what the heap of alarms promises. */
#include "check.h"

enum { ALARMS = 200 };

static struct weft_alarm alarms[ALARMS];
static struct weft_heap_place places[ALARMS];
static struct weft_heap heap;

static void reset(void)
{
    memset(alarms, 0, sizeof alarms);
    heap = (struct weft_heap){.places = places, .capacity = ALARMS};
}

static void push(int id, weft_ticks when)
{
    weft_heap_push(&heap, &alarms[id], when);
    CHECK(weft_heap_verify(&heap));
}

static int pop(void)
{
    struct weft_alarm *alarm = heap.places[0].alarm;

    weft_heap_remove(&heap, alarm);
    CHECK(!weft_alarm_is_set(alarm));
    CHECK(weft_heap_verify(&heap));
    return (int)(alarm - alarms);
}

static void zero_is_an_empty_heap(void)
{
    struct weft_heap empty = {0};
    struct weft_alarm alarm = {0};

    CHECK(weft_heap_verify(&empty));
    CHECK_INT(empty.count, 0);
    CHECK(!weft_alarm_is_set(&alarm));
    weft_heap_remove(&empty, &alarm);
    CHECK_INT(empty.count, 0);
}

static void the_soonest_comes_first(void)
{
    static const int when[] = {5, -3, 8, 0, 7, 1, 6, 2, 4, 3};

    reset();
    for (int i = 0; i < 10; i++) {
        push(i, when[i]);
    }
    CHECK_INT(weft_heap_when(&heap, &alarms[2]), 8);
    for (int last = -4, i = 0; i < 10; i++) {
        int id = pop();

        CHECK(when[id] > last);
        last = when[id];
    }
    CHECK_INT(heap.count, 0);
}

/* CPython's heapq gives 0 2 6 5 7 4 1 3 here: a documented difference. */
static void equal_deadlines_come_out_as_they_went_in(void)
{
    reset();
    for (int i = 0; i < ALARMS; i++) {
        push(i, i % 3 == 0 ? 1 : 2);
    }
    for (int i = 0; i < ALARMS; i += 3) {
        CHECK_INT(pop(), i);
    }
    for (int i = 0; i < ALARMS; i++) {
        if (i % 3 != 0) {
            CHECK_INT(pop(), i);
        }
    }
}

static void order_of_equals_survives_the_wrap_of_its_counter(void)
{
    reset();
    heap.turn = UINT_MAX - 3;
    for (int i = 0; i < 8; i++) {
        push(i, 1);
    }
    for (int i = 0; i < 8; i++) {
        CHECK_INT(pop(), i);
    }
}

static void an_alarm_leaves_from_any_place(void)
{
    for (int gone = 0; gone < 30; gone++) {
        int expected = 0;

        reset();
        for (int i = 0; i < 30; i++) {
            push(i, i * 7 % 30);
        }
        weft_heap_remove(&heap, &alarms[gone]);
        CHECK(weft_heap_verify(&heap));
        CHECK(!weft_alarm_is_set(&alarms[gone]));
        while (heap.count > 0) {
            expected += expected == gone * 7 % 30;
            CHECK_INT(pop() * 7 % 30, expected++);
        }
    }
}

static void removing_twice_is_harmless(void)
{
    reset();
    push(0, 1);
    push(1, 2);
    weft_heap_remove(&heap, &alarms[0]);
    weft_heap_remove(&heap, &alarms[0]);
    CHECK_INT(heap.count, 1);
    CHECK_INT(pop(), 1);
}

static void deadlines_may_lie_at_the_ends_of_time(void)
{
    reset();
    push(0, WEFT_FOREVER);
    push(1, -WEFT_FOREVER);
    push(2, 0);
    push(3, WEFT_FOREVER);
    CHECK_INT(pop(), 1);
    CHECK_INT(pop(), 2);
    CHECK_INT(pop(), 0);
    CHECK_INT(pop(), 3);
}

static uint32_t seed = 12345;

static int random_below(int limit)
{
    seed = seed * 1664525u + 1013904223u;
    return (int)((seed >> 16) % (uint32_t)limit);
}

/* Against a model: the soonest of an unordered array, oldest among equals. */
static void a_thousand_random_steps_agree_with_a_plain_search(void)
{
    weft_ticks when[ALARMS];
    long order[ALARMS];

    reset();
    for (long step = 0; step < 4000; step++) {
        int id = random_below(ALARMS);

        if (!weft_alarm_is_set(&alarms[id])) {
            when[id] = random_below(10);
            order[id] = step;
            push(id, when[id]);
        } else if (random_below(2) == 0) {
            weft_heap_remove(&heap, &alarms[id]);
            CHECK(weft_heap_verify(&heap));
        } else {
            int best = id;

            for (int i = 0; i < ALARMS; i++) {
                if (weft_alarm_is_set(&alarms[i]) &&
                    (when[i] < when[best] ||
                     (when[i] == when[best] && order[i] < order[best]))) {
                    best = i;
                }
            }
            CHECK_INT(pop(), best);
        }
    }
}

static void verify_notices_a_broken_heap(void)
{
    reset();
    push(0, 1);
    push(1, 2);
    places[1].when = 0;
    CHECK(!weft_heap_verify(&heap));
    places[1].when = 2;
    CHECK(weft_heap_verify(&heap));
    alarms[1].set.place = 7;
    CHECK(!weft_heap_verify(&heap));
    alarms[1].set.place = 2;
    heap.capacity = 1;
    CHECK(!weft_heap_verify(&heap));
}

#define TESTS(X)                                         \
    X(zero_is_an_empty_heap)                             \
    X(the_soonest_comes_first)                           \
    X(equal_deadlines_come_out_as_they_went_in)          \
    X(order_of_equals_survives_the_wrap_of_its_counter)  \
    X(an_alarm_leaves_from_any_place)                    \
    X(removing_twice_is_harmless)                        \
    X(deadlines_may_lie_at_the_ends_of_time)             \
    X(a_thousand_random_steps_agree_with_a_plain_search) \
    X(verify_notices_a_broken_heap)
TEST_MAIN(TESTS)
