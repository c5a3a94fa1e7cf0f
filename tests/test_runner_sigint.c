/* test_runner_sigint.c - when Ctrl-C is not a runner's: the second time,
 * between runs, and where the program has a handler of its own.
 */
#include "interrupts.h"

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

#define TESTS(X)                               \
    X(the_second_ends_the_process_at_once)     \
    X(between_runs_it_does_what_it_always_did) \
    X(a_handler_from_before_is_left_alone)     \
    X(a_handler_set_during_a_run_stays)        \
    X(a_run_that_fails_to_start_changes_nothing)
TEST_MAIN(TESTS)
