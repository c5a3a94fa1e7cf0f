/* join.c - wait for the end of a task. */
#include "weft/join.h"

#include "weft/loop.h"
#include "weft/park.h"

static int resume_join(struct weft_task *task, int status)
{
    int error = weft_task_error(task->object); /* seen, cancelled or not */

    weft_task_drop_(task->object);
    return status < 0 ? status : error;
}

static bool cancel_join(struct weft_task *task)
{
    return weft_task_cancel(task->object);
}

static const struct weft_wait_kind join_wait = {
    {weft_task_run_, "task", weft_task_itself_}, resume_join, cancel_join};

struct weft_op weft_join(struct weft_task *task)
{
    struct weft_op op;

    if (task == NULL) {
        return weft_op_(WEFT_ENOMEM); /* what SPAWN could not make */
    }
    if (weft_task_done(task)) {
        return weft_op_(weft_task_error(task));
    }
    if (task == weft_current_task()) {
        return weft_op_(WEFT_EDEADLOCK);
    }
    if (weft_task_is_foreign_(task)) {
        return weft_op_(WEFT_EOTHERLOOP);
    }
    op = weft_task_park_(&join_wait, &task->future.callbacks, task, NULL);
    if (op.status == WEFT_PENDING_) {
        weft_task_hold_(task);
    }
    return op;
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

void weft_join_watch_(struct weft_join *join, void *waiter,
                      const struct weft_kind *kind)
{
    struct weft_task *task = join->task;

    weft_task_hold_(task);
    join->waiter = waiter;
    join->entry.kind = kind;
    if (weft_task_done(task)) {
        weft_loop_ready_(weft_loop_current_, &join->entry);
    } else {
        weft_list_push(&task->future.callbacks, &join->entry.node);
    }
}

struct weft_task *weft_join_awaiter_(struct weft_entry *entry)
{
    return WEFT_OWNER(entry, struct weft_join, entry)->waiter;
}

void *weft_join_arrived_(struct weft_join *join)
{
    void *waiter = join->waiter;

    join->waiter = NULL;
    weft_task_drop_(join->task);
    return waiter;
}

void weft_join_forget_(struct weft_join *join)
{
    if (join->waiter != NULL) {
        weft_node_unlink(&join->entry.node);
        weft_join_arrived_(join);
    }
}

int weft_join_check_(const struct weft_join *joins, size_t count)
{
    const struct weft_task *waiter = weft_current_task();

    if (count > (weft_half_)-1) {
        return WEFT_ELIMIT;
    }
    for (size_t i = 0; i < count; i++) {
        if (joins[i].task == NULL) {
            return WEFT_ENOMEM; /* what SPAWN could not make */
        }
        if (joins[i].task == waiter) {
            return WEFT_EDEADLOCK;
        }
        if (weft_task_is_foreign_(joins[i].task)) {
            return WEFT_EOTHERLOOP;
        }
    }
    return 0;
}
