/* event.h - a flag that tasks can wait for.
 *
 * Python   asyncio.Event
 * Memory   one list head and one bool; nothing is allocated
 * Moving   not while a task is waiting
 * Errors   none; waiting can only end in a cancellation
 *
 *     static struct weft_event ready;           all zero: not set
 *
 *     AWAIT(weft_event_wait(&ready));           in the waiting task
 *     weft_event_set(&ready);                   anywhere in the loop's thread
 */
#ifndef WEFT_EVENT_H
#define WEFT_EVENT_H

#include "weft/frame.h"
#include "weft/list.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_event {
    struct weft_list waiters; /* private   */
    bool is_set;              /* read-only */
};

/* Set the flag and wake every waiter, oldest first. They run in the next turn,
 * never inside this call, and stay awake if the flag is cleared before that.
 * O(waiters). */
void weft_event_set(struct weft_event *event);

/* Clear the flag. O(1). */
static inline void weft_event_clear(struct weft_event *event)
{
    event->is_set = false;
}

static inline bool weft_event_is_set(const struct weft_event *event)
{
    return event->is_set;
}

/* Under AWAIT: until the flag is set. Does not yield when it is. */
struct weft_op weft_event_wait(struct weft_event *event) WEFT_MUST_AWAIT_;

#ifdef __cplusplus
}
#endif

#endif /* WEFT_EVENT_H */
