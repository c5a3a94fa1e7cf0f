/* test_run_no_posix.c - the implementation in this file, with what ISO C has
 * and no more: a run is the same, but Ctrl-C is none of its business.
 */
#undef _DEFAULT_SOURCE
#include <signal.h>

#define WEFT_IMPLEMENTATION
#define WEFT_NO_POSIX

#include "check.h"

static volatile sig_atomic_t caught;

static void catch_it(int number)
{
    (void)number;
    caught++;
}

struct program {
    struct weft_frame frame;
    bool is_interrupted;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    if (self->is_interrupted) {
        CHECK(signal(SIGINT, catch_it) == SIG_DFL);
        raise(SIGINT);
    }
    AWAIT(weft_sleep(2));
    trace("%g", weft_loop_time(weft_loop_running()));
    ASYNC_END;
}

static void a_program_runs_on_the_virtual_clock(void)
{
    CHECK_INT(ASYNC_RUN_SIM(program), 0);
    CHECK_TRACE("2");
}

static void a_signal_is_left_to_the_program(void)
{
    signal(SIGINT, SIG_DFL);
#if !defined(SA_RESTART)
    CHECK_INT(ASYNC_RUN_SIM(program, .is_interrupted = true), 0);
    CHECK_INT(caught, 1);
    CHECK_TRACE("2");
#else
    CHECK(catch_it != SIG_DFL); /* POSIX is here unasked: see test_runner */
#endif
}

#define TESTS(X)                           \
    X(a_program_runs_on_the_virtual_clock) \
    X(a_signal_is_left_to_the_program)
TEST_MAIN(TESTS)
