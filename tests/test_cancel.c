/* test_cancel.c - when a task's cancellation lands: Task.cancel in each of
 * its cases, cancelling() and uncancel().
 *
 * In the Python of these tests log() appends to the trace.
 */
#include "check.h"
#include "sweep.h"

static struct world world;
static struct weft_future future;

static void reset(void)
{
    memset(&future, 0, sizeof future);
    world_open(&world);
}

static void turn(void)
{
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
}

/* Trace the number of each turn, so that it shows when things happen. */
static void turns(int count)
{
    for (int i = 1; i <= count; i++) {
        trace("%d", i);
        turn();
    }
}

static void finish(struct weft_task *task)
{
    trace("%s", !weft_task_done(task)       ? "pending"
                : weft_task_cancelled(task) ? "cancelled"
                                            : "finished");
    weft_task_release(task);
    world_close(&world);
}

/* ---- Waiting for a future ---- */

struct waiter {
    struct weft_frame frame;
    int error;
    bool swallows;
};

static async waiter(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiter);
    ASYNC_TRY {
        AWAIT(weft_future_wait(&future));
        trace("value");
    }
    ASYNC_CATCH_ALL(self->error) {
        trace("caught");
        if (!self->swallows) {
            ASYNC_RAISE(self->error);
        }
    }
    AWAIT(weft_sleep(0));
    trace("goes on");
    ASYNC_END;
}

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

    reset();
    task = SPAWN(waiter);
    turns(1);
    trace("%s", weft_task_cancel(task) ? "True" : "False");
    trace("%s", weft_future_cancelled(&future) ? "True" : "False");
    trace("2");
    turn();
    finish(task);
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

    reset();
    task = SPAWN(waiter);
    turn();
    weft_future_set_result(&future, NULL);
    CHECK(weft_task_cancel(task));
    trace("%s", weft_future_cancelled(&future) ? "True" : "False");
    turn();
    finish(task);
    CHECK_TRACE("False, caught, cancelled");
}

/* ---- Waiting for a task ---- */

struct joiner {
    struct weft_frame frame;
    struct weft_task *task;
    const char *name;
};

static async joiner(struct weft_frame *frame)
{
    ASYNC_BEGIN(joiner);
    AWAIT(weft_join(self->task));
    ASYNC_FINALLY
    trace("%s", self->name);
    ASYNC_END;
}

/* It goes down to the leaf, and climbs back one task a turn.
 *
 * python3.13 prints "1, 2, caught, 3, middle, 4, outer, cancelled":
 *
 *     async def leaf():
 *         try:
 *             await asyncio.get_running_loop().create_future()
 *         finally:
 *             log("caught")
 *
 *     async def joiner(task, name):
 *         try:
 *             await task
 *         finally:
 *             log(name)
 *
 *     async def main():
 *         a = asyncio.create_task(leaf())
 *         b = asyncio.create_task(joiner(a, "middle"))
 *         c = asyncio.create_task(joiner(b, "outer"))
 *         log(1)
 *         await asyncio.sleep(0)
 *         c.cancel()
 *         for i in range(2, 5):
 *             log(i)
 *             await asyncio.sleep(0)
 *         log("cancelled" if a.cancelled() and c.cancelled() else "no")
 *
 *     asyncio.run(main())
 */
static void a_task_that_joins_passes_it_down_to_the_leaf(void)
{
    struct weft_task *a, *b, *c;

    reset();
    a = SPAWN(waiter);
    b = SPAWN(joiner, .task = a, .name = "middle");
    c = SPAWN(joiner, .task = b, .name = "outer");
    turns(1);
    CHECK(weft_task_cancel(c));
    CHECK_INT(weft_task_cancelling(a), 1);
    CHECK_INT(weft_task_cancelling(b), 1);
    for (int i = 2; i < 5; i++) {
        trace("%d", i);
        turn();
    }
    CHECK(weft_task_cancelled(a) && weft_task_cancelled(b));
    weft_task_release(a);
    weft_task_release(b);
    finish(c);
    CHECK_TRACE("1, 2, caught, 3, middle, 4, outer, cancelled");
}

/* A leaf that swallows it ends well, and so does who joins it: nobody was
 * cancelled in the end. */
static void a_leaf_that_swallows_it_saves_the_joiner(void)
{
    struct weft_task *a, *b;

    reset();
    a = SPAWN(waiter, .swallows = true);
    b = SPAWN(joiner, .task = a, .name = "outer");
    turn();
    weft_task_cancel(b);
    turns(3);
    CHECK_INT(weft_task_cancelling(b), 1);
    weft_task_release(a);
    finish(b);
    CHECK_TRACE("1, caught, 2, goes on, 3, outer, finished");
}

struct selfless {
    struct weft_frame frame;
    struct weft_task *task;
};

static async selfless(struct weft_frame *frame)
{
    ASYNC_BEGIN(selfless);
    weft_task_cancel(weft_current_task());
    AWAIT(weft_join(self->task));
    trace("saved");
    ASYNC_END;
}

/* python3.13 prints "caught, goes on, saved, finished":
 *
 *     async def waiter():
 *         try:
 *             await asyncio.get_running_loop().create_future()
 *         except asyncio.CancelledError:
 *             log("caught")
 *         await asyncio.sleep(0)
 *         log("goes on")
 *
 *     async def selfless(task):
 *         asyncio.current_task().cancel()
 *         await task
 *         log("saved")
 *
 *     async def main():
 *         a = asyncio.create_task(waiter())
 *         b = asyncio.create_task(selfless(a))
 *         for i in range(4):
 *             await asyncio.sleep(0)
 *         log("cancelled" if b.cancelled() else "finished")
 *
 *     asyncio.run(main())
 *
 * CPython: test_tasks.BaseTaskTests.test_cancel_awaited_task
 */
static void a_request_to_oneself_goes_down_at_the_next_join(void)
{
    struct weft_task *a, *b;

    reset();
    a = SPAWN(waiter, .swallows = true);
    b = SPAWN(selfless, .task = a);
    for (int i = 0; i < 4; i++) {
        turn();
    }
    weft_task_release(a);
    finish(b);
    CHECK_TRACE("caught, goes on, saved, finished");
}

/* ---- Not started ---- */

static void a_task_not_begun_never_runs_its_body(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(waiter);
    CHECK(weft_task_cancel(task));
    CHECK(!weft_task_done(task));
    turn();
    CHECK(!weft_task_cancel(task));
    CHECK_INT(weft_task_error(task), WEFT_ECANCELLED);
    finish(task);
    CHECK_TRACE("cancelled");
    CHECK(weft_list_is_empty(&future.callbacks));
}

/* ---- Running: itself ---- */

struct suicide {
    struct weft_frame frame;
    char then; /* f: await a future, z: sleep(0), r: return, e: raise, u: take
                  it back and return, s: sleep for real, d: a done future */
    int error;
};

static async suicide(struct weft_frame *frame)
{
    ASYNC_BEGIN(suicide);
    CHECK(weft_task_cancel(weft_current_task()));
    trace("runs on");
    ASYNC_TRY {
        if (self->then == 'f' || self->then == 'd') {
            AWAIT(weft_future_wait(&future));
        } else if (self->then == 'z') {
            AWAIT(weft_sleep(0));
        } else if (self->then == 's') {
            AWAIT(weft_sleep(5));
        } else if (self->then == 'e') {
            ASYNC_RAISE(WEFT_ELIMIT);
        } else if (self->then == 'u') {
            weft_task_uncancel(weft_current_task());
        }
        trace("end");
    }
    ASYNC_CATCH_ALL(self->error) {
        trace("caught %s", weft_error_name(self->error));
        ASYNC_RAISE(self->error);
    }
    ASYNC_END;
}

static void kill_self_then(char then, const char *expected)
{
    struct weft_task *task;

    reset();
    if (then == 'd') {
        weft_future_set_result(&future, NULL);
    }
    task = SPAWN(suicide, .then = then);
    turns(2);
    weft_task_error(task);
    CHECK_INT(world.sim.now, 0);
    CHECK_INT(world.loop.alarms.count, 0);
    finish(task);
    CHECK_TRACE(expected);
}

/* python3.13 prints "1, runs on, 2, caught ECANCELLED, cancelled, "
 * "1, runs on, 2, caught ECANCELLED, cancelled, "
 * "1, runs on, 2, caught ECANCELLED, cancelled, "
 * "1, runs on, end, 2, cancelled, "
 * "1, runs on, end, 2, cancelled, "
 * "1, runs on, caught ELIMIT, 2, finished, "
 * "1, runs on, end, 2, finished":
 *
 *     async def suicide(then):
 *         asyncio.current_task().cancel()
 *         log("runs on")
 *         try:
 *             if then in "fd":
 *                 await future
 *             elif then == "z":
 *                 await asyncio.sleep(0)
 *             elif then == "s":
 *                 await asyncio.sleep(5)
 *             elif then == "e":
 *                 raise ValueError
 *             elif then == "u":
 *                 asyncio.current_task().uncancel()
 *             log("end")
 *         except asyncio.CancelledError:
 *             log("caught ECANCELLED")
 *             raise
 *         except ValueError:
 *             log("caught ELIMIT")
 *             raise
 *
 *     async def main():
 *         global future
 *         for then in "fzsrdeu":
 *             future = asyncio.get_running_loop().create_future()
 *             if then == "d":
 *                 future.set_result(None)
 *             task = asyncio.create_task(suicide(then))
 *             for i in range(1, 3):
 *                 log(i)
 *                 await asyncio.sleep(0)
 *             log("cancelled" if task.cancelled() else "finished")
 *
 *     asyncio.run(main())
 *
 * CPython: test_tasks.BaseTaskTests.test_cancel_current_task
 */
static void a_task_that_cancels_itself_goes_on_to_its_next_suspension(void)
{
    kill_self_then('f', "1, runs on, 2, caught ECANCELLED, cancelled");
    kill_self_then('z', "1, runs on, 2, caught ECANCELLED, cancelled");
    kill_self_then('s', "1, runs on, 2, caught ECANCELLED, cancelled");
}

/* CPython: test_tasks.BaseTaskTests.test_cancel_at_end */
static void a_task_that_cancels_itself_and_returns_is_cancelled(void)
{
    kill_self_then('r', "1, runs on, end, 2, cancelled");
    kill_self_then('d', "1, runs on, end, 2, cancelled");
}

static void a_task_that_cancels_itself_and_fails_has_failed(void)
{
    kill_self_then('e', "1, runs on, caught ELIMIT, 2, finished");
}

static void a_request_taken_back_in_time_is_forgotten(void)
{
    kill_self_then('u', "1, runs on, end, 2, finished");
}

/* ---- Counting ---- */

/* python3.13 prints "2, caught, 2, goes on, finished":
 *
 *     async def waiter():
 *         try:
 *             await asyncio.get_running_loop().create_future()
 *         except asyncio.CancelledError:
 *             log("caught")
 *         await asyncio.sleep(0)
 *         log("goes on")
 *
 *     async def main():
 *         task = asyncio.create_task(waiter())
 *         await asyncio.sleep(0)
 *         task.cancel()
 *         task.cancel()
 *         log(task.cancelling())
 *         await asyncio.sleep(0)
 *         log(task.cancelling())
 *         await task
 *         log("cancelled" if task.cancelled() else "finished")
 *
 *     asyncio.run(main())
 */
static void two_requests_are_one_cancellation(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(waiter, .swallows = true);
    turn();
    CHECK(weft_task_cancel(task));
    CHECK(weft_task_cancel(task));
    trace("%u", weft_task_cancelling(task));
    turn();
    trace("%u", weft_task_cancelling(task));
    turn();
    finish(task);
    CHECK_TRACE("2, caught, 2, goes on, finished");
}

/* It was delivered to the future already: too late.
 *
 * python3.13 prints "0, caught, cancelled":
 *
 *     async def waiter():
 *         try:
 *             await asyncio.get_running_loop().create_future()
 *         except asyncio.CancelledError:
 *             log("caught")
 *             raise
 *
 *     async def main():
 *         task = asyncio.create_task(waiter())
 *         await asyncio.sleep(0)
 *         task.cancel()
 *         log(task.uncancel())
 *         await asyncio.sleep(0)
 *         log("cancelled" if task.cancelled() else "finished")
 *
 *     asyncio.run(main())
 */
static void a_request_that_was_delivered_cannot_be_taken_back(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(waiter);
    turn();
    CHECK(weft_task_cancel(task));
    trace("%u", weft_task_uncancel(task));
    turn();
    finish(task);
    CHECK_TRACE("0, caught, cancelled");
}

static void a_request_before_the_first_step_can_be_taken_back(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(waiter);
    weft_task_cancel(task);
    weft_task_cancel(task);
    CHECK_INT(weft_task_uncancel(task), 1);
    CHECK_INT(weft_task_uncancel(task), 0);
    CHECK_INT(weft_task_uncancel(task), 0);
    weft_future_set_result(&future, NULL);
    turns(2);
    finish(task);
    CHECK_TRACE("1, value, 2, goes on, finished");
}

static void the_count_stops_at_its_limit(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(waiter);
    for (int i = 0; i < 300; i++) {
        CHECK(weft_task_cancel(task));
    }
    CHECK_INT(weft_task_cancelling(task), 255);
    CHECK_INT(weft_task_uncancel(task), 254);
    turn();
    finish(task);
    CHECK_TRACE("cancelled");
}

/* ---- Other ways ---- */

struct sleeper {
    struct weft_frame frame;
    double seconds;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    AWAIT(weft_sleep(self->seconds));
    trace("slept");
    ASYNC_FINALLY
    trace("%s", weft_error_name(frame->outcome));
    AWAIT(weft_sleep(0));
    trace("cleaned up");
    ASYNC_END;
}

/* CPython: test_tasks.BaseTaskTests.test_cancel
 * CPython: test_tasks.BaseTaskTests.test_task_cancel_sleeping_task
 */
static void a_sleeper_leaves_its_alarm_at_once(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(sleeper, .seconds = 5);
    turn();
    CHECK_INT(world.loop.alarms.count, 1);
    weft_task_cancel(task);
    CHECK_INT(world.loop.alarms.count, 0);
    turns(2);
    CHECK_INT(world.sim.now, 0);
    finish(task);
    CHECK_TRACE("1, ECANCELLED, 2, cleaned up, cancelled");
}

static void cancel_it(void *arg)
{
    trace("cancel");
    CHECK(weft_task_cancel(arg));
}

/* The alarm has run, the task goes on a turn later: still time to cancel.
 *
 * python3.13 prints "cancel, caught, cancelled":
 *
 *     async def sleeper():
 *         try:
 *             await asyncio.sleep(5)
 *             log("slept")
 *         except asyncio.CancelledError:
 *             log("caught")
 *             raise
 *
 *     async def main():
 *         loop = asyncio.get_running_loop()
 *         task = asyncio.create_task(sleeper())
 *         await asyncio.sleep(0)
 *         loop.call_at(5, lambda: (log("cancel"), task.cancel()))
 *         await asyncio.wait([task])
 *         log("cancelled" if task.cancelled() else "finished")
 *
 *     asyncio.run(main())
 */
static void a_sleeper_whose_alarm_has_run_is_cancelled_all_the_same(void)
{
    struct weft_timer timer = {0};
    struct weft_task *task;

    reset();
    task = SPAWN(sleeper, .seconds = 5);
    turn();
    weft_call_at(&world.loop, &timer, 5, cancel_it, task);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), WEFT_ECANCELLED);
    finish(task);
    CHECK_TRACE("cancel, ECANCELLED, cleaned up, cancelled");
}

/* CPython: test_tasks.BaseTaskTests.test_cancel_yield */
static void a_second_request_interrupts_the_clean_up(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(sleeper, .seconds = 5);
    turn();
    weft_task_cancel(task);
    turn();
    weft_task_cancel(task);
    turn();
    finish(task);
    CHECK_TRACE("ECANCELLED, cancelled");
}

/* Edge, not level: after it was swallowed, the next wait is a normal one.
 *
 * CPython: test_tasks.BaseTaskTests.test_cancel_task_catching
 * CPython: test_tasks.BaseTaskTests.test_cancel_task_ignoring
 */
static void a_swallowed_cancellation_is_over(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(waiter, .swallows = true);
    turn();
    weft_task_cancel(task);
    turns(2);
    CHECK_INT(weft_task_error(task), 0);
    CHECK_INT(weft_task_cancelling(task), 1);
    finish(task);
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

    reset();
    task = SPAWN(quitter);
    turn();
    CHECK_INT(weft_task_cancelling(task), 0);
    finish(task);
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

    reset();
    task = SPAWN(caller);
    turn();
    weft_task_cancel(task);
    turns(2);
    finish(task);
    CHECK_TRACE("1, ECANCELLED, 2, cleaned up, caller ECANCELLED, cancelled");
}

static void cancel_all_reaches_tasks_in_every_state(void)
{
    reset();
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
    struct weft_task *leaf;

    (void)swept;
    memset(&future, 0, sizeof future);
    leaf = SPAWN(waiter, .swallows = true);
    weft_task_release(SPAWN(joiner, .task = leaf, .name = "joiner"));
    weft_task_release(SPAWN(caller));
    weft_task_release(SPAWN(sleeper, .seconds = 2));
}

static void verify_no_waiter(struct world *swept)
{
    CHECK(weft_list_is_empty(&future.callbacks));
    CHECK_INT(swept->loop.alarms.count, 0);
}

static void it_may_strike_anywhere(void)
{
    CHECK(sweep_cancel(start_all, verify_no_waiter) > 20);
    CHECK(sweep_memory(start_all, verify_no_waiter) > 4);
}

#define TESTS(X)                                                 \
    X(a_waiter_has_its_future_cancelled_at_once)                 \
    X(a_waiter_that_was_woken_is_cancelled_all_the_same)         \
    X(a_task_that_joins_passes_it_down_to_the_leaf)              \
    X(a_leaf_that_swallows_it_saves_the_joiner)                  \
    X(a_request_to_oneself_goes_down_at_the_next_join)           \
    X(a_task_not_begun_never_runs_its_body)                      \
    X(a_task_that_cancels_itself_goes_on_to_its_next_suspension) \
    X(a_task_that_cancels_itself_and_returns_is_cancelled)       \
    X(a_task_that_cancels_itself_and_fails_has_failed)           \
    X(a_request_taken_back_in_time_is_forgotten)                 \
    X(two_requests_are_one_cancellation)                         \
    X(a_request_that_was_delivered_cannot_be_taken_back)         \
    X(a_request_before_the_first_step_can_be_taken_back)         \
    X(the_count_stops_at_its_limit)                              \
    X(a_sleeper_leaves_its_alarm_at_once)                        \
    X(a_sleeper_whose_alarm_has_run_is_cancelled_all_the_same)   \
    X(a_second_request_interrupts_the_clean_up)                  \
    X(a_swallowed_cancellation_is_over)                          \
    X(raising_a_cancellation_is_being_cancelled)                 \
    X(it_begins_in_the_innermost_coroutine_and_goes_outward)     \
    X(cancel_all_reaches_tasks_in_every_state)                   \
    X(it_may_strike_anywhere)
TEST_MAIN(TESTS)
