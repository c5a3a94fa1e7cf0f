/* heap.h - the alarms of a loop, soonest first.
 *
 * Python   heapq, with one difference: equal deadlines come out first in,
 *          first out
 * Memory   16 bytes a place, in an array that its owner provides; an alarm
 *          carries its place and its turn, 8 bytes, behind its entry
 * Moving   an alarm not while it is set
 * Errors   none; the array must have room
 *
 * Deadlines lie beside each other in the array, four children a node, so that
 * finding the soonest reads few cache lines and no alarm, except to break a
 * tie.
 */
#ifndef WEFT_HEAP_H
#define WEFT_HEAP_H

#include "weft/handle.h"
#include "weft/time.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_alarm_set { /* private */
    unsigned place;     /* 1 for the first of the array; 0: not set */
    unsigned turn;      /* breaks ties; counts up and may wrap      */
};

struct weft_alarm { /* private */
    struct weft_entry entry;
    union {
        struct weft_alarm_set set;
        void *before; /* in a lock's line, which has no alarm */
    };
};

struct weft_heap_place {
    weft_ticks when;
    struct weft_alarm *alarm;
};

struct weft_heap {                  /* all zero: empty, without room */
    struct weft_heap_place *places; /* read-only */
    unsigned count;                 /* read-only */
    unsigned capacity;              /* read-only */
    unsigned turn;                  /* private   */
};

static inline bool weft_alarm_is_set(const struct weft_alarm *alarm)
{
    return alarm->set.place != 0;
}

/* When a set alarm is due. */
static inline weft_ticks weft_heap_when(const struct weft_heap *heap,
                                        const struct weft_alarm *alarm)
{
    return heap->places[alarm->set.place - 1].when;
}

/* Add an alarm that is not set. There must be room. O(log n). */
void weft_heap_push(struct weft_heap *heap, struct weft_alarm *alarm,
                    weft_ticks when);

/* Take an alarm out; nothing happens if it is not set. O(log n). */
void weft_heap_remove(struct weft_heap *heap, struct weft_alarm *alarm);

/* Every parent before its children, every alarm knowing its place. O(n). */
bool weft_heap_verify(const struct weft_heap *heap);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_HEAP_H */
