/* test_cancel_count.c - cancelling() and the plain cases of uncancel(); see
 * test_uncancel.c for others. In the Python of these tests log() appends to the
 * trace.
 */
#include "cancels.h"

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

    begin();
    task = SPAWN(waiter, .swallows = true);
    turn();
    CHECK(weft_task_cancel(task));
    CHECK(weft_task_cancel(task));
    trace("%u", weft_task_cancelling(task));
    turn();
    trace("%u", weft_task_cancelling(task));
    turn();
    end(task);
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

    begin();
    task = SPAWN(waiter);
    turn();
    CHECK(weft_task_cancel(task));
    trace("%u", weft_task_uncancel(task));
    turn();
    end(task);
    CHECK_TRACE("0, caught, cancelled");
}

static void a_request_before_the_first_step_can_be_taken_back(void)
{
    struct weft_task *task;

    begin();
    task = SPAWN(waiter);
    weft_task_cancel(task);
    weft_task_cancel(task);
    CHECK_INT(weft_task_uncancel(task), 1);
    CHECK_INT(weft_task_uncancel(task), 0);
    CHECK_INT(weft_task_uncancel(task), 0);
    weft_future_set_result(&future, NULL);
    turns(2);
    end(task);
    CHECK_TRACE("1, value, 2, goes on, finished");
}

static void the_count_stops_at_its_limit(void)
{
    struct weft_task *task;

    begin();
    task = SPAWN(waiter);
    for (int i = 0; i < 300; i++) {
        CHECK(weft_task_cancel(task));
    }
    CHECK_INT(weft_task_cancelling(task), 255);
    CHECK_INT(weft_task_uncancel(task), 254);
    turn();
    end(task);
    CHECK_TRACE("cancelled");
}

#define TESTS(X)                                         \
    X(two_requests_are_one_cancellation)                 \
    X(a_request_that_was_delivered_cannot_be_taken_back) \
    X(a_request_before_the_first_step_can_be_taken_back) \
    X(the_count_stops_at_its_limit)
TEST_MAIN(TESTS)
