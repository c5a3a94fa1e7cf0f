/* test_runner_no_signals.c - a run where no signal handler can be set.
 *
 * This program has a sigaction() of its own, which takes the C library's place.
 */
#include <errno.h>
#include <signal.h>

#include "runners.h"

static bool is_refused;   /* every handler */
static bool is_read_only; /* handlers are told, and not changed */
static int refusals;

int sigaction(int number, const struct sigaction *restrict action,
              struct sigaction *restrict before)
{
    (void)number;
    if (is_refused || (is_read_only && action != NULL)) {
        refusals++;
        errno = ENOSYS;
        return -1;
    }
    if (before != NULL) {
        memset(before, 0, sizeof *before);
        before->sa_handler = SIG_DFL;
    }
    return 0;
}

static void run_twice(void)
{
    int value = 0;

    refusals = 0;
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, giver, .value = 1, .to = &value), 0);
    CHECK_INT(value, 1);
    CHECK_INT(ASYNC_RUN_ON(&runner, giver, .value = 2, .to = &value), 0);
    CHECK_INT(value, 2);
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK(refusals >= 2);
    CHECK_TRACE("");
}

/*
 * CPython: test_runners.RunnerTests.test_signal_install_not_supported_ok
 */
static void a_run_does_without(void)
{
    is_refused = true;
    run_twice();
    is_refused = false;
    is_read_only = true;
    run_twice();
    is_read_only = false;
}

#define TESTS(X) X(a_run_does_without)
TEST_MAIN(TESTS)
