/* test_cancel.c - when a task's cancellation lands: Task.cancel in each of its
 * cases. Of joins, sleeps, oneself and counting there are programs of their
 * own, test_cancel_*.c. In the Python of these tests log() appends to the
 * trace.
 */
#include "cancels.h"

/* ---- Waiting for a future ---- */

/* python3.13 prints "1, True, True, 2, caught, cancelled":
 *
 *     async def waiter():
 *         try:
 *             await future
 *         except asyncio.CancelledError:
 *             log("caught")
 *             raise
 *
 *     async def main():
 *         global future
 *         future = asyncio.get_running_loop().create_future()
 *         task = asyncio.create_task(waiter())
 *         log(1)
 *         await asyncio.sleep(0)
 *         log(task.cancel())
 *         log(future.cancelled())
 *         log(2)
 *         await asyncio.sleep(0)
 *         log("cancelled" if task.cancelled() else "finished")
 *
 *     asyncio.run(main())
 *
 * CPython: test_tasks.BaseTaskTests.test_task_cancel_waiter_future
 */
static void a_waiter_has_its_future_cancelled_at_once(void)
{
    struct weft_task *task;

    begin();
    task = SPAWN(waiter);
    turns(1);
    trace("%s", weft_task_cancel(task) ? "True" : "False");
    trace("%s", weft_future_cancelled(&future) ? "True" : "False");
    trace("2");
    turn();
    end(task);
    CHECK_TRACE("1, True, True, 2, caught, cancelled");
}

/* The value is not delivered: the cancellation wins.
 *
 * python3.13 prints "False, caught, cancelled":
 *
 *     async def waiter():
 *         try:
 *             await future
 *             log("value")
 *         except asyncio.CancelledError:
 *             log("caught")
 *             raise
 *
 *     async def main():
 *         global future
 *         future = asyncio.get_running_loop().create_future()
 *         task = asyncio.create_task(waiter())
 *         await asyncio.sleep(0)
 *         future.set_result(None)
 *         task.cancel()
 *         log(future.cancelled())
 *         await asyncio.sleep(0)
 *         log("cancelled" if task.cancelled() else "finished")
 *
 *     asyncio.run(main())
 */
static void a_waiter_that_was_woken_is_cancelled_all_the_same(void)
{
    struct weft_task *task;

    begin();
    task = SPAWN(waiter);
    turn();
    weft_future_set_result(&future, NULL);
    CHECK(weft_task_cancel(task));
    trace("%s", weft_future_cancelled(&future) ? "True" : "False");
    turn();
    end(task);
    CHECK_TRACE("False, caught, cancelled");
}

/* ---- Not started ---- */

static void a_task_not_begun_never_runs_its_body(void)
{
    struct weft_task *task;

    begin();
    task = SPAWN(waiter);
    CHECK(weft_task_cancel(task));
    CHECK(!weft_task_done(task));
    turn();
    CHECK(!weft_task_cancel(task));
    CHECK_INT(weft_task_error(task), WEFT_ECANCELLED);
    end(task);
    CHECK_TRACE("cancelled");
    CHECK(weft_list_is_empty(&future.callbacks));
}

/* Edge, not level: after it was swallowed, the next wait is a normal one.
 *
 * CPython: test_tasks.BaseTaskTests.test_cancel_task_catching
 * CPython: test_tasks.BaseTaskTests.test_cancel_task_ignoring
 */
static void a_swallowed_cancellation_is_over(void)
{
    struct weft_task *task;

    begin();
    task = SPAWN(waiter, .swallows = true);
    turn();
    weft_task_cancel(task);
    turns(2);
    CHECK_INT(weft_task_error(task), 0);
    CHECK_INT(weft_task_cancelling(task), 1);
    end(task);
    CHECK_TRACE("1, caught, 2, goes on, finished");
}

struct quitter {
    struct weft_frame frame;
};

static async quitter(struct weft_frame *frame)
{
    ASYNC_BEGIN(quitter);
    ASYNC_RAISE(WEFT_ECANCELLED);
    ASYNC_END;
}

static void raising_a_cancellation_is_being_cancelled(void)
{
    struct weft_task *task;

    begin();
    task = SPAWN(quitter);
    turn();
    CHECK_INT(weft_task_cancelling(task), 0);
    end(task);
    CHECK_TRACE("cancelled");
}

struct caller {
    struct weft_frame frame;
    struct sleeper sleeper;
};

static async caller(struct weft_frame *frame)
{
    ASYNC_BEGIN(caller);
    AWAIT(CALL(&self->sleeper, sleeper, .seconds = 5));
    ASYNC_FINALLY
    trace("caller %s", weft_error_name(frame->outcome));
    ASYNC_END;
}

/* CPython: test_tasks.BaseTaskTests.test_yield_future_passes_cancel */
static void it_begins_in_the_innermost_coroutine_and_goes_outward(void)
{
    struct weft_task *task;

    begin();
    task = SPAWN(caller);
    turn();
    weft_task_cancel(task);
    turns(2);
    end(task);
    CHECK_TRACE("1, ECANCELLED, 2, cleaned up, caller ECANCELLED, cancelled");
}

/* ---- Seen from outside ---- */

/* Waits for a task to end, and raises what it ended with, as asyncio's
 * Task.result and Task.exception do. */
struct looker {
    struct weft_frame frame;
    struct weft_join join;
    bool is_early; /* cancels before the first step */
};

static async looker(struct weft_frame *frame)
{
    ASYNC_BEGIN(looker);
    self->join.task = SPAWN(sleeper, .seconds = 10);
    if (!self->is_early) {
        AWAIT(weft_sleep(0));
    }
    trace("%d", weft_task_cancel(self->join.task));
    AWAIT(weft_wait(&self->join, 1, WEFT_ALL_COMPLETED, WEFT_NO_TIMEOUT));
    trace("waited");
    if (weft_task_error(self->join.task) < 0) {
        ASYNC_RAISE(weft_task_error(self->join.task));
    }
    trace("never");
    ASYNC_FINALLY
    weft_join_release(&self->join, 1);
    ASYNC_END;
}

/* Whoever raises it on is cancelled as well, though nobody asked for that.
 *
 * python3.13 prints "True, ECANCELLED, cleaned up, waited, cancelled, 0, "
 * "True, waited, cancelled, 0":
 *
 *     async def sleeper():
 *         try:
 *             await asyncio.sleep(10)
 *         finally:
 *             log("ECANCELLED")
 *             await asyncio.sleep(0)
 *             log("cleaned up")
 *
 *     async def looker(is_early):
 *         task = asyncio.create_task(sleeper())
 *         if not is_early:
 *             await asyncio.sleep(0)
 *         log(task.cancel())
 *         await asyncio.wait([task])
 *         log("waited")
 *         task.exception()             or task.result()
 *         log("never")
 *
 *     async def main():
 *         for is_early in (False, True):
 *             task = asyncio.create_task(looker(is_early))
 *             await asyncio.wait([task])
 *             log("cancelled" if task.cancelled() else "finished")
 *             log(task.cancelling())
 *
 *     asyncio.run(main())
 *
 * CPython: test_tasks.BaseTaskTests.test_cancel_with_message_then_future_result
 * CPython: test_tasks.BaseTaskTests.test_cancel_with_message_then_future_exception
 * CPython: test_tasks.BaseTaskTests.test_cancel_with_message_before_starting_task
 */
static void the_end_of_a_cancelled_task_cancels_who_raises_it(void)
{
    for (int is_early = 0; is_early < 2; is_early++) {
        struct weft_task *task;

        begin();
        task = SPAWN(looker, .is_early = is_early);
        settle();
        CHECK_INT(weft_task_error(task), WEFT_ECANCELLED);
        CHECK_INT(weft_task_cancelling(task), 0);
        CHECK_INT(world.sim.now, 0);
        end(task);
        CHECK_TRACE(is_early ? "1, waited, cancelled"
                             : "1, ECANCELLED, cleaned up, waited, cancelled");
    }
}

struct stubborn {
    struct weft_frame frame;
    struct sleeper sleeper;
    int error;
};

static async stubborn(struct weft_frame *frame)
{
    ASYNC_BEGIN(stubborn);
    ASYNC_TRY {
        AWAIT(CALL(&self->sleeper, sleeper, .seconds = 10));
    }
    ASYNC_CATCH_ALL(self->error) {
        CHECK_INT(self->error, WEFT_ECANCELLED);
        ASYNC_RAISE(WEFT_EUSER);
    }
    ASYNC_END;
}

/* It has failed then, with its own error, and was not cancelled.
 *
 * CPython: test_tasks.BaseTaskTests.test_baseexception_during_cancel
 */
static void an_error_in_its_handler_takes_its_place(void)
{
    struct weft_task *task;

    begin();
    task = SPAWN(stubborn);
    turn();
    CHECK(weft_task_cancel(task));
    CHECK(!weft_task_done(task));
    turn();
    turn();
    CHECK(weft_task_done(task));
    CHECK(!weft_task_cancelled(task));
    CHECK_INT(weft_task_error(task), WEFT_EUSER);
    end(task);
    CHECK_TRACE("ECANCELLED, cleaned up, finished");
}

static void cancel_all_reaches_tasks_in_every_state(void)
{
    begin();
    weft_task_release(SPAWN(waiter));
    weft_task_release(SPAWN(sleeper, .seconds = 1));
    turn();
    weft_task_release(SPAWN(waiter));
    CHECK_INT(weft_loop_cancel_all(&world.loop), 0);
    CHECK_TRACE("caught, ECANCELLED, cleaned up");
    world_close(&world);
}

static void start_all(struct world *swept)
{
    (void)swept;
    memset(&future, 0, sizeof future);
    weft_task_release(SPAWN(waiter, .swallows = true));
    weft_task_release(SPAWN(caller));
    weft_task_release(SPAWN(sleeper, .seconds = 2));
}

static void it_may_strike_anywhere(void)
{
    CHECK(sweep_cancel(start_all, verify_no_waiter) > 10);
    CHECK(sweep_memory(start_all, verify_no_waiter) > 3);
}

#define TESTS(X)                                             \
    X(a_waiter_has_its_future_cancelled_at_once)             \
    X(a_waiter_that_was_woken_is_cancelled_all_the_same)     \
    X(a_task_not_begun_never_runs_its_body)                  \
    X(a_swallowed_cancellation_is_over)                      \
    X(raising_a_cancellation_is_being_cancelled)             \
    X(it_begins_in_the_innermost_coroutine_and_goes_outward) \
    X(the_end_of_a_cancelled_task_cancels_who_raises_it)     \
    X(an_error_in_its_handler_takes_its_place)               \
    X(cancel_all_reaches_tasks_in_every_state)               \
    X(it_may_strike_anywhere)
TEST_MAIN(TESTS)
