/* test_runner_driver.c - a runner on a driver of one's choice, as with asyncio's
 * loop_factory, and a program on the virtual clock in one line.
 */
#include <errno.h>
#include <signal.h>

#include "runners.h"
#include "trap.h"

static struct weft_sim sim;
static struct weft_event never;

static void open_on_sim(void)
{
    weft_sim_init(&sim);
    CHECK_INT(weft_runner_open_on(&runner, &sim.driver), 0);
    runner.loop.on_error = trace_report;
}

struct sleeper {
    struct weft_frame frame;
    double seconds;
    struct weft_loop *loop;
    int code;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    CHECK(self->loop == NULL || weft_loop_running() == self->loop);
    AWAIT(weft_sleep(self->seconds));
    trace("%g", weft_loop_time(weft_loop_running()));
    if (self->code < 0) {
        ASYNC_RAISE(self->code);
    }
    ASYNC_END;
}

/*
 * CPython: test_runners.RunnerTests.test_custom_factory
 */
static void a_runner_takes_the_driver_it_is_given(void)
{
    open_on_sim();
    CHECK(runner.loop.driver == &sim.driver);
    CHECK(weft_loop_current() == &runner.loop);
    CHECK_INT(
        ASYNC_RUN_ON(&runner, sleeper, .seconds = 3600, .loop = &runner.loop),
        0);
    CHECK_INT(ASYNC_RUN_ON(&runner, sleeper, .seconds = 60), 0);
    CHECK_TRACE("3600, 3660");
    CHECK(sim.now == weft_ticks_from(3660));
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK(weft_loop_is_closed(&runner.loop));
    CHECK(weft_loop_current() == NULL);
}

struct leaver {
    struct weft_frame frame;
};

static async leaver(struct weft_frame *frame)
{
    ASYNC_BEGIN(leaver);
    weft_task_release(SPAWN(sleeper, .seconds = 10));
    AWAIT(weft_sleep(1));
    trace("main");
    ASYNC_END;
}

/* All that belongs to a runner, whatever the driver: memory, reports, and the
 * end of what is left. */
static void its_close_cancels_what_is_left(void)
{
    open_on_sim();
    CHECK_INT(ASYNC_RUN_ON(&runner, leaver), 0);
    CHECK_INT(ASYNC_RUN_ON(&runner, sleeper, .code = WEFT_ELIMIT), WEFT_ELIMIT);
    CHECK_INT(runner.loop.task_count, 1);
    CHECK(runner.pool.blocks_out > 0);
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_INT(runner.loop.task_count, 0);
    CHECK(sim.now == weft_ticks_from(1));
    CHECK_TRACE("main, 1, report ELIMIT, its task");
}

/* It goes on where the last runner left it. */
static void the_driver_outlives_the_runner(void)
{
    open_on_sim();
    CHECK_INT(ASYNC_RUN_ON(&runner, sleeper, .seconds = 1), 0);
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_INT(weft_runner_open_on(&runner, &sim.driver), 0);
    CHECK_INT(ASYNC_RUN_ON(&runner, sleeper, .seconds = 1), 0);
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_TRACE("1, 2");
}

static void no_driver_is_refused(void)
{
    open_on_sim();
    CHECK_INT(weft_runner_open_on(&runner, NULL), WEFT_EINVAL);
    CHECK_INT(ASYNC_RUN_ON(&runner, sleeper), 0); /* it is as it was */
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_TRACE("0");
}

struct nesting {
    struct weft_frame frame;
};

static async nesting(struct weft_frame *frame)
{
    struct weft_runner inner;

    ASYNC_BEGIN(nesting);
    trace("open_on %s",
          weft_error_name(weft_runner_open_on(&inner, &sim.driver)));
    trace("ASYNC_RUN_SIM %s", weft_error_name(ASYNC_RUN_SIM(sleeper)));
    AWAIT(weft_sleep(0));
    trace("unharmed");
    ASYNC_END;
}

static void nothing_is_opened_inside_a_run(void)
{
    open_on_sim();
    CHECK_INT(ASYNC_RUN_ON(&runner, nesting), 0);
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_TRACE("open_on EALREADY, ASYNC_RUN_SIM EALREADY, unharmed");
}

struct factory {
    struct weft_frame frame;
    struct weft_loop *loop;
};

static async factory(struct weft_frame *frame)
{
    ASYNC_BEGIN(factory);
    CHECK(weft_loop_running() == self->loop);
    trace("ran");
    ASYNC_END;
}

/*
 * CPython: test_runners.RunTests.test_asyncio_run_loop_factory
 */
static void a_loop_of_your_own_is_run_in(void)
{
    struct world world;

    world_open(&world);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, factory, .loop = &world.loop), 0);
    world_close(&world);
    CHECK_TRACE("ran");
}

/* ---- ASYNC_RUN_SIM ---- */

struct timed {
    struct weft_frame frame;
    int hours;
    int code;
};

static async timed(struct weft_frame *frame)
{
    ASYNC_BEGIN(timed);
    weft_loop_running()->on_error = trace_report;
    trace("%g", weft_loop_time(weft_loop_running()));
    weft_task_release(SPAWN(sleeper, .seconds = 1e9));
    AWAIT(weft_sleep(self->hours * 3600));
    trace("%g", weft_loop_time(weft_loop_running()));
    if (self->code < 0) {
        ASYNC_RAISE(self->code);
    }
    ASYNC_FINALLY
    {
        trace("finally");
    }
    ASYNC_END;
}

static void one_line_runs_a_program_on_a_virtual_clock(void)
{
    CHECK_INT(ASYNC_RUN_SIM(timed, .hours = 24), 0);
    CHECK(weft_loop_current() == NULL);
    CHECK_TRACE("0, 86400, finally");
    CHECK_INT(ASYNC_RUN_SIM(timed), 0);
    CHECK_TRACE("0, 0, finally");
}

static void its_error_is_returned_and_reported(void)
{
    CHECK_INT(ASYNC_RUN_SIM(timed, .code = WEFT_ELIMIT), WEFT_ELIMIT);
    CHECK_TRACE("0, 0, finally, report ELIMIT, its task");
    CHECK_INT(ASYNC_RUN_SIM(timed, .code = WEFT_ECANCELLED), WEFT_ECANCELLED);
    CHECK_TRACE("0, 0, finally");
}

struct stuck {
    struct weft_frame frame;
    int swallows; /* so many cancellations */
    int err;
};

static async stuck(struct weft_frame *frame)
{
    ASYNC_BEGIN(stuck);
    weft_loop_running()->on_error = trace_report;
    for (;;) {
        ASYNC_TRY {
            AWAIT(weft_event_wait(&never));
        }
        ASYNC_CATCH_ALL(self->err) {
            trace("%s", weft_error_name(self->err));
            if (self->swallows-- <= 0) {
                ASYNC_RAISE(self->err);
            }
        }
    }
    ASYNC_END;
}

static void a_program_that_waits_for_nothing_ends(void)
{
    CHECK_INT(ASYNC_RUN_SIM(stuck), WEFT_EDEADLOCK);
    CHECK_TRACE("ECANCELLED, report EDEADLOCK, no task");
}

struct stuck_child {
    struct weft_frame frame;
    int swallows;
};

static async stuck_child(struct weft_frame *frame)
{
    ASYNC_BEGIN(stuck_child);
    weft_task_release(SPAWN(stuck, .swallows = self->swallows));
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

/* The loop's memory ends with the call, so nothing may be left. */
static void a_child_that_swallows_is_cancelled_until_it_ends(void)
{
    CHECK_INT(ASYNC_RUN_SIM(stuck_child, .swallows = 2), WEFT_EDEADLOCK);
    CHECK_TRACE("ECANCELLED, ECANCELLED, ECANCELLED");
    CHECK(weft_loop_current() == NULL);
}

static void swallow_for_ever(void)
{
    ASYNC_RUN_SIM(stuck_child, .swallows = INT_MAX);
}

static void a_child_that_never_ends_traps(void)
{
    CHECK_TRAPS(swallow_for_ever, "weft: stuck at ");
    CHECK_TRAPS(swallow_for_ever, "what was left was cancelled and goes on "
                                  "waiting");
}

struct interrupted {
    struct weft_frame frame;
};

static async interrupted(struct weft_frame *frame)
{
    ASYNC_BEGIN(interrupted);
    raise(SIGINT);
    AWAIT(weft_sleep(1e9));
    trace("slept");
    ASYNC_FINALLY
    {
        trace("finally at %g", weft_loop_time(weft_loop_running()));
    }
    ASYNC_END;
}

static void ctrl_c_is_heard_on_a_virtual_clock_too(void)
{
    signal(SIGINT, SIG_DFL);
    CHECK_INT(ASYNC_RUN_SIM(interrupted), -EINTR);
    CHECK_TRACE("finally at 0");
}

#define TESTS(X)                                        \
    X(a_runner_takes_the_driver_it_is_given)            \
    X(its_close_cancels_what_is_left)                   \
    X(the_driver_outlives_the_runner)                   \
    X(no_driver_is_refused)                             \
    X(nothing_is_opened_inside_a_run)                   \
    X(a_loop_of_your_own_is_run_in)                     \
    X(one_line_runs_a_program_on_a_virtual_clock)       \
    X(its_error_is_returned_and_reported)               \
    X(a_program_that_waits_for_nothing_ends)            \
    X(a_child_that_swallows_is_cancelled_until_it_ends) \
    X(a_child_that_never_ends_traps)                    \
    X(ctrl_c_is_heard_on_a_virtual_clock_too)
TEST_MAIN(TESTS)
