/* timeout.c - a cancellation with a date, told apart from all others. */
#include "weft/timeout.h"

#include "weft/park.h"

static void expire(void *arg)
{
    struct weft_timeout *timeout = arg;

    timeout->state = WEFT_TIMEOUT_EXPIRING;
    weft_task_cancel(timeout->task);
}

/* A deadline that has passed goes to the ready list at once, as asyncio's
 * call_soon does, not through the alarms. */
static int set_deadline(struct weft_timeout *timeout, weft_ticks when)
{
    struct weft_loop *loop = weft_loop_current_;

    if (when == WEFT_TICKS_INVALID) {
        return WEFT_EINVAL;
    }
    weft_timer_cancel(&timeout->timer);
    timeout->when = when;
    if (when == WEFT_FOREVER) {
        return 0;
    }
    if (weft_ticks_are_due_(when, weft_loop_ticks(loop))) {
        return weft_timer_soon_(loop, &timeout->timer, expire, timeout);
    }
    return weft_call_at_ticks(loop, &timeout->timer, when, expire, timeout);
}

int weft_timeout_enter_(struct weft_timeout *timeout, weft_ticks when)
{
    struct weft_task *task = weft_current_task();
    int status;

    if (task == NULL) {
        return WEFT_ENOTASK;
    }
    if (timeout->state == WEFT_TIMEOUT_ACTIVE ||
        timeout->state == WEFT_TIMEOUT_EXPIRING) {
        return WEFT_EINVALIDSTATE;
    }
    timeout->task = task;
    timeout->cancelling = weft_task_cancelling(task);
    status = set_deadline(timeout, when);
    if (status == 0) {
        timeout->state = WEFT_TIMEOUT_ACTIVE;
    }
    return status;
}

int weft_timeout_leave_(struct weft_timeout *timeout, int error)
{
    weft_timer_cancel(&timeout->timer);
    if (timeout->state != WEFT_TIMEOUT_EXPIRING) {
        timeout->state = WEFT_TIMEOUT_EXITED;
        return error;
    }
    timeout->state = WEFT_TIMEOUT_EXPIRED;
    if (weft_task_uncancel(timeout->task) <= timeout->cancelling &&
        error == WEFT_ECANCELLED) {
        return WEFT_ETIMEOUT;
    }
    return error; /* somebody else cancelled the task, too */
}

static struct weft_op leave_timeout(struct weft_with *with)
{
    struct weft_timeout *timeout = WEFT_OWNER(with, struct weft_timeout, with);

    with->error = weft_timeout_leave_(timeout, with->error);
    return weft_op_(0);
}

struct weft_op weft_timeout_at_ticks(struct weft_timeout *timeout,
                                     weft_ticks when)
{
    if (weft_current_task() != NULL && !weft_with_entering_(&timeout->with)) {
        return weft_op_(WEFT_EINVALIDSTATE); /* nobody would leave it */
    }
    timeout->with.leave = leave_timeout;
    return weft_op_(weft_timeout_enter_(timeout, when));
}

struct weft_op weft_timeout_ticks(struct weft_timeout *timeout,
                                  weft_ticks delay)
{
    if (!weft_ticks_fit_(delay)) {
        delay = WEFT_TICKS_INVALID;
    } else if (weft_loop_current_->is_open) {
        delay = weft_ticks_after(weft_loop_ticks(weft_loop_current_), delay);
    }
    return weft_timeout_at_ticks(timeout, delay);
}

int weft_timeout_reschedule_ticks(struct weft_timeout *timeout, weft_ticks when)
{
    return timeout->state == WEFT_TIMEOUT_ACTIVE ? set_deadline(timeout, when)
                                                 : WEFT_EINVALIDSTATE;
}
