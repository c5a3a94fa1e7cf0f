/* test_runner_debug.c - debug mode, chosen by the environment or the program. */
#include "check.h"

static struct weft_sim sim;
static struct weft_runner runner;

static void open_runner(void)
{
    weft_sim_init(&sim);
    CHECK_INT(weft_runner_open_on(&runner, &sim.driver), 0);
}

/*
 * CPython: test_runners.RunnerTests.test_non_debug
 */
static void a_runner_is_not_in_debug_mode(void)
{
    unsetenv("WEFT_DEBUG");
    open_runner();
    CHECK(!weft_loop_get_debug(&runner.loop));
    CHECK_INT(weft_runner_close(&runner), 0);
    setenv("WEFT_DEBUG", "0", 1);
    open_runner();
    CHECK(!weft_loop_get_debug(&runner.loop));
    CHECK_INT(weft_runner_close(&runner), 0);
}

/*
 * CPython: test_runners.RunnerTests.test_debug
 */
static void the_environment_or_a_call_sets_it(void)
{
    setenv("WEFT_DEBUG", "1", 1);
    open_runner();
    CHECK(weft_loop_get_debug(&runner.loop));
    weft_loop_set_debug(&runner.loop, false);
    CHECK(!weft_loop_get_debug(&runner.loop));
    weft_loop_set_debug(&runner.loop, true);
    CHECK(weft_loop_get_debug(&runner.loop));
    CHECK_INT(weft_runner_close(&runner), 0);
    unsetenv("WEFT_DEBUG");
}

struct asks {
    struct weft_frame frame;
};

static async asks(struct weft_frame *frame)
{
    ASYNC_BEGIN(asks);
    trace("%d", weft_loop_get_debug(weft_loop_running()));
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

/*
 * CPython: test_runners.RunTests.test_asyncio_run_debug
 */
static void a_run_is_in_debug_mode_if_the_environment_says_so(void)
{
    unsetenv("WEFT_DEBUG");
    CHECK_INT(ASYNC_RUN(asks), 0);
    setenv("WEFT_DEBUG", "1", 1);
    CHECK_INT(ASYNC_RUN(asks), 0);
    setenv("WEFT_DEBUG", "", 1);
    CHECK_INT(ASYNC_RUN(asks), 0);
    unsetenv("WEFT_DEBUG");
    CHECK_TRACE("0, 1, 0");
}

#define TESTS(X)                         \
    X(a_runner_is_not_in_debug_mode)     \
    X(the_environment_or_a_call_sets_it) \
    X(a_run_is_in_debug_mode_if_the_environment_says_so)
TEST_MAIN(TESTS)
