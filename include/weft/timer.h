/* timer.h - a callback at a time.
 *
 * Python   loop.call_later, loop.call_at, asyncio.TimerHandle
 * Memory   56 bytes of the caller's
 * Moving   not while set
 * Errors   WEFT_EALREADY when it is set already, WEFT_EINVAL for a time that
 *          is not a number, WEFT_ENOMEM when the loop has no place for it,
 *          WEFT_ECLOSED
 *
 *     static struct weft_timer blink;
 *
 *     weft_call_later(&loop, &blink, 0.5, toggle_led, NULL);
 *     weft_timer_cancel(&blink);
 *
 * Timers of equal deadlines run in the order in which they were set. One that
 * is due runs in that turn, behind what was ready before.
 */
#ifndef WEFT_TIMER_H
#define WEFT_TIMER_H

#include "weft/loop.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_timer {
    struct weft_alarm alarm;     /* private   */
    struct weft_loop *loop;      /* read-only: while it is set */
    void (*callback)(void *arg); /* read-only */
    void *arg;                   /* read-only */
};

/* Run callback(arg) at a time of the loop's clock. A time that has passed is
 * due in the next turn. O(log timers). */
int weft_call_at_ticks(struct weft_loop *loop, struct weft_timer *timer,
                       weft_ticks when, void (*callback)(void *arg), void *arg);

WEFT_FOLDED_ int weft_call_at(struct weft_loop *loop, struct weft_timer *timer,
                              double when, void (*callback)(void *arg),
                              void *arg)
{
    return weft_call_at_ticks(loop, timer, weft_ticks_from(when), callback,
                              arg);
}

/* The same after a delay; a negative one has passed already. */
int weft_call_later_ticks(struct weft_loop *loop, struct weft_timer *timer,
                          weft_ticks delay, void (*callback)(void *arg),
                          void *arg);

WEFT_FOLDED_ int weft_call_later(struct weft_loop *loop,
                                 struct weft_timer *timer, double seconds,
                                 void (*callback)(void *arg), void *arg)
{
    return weft_call_later_ticks(loop, timer, weft_ticks_from(seconds),
                                 callback, arg);
}

/* It will not run, if it has not yet. Harmless when idle. O(log timers). */
void weft_timer_cancel(struct weft_timer *timer);

/* Set, and its callback not yet begun? */
static inline bool weft_timer_is_set(const struct weft_timer *timer)
{
    return weft_alarm_is_set(&timer->alarm) ||
           weft_node_is_linked(&timer->alarm.entry.node);
}

/* Between files: run it in the next turn, as call_soon does a handle. */
int weft_timer_soon_(struct weft_loop *loop, struct weft_timer *timer,
                     void (*callback)(void *arg), void *arg);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_TIMER_H */
