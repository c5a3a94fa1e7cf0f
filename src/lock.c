/* lock.c - a line of tasks.
 *
 * A task stands in the line from its acquire until it runs again, so also
 * after it was woken or cancelled: its place decides who may overtake it, as
 * in asyncio. The line therefore has links of its own, in two fields of the
 * task that no lock needs otherwise: wait.out leads back, alarm.before ahead.
 */
#include "weft/lock.h"

#include "weft/loop.h"
#include "weft/park.h"

static void join_line(struct weft_lock *lock, struct weft_task *task)
{
    task->alarm.before = lock->last;
    task->wait.out = NULL;
    if (lock->last != NULL) {
        lock->last->wait.out = task;
    } else {
        lock->first = task;
    }
    lock->last = task;
}

static void leave_line(struct weft_lock *lock, struct weft_task *task)
{
    struct weft_task *before = task->alarm.before;
    struct weft_task *behind = task->wait.out;

    if (before != NULL) {
        before->wait.out = behind;
    } else {
        lock->first = behind;
    }
    if (behind != NULL) {
        behind->alarm.before = before;
    } else {
        lock->last = before;
    }
    task->alarm.set.place = task->alarm.set.turn = 0;
    task->alarm.before = NULL;
}

/* The first in line may be on its way already; then it is its business to wake
 * the next one. */
static void wake_head(struct weft_lock *lock)
{
    if (lock->first != NULL &&
        !weft_task_has_(lock->first, WEFT_TASK_WOKEN_ | WEFT_TASK_WITHDRAWN_)) {
        weft_task_wake_(lock->first);
    }
}

bool weft_lock_take_(struct weft_lock *lock)
{
    if (lock->is_locked || lock->standing > 0) {
        return false;
    }
    lock->is_locked = true;
    return true;
}

void weft_lock_stand_(struct weft_lock *lock, struct weft_task *task)
{
    lock->standing++;
    join_line(lock, task);
}

int weft_lock_go_(struct weft_lock *lock, struct weft_task *task, int status)
{
    if (!weft_task_has_(task, WEFT_TASK_WITHDRAWN_)) {
        lock->standing--;
    }
    leave_line(lock, task);
    if (status == 0) {
        lock->is_locked = true;
    } else if (!lock->is_locked) {
        wake_head(lock);
    }
    return status;
}

bool weft_lock_give_up_(struct weft_lock *lock, struct weft_task *task)
{
    lock->standing--;
    weft_task_set_(task, WEFT_TASK_WITHDRAWN_);
    weft_loop_ready_(weft_loop_current_, &task->alarm.entry);
    return true;
}

static int resume_acquire(struct weft_task *task, int status)
{
    return weft_lock_go_(task->object, task, status);
}

static bool cancel_acquire(struct weft_task *task)
{
    return weft_lock_give_up_(task->object, task);
}

static const struct weft_wait_kind acquire_wait = {
    {weft_task_run_, "lock", weft_task_itself_},
    resume_acquire,
    cancel_acquire};

struct weft_op weft_lock_acquire(struct weft_lock *lock)
{
    struct weft_op op;

    if (weft_lock_take_(lock)) {
        return weft_op_(0);
    }
    op = weft_task_park_(&acquire_wait, NULL, lock, NULL);
    if (op.status == WEFT_PENDING_) {
        weft_lock_stand_(lock, weft_current_task());
    }
    return op;
}

int weft_lock_release(struct weft_lock *lock)
{
    if (!lock->is_locked) {
        return WEFT_EINVALIDSTATE;
    }
    lock->is_locked = false;
    wake_head(lock);
    return 0;
}

static struct weft_op leave_lock_guard(struct weft_with *with)
{
    struct weft_lock_guard *guard =
        WEFT_OWNER(with, struct weft_lock_guard, with);

    return weft_op_(weft_lock_release(guard->lock));
}

struct weft_op weft_lock_guard(struct weft_lock_guard *guard,
                               struct weft_lock *lock)
{
    guard->with.leave = leave_lock_guard;
    guard->lock = lock;
    return weft_lock_acquire(lock);
}
