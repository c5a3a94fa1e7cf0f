/* test_timeout_nested.c - timeouts in timeouts, in clean-up and in a busy loop.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include <math.h>

#include "check.h"
#include "sweep.h"

/* The loop is busy for so long. */
static void be_busy(double seconds)
{
    struct world *world = weft_loop_running()->user;

    world->sim.now += weft_ticks_from(seconds);
}

struct nested {
    struct weft_frame frame;
    double outer_limit, inner_limit;
    double busy;
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
                    be_busy(self->busy);
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
        trace("outer caught %d %d at %g", weft_timeout_expired(&self->outer),
              weft_timeout_expired(&self->inner),
              weft_loop_time(weft_loop_running()));
    }
    trace("%u", weft_task_cancelling(weft_current_task()));
    ASYNC_END;
}

#define NESTED(...) CHECK_INT(WORLD_RUN(nested, __VA_ARGS__), 0)

/* Python: outer caught True False at 10; outer caught True True at 100; inner
 * caught False True
 *
 * CPython: test_timeouts.TimeoutTests.test_nested_timeouts_concurrent
 * CPython: test_timeouts.TimeoutTests.test_nested_timeouts_loop_busy
 */
static void in_a_busy_loop_each_timeout_counts_its_own_time(void)
{
    NESTED(.outer_limit = 2, .inner_limit = 100, .busy = 10);
    CHECK_TRACE("outer caught 1 0 at 10, 0");
    NESTED(.outer_limit = 100, .inner_limit = 10, .busy = 100);
    CHECK_TRACE("outer caught 1 1 at 100, 0");
    NESTED(.outer_limit = 100, .inner_limit = 10, .busy = 50);
    CHECK_TRACE("inner caught 0 1, 0");
}

struct cleaning {
    struct weft_frame frame;
    struct weft_timeout outer, inner;
    int err, why;
};

static async cleaning(struct weft_frame *frame)
{
    ASYNC_BEGIN(cleaning);
    ASYNC_TRY {
        ASYNC_WITH(&self->outer, weft_timeout(&self->outer, 1)) {
            ASYNC_TRY {
                AWAIT(weft_sleep(9));
            }
            ASYNC_CATCH_ALL(self->why) {
                ASYNC_TRY {
                    ASYNC_WITH(&self->inner, weft_timeout(&self->inner, 1)) {
                        AWAIT(weft_sleep(9));
                    }
                }
                ASYNC_CATCH(self->err) {
                    trace("inner %s at %g", weft_error_name(self->err),
                          weft_loop_time(weft_loop_running()));
                }
                trace("%u", weft_task_cancelling(weft_current_task()));
                ASYNC_RAISE(self->why);
            }
        }
    }
    ASYNC_CATCH(self->err) {
        trace("outer %s at %g", weft_error_name(self->err),
              weft_loop_time(weft_loop_running()));
    }
    trace("%u", weft_task_cancelling(weft_current_task()));
    ASYNC_END;
}

/* Python: inner at 2, 1, outer at 2, 0
 *
 * CPython: test_timeouts.TimeoutTests.test_nested_timeout_in_finally
 */
static void a_timeout_works_while_another_is_being_obeyed(void)
{
    CHECK_INT(WORLD_RUN(cleaning), 0);
    CHECK_TRACE("inner ETIMEOUT at 2, 1, outer ETIMEOUT at 2, 0");
}

struct asked {
    struct weft_frame frame;
    bool again; /* inside */
    struct weft_timeout timeout;
    int err;
};

static async asked(struct weft_frame *frame)
{
    ASYNC_BEGIN(asked);
    weft_task_cancel(weft_current_task());
    ASYNC_TRY {
        AWAIT(weft_sleep(1));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("swallowed");
    }
    ASYNC_WITH(&self->timeout, weft_timeout(&self->timeout, 1)) {
        if (self->again) {
            weft_task_cancel(weft_current_task());
        }
        AWAIT(weft_sleep(2));
    }
    ASYNC_END;
}

/* CPython: test_timeouts.TimeoutTests.test_timeout_after_cancellation
 * CPython: test_timeouts.TimeoutTests.test_cancel_in_timeout_after_cancellation
 */
static void a_request_inside_the_block_counts_and_one_before_does_not(void)
{
    CHECK_INT(WORLD_RUN(asked), WEFT_ETIMEOUT);
    CHECK_INT(WORLD_RUN(asked, .again = true), WEFT_ECANCELLED);
    CHECK_TRACE("swallowed, swallowed");
}

/* ---- Deadlines ---- */

struct dated {
    struct weft_frame frame;
    double when;
    double sleeps;
    struct weft_timeout timeout;
    int err;
};

static void check_when(const struct weft_timeout *timeout, double when)
{
    double told = weft_timeout_when(timeout);

    CHECK(isinf(when) ? told > 1e6 : fabs(told - when) < 1e-6);
}

static async dated(struct weft_frame *frame)
{
    ASYNC_BEGIN(dated);
    ASYNC_TRY {
        ASYNC_WITH(&self->timeout,
                   weft_timeout_at(&self->timeout, self->when)) {
            check_when(&self->timeout, self->when);
            ASYNC_TRY {
                AWAIT(weft_sleep(self->sleeps));
            }
            ASYNC_CATCH_ALL(self->err) {
                CHECK_INT(weft_timeout_reschedule(&self->timeout, 50),
                          WEFT_EINVALIDSTATE);
                ASYNC_RAISE(self->err);
            }
        }
    }
    ASYNC_CATCH(self->err) {
        trace("%s", weft_error_name(self->err));
    }
    trace("at %g, expired %d", weft_loop_time(weft_loop_running()),
          weft_timeout_expired(&self->timeout));
    check_when(&self->timeout, self->when);
    CHECK_INT(weft_timeout_reschedule(&self->timeout, 50), WEFT_EINVALIDSTATE);
    ASYNC_END;
}

/* CPython: test_timeouts.TimeoutTests.test_timeout_at_basic
 * CPython: test_timeouts.TimeoutTests.test_timeout_not_called
 * CPython: test_timeouts.TimeoutTests.test_timeout_at_disabled
 */
static void a_deadline_is_a_time_of_the_loop(void)
{
    CHECK_INT(WORLD_RUN(dated, .when = 3, .sleeps = 9), 0);
    CHECK_TRACE("ETIMEOUT, at 3, expired 1");
    CHECK_INT(WORLD_RUN(dated, .when = 9, .sleeps = 3), 0);
    CHECK_TRACE("at 3, expired 0");
    CHECK_INT(WORLD_RUN(dated, .when = (double)INFINITY, .sleeps = 3), 0);
    CHECK_TRACE("at 3, expired 0");
}

/* Once it is expiring, expired or left.
 *
 * CPython: test_timeouts.TimeoutTests.test_timeout_expiring
 * CPython: test_timeouts.TimeoutTests.test_timeout_expired
 * CPython: test_timeouts.TimeoutTests.test_timeout_finished
 */
static void a_deadline_is_moved_while_it_is_ahead_only(void)
{
    CHECK_INT(WORLD_RUN(dated, .when = 3, .sleeps = 9), 0);
    CHECK_INT(WORLD_RUN(dated, .when = 9, .sleeps = 3), 0);
    CHECK_TRACE("ETIMEOUT, at 3, expired 1, at 3, expired 0");
}

/* ---- Sweeps ---- */

static void start_timeouts(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(cleaning));
    weft_task_release(SPAWN(nested, .outer_limit = 3, .inner_limit = 2));
}

static void verify_reports(struct world *world)
{
    CHECK_INT(world->reports, 0);
}

static void a_cancelled_block_leaves_no_alarm(void)
{
    CHECK(sweep_cancel(start_timeouts, verify_reports) > 10);
}

#define TESTS(X)                                                 \
    X(in_a_busy_loop_each_timeout_counts_its_own_time)           \
    X(a_timeout_works_while_another_is_being_obeyed)             \
    X(a_request_inside_the_block_counts_and_one_before_does_not) \
    X(a_deadline_is_a_time_of_the_loop)                          \
    X(a_deadline_is_moved_while_it_is_ahead_only)                \
    X(a_cancelled_block_leaves_no_alarm)
TEST_MAIN(TESTS)
