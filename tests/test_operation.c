/* test_operation.c - one operation as a coroutine of its own. */
#include "check.h"

static int places[2];
static struct weft_queue queue;
static struct weft_lock lock;

ASYNC_OPERATION(pause, weft_sleep(self->seconds), double seconds;);
ASYNC_OPERATION(get_item, weft_queue_get(&queue, self->item), int *item;);
ASYNC_OPERATION(acquire, weft_lock_acquire(&lock), int nothing, more;);
ASYNC_OPERATION(wait_any, weft_select(self->joins, 2),
                struct weft_join *joins;);

static void open_world(struct world *world)
{
    struct weft_queue empty = WEFT_QUEUE(places);

    queue = empty;
    lock = (struct weft_lock){0};
    world_open(world);
}

static void it_does_its_operation(void)
{
    struct world world;
    struct weft_task *task;
    int item = 0;
    int seven = 7;

    open_world(&world);
    CHECK_INT(weft_queue_put_nowait(&queue, &seven), 0);
    task = SPAWN(get_item, .item = &item);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    CHECK_INT(item, 7);
    weft_task_release(task);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, pause, .seconds = 1.5), 0);
    CHECK_INT(world.sim.now, weft_ticks_from(1.5));
    world_close(&world);
}

static void the_number_of_the_operation_is_its_result(void)
{
    struct world world;
    struct weft_join joins[2] = {{0}};
    struct weft_task *task;

    open_world(&world);
    joins[0].task = SPAWN(pause, .seconds = 2);
    joins[1].task = SPAWN(pause, .seconds = 1);
    task = SPAWN(wait_any, .joins = joins);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    CHECK_INT(WEFT_RESULT(task, wait_any), 1);
    CHECK(weft_task_cancelled(joins[0].task));
    weft_join_release(joins, 2);
    weft_task_release(task);
    world_close(&world);
}

static void its_error_and_its_cancellation_are_the_operations(void)
{
    struct world world;
    struct weft_task *task;
    int item = 0;

    open_world(&world);
    task = SPAWN(get_item, .item = &item);
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    weft_queue_shutdown(&queue, false);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task),
              WEFT_EQUEUESHUTDOWN);
    weft_task_release(task);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, acquire), 0);
    task = SPAWN(acquire);
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    weft_task_cancel(task);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), WEFT_ECANCELLED);
    weft_task_release(task);
    world_close(&world);
}

#define TESTS(X)                                 \
    X(it_does_its_operation)                     \
    X(the_number_of_the_operation_is_its_result) \
    X(its_error_and_its_cancellation_are_the_operations)
TEST_MAIN(TESTS)
