/* condition.c - out of the lock, into a list, and back into the lock. */
#include "weft/condition.h"

#include "../macros/weft/coroutine.h"
#include "weft/park.h"

static bool cancel_reacquire(struct weft_task *task);
static int resume_wait(struct weft_task *task, int status);
static int resume_reacquire(struct weft_task *task, int status);
static int resume_reacquire_cancelled(struct weft_task *task, int status);

/* The kind is the state: waiting for a notification, for the lock, for the
 * lock after a cancellation. */
static const struct weft_wait_kind notified_wait = {
    {weft_task_run_, "condition", weft_task_itself_},
    resume_wait,
    weft_task_withdraw_};
static const struct weft_wait_kind reacquire_wait = {
    {weft_task_run_, "condition's lock", weft_task_itself_},
    resume_reacquire,
    cancel_reacquire};
static const struct weft_wait_kind reacquire_cancelled_wait = {
    {weft_task_run_, "condition's lock", weft_task_itself_},
    resume_reacquire_cancelled,
    cancel_reacquire};

static void notify(struct weft_condition *condition, size_t count)
{
    while (count-- > 0 && weft_task_wake_first_(&condition->waiters)) {
    }
}

/* The lock is ours again, or we stand in line for it. A wait that ends in a
 * cancellation may have taken a notification with it, and passes it on. */
static int reacquire(struct weft_task *task, int status)
{
    struct weft_condition *condition = task->object;

    if (!weft_lock_take_(condition->lock)) {
        task->alarm.entry.kind =
            status < 0 ? &reacquire_cancelled_wait.kind : &reacquire_wait.kind;
        weft_lock_stand_(condition->lock, task);
        return WEFT_PENDING_;
    }
    if (status < 0) {
        notify(condition, 1);
    }
    return status;
}

static int resume_wait(struct weft_task *task, int status)
{
    return reacquire(task, status);
}

/* Cancelled on the way to the lock: it must be had all the same. */
static int go_on_with_lock(struct weft_task *task, int status, int outcome)
{
    struct weft_condition *condition = task->object;

    status = weft_lock_go_(condition->lock, task, status);
    if (status < 0) {
        return reacquire(task, status);
    }
    if (outcome < 0) {
        notify(condition, 1);
    }
    return outcome;
}

static int resume_reacquire(struct weft_task *task, int status)
{
    return go_on_with_lock(task, status, 0);
}

static int resume_reacquire_cancelled(struct weft_task *task, int status)
{
    return go_on_with_lock(task, status, WEFT_ECANCELLED);
}

static bool cancel_reacquire(struct weft_task *task)
{
    struct weft_condition *condition = task->object;

    return weft_lock_give_up_(condition->lock, task);
}

struct weft_op weft_condition_wait(struct weft_condition *condition)
{
    struct weft_op op;

    if (!weft_lock_locked(condition->lock)) {
        return weft_op_(WEFT_EINVALIDSTATE);
    }
    op = weft_task_park_(&notified_wait, &condition->waiters, condition, NULL);
    if (op.status == WEFT_PENDING_) {
        weft_lock_release(condition->lock);
    }
    return op;
}

int weft_condition_notify(struct weft_condition *condition, size_t count)
{
    if (!weft_lock_locked(condition->lock)) {
        return WEFT_EINVALIDSTATE;
    }
    notify(condition, count);
    return 0;
}

int weft_condition_notify_all(struct weft_condition *condition)
{
    return weft_condition_notify(condition, SIZE_MAX);
}

struct weft_async weft_condition_wait_for(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_condition_wait_for);
    while (!self->predicate(self->arg)) {
        ASYNC_AWAIT(weft_condition_wait(self->condition));
    }
    ASYNC_END;
}
