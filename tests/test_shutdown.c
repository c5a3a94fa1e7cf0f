/* test_shutdown.c - the end of a program that is told to end, in good order. */
#include <math.h>

#include "shutdowns.h"

static void the_others_end_first_and_then_the_main_task(void)
{
    int status;

    start();
    status = SERVE(.number = &termination, .seconds = 10, .tidying = 2);
    CHECK_INT(status, WEFT_ECANCELLED);
    CHECK_TRACE("signal, a cancelled, b cancelled, a done, b done, "
                "main cancelled");
    CHECK_INT(shutting.number, SIGTERM);
    CHECK(weft_loop_time(&world.loop) == 3);
    CHECK_INT(weft_shutdown_exit_code(&shutting, status), 0);
    CHECK_INT(world.reports, 0);
    stop();
}

static void an_interruption_does_the_same(void)
{
    start();
    CHECK_INT(SERVE(.number = &interruption, .seconds = 10), WEFT_ECANCELLED);
    CHECK_TRACE("signal, a cancelled, b cancelled, a done, b done, "
                "main cancelled");
    CHECK_INT(shutting.number, SIGINT);
    stop();
}

static void what_is_started_meanwhile_is_asked_to_stop_too(void)
{
    start();
    CHECK_INT(SERVE(.number = &termination, .seconds = 10, .spawns = true),
              WEFT_ECANCELLED);
    CHECK_TRACE("signal, a cancelled, b cancelled, a done, b done, "
                "late cancelled, late done, main cancelled");
    stop();
}

static void an_error_on_the_way_is_an_error(void)
{
    int status;

    start();
    status = SERVE(.number = &termination, .seconds = 10, .fails = -EPIPE);
    CHECK_INT(status, -EPIPE);
    CHECK_INT(weft_shutdown_exit_code(&shutting, status), 1);
    CHECK_INT(weft_shutdown_exit_code(&shutting, 0), 0);
    CHECK_INT(weft_shutdown_exit_code(&shutting, WEFT_ECANCELLED), 0);
    shutting.number = 0;
    CHECK_INT(weft_shutdown_exit_code(&shutting, WEFT_ECANCELLED), 1);
    stop();
    check_trace[0] = '\0';
}

static void a_main_that_goes_on_is_not_asked_again(void)
{
    start();
    CHECK_INT(SERVE(.number = &termination, .seconds = 10, .swallows = 8), 0);
    CHECK_TRACE("signal, a cancelled, b cancelled, a done, b done, "
                "main cancelled, main goes on");
    CHECK(weft_loop_time(&world.loop) == 9);
    stop();
}

static void without_a_limit_it_may_take_for_ever(void)
{
    start();
    CHECK_INT(SERVE(.number = &termination, .seconds = (double)INFINITY,
                    .tidying = 1e6),
              WEFT_ECANCELLED);
    CHECK(weft_loop_time(&world.loop) == 1000001);
    check_trace[0] = '\0';
    stop();
}

static void a_main_that_has_ended_is_left_alone(void)
{
    start();
    CHECK_INT(SERVE(.ends = true, .seconds = 10), 0);
    CHECK(shutting.loop == &world.loop);
    CHECK(shutting.main == NULL);
    raise(SIGTERM);
    turn();
    turn();
    turn();
    CHECK_TRACE("a cancelled, b cancelled, a done, b done");
    CHECK_INT(world.loop.task_count, 0);
    stop();
}

static void begin_by_hand(void *number)
{
    const int *signal_number = number;

    weft_shutdown_begin(&shutting, *signal_number);
    weft_shutdown_begin(&shutting, SIGKILL); /* once is enough */
}

struct by_hand {
    struct weft_frame frame;
    struct weft_handle handle;
};

static async by_hand(struct weft_frame *frame)
{
    ASYNC_BEGIN(by_hand);
    CHECK_INT(weft_shutdown_on_signals(&shutting, 10), 0);
    weft_call_soon(weft_loop_running(), &self->handle, begin_by_hand,
                   (void *)(uintptr_t)&termination);
    AWAIT(weft_event_wait(&never));
    ASYNC_FINALLY
    trace("%s", weft_error_name(frame->outcome));
    ASYNC_END;
}

static void it_may_be_begun_by_hand(void)
{
    start();
    weft_shutdown_begin(&shutting, SIGTERM); /* idle: nothing happens */
    CHECK_INT(shutting.number, 0);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, by_hand), WEFT_ECANCELLED);
    CHECK_INT(shutting.number, SIGTERM);
    CHECK_TRACE("ECANCELLED");
    stop();
}

struct wrong {
    struct weft_frame frame;
    struct weft_loop other;
    struct weft_handle handle;
};

static async wrong(struct weft_frame *frame)
{
    ASYNC_BEGIN(wrong);
    CHECK_INT(weft_shutdown_on_signals(&shutting, (double)NAN), WEFT_EINVAL);
    CHECK(shutting.loop == NULL);
    CHECK_INT(weft_shutdown_on_signals(&shutting, 1), 0);
    CHECK_INT(weft_shutdown_on_signals(&shutting, 1), WEFT_EALREADY);
    weft_shutdown_stop(&shutting);
    weft_shutdown_stop(&shutting);
    CHECK(disposition() == SIG_DFL);
    weft_loop_init(&self->other, &world.sim.driver);
    CHECK_INT(weft_add_signal_handler(&self->other, SIGTERM, &self->handle,
                                      interrupt, NULL),
              0);
    weft_loop_current_ = &world.loop;
    CHECK_INT(weft_shutdown_on_signals(&shutting, 1), WEFT_EOTHERLOOP);
    CHECK(shutting.loop == NULL);
    CHECK(disposition() == SIG_DFL); /* of SIGINT: given back */
    weft_loop_current_ = &self->other;
    CHECK_INT(weft_loop_close(&self->other), 0);
    CHECK_INT(weft_shutdown_on_signals(&shutting, 1), 0);
    ASYNC_END;
}

static void what_is_wrong_has_a_name_and_changes_nothing(void)
{
    start();
    CHECK_INT(weft_shutdown_on_signals(&shutting, 1), WEFT_ENOTASK);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, wrong), 0);
    CHECK(disposition() != SIG_DFL);
    weft_shutdown_stop(&shutting);
    CHECK(disposition() == SIG_DFL);
    stop();
}

struct poor {
    struct weft_frame frame;
};

static async poor(struct weft_frame *frame)
{
    ASYNC_BEGIN(poor);
    CHECK_INT(weft_shutdown_on_signals(&shutting, 1), WEFT_ENOMEM);
    CHECK(shutting.loop == NULL);
    CHECK(disposition() == SIG_DFL);
    ASYNC_END;
}

static void its_alarm_has_a_place_from_the_start(void)
{
    struct weft_heap_place place;

    start();
    weft_loop_set_alarms(&world.loop, &place, 1); /* the task's */
    CHECK_INT(ASYNC_RUN_IN(&world.loop, poor), 0);
    stop();
}

static void the_close_of_the_loop_ends_it(void)
{
    start();
    CHECK_INT(SERVE(.ends = true, .seconds = 10), 0);
    CHECK_INT(weft_loop_cancel_all(&world.loop), 0);
    CHECK_INT(weft_loop_close(&world.loop), 0);
    CHECK(shutting.loop == NULL);
    CHECK(disposition() == SIG_DFL);
    CHECK_INT(world.blocks, 0);
    check_trace[0] = '\0';
}

#define TESTS(X)                                      \
    X(the_others_end_first_and_then_the_main_task)    \
    X(an_interruption_does_the_same)                  \
    X(what_is_started_meanwhile_is_asked_to_stop_too) \
    X(an_error_on_the_way_is_an_error)                \
    X(a_main_that_goes_on_is_not_asked_again)         \
    X(without_a_limit_it_may_take_for_ever)           \
    X(a_main_that_has_ended_is_left_alone)            \
    X(it_may_be_begun_by_hand)                        \
    X(what_is_wrong_has_a_name_and_changes_nothing)   \
    X(its_alarm_has_a_place_from_the_start)           \
    X(the_close_of_the_loop_ends_it)
TEST_MAIN(TESTS)
