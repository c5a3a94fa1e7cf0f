/* test_runner_interrupt.c - what Ctrl-C does to a run, as with asyncio.Runner.
 *
 * Each test runs in a child process that sends SIGINT to itself.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static struct weft_runner runner;
static struct weft_event never;

static void trace_report(struct weft_loop *loop,
                         const struct weft_report *report)
{
    (void)loop;
    trace("report %s", weft_error_name(report->error));
}

static void open_runner(void)
{
    CHECK_INT(weft_runner_open(&runner), 0);
    runner.loop.on_error = trace_report;
}

static void close_runner(void)
{
    CHECK_INT(weft_runner_close(&runner), 0);
}

typedef void handler_function(int number);

static handler_function *disposition(void)
{
    struct sigaction action;

    sigaction(SIGINT, NULL, &action);
    return action.sa_handler;
}

/* How the child ended that ran this, as waitpid says. */
static int in_child(void (*scenario)(void))
{
    sigset_t none;
    int status = -1;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        alarm(30);
        signal(SIGINT, SIG_DFL); /* whatever the parent was given */
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        scenario();
        fflush(stdout);
        _exit(check_failures > 0);
    }
    CHECK(child > 0);
    CHECK(waitpid(child, &status, 0) == child);
    return status;
}

#define CHECK_IN_CHILD(scenario) CHECK_INT(in_child(scenario), 0)
#define CHECK_KILLED(scenario)                                      \
    do {                                                            \
        int status_ = in_child(scenario);                           \
        CHECK(WIFSIGNALED(status_) && WTERMSIG(status_) == SIGINT); \
    } while (0)

static void interrupt(void *unused)
{
    (void)unused;
    trace("SIGINT");
    raise(SIGINT);
}

/* ---- The first ---- */

enum wait { FOR_EVENT, FOR_TURNS, FOR_FUTURE };

struct program {
    struct weft_frame frame;
    enum wait wait;
    bool swallows;
    int code; /* raised when it is cancelled */
    struct weft_handle interrupt;
    struct weft_future future;
    int err;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    weft_call_soon(weft_loop_running(), &self->interrupt, interrupt, NULL);
    ASYNC_TRY {
        while (self->wait == FOR_TURNS) {
            AWAIT(weft_sleep(0));
        }
        if (self->wait == FOR_FUTURE) {
            AWAIT(weft_future_wait(&self->future));
        }
        AWAIT(weft_event_wait(&never));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s", weft_error_name(self->err));
        if (self->wait == FOR_FUTURE) {
            trace("future %d", weft_future_cancelled(&self->future));
        }
        if (!self->swallows) {
            ASYNC_RAISE(self->code < 0 ? self->code : self->err);
        }
    }
    ASYNC_FINALLY
    {
        AWAIT(weft_sleep(0));
        trace("finally");
    }
    ASYNC_END;
}

static void interrupt_a_waiting_main(void)
{
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, program), -EINTR);
    CHECK_TRACE("SIGINT, ECANCELLED, finally");
    CHECK(disposition() == SIG_DFL);
    close_runner();
    CHECK_TRACE("");
}

static void the_first_cancels_main_and_ends_its_run(void)
{
    CHECK_IN_CHILD(interrupt_a_waiting_main);
}

static void interrupt_a_busy_main(void)
{
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, program, .wait = FOR_TURNS), -EINTR);
    CHECK_TRACE("SIGINT, ECANCELLED, finally");
    close_runner();
}

/*
 * CPython: test_runners.RunnerTests.test_interrupt_call_soon
 */
static void a_main_that_takes_turns_is_cancelled_too(void)
{
    CHECK_IN_CHILD(interrupt_a_busy_main);
}

static void interrupt_a_main_with_a_future(void)
{
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, program, .wait = FOR_FUTURE), -EINTR);
    CHECK_TRACE("SIGINT, ECANCELLED, future 1, finally");
    close_runner();
}

/*
 * CPython: test_runners.RunnerTests.test_interrupt_wait
 */
static void what_main_waits_for_is_cancelled_with_it(void)
{
    CHECK_IN_CHILD(interrupt_a_main_with_a_future);
}

static void interrupt_a_plain_run(void)
{
    CHECK_INT(ASYNC_RUN(program), -EINTR);
    CHECK_TRACE("SIGINT, ECANCELLED, finally");
    CHECK(disposition() == SIG_DFL);
}

static void a_plain_run_knows_it_too(void)
{
    CHECK_IN_CHILD(interrupt_a_plain_run);
}

/* The signal comes on the way into a poll that would wait for ever. */
static int (*poll_libev_itself)(struct weft_driver *driver, weft_ticks timeout,
                                struct weft_list *events);
static long blocked;

static int poll_with_interrupt(struct weft_driver *driver, weft_ticks timeout,
                               struct weft_list *events)
{
    if (timeout == WEFT_FOREVER && blocked++ == 0) {
        interrupt(NULL);
    }
    return poll_libev_itself(driver, timeout, events);
}

struct sleeper {
    struct weft_frame frame;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    AWAIT(weft_event_wait(&never));
    ASYNC_FINALLY
    {
        trace("finally");
    }
    ASYNC_END;
}

static void interrupt_a_poll(void)
{
    open_runner();
    poll_libev_itself = runner.ev.driver.poll;
    runner.ev.driver.poll = poll_with_interrupt;
    CHECK_INT(ASYNC_RUN_ON(&runner, sleeper), -EINTR);
    CHECK_TRACE("SIGINT, finally");
    CHECK_INT(blocked, 1);
    close_runner();
}

static void a_loop_that_waits_is_woken(void)
{
    CHECK_IN_CHILD(interrupt_a_poll);
}

/* ---- What main makes of it ---- */

static void interrupt_a_main_that_swallows(void)
{
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, program, .swallows = true), 0);
    CHECK_TRACE("SIGINT, ECANCELLED, finally");
    CHECK(disposition() == SIG_DFL);
    close_runner();
}

static void a_main_that_swallows_it_ends_as_it_likes(void)
{
    CHECK_IN_CHILD(interrupt_a_main_that_swallows);
}

static void interrupt_a_main_that_fails(void)
{
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, program, .code = WEFT_ELIMIT), WEFT_ELIMIT);
    CHECK_TRACE("SIGINT, ECANCELLED, finally, report ELIMIT");
    close_runner();
}

static void an_error_on_the_way_out_is_returned_and_reported(void)
{
    CHECK_IN_CHILD(interrupt_a_main_that_fails);
}

struct victim {
    struct weft_frame frame;
    bool cleans_up; /* and is interrupted while it does */
    struct weft_handle cancel;
    struct weft_handle interrupt;
    int err;
};

static void cancel_and_interrupt(void *arg)
{
    trace("cancel");
    weft_task_cancel(arg);
    interrupt(NULL);
}

static async victim(struct weft_frame *frame)
{
    ASYNC_BEGIN(victim);
    if (self->cleans_up) {
        weft_task_cancel(weft_current_task());
    } else {
        weft_call_soon(weft_loop_running(), &self->cancel, cancel_and_interrupt,
                       weft_current_task());
    }
    ASYNC_TRY {
        AWAIT(weft_event_wait(&never));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s", weft_error_name(self->err));
        if (self->cleans_up) {
            weft_call_soon(weft_loop_running(), &self->interrupt, interrupt,
                           NULL);
            AWAIT(weft_event_wait(&never));
        }
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
}

static void interrupt_cancelled_mains(void)
{
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, victim), WEFT_ECANCELLED);
    CHECK_TRACE("cancel, SIGINT, ECANCELLED");
    CHECK_INT(ASYNC_RUN_ON(&runner, victim, .cleans_up = true),
              WEFT_ECANCELLED);
    CHECK_TRACE("ECANCELLED, SIGINT");
    close_runner();
}

/*
 * CPython: test_runners.RunnerTests.test_interrupt_cancelled_task
 */
static void a_main_that_was_cancelled_anyway_is_just_cancelled(void)
{
    CHECK_IN_CHILD(interrupt_cancelled_mains);
}

struct quick {
    struct weft_frame frame;
    bool is_interrupted;
};

static async quick(struct weft_frame *frame)
{
    ASYNC_BEGIN(quick);
    AWAIT(weft_sleep(0));
    if (self->is_interrupted) {
        interrupt(NULL);
    }
    trace("done");
    ASYNC_END;
}

static void interrupt_the_last_step(void)
{
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, quick, .is_interrupted = true), 0);
    CHECK_INT(ASYNC_RUN_ON(&runner, quick), 0);
    CHECK_TRACE("SIGINT, done, done");
    CHECK_INT(ASYNC_RUN_ON(&runner, program), -EINTR);
    CHECK_TRACE("SIGINT, ECANCELLED, finally");
    CHECK_INT(ASYNC_RUN_ON(&runner, program), -EINTR);
    CHECK_TRACE("SIGINT, ECANCELLED, finally");
    close_runner();
}

struct mourner {
    struct weft_frame frame;
    struct weft_task *main;
};

static async mourner(struct weft_frame *frame)
{
    ASYNC_BEGIN(mourner);
    AWAIT(weft_join(self->main));
    interrupt(NULL);
    ASYNC_END;
}

struct mourned {
    struct weft_frame frame;
};

static async mourned(struct weft_frame *frame)
{
    ASYNC_BEGIN(mourned);
    weft_task_release(SPAWN(mourner, .main = weft_current_task()));
    AWAIT(weft_sleep(0));
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

/* In the last turn, when main is done. */
static void interrupt_the_last_turn(void)
{
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, mourned), 0);
    CHECK_TRACE("SIGINT");
    CHECK_INT(ASYNC_RUN_ON(&runner, quick), 0);
    CHECK_TRACE("done");
    close_runner();
}

static void one_run_s_signal_does_not_reach_the_next(void)
{
    CHECK_IN_CHILD(interrupt_the_last_step);
    CHECK_IN_CHILD(interrupt_the_last_turn);
}

/* ---- The second ---- */

static int out_of_child[2]; /* a pipe: what the child does before it ends */

struct stubborn {
    struct weft_frame frame;
    struct weft_handle first, second;
    int err;
};

static async stubborn(struct weft_frame *frame)
{
    ASYNC_BEGIN(stubborn);
    weft_call_soon(weft_loop_running(), &self->first, interrupt, NULL);
    ASYNC_TRY {
        AWAIT(weft_event_wait(&never));
    }
    ASYNC_CATCH_ALL(self->err) {
        CHECK(write(out_of_child[1], "1", 1) == 1);
        weft_call_soon(weft_loop_running(), &self->second, interrupt, NULL);
        AWAIT(weft_event_wait(&never));
    }
    ASYNC_FINALLY
    {
        CHECK(write(out_of_child[1], "2", 1) == 1);
    }
    ASYNC_END;
}

static void interrupt_twice(void)
{
    open_runner();
    ASYNC_RUN_ON(&runner, stubborn);
}

static void the_second_ends_the_process_at_once(void)
{
    char said[8] = "";

    CHECK(pipe(out_of_child) == 0);
    CHECK_KILLED(interrupt_twice);
    close(out_of_child[1]);
    CHECK_INT(read(out_of_child[0], said, sizeof said - 1), 1);
    CHECK_STR(said, "1");
    close(out_of_child[0]);
}

static void interrupt_between_runs(void)
{
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, quick), 0);
    raise(SIGINT);
}

static void between_runs_it_does_what_it_always_did(void)
{
    CHECK_KILLED(interrupt_between_runs);
}

/* ---- Handlers of the program's own ---- */

static volatile sig_atomic_t caught;

static void catch_it(int number)
{
    (void)number;
    caught++;
}

static void interrupt_with_a_handler(void)
{
    signal(SIGINT, catch_it);
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, quick, .is_interrupted = true), 0);
    CHECK_INT(caught, 1);
    CHECK(disposition() == catch_it);
    close_runner();
    signal(SIGINT, SIG_IGN);
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, quick, .is_interrupted = true), 0);
    CHECK(disposition() == SIG_IGN);
    close_runner();
    CHECK_TRACE("SIGINT, done, SIGINT, done");
}

static void a_handler_from_before_is_left_alone(void)
{
    CHECK_IN_CHILD(interrupt_with_a_handler);
}

struct installer {
    struct weft_frame frame;
};

static async installer(struct weft_frame *frame)
{
    ASYNC_BEGIN(installer);
    signal(SIGINT, catch_it);
    AWAIT(weft_sleep(0));
    interrupt(NULL);
    AWAIT(weft_sleep(0));
    trace("done");
    ASYNC_END;
}

static void install_a_handler_in_a_run(void)
{
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, installer), 0);
    CHECK_TRACE("SIGINT, done");
    CHECK_INT(caught, 1);
    CHECK(disposition() == catch_it);
    signal(SIGINT, SIG_DFL);
    CHECK_INT(ASYNC_RUN_ON(&runner, program), -EINTR);
    CHECK_TRACE("SIGINT, ECANCELLED, finally");
    close_runner();
}

static void a_handler_set_during_a_run_stays(void)
{
    CHECK_IN_CHILD(install_a_handler_in_a_run);
}

static void fail_to_run(void)
{
    memset(&runner, 0, sizeof runner);
    CHECK_INT(ASYNC_RUN_ON(&runner, quick), WEFT_ECLOSED);
    CHECK(disposition() == SIG_DFL);
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, program), -EINTR);
    close_runner();
}

static void a_run_that_fails_to_start_changes_nothing(void)
{
    CHECK_IN_CHILD(fail_to_run);
}

#define TESTS(X)                                          \
    X(the_first_cancels_main_and_ends_its_run)            \
    X(a_main_that_takes_turns_is_cancelled_too)           \
    X(what_main_waits_for_is_cancelled_with_it)           \
    X(a_plain_run_knows_it_too)                           \
    X(a_loop_that_waits_is_woken)                         \
    X(a_main_that_swallows_it_ends_as_it_likes)           \
    X(an_error_on_the_way_out_is_returned_and_reported)   \
    X(a_main_that_was_cancelled_anyway_is_just_cancelled) \
    X(one_run_s_signal_does_not_reach_the_next)           \
    X(the_second_ends_the_process_at_once)                \
    X(between_runs_it_does_what_it_always_did)            \
    X(a_handler_from_before_is_left_alone)                \
    X(a_handler_set_during_a_run_stays)                   \
    X(a_run_that_fails_to_start_changes_nothing)
TEST_MAIN(TESTS)
