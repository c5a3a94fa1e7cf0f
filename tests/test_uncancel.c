/* test_uncancel.c - taking a request for cancellation back, as
 * asyncio.Task.uncancel does. Its plainer cases are in test_cancel_count.c.
 */
#include "check.h"
#include "sweep.h"

/* ---- In a handler ---- */

struct forgiving {
    struct weft_frame frame;
    int err;
};

static async forgiving(struct weft_frame *frame)
{
    ASYNC_BEGIN(forgiving);
    ASYNC_TRY {
        AWAIT(weft_sleep(10));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("caught");
        weft_task_uncancel(weft_current_task());
        AWAIT(weft_sleep(10));
        trace("never");
    }
    ASYNC_END;
}

struct insisting {
    struct weft_frame frame;
    struct weft_task *task;
};

static async insisting(struct weft_frame *frame)
{
    ASYNC_BEGIN(insisting);
    self->task = SPAWN(forgiving);
    AWAIT(weft_sleep(1));
    CHECK(weft_task_cancel(self->task));
    CHECK_INT(weft_task_cancelling(self->task), 1);
    CHECK(!weft_task_cancelled(self->task));
    AWAIT(weft_sleep(1));
    CHECK_INT(weft_task_cancelling(self->task), 0);
    CHECK(!weft_task_done(self->task));
    CHECK(weft_task_cancel(self->task));
    CHECK_INT(weft_task_cancelling(self->task), 1);
    AWAIT(weft_sleep(1));
    CHECK(weft_task_cancelled(self->task));
    weft_task_uncancel(self->task); /* too late: it stays cancelled */
    CHECK(weft_task_cancelled(self->task));
    CHECK(!weft_task_cancel(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

/* CPython: test_tasks.BaseTaskTests.test_uncancel_basic
 * CPython: test_tasks.BaseTaskTests.test_cancelling
 */
static void a_task_that_takes_it_back_can_be_cancelled_again(void)
{
    CHECK_INT(WORLD_RUN(insisting), 0);
    CHECK_TRACE("caught");
}

/* ---- A timeout by hand ---- */

struct by_hand {
    struct weft_frame frame;
    double sleep, limit;
    struct weft_task *task;
    struct weft_timer timer;
    bool is_up, finished;
    int err;
};

static void time_out(void *arg)
{
    struct by_hand *self = arg;

    self->is_up = true;
    weft_task_cancel(self->task);
}

static async by_hand(struct weft_frame *frame)
{
    ASYNC_BEGIN(by_hand);
    self->task = weft_current_task();
    weft_call_later(weft_loop_running(), &self->timer, self->limit, time_out,
                    self);
    ASYNC_TRY {
        AWAIT(weft_sleep(self->sleep));
        self->finished = true;
    }
    ASYNC_CATCH_ALL(self->err) {
        if (!self->is_up || weft_task_uncancel(self->task) > 0) {
            weft_timer_cancel(&self->timer);
            ASYNC_RAISE(self->err);
        }
    }
    weft_timer_cancel(&self->timer);
    AWAIT(weft_sleep(0)); /* not affected */
    trace("up %d, finished %d, cancelling %u", self->is_up, self->finished,
          weft_task_cancelling(self->task));
    ASYNC_END;
}

/* CPython: test_tasks.BaseTaskTests.test_uncancel_structured_blocks */
static void a_block_can_cancel_its_task_and_go_on_behind(void)
{
    CHECK_INT(WORLD_RUN(by_hand, .sleep = 10, .limit = 1), 0);
    CHECK_TRACE("up 1, finished 0, cancelling 0");
    CHECK_INT(WORLD_RUN(by_hand, .sleep = 0, .limit = 10), 0);
    CHECK_TRACE("up 0, finished 1, cancelling 0");
}

/* ---- Before it is delivered ---- */

static struct weft_future future;

struct waiter {
    struct weft_frame frame;
};

static async waiter(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiter);
    AWAIT(weft_future_wait(&future));
    trace("value");
    ASYNC_END;
}

struct hesitating {
    struct weft_frame frame;
    bool cancels_future; /* instead of completing it */
    struct weft_task *task;
};

static async hesitating(struct weft_frame *frame)
{
    ASYNC_BEGIN(hesitating);
    self->task = SPAWN(waiter);
    AWAIT(weft_sleep(0));
    if (self->cancels_future) {
        CHECK(weft_future_cancel(&future));
        CHECK(weft_task_cancel(self->task));
    } else {
        weft_future_set_result(&future, NULL);
        CHECK(weft_task_cancel(self->task));
        CHECK_INT(weft_task_uncancel(self->task), 0);
    }
    AWAIT(weft_sleep(0));
    trace("cancelled %d %d", weft_task_cancelled(self->task),
          weft_future_cancelled(&future));
    weft_task_release(self->task);
    ASYNC_END;
}

/* CPython: test_tasks.BaseTaskTests.test_uncancel_resets_must_cancel */
static void a_woken_task_gets_its_value_when_it_is_taken_back(void)
{
    memset(&future, 0, sizeof future);
    CHECK_INT(WORLD_RUN(hesitating), 0);
    CHECK_TRACE("value, cancelled 0 0");
}

/* CPython: test_tasks.BaseTaskTests.test_cancel_both_task_and_inner_future */
static void task_and_future_may_both_be_cancelled(void)
{
    memset(&future, 0, sizeof future);
    CHECK_INT(WORLD_RUN(hesitating, .cancels_future = true), 0);
    CHECK_TRACE("cancelled 1 1");
}

#define TESTS(X)                                         \
    X(a_task_that_takes_it_back_can_be_cancelled_again)  \
    X(a_block_can_cancel_its_task_and_go_on_behind)      \
    X(a_woken_task_gets_its_value_when_it_is_taken_back) \
    X(task_and_future_may_both_be_cancelled)
TEST_MAIN(TESTS)
