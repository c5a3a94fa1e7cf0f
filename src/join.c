/* join.c - wait for the end of a task. */
#include "weft/join.h"

#include "weft/park.h"

static int resume_join(struct weft_task *task, int status)
{
    int error = weft_task_error(task->object); /* seen, cancelled or not */

    return status < 0 ? status : error;
}

static bool cancel_join(struct weft_task *task)
{
    return weft_task_cancel(task->object);
}

static const struct weft_wait_kind join_wait = {
    {weft_task_run_, "task"}, resume_join, cancel_join};

struct weft_op weft_join(struct weft_task *task)
{
    if (task == NULL) {
        return weft_op_(WEFT_ENOMEM); /* what SPAWN could not make */
    }
    if (weft_task_done(task)) {
        return weft_op_(weft_task_error(task));
    }
    if (task == weft_current_task()) {
        return weft_op_(WEFT_EDEADLOCK);
    }
    return weft_task_park_(&join_wait, &task->future.callbacks, task, NULL);
}

void weft_join_release(struct weft_join *joins, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct weft_task *task = joins[i].task;

        if (task != NULL && task->future.references > 0) {
            weft_task_drop_(task);
        }
        joins[i].task = NULL;
    }
}
