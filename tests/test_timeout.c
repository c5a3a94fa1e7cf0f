/* test_timeout.c - what asyncio.timeout promises, one promise per function.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include <math.h>

#include "check.h"
#include "sweep.h"

struct body {
    struct weft_frame frame;
    double limit, sleeps;
    bool swallows;
    int code; /* raised when the sleep is cancelled */
    struct weft_timeout timeout;
    int err;
};

static async body(struct weft_frame *frame)
{
    ASYNC_BEGIN(body);
    ASYNC_TRY {
        ASYNC_WITH(&self->timeout, weft_timeout(&self->timeout, self->limit)) {
            CHECK_INT(self->timeout.state, WEFT_TIMEOUT_ACTIVE);
            trace("before");
            ASYNC_TRY {
                AWAIT(weft_sleep(self->sleeps));
                trace("after");
            }
            ASYNC_CATCH_ALL(self->err) {
                trace("%s %d", weft_error_name(self->err),
                      weft_timeout_expired(&self->timeout));
                if (self->code < 0) {
                    ASYNC_RAISE(self->code);
                }
                if (!self->swallows) {
                    ASYNC_RAISE(self->err);
                }
            }
        }
        trace("behind");
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("out %s", weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_FINALLY
    trace("expired %d, cancelling %u", weft_timeout_expired(&self->timeout),
          weft_task_cancelling(weft_current_task()));
    ASYNC_END;
}

/* CPython: test_timeouts.TimeoutTests.test_timeout_basic
 * CPython: test_timeouts.TimeoutTests.test_waiter_cancelled
 * CPython: test_timeouts.TimeoutTests.test_outer_task_is_not_cancelled
 */
static void a_block_that_is_too_slow_times_out(void)
{
    CHECK_INT(WORLD_RUN(body, .limit = 1, .sleeps = 2), WEFT_ETIMEOUT);
    CHECK_TRACE("before, ECANCELLED 1, out ETIMEOUT, expired 1, cancelling 0");
}

/* CPython: test_timeouts.TimeoutTests.test_timeout_disabled */
static void a_block_in_time_goes_on(void)
{
    CHECK_INT(WORLD_RUN(body, .limit = 2, .sleeps = 1), 0);
    CHECK_TRACE("before, after, behind, expired 0, cancelling 0");
    CHECK_INT(WORLD_RUN(body, .limit = (double)INFINITY, .sleeps = 1e9), 0);
    CHECK_TRACE("before, after, behind, expired 0, cancelling 0");
}

/* Python: timeout(0) runs the body to its first real suspension.
 *
 * CPython: test_timeouts.TimeoutTests.test_timeout_zero
 * CPython: test_timeouts.TimeoutTests.test_timeout_zero_sleep_zero
 * CPython: test_timeouts.TimeoutTests.test_timeout_in_the_past_sleep_zero
 */
static void no_time_at_all_is_up_at_the_first_suspension(void)
{
    CHECK_INT(WORLD_RUN(body, .limit = 0, .sleeps = 1), WEFT_ETIMEOUT);
    CHECK_TRACE("before, ECANCELLED 1, out ETIMEOUT, expired 1, cancelling 0");
    CHECK_INT(WORLD_RUN(body, .limit = -1, .sleeps = 1), WEFT_ETIMEOUT);
    CHECK_TRACE("before, ECANCELLED 1, out ETIMEOUT, expired 1, cancelling 0");
    CHECK_INT(WORLD_RUN(body, .limit = 0, .sleeps = 0), WEFT_ETIMEOUT);
    CHECK_TRACE("before, ECANCELLED 1, out ETIMEOUT, expired 1, cancelling 0");
    CHECK_INT(WORLD_RUN(body, .limit = -11, .sleeps = 0), WEFT_ETIMEOUT);
    CHECK_TRACE("before, ECANCELLED 1, out ETIMEOUT, expired 1, cancelling 0");
}

/* Python: swallowed, True, behind True 0 */
static void a_block_that_swallows_has_ended_well(void)
{
    CHECK_INT(WORLD_RUN(body, .limit = 1, .sleeps = 2, .swallows = true), 0);
    CHECK_TRACE("before, ECANCELLED 1, behind, expired 1, cancelling 0");
}

/* Python: ValueError
 *
 * CPython: test_timeouts.TimeoutTests.test_foreign_exception_passed
 * CPython: test_timeouts.TimeoutTests.test_foreign_exception_on_timeout
 * CPython: test_timeouts.TimeoutTests.test_foreign_exception_on_timeout_2
 */
static void another_error_passes_through(void)
{
    CHECK_INT(WORLD_RUN(body, .limit = 1, .sleeps = 2, .code = WEFT_EUSER),
              WEFT_EUSER);
    CHECK_TRACE("before, ECANCELLED 1, out EUSER, expired 1, cancelling 0");
    CHECK_INT(WORLD_RUN(body, .limit = 1, .sleeps = (double)NAN), WEFT_EINVAL);
    CHECK_TRACE("before, EINVAL 0, out EINVAL, expired 0, cancelling 0");
}

/* Python: sleep(1) in timeout(1): x TimeoutError. Both alarms ring in one
 * turn, and the older is the timeout's. */
static void a_tie_is_a_timeout(void)
{
    CHECK_INT(WORLD_RUN(body, .limit = 1, .sleeps = 1), WEFT_ETIMEOUT);
    CHECK_TRACE("before, ECANCELLED 1, out ETIMEOUT, expired 1, cancelling 0");
}

static void a_time_that_is_not_a_number_fails(void)
{
    CHECK_INT(WORLD_RUN(body, .limit = (double)NAN), WEFT_EINVAL);
    CHECK_TRACE("out EINVAL, expired 0, cancelling 0");
}

/* ---- Other cancellations ---- */

struct striking {
    struct weft_frame frame;
    struct weft_task *task;
    double at;
    double limit;
    bool from_callback;
    struct weft_timer timer;
};

static void strike(void *arg)
{
    weft_task_cancel(arg);
}

static async striking(struct weft_frame *frame)
{
    ASYNC_BEGIN(striking);
    self->task = SPAWN(body, .limit = self->limit, .sleeps = 5);
    if (self->from_callback) {
        AWAIT(weft_sleep(0)); /* the timeout's alarm is the first */
        weft_call_at_ticks(weft_loop_running(), &self->timer,
                           weft_ticks_from(self->at), strike, self->task);
        AWAIT(weft_sleep(5));
    } else {
        AWAIT(weft_sleep(self->at));
        weft_task_cancel(self->task);
        AWAIT(weft_sleep(5));
    }
    trace("%s", weft_error_name(weft_task_error(self->task)));
    weft_task_release(self->task);
    ASYNC_END;
}

/* CPython: test_timeouts.TimeoutTests.test_foreign_cancel_doesnt_timeout_if_not_expired */
static void a_cancellation_from_outside_stays_one(void)
{
    CHECK_INT(WORLD_RUN(striking, .at = 1, .limit = 2), 0);
    CHECK_TRACE("before, ECANCELLED 0, out ECANCELLED, "
                "expired 0, cancelling 1, ECANCELLED");
}

/* The count of requests is higher than it was on entering: somebody else
 * cancelled, too, and that one goes on. */
static void of_two_cancellations_the_foreign_one_wins(void)
{
    CHECK_INT(WORLD_RUN(striking, .at = 2, .limit = 2, .from_callback = true),
              0);
    CHECK_TRACE("before, ECANCELLED 1, out ECANCELLED, "
                "expired 1, cancelling 1, ECANCELLED");
}

struct asked_before {
    struct weft_frame frame;
    struct weft_timeout timeout;
    int err;
};

static async asked_before(struct weft_frame *frame)
{
    ASYNC_BEGIN(asked_before);
    weft_task_cancel(weft_current_task());
    ASYNC_TRY {
        AWAIT(weft_sleep(0));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("swallowed");
    }
    ASYNC_WITH(&self->timeout, weft_timeout(&self->timeout, 1)) {
        AWAIT(weft_sleep(2));
    }
    ASYNC_END;
}

static void requests_from_before_the_block_do_not_count(void)
{
    CHECK_INT(WORLD_RUN(asked_before), WEFT_ETIMEOUT);
    CHECK_TRACE("swallowed");
}

/* ---- Nested ---- */

struct nested {
    struct weft_frame frame;
    double outer_limit, inner_limit;
    struct weft_timeout outer, inner;
    int err;
};

static async nested(struct weft_frame *frame)
{
    ASYNC_BEGIN(nested);
    ASYNC_TRY {
        ASYNC_WITH(&self->outer,
                   weft_timeout(&self->outer, self->outer_limit)) {
            ASYNC_TRY {
                ASYNC_WITH(&self->inner,
                           weft_timeout(&self->inner, self->inner_limit)) {
                    AWAIT(weft_sleep(5));
                }
            }
            ASYNC_CATCH(self->err) {
                trace("inner caught %d %d", weft_timeout_expired(&self->outer),
                      weft_timeout_expired(&self->inner));
                AWAIT(weft_sleep(5));
            }
        }
    }
    ASYNC_CATCH(self->err) {
        trace("outer caught %d %d", weft_timeout_expired(&self->outer),
              weft_timeout_expired(&self->inner));
        CHECK_INT(self->err, WEFT_ETIMEOUT);
    }
    ASYNC_END;
}

/* Python: inner caught False True, outer caught True True; outer caught True
 * False; outer caught True True
 *
 * CPython: test_timeouts.TimeoutTests.test_nested_timeouts
 */
static void each_block_knows_its_own_timeout(void)
{
    CHECK_INT(WORLD_RUN(nested, .outer_limit = 2, .inner_limit = 1), 0);
    CHECK_TRACE("inner caught 0 1, outer caught 1 1");
    CHECK_INT(WORLD_RUN(nested, .outer_limit = 1, .inner_limit = 2), 0);
    CHECK_TRACE("outer caught 1 0");
    CHECK_INT(WORLD_RUN(nested, .outer_limit = 1, .inner_limit = 1), 0);
    CHECK_TRACE("outer caught 1 1");
}

struct inside_itself {
    struct weft_frame frame;
    struct weft_timeout timeout;
};

static async inside_itself(struct weft_frame *frame)
{
    ASYNC_BEGIN(inside_itself);
    ASYNC_WITH(&self->timeout, weft_timeout(&self->timeout, 1)) {
        ASYNC_WITH(&self->timeout, weft_timeout(&self->timeout, 2)) {
            trace("never");
        }
    }
    ASYNC_END;
}

/* CPython: test_timeouts.TimeoutTests.test_timeout_already_entered */
static void a_timeout_inside_itself_fails(void)
{
    CHECK_INT(WORLD_RUN(inside_itself), WEFT_EINVALIDSTATE);
}

/* CPython: test_timeouts.TimeoutTests.test_timeout_not_entered
 * CPython: test_timeouts.TimeoutTests.test_timeout_without_task
 */
static void outside_of_a_task_there_is_none(void)
{
    struct weft_timeout timeout = {.when = 0};

    CHECK_INT(weft_timeout(&timeout, 1).status, WEFT_ENOTASK);
    CHECK_INT(weft_timeout_reschedule(&timeout, 1), WEFT_EINVALIDSTATE);
}

/* Nobody would leave it: its alarm would cancel the task some time later. */
struct without_with {
    struct weft_frame frame;
    struct weft_timeout timeout;
};

static async without_with(struct weft_frame *frame)
{
    ASYNC_BEGIN(without_with);
    AWAIT(weft_timeout(&self->timeout, 1));
    ASYNC_END;
}

static void without_async_with_it_is_refused(void)
{
    CHECK_INT(WORLD_RUN(without_with), WEFT_EINVALIDSTATE);
}

/* ---- Rescheduling ---- */

struct moving {
    struct weft_frame frame;
    struct weft_timeout timeout;
    int err;
};

static async moving(struct weft_frame *frame)
{
    struct weft_loop *loop = weft_loop_running();

    ASYNC_BEGIN(moving);
    ASYNC_TRY {
        ASYNC_WITH(&self->timeout, weft_timeout_at(&self->timeout, 1)) {
            CHECK_INT(weft_timeout_reschedule(&self->timeout, (double)NAN),
                      WEFT_EINVAL);
            CHECK_INT(weft_timeout_reschedule(&self->timeout, 3), 0);
            AWAIT(weft_sleep(2));
            trace("still %g", weft_timeout_when(&self->timeout));
            CHECK_INT(weft_timeout_reschedule(&self->timeout, (double)INFINITY),
                      0);
            AWAIT(weft_sleep(5));
            trace("on");
            CHECK_INT(weft_timeout_reschedule(&self->timeout,
                                              weft_loop_time(loop) - 1),
                      0);
            trace("passed %d", weft_timeout_expired(&self->timeout));
            AWAIT(weft_sleep(1));
        }
    }
    ASYNC_CATCH(self->err) {
        trace("%s at %g", weft_error_name(self->err), weft_loop_time(loop));
    }
    CHECK_INT(weft_timeout_reschedule(&self->timeout, 9), WEFT_EINVALIDSTATE);
    CHECK_INT(self->timeout.state, WEFT_TIMEOUT_EXPIRED);
    ASYNC_END;
}

/* Python: still 3, on, passed False, x TimeoutError, 7.0
 *
 * CPython: test_timeouts.TimeoutTests.test_reschedule
 */
static void a_deadline_can_be_moved(void)
{
    CHECK_INT(WORLD_RUN(moving), 0);
    CHECK_TRACE("still 3, on, passed 0, ETIMEOUT at 7");
}

/* ---- Sweeps ---- */

static void start_timeouts(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(nested, .outer_limit = 2, .inner_limit = 1));
    weft_task_release(SPAWN(nested, .outer_limit = 1, .inner_limit = 1));
    weft_task_release(SPAWN(body, .limit = 2, .sleeps = 1));
}

/* Whatever happens, the only error is a cancellation, and that is quiet. */
static void verify_reports(struct world *world)
{
    CHECK(world->reports == 0 || world->fail_at > 0);
}

static void a_cancelled_block_leaves_no_alarm(void)
{
    CHECK(sweep_cancel(start_timeouts, verify_reports) > 20);
    CHECK(sweep_memory(start_timeouts, verify_reports) > 3);
}

#define TESTS(X)                                    \
    X(a_block_that_is_too_slow_times_out)           \
    X(a_block_in_time_goes_on)                      \
    X(no_time_at_all_is_up_at_the_first_suspension) \
    X(a_block_that_swallows_has_ended_well)         \
    X(another_error_passes_through)                 \
    X(a_tie_is_a_timeout)                           \
    X(a_time_that_is_not_a_number_fails)            \
    X(a_cancellation_from_outside_stays_one)        \
    X(of_two_cancellations_the_foreign_one_wins)    \
    X(requests_from_before_the_block_do_not_count)  \
    X(each_block_knows_its_own_timeout)             \
    X(a_timeout_inside_itself_fails)                \
    X(without_async_with_it_is_refused)             \
    X(outside_of_a_task_there_is_none)              \
    X(a_deadline_can_be_moved)                      \
    X(a_cancelled_block_leaves_no_alarm)
TEST_MAIN(TESTS)
