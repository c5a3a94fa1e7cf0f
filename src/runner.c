/* runner.c - asyncio.Runner, and what it does about Ctrl-C. */
#include "weft/runner.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

#include "weft/asyncgen.h"
#include "weft/debug.h"
#include "weft/park.h"
#include "weft/report.h"
#include "weft/sim.h"
#include "weft/trap.h"

/* ---- SIGINT ---- */

/* Not by way of signal.h: a program on another driver needs no more of POSIX
 * than this, and a handler that is added there goes before this one. */

#if defined(SA_RESTART)
static struct weft_runner *_Atomic interrupted_runner;
static volatile sig_atomic_t interrupts;

static void cancel_main(void *arg)
{
    struct weft_runner *runner = arg;

    runner->was_interrupted =
        runner->task.future.references > 0 && weft_task_cancel(&runner->task);
}

/* In the signal handler: only what is allowed there. */
static void on_interrupt(int number)
{
    struct weft_runner *runner = interrupted_runner;

    if (interrupts++ > 0 || runner == NULL) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    weft_call_soon_threadsafe(&runner->loop, &runner->interrupt, cancel_main,
                              runner);
}

/* True if Ctrl-C is ours for this run. */
static bool catch_interrupts(struct weft_runner *runner,
                             struct sigaction *before)
{
    struct weft_runner *nobody = NULL;
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGINT, NULL, before) < 0) {
        return false;
    }
    if (before->sa_handler == on_interrupt && interrupted_runner == NULL) {
        before->sa_handler = SIG_DFL; /* put back by who caught it since */
    }
    if (before->sa_handler != SIG_DFL ||
        !atomic_compare_exchange_strong(&interrupted_runner, &nobody, runner)) {
        return false;
    }
    interrupts = 0;
    if (sigaction(SIGINT, &action, NULL) < 0) {
        interrupted_runner = NULL;
        return false;
    }
    return true;
}

/* If one came, its call is in the loop's inbox or was made: the next turn
 * takes it out. A handler that was set during the run stays. */
static void release_interrupts(struct weft_runner *runner,
                               const struct sigaction *before)
{
    struct sigaction action;
    bool has_come;

    if (sigaction(SIGINT, NULL, &action) == 0 &&
        action.sa_handler == on_interrupt) {
        sigaction(SIGINT, before, NULL);
    }
    has_come = interrupts > 0; /* then they are another thread's to count */
    interrupted_runner = NULL;
    if (has_come) {
        weft_loop_stop(&runner->loop);
        weft_loop_run_forever(&runner->loop);
    }
}

#elif defined(WEFT_NO_POSIX)

/* Ctrl-C does what it always does. */
struct sigaction {
    int nothing;
};

static bool catch_interrupts(struct weft_runner *runner,
                             struct sigaction *before)
{
    (void)runner, (void)before;
    return false;
}

static void release_interrupts(struct weft_runner *runner,
                               const struct sigaction *before)
{
    (void)runner, (void)before;
}

#else
#error "weft needs POSIX: include weft.h first, or compile with -std=gnu11"
#endif

/* ---- Its life ---- */

int weft_runner_prepare_(struct weft_runner *runner)
{
    if (weft_loop_running() != NULL) {
        return WEFT_EALREADY;
    }
    memset(runner, 0, sizeof *runner);
    weft_pool_init(&runner->pool, weft_allocator_libc());
    return 0;
}

void weft_runner_begin_(struct weft_runner *runner, struct weft_driver *driver)
{
    weft_loop_init(&runner->loop, driver);
    runner->loop.allocator = &runner->pool.allocator;
    runner->loop.on_error = weft_report_print;
    weft_loop_set_debug(&runner->loop, weft_debug_is_asked_for_());
}

int weft_runner_open_on(struct weft_runner *runner, struct weft_driver *driver)
{
    int status = driver != NULL ? weft_runner_prepare_(runner) : WEFT_EINVAL;

    if (status == 0) {
        weft_runner_begin_(runner, driver);
    }
    return status;
}

int weft_runner_close(struct weft_runner *runner)
{
    int status;

    if (weft_loop_is_closed(&runner->loop)) {
        return 0;
    }
    if (weft_loop_running() != NULL) {
        return WEFT_EALREADY;
    }
    status = weft_loop_cancel_all(&runner->loop);
    if (status == 0) {
        status = weft_shutdown_asyncgens(&runner->loop);
    }
    if (status == 0 && runner->loop.task_count > 0) {
        status = weft_loop_cancel_all(&runner->loop); /* what these started */
    }
    if (status == 0) {
        status = weft_loop_close(&runner->loop);
    }
    if (status == 0) {
        if (runner->close_ev != NULL) {
            runner->close_ev(&runner->ev);
        }
        weft_pool_close(&runner->pool);
    }
    return status;
}

/* As asyncio: an interruption, unless somebody else cancelled it too. */
static bool was_ended_by_interrupt(struct weft_runner *runner, int status)
{
    return status == WEFT_ECANCELLED && runner->was_interrupted &&
           weft_task_uncancel(&runner->task) == 0;
}

/* The main task does not have the error if its run ended before it did. */
static void report_main(struct weft_runner *runner, int status)
{
    struct weft_task *task = &runner->task;

    if (weft_error_is_ordinary_(status) && weft_task_done(task)) {
        weft_loop_report_(&runner->loop, "the main coroutine failed", status,
                          weft_task_error(task) == status ? task : NULL);
    }
}

/* The values that the main task set are the loop's own from here on; the
 * task's release gives up what they were before. */
static void keep_context(struct weft_runner *runner)
{
    struct weft_task *task = &runner->task;
    void *before = runner->loop.context;

    if (weft_task_done(task)) {
        runner->loop.context = task->future.value;
        task->future.value = before;
    }
}

int weft_runner_run_(struct weft_runner *runner,
                     struct weft_async (*resume)(struct weft_frame *),
                     struct weft_frame *frame)
{
    struct sigaction before;
    bool catches;
    int status;

    if (weft_loop_running() != NULL) {
        return WEFT_EALREADY;
    }
    if (weft_loop_is_closed(&runner->loop)) {
        return WEFT_ECLOSED;
    }
    runner->was_interrupted = false;
    catches = catch_interrupts(runner, &before);
    status = weft_run_main_(&runner->loop, &runner->task, resume, frame);
    keep_context(runner);
    if (catches) {
        release_interrupts(runner, &before);
    }
    if (was_ended_by_interrupt(runner, status)) {
        status = -EINTR;
    } else {
        report_main(runner, status);
    }
    weft_task_release(&runner->task);
    memset(&runner->task, 0, sizeof runner->task);
    return status;
}

/* ---- A runner for one run ---- */

enum { CLOSE_TRIES = 16 };

/* The runner's memory ends with the call, so it must close before. A task that
 * swallows its cancellation is asked again, some times. */
int weft_runner_run_once_(struct weft_runner *runner,
                          struct weft_async (*resume)(struct weft_frame *),
                          struct weft_frame *frame)
{
    int status = weft_runner_run_(runner, resume, frame);
    int rest = weft_runner_close(runner);

    for (int i = 1; i < CLOSE_TRIES && weft_runner_close(runner) < 0; i++) {
        continue;
    }
    if (!weft_loop_is_closed(&runner->loop)) {
        struct weft_task *task = weft_all_tasks(&runner->loop, NULL);
        struct weft_site site = {"a thread", "?"};

        if (task != NULL) {
            site = weft_frame_site(task->frame);
        }
        weft_trap_("what was left was cancelled and goes on waiting", site.name,
                   site.file, task != NULL ? weft_frame_line(task->frame) : 0);
    }
    return status < 0 ? status : rest;
}

int weft_run_sim_(struct weft_async (*resume)(struct weft_frame *),
                  struct weft_frame *frame)
{
    struct weft_sim sim;
    struct weft_runner runner;
    int status;

    weft_sim_init(&sim);
    status = weft_runner_open_on(&runner, &sim.driver);
    return status < 0 ? status : weft_runner_run_once_(&runner, resume, frame);
}
