/* test_cancel_join.c - when a cancellation lands that goes from task
 * to task. In the Python of these tests log() appends to the trace.
 */
#include "cancels.h"

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

    begin();
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
    end(c);
    CHECK_TRACE("1, 2, caught, 3, middle, 4, outer, cancelled");
}

/* A leaf that swallows it ends well, and so does who joins it: nobody was
 * cancelled in the end. */
static void a_leaf_that_swallows_it_saves_the_joiner(void)
{
    struct weft_task *a, *b;

    begin();
    a = SPAWN(waiter, .swallows = true);
    b = SPAWN(joiner, .task = a, .name = "outer");
    turn();
    weft_task_cancel(b);
    turns(3);
    CHECK_INT(weft_task_cancelling(b), 1);
    weft_task_release(a);
    end(b);
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

    begin();
    a = SPAWN(waiter, .swallows = true);
    b = SPAWN(selfless, .task = a);
    for (int i = 0; i < 4; i++) {
        turn();
    }
    weft_task_release(a);
    end(b);
    CHECK_TRACE("caught, goes on, saved, finished");
}

static void start_all(struct world *swept)
{
    struct weft_task *leaf;

    (void)swept;
    memset(&future, 0, sizeof future);
    leaf = SPAWN(waiter, .swallows = true);
    weft_task_release(SPAWN(joiner, .task = leaf, .name = "joiner"));
    weft_task_release(SPAWN(sleeper, .seconds = 2));
}

static void it_may_strike_anywhere(void)
{
    CHECK(sweep_cancel(start_all, verify_no_waiter) > 10);
    CHECK(sweep_memory(start_all, verify_no_waiter) > 3);
}

#define TESTS(X)                                       \
    X(a_task_that_joins_passes_it_down_to_the_leaf)    \
    X(a_leaf_that_swallows_it_saves_the_joiner)        \
    X(a_request_to_oneself_goes_down_at_the_next_join) \
    X(it_may_strike_anywhere)
TEST_MAIN(TESTS)
