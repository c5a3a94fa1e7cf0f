/* started.c - a future that the end of its task completes at the latest. */
#include "weft/started.h"

#include "weft/park.h"

/* The task has ended. If it has not reported, it never will. */
static void end_without_report(void *arg)
{
    struct weft_started *started = arg;
    int error = started->task->future.error;

    (void)weft_future_set_error(&started->reported,
                                error < 0 ? error : WEFT_EINVALIDSTATE);
}

static int resume_start(struct weft_task *task, int status)
{
    struct weft_started *started = task->object;

    weft_handle_cancel(&started->ended);
    if (weft_task_done(started->task)) {
        weft_task_seen_(started->task); /* its error is raised here */
    }
    weft_task_drop_(started->task);
    return status < 0 ? status : started->reported.error;
}

static bool cancel_start(struct weft_task *task)
{
    struct weft_started *started = task->object;

    return weft_future_cancel(&started->reported);
}

static const struct weft_wait_kind start_wait = {
    {weft_task_run_, "start", weft_task_itself_}, resume_start, cancel_start};

struct weft_op weft_group_start(struct weft_started *started,
                                struct weft_task *task)
{
    struct weft_op op;
    int status;

    if (task == NULL) {
        return weft_op_(WEFT_ENOMEM); /* what SPAWN could not make */
    }
    if (weft_future_done(&started->reported)) {
        return weft_op_(started->reported.error);
    }
    op = weft_task_park_(&start_wait, &started->reported.callbacks, started,
                         NULL);
    if (op.status != WEFT_PENDING_) {
        return op;
    }
    started->task = task;
    weft_task_hold_(task);
    status = weft_task_add_done_callback(task, &started->ended,
                                         end_without_report, started);
    if (status < 0) {
        (void)weft_future_set_error(&started->reported, status);
    }
    return op;
}
