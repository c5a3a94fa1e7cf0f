/* test_wait_time.c - how asyncio.wait ends early: by its time-out or by a
 * cancellation.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include "waits.h"

/* Python: a ends, 1 at 1.1, b runs, b ends; a ends, b ends, 2 at 1.5
 *
 * CPython: test_tasks.BaseTaskTests.test_wait_with_timeout
 */
static void a_timeout_ends_the_wait_and_nothing_else(void)
{
    WAIT(TWO(A, B, .timeout = 1.1));
    CHECK_TRACE("a ends, 1 at 1.1, done, runs, b ends, OK");
    WAIT(TWO(A, B, .timeout = 5));
    CHECK_TRACE("a ends, b ends, 2 at 1.5, done, done, OK");
}

/* Python: a ends, 1 at 1, b runs, b ends; 0 at 1, a ends, b ends, when the
 * wait's alarm was set first
 *
 * CPython: test_tasks.BaseTaskTests.test_wait_concurrent_complete
 */
static void in_a_tie_the_older_alarm_decides(void)
{
    WAIT(TWO(A, B, .timeout = 1, .turns = 1));
    CHECK_TRACE("a ends, 1 at 1, done, runs, b ends, OK");
    WAIT(TWO(A, B, .timeout = 1));
    CHECK_TRACE("0 at 1, runs, runs, a ends, b ends, OK");
}

/* Python: turn 1, turn 2, 0 at 0, turn 3, a ends, b ends; for -1 the same; a
 * ends, turn 1, turn 2, 1 at 9, turn 3 */
static void without_time_it_takes_two_turns(void)
{
    WAIT(TWO(A, B, .timeout = -1, .ticks = 3, .turns = 1));
    CHECK_TRACE("turn 1, turn 2, 0 at 0, runs, runs, turn 3, a ends, b ends, "
                "OK");
    WAIT(ONE(JOB(.name = "a"), .timeout = -1, .ticks = 3, .first = 9));
    CHECK_TRACE("a ends, turn 1, turn 2, 1 at 9, done, turn 3, OK");
}

/* ---- Cancelling ---- */

/* Python: cancel 1, wait ECANCELLED, runs runs, a ends, b ends
 *
 * CPython: test_tasks.BaseTaskTests.test_yield_wait_does_not_shield_cancel
 */
static void a_cancelled_wait_leaves_the_tasks_alone(void)
{
    WAIT(TWO(A, B, .looks = true), .strike_at = 0.5);
    CHECK_TRACE("cancel 1, wait ECANCELLED, runs, runs, a ends, b ends, "
                "ECANCELLED");
    WAIT(TWO(A, B, .timeout = 3), .strike_at = 0.5);
    CHECK_TRACE("cancel 1, wait ECANCELLED, runs, runs, a ends, b ends, "
                "ECANCELLED");
}

/* Python: a ends, cancel 1, wait ECANCELLED, OK runs, b ends */
static void a_cancellation_beats_an_end_that_was_not_seen_yet(void)
{
    WAIT(TWO(A, JOB(.name = "b", .delay = 3), .when = WEFT_FIRST_COMPLETED),
         .strike_at = 1, .turns = 2);
    CHECK_TRACE("a ends, cancel 1, wait ECANCELLED, done, runs, b ends, "
                "ECANCELLED");
}

struct in_batch {
    struct weft_frame frame;
    struct weft_timer timer;
    struct weft_join join;
    int err;
};

static async in_batch(struct weft_frame *frame)
{
    ASYNC_BEGIN(in_batch);
    self->join.task = SPAWN(job, .plan = {.name = "a", .delay = 5});
    weft_call_later(weft_loop_running(), &self->timer, 1, stab,
                    weft_current_task());
    ASYNC_TRY {
        AWAIT(weft_wait(&self->join, 1, WEFT_ALL_COMPLETED, 1));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s", weft_error_name(self->err));
        weft_task_uncancel(weft_current_task());
    }
    AWAIT(weft_join(self->join.task));
    weft_join_release(&self->join, 1);
    ASYNC_END;
}

/* The alarm is in the ready queue already, behind the callback that cancels. */
static void a_cancellation_takes_back_an_alarm_that_is_due(void)
{
    CHECK_INT(WORLD_RUN(in_batch), 0);
    CHECK_TRACE("cancel, ECANCELLED, a ends");
}

/* ---- Sweeps ---- */

static void start_waits(struct world *world)
{
    (void)world;
    weft_task_release(
        SPAWN(waiting, .count = 2, .plans = {A, B}, .timeout = 1.2));
    weft_task_release(
        SPAWN(waiting, .count = 2, .plans = {A, B}, .timeout = 5));
}

static void a_cancelled_wait_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_waits, verify_reports) > 15);
    CHECK(sweep_memory(start_waits, verify_reports) > 5);
}

#define TESTS(X)                                         \
    X(a_timeout_ends_the_wait_and_nothing_else)          \
    X(in_a_tie_the_older_alarm_decides)                  \
    X(without_time_it_takes_two_turns)                   \
    X(a_cancelled_wait_leaves_the_tasks_alone)           \
    X(a_cancellation_beats_an_end_that_was_not_seen_yet) \
    X(a_cancellation_takes_back_an_alarm_that_is_due)    \
    X(a_cancelled_wait_leaves_nothing)
TEST_MAIN(TESTS)
