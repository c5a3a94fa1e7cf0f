/* test_wait_for_task.c - what asyncio.wait_for promises for tasks.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include "check.h"
#include "sweep.h"

struct plan {
    double delay;
    double lingers; /* over a cancellation   */
    int on_cancel;  /* raised in its place   */
    bool swallows;
};

struct job {
    struct weft_frame frame;
    struct plan plan;
    int err;
};

static async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    ASYNC_TRY {
        AWAIT(weft_sleep(self->plan.delay));
        trace("a ends");
    }
    ASYNC_CATCH_ALL(self->err) {
        if (self->plan.lingers > 0) {
            trace("a lingers");
            AWAIT(weft_sleep(self->plan.lingers));
        }
        if (self->plan.on_cancel < 0) {
            self->err = self->plan.on_cancel;
        }
        trace("a %s", weft_error_name(self->err));
        if (!self->plan.swallows) {
            ASYNC_RAISE(self->err);
        }
    }
    ASYNC_END;
}

struct waiting {
    struct weft_frame frame;
    struct plan plan;
    double seconds;
    struct weft_wait_for limit;
    struct weft_task *task;
    int err;
};

static async waiting(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiting);
    self->task = SPAWN(job, .plan = self->plan);
    if (self->task == NULL) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    ASYNC_TRY {
        AWAIT(
            weft_wait_for(&self->limit, weft_join(self->task), self->seconds));
        trace("got");
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("wait %s at %g", weft_error_name(self->err),
              weft_loop_time(weft_loop_running()));
        ASYNC_RAISE(self->err);
    }
    ASYNC_FINALLY
    trace("%u %d", weft_task_cancelling(weft_current_task()),
          self->task != NULL && weft_task_cancelled(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

/* Python: a ECANCELLED, ETIMEOUT at 1, 0, task cancelled True
 *
 * CPython: test_waitfor.AsyncioWaitForTest.test_wait_for
 */
static void a_task_that_takes_too_long_is_cancelled(void)
{
    CHECK_INT(WORLD_RUN(waiting, .seconds = 1, .plan = {.delay = 9}),
              WEFT_ETIMEOUT);
    CHECK_TRACE("a ECANCELLED, wait ETIMEOUT at 1, 0 1");
}

/* Python: a lingers, a ECANCELLED, ETIMEOUT at 3, 0, True
 *
 * CPython: test_waitfor.AsyncioWaitForTest.test_wait_for_waits_for_task_cancellation
 */
static void it_waits_for_a_task_that_takes_its_time(void)
{
    CHECK_INT(
        WORLD_RUN(waiting, .seconds = 1, .plan = {.delay = 9, .lingers = 2}),
        WEFT_ETIMEOUT);
    CHECK_TRACE("a lingers, a ECANCELLED, wait ETIMEOUT at 3, 0 1");
}

/* Python: a EUSER, EUSER at 1, 0, False
 *
 * CPython: test_waitfor.AsyncioWaitForTest.test_wait_for_reraises_exception_during_cancellation
 */
static void what_the_task_raises_then_goes_before_the_timeout(void)
{
    CHECK_INT(WORLD_RUN(waiting, .seconds = 1,
                        .plan = {.delay = 9, .on_cancel = WEFT_EUSER}),
              WEFT_EUSER);
    CHECK_TRACE("a EUSER, wait EUSER at 1, 0 0");
}

/* Python: a ends, got, False
 *
 * CPython: test_waitfor.AsyncioWaitForTest.test_wait_for_blocking
 */
static void without_a_limit_it_is_a_plain_await(void)
{
    CHECK_INT(
        WORLD_RUN(waiting, .seconds = WEFT_NO_TIMEOUT, .plan = {.delay = 9}),
        0);
    CHECK_TRACE("a ends, got, 0 0");
}

struct striking {
    struct weft_frame frame;
    struct plan plan;
    double seconds;
    double at;
    struct weft_task *task;
};

static async striking(struct weft_frame *frame)
{
    ASYNC_BEGIN(striking);
    self->task = SPAWN(waiting, .plan = self->plan, .seconds = self->seconds);
    if (self->task == NULL) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    AWAIT(weft_sleep(0));
    AWAIT(weft_sleep(0)); /* the job's alarm is the first */
    AWAIT(weft_sleep(self->at));
    weft_task_cancel(self->task);
    AWAIT(weft_sleep(20));
    trace("cancelled %d", weft_task_cancelled(self->task));
    ASYNC_FINALLY
    weft_task_release(self->task);
    ASYNC_END;
}

/* Python: a ECANCELLED, wait ECANCELLED, True True, with a limit and without
 *
 * CPython: test_waitfor.AsyncioWaitForTest.test_cancel_blocking_wait_for
 * CPython: test_waitfor.AsyncioWaitForTest.test_cancel_wait_for
 */
static void a_cancelled_wait_cancels_the_task(void)
{
    CHECK_INT(WORLD_RUN(striking, .at = 1, .seconds = WEFT_NO_TIMEOUT,
                        .plan = {.delay = 9}),
              0);
    CHECK_TRACE("a ECANCELLED, wait ECANCELLED at 1, 1 1, cancelled 1");
    CHECK_INT(WORLD_RUN(striking, .at = 1, .seconds = 60, .plan = {.delay = 9}),
              0);
    CHECK_TRACE("a ECANCELLED, wait ECANCELLED at 1, 1 1, cancelled 1");
}

/* Python: a lingers, a ECANCELLED, got, False False at 3
 *
 * CPython: test_waitfor.AsyncioWaitForTest.test_asyncio_wait_for_cancelled
 */
static void a_task_that_swallows_is_awaited_to_its_end(void)
{
    CHECK_INT(WORLD_RUN(striking, .at = 1, .seconds = 5,
                        .plan = {.delay = 9, .lingers = 2, .swallows = true}),
              0);
    CHECK_TRACE("a lingers, a ECANCELLED, got, 1 0, cancelled 0");
}

/* Python: the task is done and the wait not woken yet: the cancellation wins,
 * and the task keeps its result
 *
 * CPython: test_waitfor.AsyncioWaitForTest.test_wait_for_issue86296
 */
static void a_cancellation_beats_an_end_that_was_not_seen_yet(void)
{
    CHECK_INT(
        WORLD_RUN(striking, .at = 1, .seconds = 100, .plan = {.delay = 1}), 0);
    CHECK_TRACE("a ends, wait ECANCELLED at 1, 1 0, cancelled 1");
}

/* ---- Sweeps ---- */

static void start_waits(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(striking, .at = 1, .seconds = 5,
                            .plan = {.delay = 9, .lingers = 2}));
    weft_task_release(
        SPAWN(striking, .at = 5, .seconds = 1, .plan = {.delay = 9}));
}

/* ETIMEOUT of `waiting`: nobody looks. */
static void verify_reports(struct world *world)
{
    CHECK(world->reports <= 2 || world->fail_at > 0);
}

static void a_cancelled_wait_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_waits, verify_reports) > 20);
    CHECK(sweep_memory(start_waits, verify_reports) > 4);
}

#define TESTS(X)                                         \
    X(a_task_that_takes_too_long_is_cancelled)           \
    X(it_waits_for_a_task_that_takes_its_time)           \
    X(what_the_task_raises_then_goes_before_the_timeout) \
    X(without_a_limit_it_is_a_plain_await)               \
    X(a_cancelled_wait_cancels_the_task)                 \
    X(a_task_that_swallows_is_awaited_to_its_end)        \
    X(a_cancellation_beats_an_end_that_was_not_seen_yet) \
    X(a_cancelled_wait_leaves_nothing)
TEST_MAIN(TESTS)
