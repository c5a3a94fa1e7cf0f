/* test_guard_finally.c - what ASYNC_FINALLY promises. */
#include "guards.h"

struct finishing {
    struct weft_frame frame;
    enum way way;
    int late; /* an error of the finally block itself */
    int err;
    int result;
};

static async finishing(struct weft_frame *frame)
{
    ASYNC_BEGIN(finishing);
    AWAIT(weft_sleep(1));
    if (self->way == RAISE) {
        ASYNC_RAISE(WEFT_EUSER);
    } else if (self->way == CANCEL) {
        weft_task_cancel(weft_current_task());
        AWAIT(weft_sleep(1));
    } else if (self->way == RETURN) {
        ASYNC_RETURN(5);
    } else if (self->way == EXIT) {
        ASYNC_EXIT;
    }
    ASYNC_FINALLY
    trace("%s", weft_error_name(frame->outcome));
    ASYNC_TRY {
        AWAIT(weft_sleep(1));
        ASYNC_RAISE(WEFT_ETIMEOUT);
    }
    ASYNC_CATCH(self->err) {
        trace("caught");
    }
    if (self->late < 0) {
        ASYNC_RAISE(self->late);
    }
    trace("%s", weft_error_name(frame->outcome));
    ASYNC_END;
}

static void finally_runs_on_every_way_out_and_keeps_the_outcome(void)
{
    CHECK_INT(WORLD_RUN(finishing, .way = FALL), 0);
    CHECK_INT(WORLD_RUN(finishing, .way = RETURN), 0);
    CHECK_INT(WORLD_RUN(finishing, .way = EXIT), 0);
    CHECK_TRACE("OK, caught, OK, OK, caught, OK, OK, caught, OK");
    CHECK_INT(WORLD_RUN(finishing, .way = RAISE), WEFT_EUSER);
    CHECK_TRACE("EUSER, caught, EUSER");
    CHECK_INT(WORLD_RUN(finishing, .way = CANCEL), WEFT_ECANCELLED);
    CHECK_TRACE("ECANCELLED, caught, ECANCELLED");
}

static void an_error_in_finally_takes_the_place_of_the_outcome(void)
{
    CHECK_INT(WORLD_RUN(finishing, .way = FALL, .late = WEFT_ELIMIT),
              WEFT_ELIMIT);
    CHECK_INT(WORLD_RUN(finishing, .way = RAISE, .late = WEFT_ELIMIT),
              WEFT_ELIMIT);
    CHECK_INT(WORLD_RUN(finishing, .way = CANCEL, .late = WEFT_ELIMIT),
              WEFT_ELIMIT);
    CHECK_TRACE("OK, caught, EUSER, caught, ECANCELLED, caught");
}

struct cancelled_finally {
    struct weft_frame frame;
    struct weft_task *task;
    struct finishing finishing;
};

static async cancelled_finally(struct weft_frame *frame)
{
    ASYNC_BEGIN(cancelled_finally);
    self->task = SPAWN(finishing, .way = RAISE);
    AWAIT(weft_sleep(1.5)); /* now it waits in its finally */
    CHECK(weft_task_cancel(self->task));
    AWAIT(weft_sleep(0));
    trace("cancelled %d", weft_task_cancelled(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

/* Python: `raise` in the body, cancelled at an await of its finally: the task
 * ends cancelled. */
static void a_cancellation_reaches_a_finally_that_waits(void)
{
    CHECK_INT(WORLD_RUN(cancelled_finally), 0);
    CHECK_TRACE("EUSER, cancelled 1");
}

#define TESTS(X)                                           \
    X(finally_runs_on_every_way_out_and_keeps_the_outcome) \
    X(an_error_in_finally_takes_the_place_of_the_outcome)  \
    X(a_cancellation_reaches_a_finally_that_waits)
TEST_MAIN(TESTS)
