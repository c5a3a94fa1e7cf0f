/* run.c - a loop for the length of one coroutine. */
#include "weft/run.h"

#include "weft/park.h"
#include "weft/trap.h"

enum { END_TRIES = 16 };

/* After each turn: new tasks are at the end of the list, those that were
 * asked already before them. */
static bool cancel_newcomers(struct weft_loop *loop)
{
    struct weft_node *end = &loop->tasks.head;
    struct weft_node *node = end->prev;

    if (loop->task_count == 0 && loop->expected == 0) {
        return false;
    }
    while (node != end && weft_task_cancelling(
                              WEFT_OWNER(node, struct weft_task, live)) == 0) {
        node = node->prev;
    }
    for (node = node->next; node != end; node = node->next) {
        weft_task_cancel(WEFT_OWNER(node, struct weft_task, live));
    }
    return true;
}

/* The tasks, and then one turn more for the callbacks of those that are done.
 * What another thread has sent may begin there. */
int weft_loop_cancel_all(struct weft_loop *loop)
{
    int status = 0;

    do {
        for (struct weft_task *task = weft_all_tasks(loop, NULL); task != NULL;
             task = weft_all_tasks(loop, task)) {
            weft_task_cancel(task);
        }
        while (status == 0 && (loop->task_count > 0 || loop->expected > 0)) {
            status = weft_loop_run_(loop, cancel_newcomers); /* or a stop */
        }
        if (status == 0) {
            weft_loop_stop(loop);
            status = weft_loop_run_(loop, NULL);
        }
    } while (status == 0 && (loop->task_count > 0 || loop->expected > 0));
    return status;
}

/* The main task's memory ends with the run, so it must end before. One that
 * swallows its cancellation is asked again, some times. Who awaits it looks at
 * it in the turn after. */
static void end_main(struct weft_loop *loop, struct weft_task *task)
{
    for (int i = 0; i < END_TRIES && !weft_task_done(task); i++) {
        weft_task_cancel(task);
        weft_loop_run_until_complete(loop, task);
    }
    if (!weft_task_done(task)) {
        struct weft_site site = weft_frame_site(task->frame);

        weft_trap_("the main coroutine was cancelled and goes on waiting",
                   site.name, site.file, weft_frame_line(task->frame));
    }
    if (task->future.references > 1) {
        weft_loop_stop(loop);
        weft_loop_run_forever(loop);
    }
}

int weft_run_main_(struct weft_loop *loop, struct weft_task *task,
                   struct weft_async (*resume)(struct weft_frame *),
                   struct weft_frame *frame)
{
    struct weft_loop *outer = weft_loop_current_;
    int status;

    if (weft_loop_running() != NULL) {
        return WEFT_EALREADY;
    }
    if (!loop->is_open) {
        return WEFT_ECLOSED;
    }
    weft_loop_current_ = loop;
    status = weft_task_start_(task, frame, resume);
    weft_loop_current_ = outer;
    if (status < 0) {
        return status;
    }
    status = weft_loop_run_until_complete(loop, task);
    end_main(loop, task);
    return status;
}

int weft_run_in_(struct weft_loop *loop,
                 struct weft_async (*resume)(struct weft_frame *),
                 struct weft_frame *frame)
{
    struct weft_task task = {0};
    int status = weft_run_main_(loop, &task, resume, frame);

    weft_task_release(&task);
    return status;
}
