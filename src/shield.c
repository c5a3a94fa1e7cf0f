/* shield.c - an extra turn between a task and who waits for it. */
#include "weft/shield.h"

#include "weft/park.h"

/* The task's end brings the entry here; the outer future of asyncio's shield
 * would be completed now, and its waiter goes on in the next turn. */
static void run_shield(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_task *task = WEFT_OWNER(entry, struct weft_task, alarm.entry);

    if (weft_task_has_(task, WEFT_TASK_WOKEN_ | WEFT_TASK_WITHDRAWN_)) {
        weft_task_run_(loop, entry);
    } else {
        weft_task_wake_(task);
    }
}

static int resume_shield(struct weft_task *task, int status)
{
    struct weft_task *inner = task->object;
    int error = weft_task_error(inner); /* seen, if it is done by now */

    weft_task_drop_(inner);
    return status < 0 ? status : error;
}

static const struct weft_wait_kind shield_wait = {
    {run_shield, "shield", weft_task_itself_},
    resume_shield,
    weft_task_withdraw_};

struct weft_op weft_shield(struct weft_task *task)
{
    struct weft_op op;

    if (task == NULL) {
        return weft_op_(WEFT_ENOMEM);
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
    op = weft_task_park_(&shield_wait, &task->future.callbacks, task, NULL);
    if (op.status == WEFT_PENDING_) {
        weft_task_hold_(task);
    }
    return op;
}
