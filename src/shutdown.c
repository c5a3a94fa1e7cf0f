/* shutdown.c - the others first, then the main task. */
#include "weft/shutdown.h"

#include <signal.h>

#include "weft/loop.h"
#include "weft/signal.h"

/* After each end of another task: those that were started meanwhile are asked
 * to stop, too. */
static void shut_down_others(void *arg)
{
    struct weft_shutdown *shutdown = arg;
    struct weft_task *task = weft_all_tasks(shutdown->loop, NULL);
    struct weft_task *other = NULL;

    for (; task != NULL; task = weft_all_tasks(shutdown->loop, task)) {
        if (task != shutdown->main) {
            other = task;
            if (weft_task_cancelling(task) == 0) {
                weft_task_cancel(task);
            }
        }
    }
    if (other != NULL) {
        weft_task_add_done_callback(other, &shutdown->other_done,
                                    shut_down_others, shutdown);
    } else if (shutdown->main != NULL) {
        weft_task_cancel(shutdown->main);
    }
}

static void end_shutdown_hard(void *arg)
{
    const struct weft_shutdown *shutdown = arg;

    weft_signal_default_(shutdown->number);
}

static void set_shutdown_limit(struct weft_shutdown *shutdown, weft_ticks when)
{
    weft_timer_cancel(&shutdown->limit);
    weft_call_at_ticks(shutdown->loop, &shutdown->limit, when,
                       end_shutdown_hard, shutdown);
}

/* The first request goes to all, also to those that are being cancelled for
 * a reason of their own, such as a timeout. */
void weft_shutdown_begin(struct weft_shutdown *shutdown, int number)
{
    struct weft_loop *loop = shutdown->loop;
    weft_ticks now;

    if (loop == NULL || shutdown->number != 0) {
        return;
    }
    shutdown->number = number;
    now = weft_loop_ticks(loop);
    if (shutdown->grace < WEFT_FOREVER - now) {
        set_shutdown_limit(shutdown, now + shutdown->grace);
    }
    for (struct weft_task *task = weft_all_tasks(loop, NULL); task != NULL;
         task = weft_all_tasks(loop, task)) {
        if (task != shutdown->main) {
            weft_task_cancel(task);
        }
    }
    shut_down_others(shutdown);
}

static void begin_on_interrupt(void *shutdown)
{
    weft_shutdown_begin(shutdown, SIGINT);
}

static void begin_on_termination(void *shutdown)
{
    weft_shutdown_begin(shutdown, SIGTERM);
}

static void forget_main_task(void *arg)
{
    struct weft_shutdown *shutdown = arg;

    shutdown->main = NULL;
}

static void close_shutdown(struct weft_loop *loop, struct weft_entry *entry)
{
    (void)loop;
    weft_shutdown_stop(WEFT_OWNER(entry, struct weft_shutdown, closing));
}

static const struct weft_kind shutdown_kind = {close_shutdown, "shutdown",
                                               NULL};

static int start_shutdown(struct weft_shutdown *shutdown)
{
    struct weft_loop *loop = shutdown->loop;
    int status;

    shutdown->closing.kind = &shutdown_kind;
    weft_list_push(&loop->kept, &shutdown->closing.node);
    weft_task_add_done_callback(shutdown->main, &shutdown->main_done,
                                forget_main_task, shutdown);
    status = weft_call_at_ticks(loop, &shutdown->limit, WEFT_FOREVER,
                                end_shutdown_hard, shutdown);
    if (status == 0) {
        status = weft_add_ending_signal_(loop, SIGINT, &shutdown->interrupted,
                                         begin_on_interrupt, shutdown);
    }
    if (status == 0) {
        status = weft_add_ending_signal_(loop, SIGTERM, &shutdown->terminated,
                                         begin_on_termination, shutdown);
    }
    return status;
}

int weft_shutdown_on_signals(struct weft_shutdown *shutdown, double seconds)
{
    weft_ticks grace = weft_ticks_from(seconds);
    int status;

    if (weft_current_task() == NULL) {
        return WEFT_ENOTASK;
    }
    if (shutdown->loop != NULL) {
        return WEFT_EALREADY;
    }
    if (grace == WEFT_TICKS_INVALID) {
        return WEFT_EINVAL;
    }
    memset(shutdown, 0, sizeof *shutdown);
    shutdown->loop = weft_loop_running();
    shutdown->main = weft_current_task();
    shutdown->grace = grace > 0 ? grace : 0;
    status = start_shutdown(shutdown);
    if (status < 0) {
        weft_shutdown_stop(shutdown);
    }
    return status;
}

/* A signal handler that is no longer this one's stays. */
static void take_signal_back(struct weft_shutdown *shutdown, int number,
                             struct weft_handle *handle)
{
    if (weft_signal_handle_(number) == handle) {
        weft_remove_signal_handler(shutdown->loop, number);
    }
}

void weft_shutdown_stop(struct weft_shutdown *shutdown)
{
    if (shutdown->loop == NULL) {
        return;
    }
    take_signal_back(shutdown, SIGINT, &shutdown->interrupted);
    take_signal_back(shutdown, SIGTERM, &shutdown->terminated);
    weft_timer_cancel(&shutdown->limit);
    weft_handle_cancel(&shutdown->main_done);
    weft_handle_cancel(&shutdown->other_done);
    weft_node_unlink(&shutdown->closing.node);
    shutdown->loop = NULL;
    shutdown->main = NULL;
}

int weft_shutdown_exit_code(const struct weft_shutdown *shutdown, int status)
{
    return status < 0 && !(status == WEFT_ECANCELLED && shutdown->number != 0);
}
