/* test_future.c - a result that is not there yet, as asyncio.Future. Callbacks
 * are in test_future_callbacks.c, and errors that nobody looked at in
 * test_future_unseen.c.
 *
 * In the Python of these tests log() appends to the trace.
 */
#include "sweep.h"

#include "futures.h"

/* One line of the trace for each turn. */
struct ticker {
    struct weft_frame frame;
    int turns;
    int i;
};

static async ticker(struct weft_frame *frame)
{
    ASYNC_BEGIN(ticker);
    for (self->i = 0; self->i < self->turns; self->i++) {
        trace("%d", self->i);
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

struct waiter {
    struct weft_frame frame;
    const char *name;
    int error;
};

static async waiter(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiter);
    ASYNC_TRY {
        AWAIT(weft_future_wait(&future));
        trace("%s", self->name);
    }
    ASYNC_CATCH_ALL(self->error) {
        trace("%s %s", self->name, weft_error_name(self->error));
        ASYNC_RAISE(self->error);
    }
    ASYNC_END;
}

/* CPython: test_futures.BaseFutureTests.test_initial_state */
static void a_future_of_zeros_is_pending(void)
{
    struct weft_future zero = {0};

    CHECK(!weft_future_done(&zero));
    CHECK(!weft_future_cancelled(&zero));
    CHECK_INT(weft_future_result(&zero, NULL), WEFT_EINVALIDSTATE);
}

/* CPython: test_futures.BaseFutureTests.test_result */
static void a_result_is_kept(void)
{
    void *value = NULL;
    int answer = 42;

    reset();
    CHECK_INT(weft_future_result(&future, &value), WEFT_EINVALIDSTATE);
    CHECK(value == NULL);
    CHECK_INT(weft_future_set_result(&future, &answer), 0);
    CHECK(weft_future_done(&future));
    CHECK(!weft_future_cancelled(&future));
    CHECK_INT(weft_future_result(&future, &value), 0);
    CHECK(value == &answer);
    CHECK_INT(weft_future_result(&future, NULL), 0);
    CHECK_INT(weft_future_set_result(&future, NULL), WEFT_EINVALIDSTATE);
    CHECK_INT(weft_future_set_error(&future, -1), WEFT_EINVALIDSTATE);
    CHECK(!weft_future_cancel(&future));
    value = NULL;
    CHECK_INT(weft_future_result(&future, &value), 0);
    CHECK(value == &answer);
    world_close(&world);
}

/* CPython: test_futures.BaseFutureTests.test_exception */
static void an_error_is_kept(void)
{
    void *value = &future;

    reset();
    CHECK_INT(weft_future_set_error(&future, 0), WEFT_EINVAL);
    CHECK_INT(weft_future_set_error(&future, 5), WEFT_EINVAL);
    CHECK(!weft_future_done(&future));
    CHECK_INT(weft_future_set_error(&future, WEFT_ETIMEOUT), 0);
    CHECK(weft_future_done(&future));
    CHECK(!weft_future_cancelled(&future));
    CHECK_INT(weft_future_result(&future, &value), WEFT_ETIMEOUT);
    CHECK(value == &future);
    CHECK_INT(weft_future_set_result(&future, NULL), WEFT_EINVALIDSTATE);
    CHECK_INT(weft_future_set_error(&future, -1), WEFT_EINVALIDSTATE);
    CHECK(!weft_future_cancel(&future));
    CHECK_INT(weft_future_result(&future, NULL), WEFT_ETIMEOUT);
    world_close(&world);
}

/* CPython: test_futures.BaseFutureTests.test_cancel
 * CPython: test_futures.BaseFutureTests.test_set_result_unless_cancelled
 */
static void a_future_is_done_once(void)
{
    reset();
    CHECK(weft_future_cancel(&future));
    CHECK(weft_future_done(&future));
    CHECK(weft_future_cancelled(&future));
    CHECK(!weft_future_cancel(&future));
    CHECK_INT(weft_future_set_result(&future, NULL), WEFT_EINVALIDSTATE);
    CHECK_INT(weft_future_set_error(&future, -1), WEFT_EINVALIDSTATE);
    CHECK_INT(weft_future_result(&future, NULL), WEFT_ECANCELLED);
    memset(&future, 0, sizeof future);
    CHECK_INT(weft_future_set_result(&future, NULL), 0);
    CHECK_INT(weft_future_set_result(&future, NULL), WEFT_EINVALIDSTATE);
    CHECK(!weft_future_cancel(&future));
    CHECK(!weft_future_cancelled(&future));
    world_close(&world);
}

static void set_result(void *arg)
{
    say(arg);
    weft_future_set_result(&future, NULL);
}

/* python3.13 prints "0, 1, set, 2, w, callback, x":
 *
 *     async def ticker():
 *         for i in range(3):
 *             log(i)
 *             await asyncio.sleep(0)
 *
 *     async def waiter(name):
 *         await future
 *         log(name)
 *
 *     def set_result():
 *         log("set")
 *         future.set_result(None)
 *
 *     async def main():
 *         global future
 *         loop = asyncio.get_running_loop()
 *         future = loop.create_future()
 *         w = loop.create_task(waiter("w"))
 *         await asyncio.sleep(0)
 *         future.add_done_callback(lambda _: log("callback"))
 *         x = loop.create_task(waiter("x"))
 *         tick = loop.create_task(ticker())
 *         await asyncio.sleep(0)
 *         loop.call_soon(set_result)
 *         await tick
 *
 *     asyncio.run(main())
 */
static void waiters_go_on_in_the_next_turn_among_the_callbacks(void)
{
    static char set[] = "set";

    reset();
    weft_task_release(SPAWN(waiter, .name = "w"));
    turn();
    when_done(0, "callback");
    weft_task_release(SPAWN(waiter, .name = "x"));
    weft_task_release(SPAWN(ticker, .turns = 3));
    turn();
    weft_call_soon(&world.loop, &handles[1], set_result, set);
    turn();
    turn();
    CHECK_TRACE("0, 1, set, 2, w, callback, x");
    world_close(&world);
}

struct done_waiter {
    struct weft_frame frame;
};

static async done_waiter(struct weft_frame *frame)
{
    ASYNC_BEGIN(done_waiter);
    weft_future_set_result(&future, NULL);
    weft_call_soon(&world.loop, &handles[0], say, (void *)(uintptr_t) "other");
    trace("before");
    AWAIT(weft_future_wait(&future));
    trace("after");
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

/* python3.13 prints "before, after, other":
 *
 *     async def waiter():
 *         log("before")
 *         await future
 *         log("after")
 *
 *     async def main():
 *         global future
 *         future = asyncio.get_running_loop().create_future()
 *         future.set_result(1)
 *         asyncio.get_running_loop().call_soon(log, "other")
 *         await waiter()
 *         await asyncio.sleep(0)
 *
 *     asyncio.run(main())
 */
static void waiting_for_a_done_future_does_not_yield(void)
{
    reset();
    CHECK_INT(ASYNC_RUN_IN(&world.loop, done_waiter), 0);
    CHECK_TRACE("before, after, other");
    world_close(&world);
}

static void an_error_is_raised_in_every_waiter(void)
{
    struct weft_task *a, *b;

    reset();
    a = SPAWN(waiter, .name = "a");
    b = SPAWN(waiter, .name = "b");
    turn();
    weft_future_set_error(&future, WEFT_EINCOMPLETEREAD);
    turn();
    CHECK_TRACE("a EINCOMPLETEREAD, b EINCOMPLETEREAD");
    CHECK_INT(weft_task_error(a), WEFT_EINCOMPLETEREAD);
    CHECK_INT(weft_task_error(b), WEFT_EINCOMPLETEREAD);
    weft_task_release(a);
    weft_task_release(b);
    world_close(&world);
}

/* A future belongs to all who wait for it: asyncio.shield is for the others.
 *
 * python3.13 prints "True, a ECANCELLED, b ECANCELLED":
 *
 *     async def waiter(name):
 *         try:
 *             await future
 *         except asyncio.CancelledError:
 *             log(name, "ECANCELLED")
 *
 *     async def main():
 *         global future
 *         future = asyncio.get_running_loop().create_future()
 *         a = asyncio.create_task(waiter("a"))
 *         b = asyncio.create_task(waiter("b"))
 *         await asyncio.sleep(0)
 *         a.cancel()
 *         log(future.cancelled())
 *         await asyncio.sleep(0)
 *
 *     asyncio.run(main())
 *
 * CPython: test_tasks.BaseTaskTests.test_cancel_inner_future
 */
static void cancelling_one_waiter_cancels_the_future_for_all(void)
{
    struct weft_task *a, *b;

    reset();
    a = SPAWN(waiter, .name = "a");
    b = SPAWN(waiter, .name = "b");
    turn();
    CHECK(weft_task_cancel(a));
    trace("%s", weft_future_cancelled(&future) ? "True" : "False");
    turn();
    CHECK_TRACE("True, a ECANCELLED, b ECANCELLED");
    CHECK(weft_task_cancelled(a) && weft_task_cancelled(b));
    CHECK_INT(weft_task_cancelling(b), 0);
    weft_task_release(a);
    weft_task_release(b);
    world_close(&world);
}

static void waiting_outside_of_a_task_is_refused(void)
{
    reset();
    CHECK_INT(weft_future_wait(&future).status, WEFT_ENOTASK);
    CHECK(weft_list_is_empty(&future.callbacks));
    world_close(&world);
    CHECK_INT(weft_future_set_result(&future, NULL), 0);
    CHECK_INT(weft_future_add_done_callback(&future, &handles[0], say, NULL),
              WEFT_ENOLOOP);
    CHECK(!weft_handle_is_scheduled(&handles[0]));
}

static void start_waiters(struct world *swept)
{
    (void)swept;
    memset(&future, 0, sizeof future);
    weft_task_release(SPAWN(waiter, .name = "a"));
    weft_task_release(SPAWN(waiter, .name = "b"));
    weft_task_release(SPAWN(ticker, .turns = 3));
    weft_task_release(SPAWN(waiter, .name = "c"));
}

static void verify_no_waiter(struct world *swept)
{
    (void)swept;
    CHECK(weft_list_is_empty(&future.callbacks));
}

static void cancelled_waiters_leave_nothing(void)
{
    CHECK(sweep_cancel(start_waiters, verify_no_waiter) > 15);
    CHECK(sweep_memory(start_waiters, verify_no_waiter) > 4);
}

#define TESTS(X)                                          \
    X(a_future_of_zeros_is_pending)                       \
    X(a_result_is_kept)                                   \
    X(an_error_is_kept)                                   \
    X(a_future_is_done_once)                              \
    X(waiters_go_on_in_the_next_turn_among_the_callbacks) \
    X(waiting_for_a_done_future_does_not_yield)           \
    X(an_error_is_raised_in_every_waiter)                 \
    X(cancelling_one_waiter_cancels_the_future_for_all)   \
    X(waiting_outside_of_a_task_is_refused)               \
    X(cancelled_waiters_leave_nothing)
TEST_MAIN(TESTS)
