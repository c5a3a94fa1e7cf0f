/* concurrent_wait.c - tasks that wait for what other threads do. */
#include "weft/concurrent.h"

#include "weft/loop.h"
#include "weft/park.h"

/* In the loop. Whoever sent it here still has the lock while it wakes the
 * loop, whose driver may be gone soon after this. */
void weft_concurrent_arrive_(void *arg)
{
    struct weft_concurrent *concurrent = arg;

    weft_concurrent_lock_();
    concurrent->loop = NULL;
    weft_concurrent_unlock_();
    while (weft_task_wake_first_(&concurrent->tasks)) {
        continue;
    }
}

static int resume_concurrent_wait(struct weft_task *task, int status)
{
    const struct weft_concurrent *concurrent = task->object;

    return status < 0 ? status : concurrent->error;
}

/* The task that is cancelled, and in their order those that wait with it. */
static void wake_cancelled(struct weft_list *tasks, struct weft_task *cancelled)
{
    struct weft_node *node;

    while ((node = weft_list_first(tasks)) != NULL) {
        struct weft_task *task = WEFT_TASK_OF_(node);

        if (task == cancelled) {
            weft_task_withdraw_(task);
        } else {
            weft_task_wake_(task);
        }
    }
}

/* A task stays parked while the arrival is on its way: that lies in what the
 * task waits for, which may be gone once the task has gone on. */
static bool cancel_concurrent_wait(struct weft_task *task)
{
    struct weft_concurrent *concurrent = task->object;
    struct weft_list tasks = WEFT_EMPTY_LIST_;
    bool will_wake = false;

    weft_concurrent_lock_();
    if (!weft_concurrent_is_done_(concurrent) &&
        concurrent->on_cancel != NULL) {
        will_wake = concurrent->on_cancel(concurrent);
    } else if (!weft_concurrent_is_done_(concurrent) &&
               concurrent->is_running) {
        weft_node_unlink(&task->alarm.entry.node);
        if (weft_list_is_empty(&concurrent->tasks)) {
            concurrent->loop = NULL;
        }
        weft_concurrent_unlock_();
        return weft_task_withdraw_(task);
    } else if (!weft_concurrent_is_done_(concurrent)) {
        weft_list_splice(&tasks, &concurrent->tasks);
        concurrent->loop = NULL;
        weft_concurrent_complete_(concurrent, WEFT_ECANCELLED, NULL);
        wake_cancelled(&tasks, task);
        return true;
    }
    weft_concurrent_unlock_();
    return will_wake;
}

static const struct weft_wait_kind concurrent_wait = {
    {weft_task_run_, "thread", weft_task_itself_},
    resume_concurrent_wait,
    cancel_concurrent_wait};

struct weft_op weft_concurrent_wait(struct weft_concurrent *concurrent)
{
    struct weft_loop *loop = weft_loop_current_;
    int status = WEFT_PENDING_;

    weft_concurrent_lock_();
    if (weft_concurrent_is_done_(concurrent)) {
        status = concurrent->error;
    } else if (weft_current_task() == NULL) {
        status = WEFT_ENOTASK;
    } else if (concurrent->loop != NULL && concurrent->loop != loop) {
        status = WEFT_EOTHERLOOP;
    } else {
        concurrent->loop = loop;
    }
    weft_concurrent_unlock_();
    return status == WEFT_PENDING_
               ? weft_task_park_(&concurrent_wait, &concurrent->tasks,
                                 concurrent, NULL)
               : weft_op_(status);
}
