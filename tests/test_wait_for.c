/* test_wait_for.c - what asyncio.wait_for promises, one promise per function.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include <math.h>

#include "check.h"
#include "sweep.h"

static struct weft_queue queue;
static int places[2];

static void use_queue(int item)
{
    static const struct weft_queue empty = WEFT_QUEUE(places);

    queue = empty;
    if (item > 0) {
        CHECK_INT(weft_queue_put_nowait(&queue, &item), 0);
    }
}

struct ticker {
    struct weft_frame frame;
    int turns;
    int i;
};

static async ticker(struct weft_frame *frame)
{
    ASYNC_BEGIN(ticker);
    for (self->i = 1; self->i <= self->turns; self->i++) {
        trace("turn %d", self->i);
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

struct getting {
    struct weft_frame frame;
    struct weft_wait_for limit;
    double seconds;
    int item;
    int err;
};

static async getting(struct weft_frame *frame)
{
    ASYNC_BEGIN(getting);
    ASYNC_TRY {
        AWAIT(weft_wait_for(&self->limit, weft_queue_get(&queue, &self->item),
                            self->seconds));
        trace("got %d", self->item);
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s", weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_FINALLY
    trace("cancelling %u", weft_task_cancelling(weft_current_task()));
    ASYNC_END;
}

static void what_takes_too_long_is_withdrawn(void)
{
    use_queue(0);
    CHECK_INT(WORLD_RUN(getting, .seconds = 1), WEFT_ETIMEOUT);
    CHECK_TRACE("ETIMEOUT, cancelling 0");
    CHECK(weft_list_is_empty(&queue.getters));
}

struct ready {
    struct weft_frame frame;
    struct getting getting;
};

static async ready(struct weft_frame *frame)
{
    ASYNC_BEGIN(ready);
    weft_task_release(SPAWN(ticker, .turns = 1));
    AWAIT(CALL(&self->getting, getting, .seconds = 1));
    CHECK_INT(weft_loop_running()->alarms.count, 0);
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

/* Python: item 3, turn 1 */
static void what_need_not_wait_does_not_yield(void)
{
    use_queue(3);
    CHECK_INT(WORLD_RUN(ready), 0);
    CHECK_TRACE("got 3, cancelling 0, turn 1");
}

struct no_time {
    struct weft_frame frame;
    struct getting getting;
    double seconds;
    int err;
};

static async no_time(struct weft_frame *frame)
{
    ASYNC_BEGIN(no_time);
    weft_task_release(SPAWN(ticker, .turns = 4));
    ASYNC_TRY {
        AWAIT(CALL(&self->getting, getting, .seconds = self->seconds));
    }
    ASYNC_CATCH(self->err) {
        CHECK_INT(self->err, WEFT_ETIMEOUT);
    }
    AWAIT(weft_sleep(1));
    ASYNC_END;
}

/* Python: turn 1, turn 2, turn 3, zero TimeoutError, turn 4; left 1 */
static void without_time_the_operation_is_not_started(void)
{
    use_queue(3);
    CHECK_INT(WORLD_RUN(no_time, .seconds = 0), 0);
    CHECK_TRACE("turn 1, turn 2, turn 3, ETIMEOUT, cancelling 0, turn 4");
    CHECK_INT(WORLD_RUN(no_time, .seconds = -1), 0);
    CHECK_TRACE("turn 1, turn 2, turn 3, ETIMEOUT, cancelling 0, turn 4");
    CHECK_INT(queue.count, 1);
}

static void a_time_that_is_not_a_number_fails(void)
{
    use_queue(3);
    CHECK_INT(WORLD_RUN(getting, .seconds = (double)NAN), WEFT_EINVAL);
    CHECK_TRACE("EINVAL, cancelling 0");
    CHECK_INT(queue.count, 1);
}

/* ---- Coroutines ---- */

struct inner {
    struct weft_frame frame;
    double sleeps;
    bool swallows;
    int code;
    int err;
    int result;
};

static async inner(struct weft_frame *frame)
{
    ASYNC_BEGIN(inner);
    trace("begin");
    ASYNC_TRY {
        if (self->sleeps >= 0) {
            AWAIT(weft_sleep(self->sleeps));
        }
        if (self->code < 0) {
            ASYNC_RAISE(self->code);
        }
        trace("slept");
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("inner %s", weft_error_name(self->err));
        if (!self->swallows) {
            ASYNC_RAISE(self->err);
        }
        AWAIT(weft_sleep(1));
    }
    ASYNC_RETURN(7);
    ASYNC_END;
}

struct calling {
    struct weft_frame frame;
    struct weft_wait_for limit;
    struct inner inner;
    double seconds, sleeps;
    bool swallows;
    int code;
    int err;
};

static async calling(struct weft_frame *frame)
{
    ASYNC_BEGIN(calling);
    ASYNC_TRY {
        AWAIT(
            weft_wait_for(&self->limit,
                          CALL(&self->inner, inner, .sleeps = self->sleeps,
                               .code = self->code, .swallows = self->swallows),
                          self->seconds));
        trace("result %d at %g", self->inner.result,
              weft_loop_time(weft_loop_running()));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s", weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
}

/* CPython: test_waitfor.AsyncioWaitForTest.test_wait_for_race_condition */
static void a_coroutine_gives_its_result_or_its_error(void)
{
    CHECK_INT(WORLD_RUN(calling, .seconds = 2, .sleeps = 1), 0);
    CHECK_TRACE("begin, slept, result 7 at 1");
    CHECK_INT(WORLD_RUN(calling, .seconds = 2, .sleeps = -1), 0);
    CHECK_TRACE("begin, slept, result 7 at 0");
    CHECK_INT(WORLD_RUN(calling, .seconds = 2, .sleeps = 0), 0);
    CHECK_TRACE("begin, slept, result 7 at 0");
    CHECK_INT(WORLD_RUN(calling, .seconds = 2, .sleeps = 1, .code = WEFT_EUSER),
              WEFT_EUSER);
    CHECK_TRACE("begin, inner EUSER, EUSER");
}

/* CPython: test_waitfor.AsyncioWaitForTest.test_wait_for_timeout_less_then_0_or_0_coroutine_do_not_started */
static void a_coroutine_is_cancelled_and_awaited(void)
{
    CHECK_INT(WORLD_RUN(calling, .seconds = 1, .sleeps = 2), WEFT_ETIMEOUT);
    CHECK_TRACE("begin, inner ECANCELLED, ETIMEOUT");
    CHECK_INT(WORLD_RUN(calling, .seconds = 0, .sleeps = 2), WEFT_ETIMEOUT);
    CHECK_TRACE("ETIMEOUT");
}

/* Python: swallows, x 7, 0
 *
 * CPython: test_waitfor.AsyncioWaitForTest.test_asyncio_wait_for_timeout
 * CPython: test_waitfor.AsyncioWaitForTest.test_wait_for_cancellation_race_condition
 * CPython: test_waitfor.AsyncioWaitForTest.test_wait_for_cancel_suppressed
 */
static void a_coroutine_that_swallows_gives_its_result(void)
{
    CHECK_INT(WORLD_RUN(calling, .seconds = 1, .sleeps = 5, .swallows = true),
              0);
    CHECK_TRACE("begin, inner ECANCELLED, result 7 at 2");
}

/* ---- Tasks ---- */

struct joining {
    struct weft_frame frame;
    struct weft_wait_for limit;
    struct weft_task *task;
    int err;
};

static async joining(struct weft_frame *frame)
{
    ASYNC_BEGIN(joining);
    self->task = SPAWN(inner, .sleeps = 3);
    if (self->task == NULL) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    ASYNC_TRY {
        AWAIT(weft_wait_for(&self->limit, weft_join(self->task), 1));
    }
    ASYNC_CATCH(self->err) {
        trace("%s", weft_error_name(self->err));
    }
    trace("cancelled %d", weft_task_cancelled(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

/* Python: t TimeoutError, task cancelled True */
static void a_task_that_takes_too_long_is_cancelled(void)
{
    CHECK_INT(WORLD_RUN(joining), 0);
    CHECK_TRACE("begin, inner ECANCELLED, ETIMEOUT, cancelled 1");
}

/* ---- Races ---- */

struct racing {
    struct weft_frame frame;
    struct weft_task *task;
    double seconds;
    int turns; /* before the cancellation */
    bool puts;
};

static async racing(struct weft_frame *frame)
{
    ASYNC_BEGIN(racing);
    self->task = SPAWN(getting, .seconds = self->seconds);
    for (; self->turns > 0; self->turns--) {
        AWAIT(weft_sleep(0));
    }
    if (self->puts) {
        CHECK_INT(weft_queue_put_nowait(&queue, &(int){1}), 0);
    }
    weft_task_cancel(self->task);
    AWAIT(weft_sleep(1));
    CHECK(weft_task_cancelled(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

/* Python: g CancelledError, 1, left 1 */
static void a_cancellation_beats_a_result_that_was_not_seen_yet(void)
{
    use_queue(0);
    CHECK_INT(WORLD_RUN(racing, .seconds = 5, .turns = 1, .puts = true), 0);
    CHECK_TRACE("ECANCELLED, cancelling 1");
    CHECK_INT(queue.count, 1);
}

/* Python: g CancelledError, cancelling 1: in each of the turns that an expired
 * wait_for takes; before the first step the body does not even run. */
static void a_cancellation_reaches_a_wait_without_time(void)
{
    use_queue(0);
    CHECK_INT(WORLD_RUN(racing, .turns = 0), 0);
    CHECK_TRACE("");
    for (int turns = 1; turns <= 3; turns++) {
        CHECK_INT(WORLD_RUN(racing, .turns = turns), 0);
        CHECK_TRACE("ECANCELLED, cancelling 1");
    }
}

/* ---- Sweeps ---- */

static void start_waits(struct world *world)
{
    (void)world;
    use_queue(0);
    weft_task_release(SPAWN(no_time));
    weft_task_release(SPAWN(joining));
    weft_task_release(
        SPAWN(calling, .seconds = 1, .sleeps = 2, .swallows = true));
}

static void verify_waits(struct world *world)
{
    CHECK(weft_list_is_empty(&queue.getters));
    CHECK(world->reports == 0 || world->fail_at > 0);
}

static void a_cancelled_wait_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_waits, verify_waits) > 40);
    CHECK(sweep_memory(start_waits, verify_waits) > 5);
}

#define TESTS(X)                                           \
    X(what_takes_too_long_is_withdrawn)                    \
    X(what_need_not_wait_does_not_yield)                   \
    X(without_time_the_operation_is_not_started)           \
    X(a_time_that_is_not_a_number_fails)                   \
    X(a_coroutine_gives_its_result_or_its_error)           \
    X(a_coroutine_is_cancelled_and_awaited)                \
    X(a_coroutine_that_swallows_gives_its_result)          \
    X(a_task_that_takes_too_long_is_cancelled)             \
    X(a_cancellation_beats_a_result_that_was_not_seen_yet) \
    X(a_cancellation_reaches_a_wait_without_time)          \
    X(a_cancelled_wait_leaves_nothing)
TEST_MAIN(TESTS)
