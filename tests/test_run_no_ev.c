/* test_run_no_ev.c - the implementation in this file, without libev. */
#define WEFT_IMPLEMENTATION
#define WEFT_NO_EV

#include "check.h"

#if defined(EV_H_) || defined(EV_MINPRI)
#error "libev's header was included"
#endif

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

static void a_program_runs_on_the_virtual_clock(void)
{
    CHECK_INT(ASYNC_RUN_SIM(program, .seconds = 0.5), 0);
    CHECK_TRACE("0.5");
}

static void a_runner_takes_any_driver(void)
{
    struct weft_sim sim;
    struct weft_runner runner;

    weft_sim_init(&sim);
    CHECK_INT(weft_runner_open_on(&runner, &sim.driver), 0);
    CHECK_INT(ASYNC_RUN_ON(&runner, program, .seconds = 0.25), 0);
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_TRACE("0.25");
}

#define TESTS(X)                           \
    X(a_program_runs_on_the_virtual_clock) \
    X(a_runner_takes_any_driver)
TEST_MAIN(TESTS)
