/* semaphore.c - a count that is handed over. */
#include "weft/semaphore.h"

#include "weft/park.h"

int weft_semaphore_init(struct weft_semaphore *semaphore, long value)
{
    if (value < 0) {
        return WEFT_EINVAL;
    }
    memset(semaphore, 0, sizeof *semaphore);
    semaphore->value = (size_t)value;
    return 0;
}

int weft_bounded_semaphore_init(struct weft_semaphore *semaphore, long value)
{
    int status = weft_semaphore_init(semaphore, value);

    if (status == 0) {
        semaphore->bound = semaphore->value + 1;
    }
    return status;
}

static bool hand_over_permit(struct weft_semaphore *semaphore)
{
    if (semaphore->value == 0 || !weft_task_wake_first_(&semaphore->waiters)) {
        return false;
    }
    semaphore->value--;
    return true;
}

/* What was handed to a task that is cancelled goes back. New waiters may have
 * had to stand behind those who are gone by now: as many as fit are woken. */
static int resume_semaphore(struct weft_task *task, int status)
{
    struct weft_semaphore *semaphore = task->object;

    if (weft_task_was_woken_(task)) {
        semaphore->standing--;
        if (status < 0) {
            semaphore->value++;
        }
    }
    while (hand_over_permit(semaphore)) {
    }
    return status;
}

static bool cancel_semaphore(struct weft_task *task)
{
    struct weft_semaphore *semaphore = task->object;

    semaphore->standing--;
    return weft_task_withdraw_(task);
}

static const struct weft_wait_kind semaphore_wait = {
    {weft_task_run_, "semaphore", weft_task_itself_},
    resume_semaphore,
    cancel_semaphore};

struct weft_op weft_semaphore_acquire(struct weft_semaphore *semaphore)
{
    struct weft_op op;

    if (!weft_semaphore_locked(semaphore)) {
        semaphore->value--;
        return weft_op_(0);
    }
    op = weft_task_park_(&semaphore_wait, &semaphore->waiters, semaphore, NULL);
    semaphore->standing += op.status == WEFT_PENDING_;
    return op;
}

int weft_semaphore_release(struct weft_semaphore *semaphore)
{
    if (semaphore->bound > 0 && semaphore->value + 1 >= semaphore->bound) {
        return WEFT_EINVALIDSTATE;
    }
    semaphore->value++;
    hand_over_permit(semaphore);
    return 0;
}

static struct weft_op leave_semaphore_guard(struct weft_with *with)
{
    struct weft_semaphore_guard *guard =
        WEFT_OWNER(with, struct weft_semaphore_guard, with);

    return weft_op_(weft_semaphore_release(guard->semaphore));
}

struct weft_op weft_semaphore_guard(struct weft_semaphore_guard *guard,
                                    struct weft_semaphore *semaphore)
{
    guard->with.leave = leave_semaphore_guard;
    guard->semaphore = semaphore;
    return weft_semaphore_acquire(semaphore);
}
