/* test_eager.c - tasks whose first step runs inside the call that spawns them:
 * what asyncio's eager_task_factory promises. More is in test_eager_*.c.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include "check.h"
#include "turn.h"

struct job {
    struct weft_frame frame;
    const char *name;
    int turns;
    double delay;
    int error;
    const char *result;
};

static async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    trace("%s", self->name);
    while (self->turns-- > 0) {
        AWAIT(weft_sleep(0));
        trace("%s", self->name);
    }
    if (self->delay > 0) {
        AWAIT(weft_sleep(self->delay));
        trace("%s slept", self->name);
    }
    if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    ASYNC_RETURN(self->name);
    ASYNC_END;
}

static void say(void *arg)
{
    trace("%s", (const char *)arg);
}

/* ---- The first step ---- */

struct spawning {
    struct weft_frame frame;
    struct job plan;
    struct weft_handle handle;
    struct weft_task *task;
};

static async spawning(struct weft_frame *frame)
{
    ASYNC_BEGIN(spawning);
    weft_call_soon(weft_loop_running(), &self->handle, say, "turn");
    self->task = ASYNC_SPAWN_EAGER(
        job, .name = self->plan.name, .turns = self->plan.turns,
        .delay = self->plan.delay, .error = self->plan.error);
    trace("spawned, done %d", weft_task_done(self->task));
    AWAIT(weft_join(self->task));
    trace("%s", WEFT_RESULT(self->task, job));
    CHECK(weft_task_done(self->task));
    ASYNC_FINALLY
    weft_task_release(self->task);
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

/* CPython: test_eager_task_factory.EagerTaskFactoryLoopTests.test_eager_completion
 * CPython: test_eager_task_factory.DefaultTaskFactoryEagerStart.test_eager_start_true_with_default_factory
 * CPython: test_tasks.BaseTaskTests.test_eager_start_true
 */
static void one_that_need_not_wait_is_done_at_once(void)
{
    CHECK_INT(WORLD_RUN(spawning, .plan.name = "hello"), 0);
    CHECK_TRACE("hello, spawned, done 1, hello, turn");
}

/* CPython: test_eager_task_factory.EagerTaskFactoryLoopTests.test_block_after_eager_step */
static void one_that_waits_goes_on_like_any_other(void)
{
    CHECK_INT(WORLD_RUN(spawning, .plan.name = "a", .plan.delay = 0.1), 0);
    CHECK_TRACE("a, spawned, done 0, turn, a slept, a");
}

/* Python: raises, spawned True, caught */
static void its_error_comes_with_the_join(void)
{
    CHECK_INT(WORLD_RUN(spawning, .plan.name = "a", .plan.error = WEFT_EUSER),
              WEFT_EUSER);
    CHECK_TRACE("a, spawned, done 1, turn");
}

struct forgetting {
    struct weft_frame frame;
};

static async forgetting(struct weft_frame *frame)
{
    ASYNC_BEGIN(forgetting);
    weft_task_release(ASYNC_SPAWN_EAGER(job, .name = "a", .error = WEFT_EUSER));
    trace("spawned");
    ASYNC_END;
}

static void its_error_is_reported_if_nobody_looks(void)
{
    CHECK_INT(WORLD_RUN(forgetting), 0);
    CHECK_TRACE("a, report EUSER, spawned");
}

/* ---- Side by side ---- */

struct lazily {
    struct weft_frame frame;
    struct weft_task *task;
};

static async lazily(struct weft_frame *frame)
{
    ASYNC_BEGIN(lazily);
    self->task = SPAWN(job, .name = "a");
    trace("spawned, done %d", weft_task_done(self->task));
    AWAIT(weft_join(self->task));
    trace("joined");
    weft_task_release(self->task);
    ASYNC_END;
}

/* The one who spawns chooses for each task.
 *
 * CPython: test_eager_task_factory.EagerTaskFactoryLoopTests.test_eager_start_false
 * CPython: test_tasks.BaseTaskTests.test_eager_start_false
 */
static void others_begin_in_the_next_turn_as_ever(void)
{
    CHECK_INT(WORLD_RUN(lazily), 0);
    CHECK_TRACE("spawned, done 0, a, joined");
}

struct mixing {
    struct weft_frame frame;
    struct weft_handle handles[3];
    struct weft_join jobs[4];
};

static async mixing(struct weft_frame *frame)
{
    ASYNC_BEGIN(mixing);
    weft_call_soon(weft_loop_running(), &self->handles[0], say, "soon");
    self->jobs[0].task = SPAWN(job, .name = "a", .turns = 1);
    self->jobs[1].task = ASYNC_SPAWN_EAGER(job, .name = "b", .turns = 1);
    self->jobs[2].task = SPAWN(job, .name = "c", .turns = 1);
    self->jobs[3].task = ASYNC_SPAWN_EAGER(job, .name = "d");
    weft_task_add_done_callback(self->jobs[3].task, &self->handles[1], say,
                                "of d");
    weft_task_add_done_callback(self->jobs[1].task, &self->handles[2], say,
                                "of b");
    trace("spawned %d %d", weft_task_done(self->jobs[1].task),
          weft_task_done(self->jobs[3].task));
    AWAIT(weft_gather(self->jobs, 4, 0));
    trace("main");
    weft_join_release(self->jobs, 4);
    ASYNC_END;
}

/* Callbacks take their turn, also those of a task that was done at once.
 *
 * Python: b, d, spawned False True, soon, a, b, c, of d, a, of b, c, main
 */
static void it_jumps_the_queue_with_its_first_step_only(void)
{
    CHECK_INT(WORLD_RUN(mixing), 0);
    CHECK_TRACE("b, d, spawned 0 1, soon, a, b, c, of d, a, of b, c, main");
}

struct nest {
    struct weft_frame frame;
    int depth;
    struct weft_task *task;
};

static async nest(struct weft_frame *frame)
{
    ASYNC_BEGIN(nest);
    trace("in %d", self->depth);
    if (self->depth > 0) {
        self->task = ASYNC_SPAWN_EAGER(nest, .depth = self->depth - 1);
        trace("done %d", weft_task_done(self->task));
        weft_task_release(self->task);
    }
    trace("out %d", self->depth);
    ASYNC_END;
}

/* Python: in 2, in 1, in 0, out 0, done, out 1, done, out 2 */
static void first_steps_nest(void)
{
    CHECK_INT(WORLD_RUN(nest, .depth = 2), 0);
    CHECK_TRACE("in 2, in 1, in 0, out 0, done 1, out 1, done 1, out 2");
}

static struct weft_handle from_callback;
static struct weft_task *spawned;

static void spawn_from_callback(void *arg)
{
    (void)arg;
    spawned = ASYNC_SPAWN_EAGER(job, .name = "a", .turns = 1);
    trace("spawned");
    CHECK(weft_current_task() == NULL);
}

static void a_callback_can_spawn_one_as_well(void)
{
    world_open(&world);
    weft_call_soon(&world.loop, &from_callback, spawn_from_callback, NULL);
    turn();
    CHECK_TRACE("a, spawned");
    CHECK(!weft_task_done(spawned));
    weft_task_release(spawned);
    finish();
    CHECK_TRACE("a");
}

#define TESTS(X)                                   \
    X(one_that_need_not_wait_is_done_at_once)      \
    X(one_that_waits_goes_on_like_any_other)       \
    X(its_error_comes_with_the_join)               \
    X(its_error_is_reported_if_nobody_looks)       \
    X(others_begin_in_the_next_turn_as_ever)       \
    X(it_jumps_the_queue_with_its_first_step_only) \
    X(first_steps_nest)                            \
    X(a_callback_can_spawn_one_as_well)
TEST_MAIN(TESTS)
