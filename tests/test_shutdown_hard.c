/* test_shutdown_hard.c - when a shutdown ends the process, tried in a child;
 * and what it leaves to a runner's Ctrl-C.
 */
#include "shutdowns.h"

#define CHECK_ENDED_BY(scenario, number)                              \
    do {                                                              \
        int status_ = in_child(scenario);                             \
        CHECK(WIFSIGNALED(status_) && WTERMSIG(status_) == (number)); \
    } while (0)

static int out_of_child[2];

static void tell(const char *text)
{
    CHECK(write(out_of_child[1], text, strlen(text)) > 0);
}

static void take_too_long(void)
{
    start();
    SERVE(.number = &termination, .seconds = 10, .tidying = 11);
}

static void swallow_too_long(void)
{
    start();
    SERVE(.number = &interruption, .seconds = 10, .swallows = 11);
}

static void when_time_is_up_the_signal_ends_the_process(void)
{
    CHECK_ENDED_BY(take_too_long, SIGTERM);
    CHECK_ENDED_BY(swallow_too_long, SIGINT);
}

struct busy {
    struct weft_frame frame;
    int second;
};

/* The loop has no turn between the two. */
static async busy(struct weft_frame *frame)
{
    ASYNC_BEGIN(busy);
    CHECK_INT(weft_shutdown_on_signals(&shutting, 10), 0);
    raise(SIGTERM);
    tell("1");
    raise(self->second);
    tell("2");
    ASYNC_END;
}

static void terminate_twice(void)
{
    start();
    ASYNC_RUN_IN(&world.loop, busy, .second = SIGTERM);
}

static void terminate_and_interrupt(void)
{
    start();
    ASYNC_RUN_IN(&world.loop, busy, .second = SIGINT);
}

static void a_second_signal_ends_the_process_at_once(void)
{
    char said[8] = "";

    CHECK(pipe(out_of_child) == 0);
    CHECK_ENDED_BY(terminate_twice, SIGTERM);
    CHECK_ENDED_BY(terminate_and_interrupt, SIGINT);
    close(out_of_child[1]);
    CHECK_INT(read(out_of_child[0], said, sizeof said - 1), 2);
    CHECK_STR(said, "11");
    close(out_of_child[0]);
}

/* ---- Beside Ctrl-C of a runner ---- */

struct main_program {
    struct weft_frame frame;
    struct weft_handle handle;
};

static async main_program(struct weft_frame *frame)
{
    ASYNC_BEGIN(main_program);
    CHECK_INT(weft_shutdown_on_signals(&shutting, 10), 0);
    weft_call_soon(weft_loop_running(), &self->handle, interrupt, NULL);
    AWAIT(weft_event_wait(&never));
    ASYNC_END;
}

static void run_twice(void)
{
    CHECK_INT(ASYNC_RUN(main_program), WEFT_ECANCELLED);
    CHECK(shutting.loop == NULL);
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, program), -EINTR);
    CHECK(disposition() == SIG_DFL);
    close_runner();
    CHECK_TRACE("SIGINT, SIGINT, ECANCELLED, finally");
}

static void a_later_run_has_its_ctrl_c_back(void)
{
    memset(&shutting, 0, sizeof shutting);
    CHECK_IN_CHILD(run_twice);
}

#define TESTS(X)                                   \
    X(when_time_is_up_the_signal_ends_the_process) \
    X(a_second_signal_ends_the_process_at_once)    \
    X(a_later_run_has_its_ctrl_c_back)
TEST_MAIN(TESTS)
