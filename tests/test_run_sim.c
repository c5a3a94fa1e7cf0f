/* test_run_sim.c - a program on the virtual clock does without libev: neither
 * is it compiled in, nor does anything link it from the library.
 */
#include "check.h"

#pragma weak \
    weft_ev_open /* not asked of the library; NULL if nobody else did */

struct program {
    struct weft_frame frame;
    double seconds;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    AWAIT(weft_sleep(self->seconds));
    trace("%g", weft_loop_time(weft_loop_running()));
    ASYNC_END;
}

static void a_program_on_the_virtual_clock_links_no_libev(void)
{
    CHECK_INT(ASYNC_RUN_SIM(program, .seconds = 2), 0);
    CHECK_TRACE("2");
    CHECK(weft_ev_open == NULL);
}

static void neither_does_a_runner_on_it(void)
{
    struct weft_sim sim;
    struct weft_runner runner;

    weft_sim_init(&sim);
    CHECK_INT(weft_runner_open_on(&runner, &sim.driver), 0);
    CHECK_INT(ASYNC_RUN_ON(&runner, program, .seconds = 3), 0);
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_TRACE("3");
    CHECK(weft_ev_open == NULL);
}

#define TESTS(X)                                     \
    X(a_program_on_the_virtual_clock_links_no_libev) \
    X(neither_does_a_runner_on_it)
TEST_MAIN(TESTS)
