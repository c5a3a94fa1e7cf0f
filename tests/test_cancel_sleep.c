/* test_cancel_sleep.c - when the cancellation of a sleeper lands. In the Python
 * of these tests log() appends to the trace.
 */
#include "cancels.h"

/* CPython: test_tasks.BaseTaskTests.test_cancel
 * CPython: test_tasks.BaseTaskTests.test_task_cancel_sleeping_task
 */
static void a_sleeper_leaves_its_alarm_at_once(void)
{
    struct weft_task *task;

    begin();
    task = SPAWN(sleeper, .seconds = 5);
    turn();
    CHECK_INT(world.loop.alarms.count, 1);
    weft_task_cancel(task);
    CHECK_INT(world.loop.alarms.count, 0);
    turns(2);
    CHECK_INT(world.sim.now, 0);
    end(task);
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

    begin();
    task = SPAWN(sleeper, .seconds = 5);
    turn();
    weft_call_at(&world.loop, &timer, 5, cancel_it, task);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), WEFT_ECANCELLED);
    end(task);
    CHECK_TRACE("cancel, ECANCELLED, cleaned up, cancelled");
}

/* CPython: test_tasks.BaseTaskTests.test_cancel_yield */
static void a_second_request_interrupts_the_clean_up(void)
{
    struct weft_task *task;

    begin();
    task = SPAWN(sleeper, .seconds = 5);
    turn();
    weft_task_cancel(task);
    turn();
    weft_task_cancel(task);
    turn();
    end(task);
    CHECK_TRACE("ECANCELLED, cancelled");
}

static void start_all(struct world *swept)
{
    (void)swept;
    memset(&future, 0, sizeof future);
    weft_task_release(SPAWN(sleeper, .seconds = 5));
    weft_task_release(SPAWN(sleeper, .seconds = 2));
}

static void it_may_strike_anywhere(void)
{
    CHECK(sweep_cancel(start_all, verify_no_waiter) > 5);
    CHECK(sweep_memory(start_all, verify_no_waiter) > 3);
}

#define TESTS(X)                                               \
    X(a_sleeper_leaves_its_alarm_at_once)                      \
    X(a_sleeper_whose_alarm_has_run_is_cancelled_all_the_same) \
    X(a_second_request_interrupts_the_clean_up)                \
    X(it_may_strike_anywhere)
TEST_MAIN(TESTS)
