/* test_runner_interrupt.c - what the first Ctrl-C does to a run, as with
 * asyncio.Runner. The second, and handlers of the program's own, are in
 * test_runner_sigint.c.
 */
#include "interrupts.h"

/* ---- The first ---- */

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

#define TESTS(X)                                          \
    X(the_first_cancels_main_and_ends_its_run)            \
    X(a_main_that_takes_turns_is_cancelled_too)           \
    X(what_main_waits_for_is_cancelled_with_it)           \
    X(a_plain_run_knows_it_too)                           \
    X(a_loop_that_waits_is_woken)                         \
    X(a_main_that_swallows_it_ends_as_it_likes)           \
    X(an_error_on_the_way_out_is_returned_and_reported)   \
    X(a_main_that_was_cancelled_anyway_is_just_cancelled) \
    X(one_run_s_signal_does_not_reach_the_next)
TEST_MAIN(TESTS)
