/* test_coroutine_task.c - SPAWN and START: coroutines as tasks. */
#include "coroutines.h"
#include "sweep.h"

struct spawning {
    struct weft_frame frame;
    struct weft_task *task;
};

static async spawning(struct weft_frame *frame)
{
    ASYNC_BEGIN(spawning);
    self->task = SPAWN(leaf, .number = 4);
    trace("spawned");
    CHECK(!weft_task_done(self->task));
    AWAIT(weft_sleep(0));
    trace("%d", WEFT_RESULT(self->task, leaf));
    weft_task_release(self->task);
    ASYNC_END;
}

static void a_task_begins_in_the_next_turn(void)
{
    CHECK_INT(WORLD_RUN(spawning), 0);
    CHECK_TRACE("spawned, leaf 4/0, 8");
}

static void without_a_loop_nothing_is_spawned(void)
{
    static struct weft_task task;
    static struct leaf slot = {.number = 3};

    CHECK(weft_loop_current() == NULL);
    CHECK(SPAWN(leaf, .number = 1) == NULL);
    CHECK_INT(START(&task, &slot, leaf, .number = 1), WEFT_ENOLOOP);
    CHECK(!weft_frame_is_running(&slot.frame));
    CHECK_TRACE("");
}

static void out_of_memory_spawn_gives_null(void)
{
    struct world world;

    for (long n = 1; n <= 2; n++) {
        world_open(&world);
        world.fail_at = n;
        CHECK(SPAWN(leaf, .number = 1) == NULL);
        CHECK_INT(world.loop.task_count, 0);
        world_close(&world);
    }
    CHECK_TRACE("");
}

struct starting {
    struct weft_frame frame;
    struct weft_task task;
    struct sleeper slot;
};

static async starting(struct weft_frame *frame)
{
    ASYNC_BEGIN(starting);
    CHECK_INT(START(&self->task, &self->slot, sleeper, .name = "first"), 0);
    CHECK_INT(START(&self->task, &self->slot, sleeper, .name = "no"),
              WEFT_EALREADY);
    AWAIT(weft_sleep(0));
    CHECK_INT(START(&self->task, &self->slot, sleeper, .name = "no"),
              WEFT_EALREADY);
    CHECK_STR(self->slot.name, "first");
    AWAIT(weft_join(&self->task));
    CHECK_INT(START(&self->task, &self->slot, sleeper, .name = "no"),
              WEFT_EALREADY);
    weft_task_release(&self->task);
    CHECK_INT(START(&self->task, &self->slot, sleeper, .name = "second"), 0);
    AWAIT(weft_join(&self->task));
    weft_task_release(&self->task);
    ASYNC_END;
}

static void start_uses_memory_of_yours_and_refuses_a_running_task(void)
{
    struct world world;

    world_open(&world);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, starting), 0);
    CHECK_INT(world.allocations, 1); /* the loop's places for alarms */
    world_close(&world);
    CHECK_TRACE("first sleeps, first wakes, second sleeps, second wakes");
}

struct self_canceller {
    struct weft_frame frame;
    int how;
    int result;
};

static async self_canceller(struct weft_frame *frame)
{
    ASYNC_BEGIN(self_canceller);
    weft_task_cancel(weft_current_task());
    trace("goes on");
    if (self->how == 1) {
        AWAIT(weft_sleep(0));
    } else if (self->how == 2) {
        AWAIT(weft_sleep(1));
    } else {
        ASYNC_RETURN(5);
    }
    trace("not here");
    ASYNC_END;
}

struct cancelling {
    struct weft_frame frame;
    struct weft_task *task;
    int how;
};

static async cancelling(struct weft_frame *frame)
{
    ASYNC_BEGIN(cancelling);
    for (self->how = 0; self->how < 3; self->how++) {
        self->task = SPAWN(self_canceller, .how = self->how);
        while (!weft_task_done(self->task)) {
            AWAIT(weft_sleep(0));
        }
        trace("%d", weft_task_cancelled(self->task));
        CHECK_INT(weft_task_error(self->task), WEFT_ECANCELLED);
        weft_task_release(self->task);
    }
    self->task = SPAWN(leaf);
    CHECK(weft_task_cancel(self->task));
    AWAIT(weft_sleep(0));
    trace("unborn %d", weft_task_cancelled(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

/* Python: a task that calls current_task().cancel() and returns is cancelled,
 * its value dropped; one cancelled before its first step never runs. */
static void a_task_that_cancels_itself_is_stopped_where_it_waits(void)
{
    CHECK_INT(WORLD_RUN(cancelling), 0);
    CHECK_TRACE("goes on, 1, goes on, 1, goes on, 1, unborn 1");
}

static void start_spawning(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(spawning));
    weft_task_release(SPAWN(sleeper, .name = "s"));
}

static void verify_spawning(struct world *world)
{
    CHECK_INT(world->reports, 0);
}

static void a_cancelled_parent_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_spawning, verify_spawning) > 5);
}

#define TESTS(X)                                             \
    X(a_task_begins_in_the_next_turn)                        \
    X(without_a_loop_nothing_is_spawned)                     \
    X(out_of_memory_spawn_gives_null)                        \
    X(start_uses_memory_of_yours_and_refuses_a_running_task) \
    X(a_task_that_cancels_itself_is_stopped_where_it_waits)  \
    X(a_cancelled_parent_leaves_nothing)
TEST_MAIN(TESTS)
