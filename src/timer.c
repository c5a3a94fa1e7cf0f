/* timer.c - alarms of the user. */
#include "weft/timer.h"

static void clear_timer(struct weft_timer *timer)
{
    weft_loop_unreserve_(timer->loop);
    timer->loop = NULL;
}

static void run_timer(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_timer *timer =
        WEFT_OWNER(entry, struct weft_timer, alarm.entry);

    loop->task = NULL;
    clear_timer(timer);
    timer->callback(timer->arg);
}

static const struct weft_kind timer_kind = {run_timer, "timer", NULL};

static int claim_timer(struct weft_loop *loop, struct weft_timer *timer,
                       void (*callback)(void *arg), void *arg)
{
    int status;

    if (!loop->is_open) {
        return WEFT_ECLOSED;
    }
    if (weft_loop_is_elsewhere_(loop)) {
        return WEFT_EOTHERLOOP;
    }
    if (weft_timer_is_set(timer)) {
        return WEFT_EALREADY;
    }
    status = weft_loop_reserve_(loop);
    if (status < 0) {
        return status;
    }
    timer->loop = loop;
    timer->callback = callback;
    timer->arg = arg;
    timer->alarm.entry.kind = &timer_kind;
    return 0;
}

int weft_timer_soon_(struct weft_loop *loop, struct weft_timer *timer,
                     void (*callback)(void *arg), void *arg)
{
    int status = claim_timer(loop, timer, callback, arg);

    if (status == 0) {
        weft_loop_ready_(loop, &timer->alarm.entry);
    }
    return status;
}

int weft_call_at_ticks(struct weft_loop *loop, struct weft_timer *timer,
                       weft_ticks when, void (*callback)(void *arg), void *arg)
{
    int status = when == WEFT_TICKS_INVALID
                     ? WEFT_EINVAL
                     : claim_timer(loop, timer, callback, arg);

    if (status == 0) {
        weft_heap_push(&loop->alarms, &timer->alarm, when);
    }
    return status;
}

int weft_call_later_ticks(struct weft_loop *loop, struct weft_timer *timer,
                          weft_ticks delay, void (*callback)(void *arg),
                          void *arg)
{
    weft_ticks when = weft_ticks_fit_(delay)
                          ? weft_ticks_after(weft_loop_ticks(loop), delay)
                          : WEFT_TICKS_INVALID;

    return weft_call_at_ticks(loop, timer, when, callback, arg);
}

void weft_timer_cancel(struct weft_timer *timer)
{
    if (!weft_timer_is_set(timer)) {
        return;
    }
    weft_heap_remove(&timer->loop->alarms, &timer->alarm);
    weft_node_unlink(&timer->alarm.entry.node); /* due, but not run yet */
    clear_timer(timer);
}
