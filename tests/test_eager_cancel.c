/* test_eager_cancel.c - cancelling an eager task, before and behind its first
 * step, and cancelling out of it.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include "check.h"
#include "sweep.h"

struct sleeper {
    struct weft_frame frame;
    double delay;
    const char *result;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    if (self->delay > 0) {
        AWAIT(weft_sleep(self->delay));
    }
    trace("slept");
    ASYNC_RETURN("finished");
    ASYNC_END;
}

struct cancelling {
    struct weft_frame frame;
    double delay;
    struct weft_task *task;
};

static async cancelling(struct weft_frame *frame)
{
    ASYNC_BEGIN(cancelling);
    self->task = ASYNC_SPAWN_EAGER(sleeper, .delay = self->delay);
    trace("cancel %d", weft_task_cancel(self->task));
    CHECK_INT(weft_task_cancelling(self->task), self->delay > 0);
    AWAIT(weft_join(self->task));
    CHECK(!weft_task_cancelled(self->task));
    trace("%s", WEFT_RESULT(self->task, sleeper));
    ASYNC_FINALLY
    weft_task_release(self->task);
    ASYNC_END;
}

/* CPython: test_eager_task_factory.EagerTaskFactoryLoopTests.test_cancellation_after_eager_completion */
static void one_that_is_done_cannot_be_cancelled(void)
{
    CHECK_INT(WORLD_RUN(cancelling), 0);
    CHECK_TRACE("slept, cancel 0, finished");
}

/* CPython: test_eager_task_factory.EagerTaskFactoryLoopTests.test_cancellation_after_eager_step_blocks */
static void one_that_waits_can_be_cancelled(void)
{
    CHECK_INT(WORLD_RUN(cancelling, .delay = 0.1), WEFT_ECANCELLED);
    CHECK_TRACE("cancel 1");
}

/* ---- In its first step ---- */

struct suicide {
    struct weft_frame frame;
    char then; /* f: await the future, z: sleep(0), r: return */
    struct weft_future *future;
    int err;
};

static async suicide(struct weft_frame *frame)
{
    ASYNC_BEGIN(suicide);
    weft_task_cancel(weft_current_task());
    trace("runs on");
    ASYNC_TRY {
        if (self->then == 'f') {
            AWAIT(weft_future_wait(self->future));
        } else if (self->then == 'z') {
            AWAIT(weft_sleep(0));
        }
        trace("end");
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("caught");
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
}

struct witness {
    struct weft_frame frame;
    char then;
    struct weft_future future;
    struct weft_task *task;
};

static async witness(struct weft_frame *frame)
{
    ASYNC_BEGIN(witness);
    self->task =
        ASYNC_SPAWN_EAGER(suicide, .then = self->then, .future = &self->future);
    trace("spawned %d %d", weft_task_cancelled(self->task),
          weft_future_cancelled(&self->future));
    AWAIT(weft_sleep(0));
    trace("turn %d", weft_task_cancelled(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

/* Python: runs on, spawned False True, caught, turn True; for sleep(0) the same
 * with False False; for a return: runs on, end, spawned True False, turn True
 */
static void one_that_cancels_itself_goes_on_to_its_next_suspension(void)
{
    CHECK_INT(WORLD_RUN(witness, .then = 'f'), 0);
    CHECK_TRACE("runs on, spawned 0 1, caught, turn 1");
    CHECK_INT(WORLD_RUN(witness, .then = 'z'), 0);
    CHECK_TRACE("runs on, spawned 0 0, caught, turn 1");
    CHECK_INT(WORLD_RUN(witness, .then = 'r'), 0);
    CHECK_TRACE("runs on, end, spawned 1 0, turn 1");
}

struct killer {
    struct weft_frame frame;
    struct weft_task *victim;
};

static async killer(struct weft_frame *frame)
{
    ASYNC_BEGIN(killer);
    trace("kills %d", weft_task_cancel(self->victim));
    ASYNC_END;
}

struct victim {
    struct weft_frame frame;
    bool waits;
};

static async victim(struct weft_frame *frame)
{
    ASYNC_BEGIN(victim);
    weft_task_release(ASYNC_SPAWN_EAGER(killer, .victim = weft_current_task()));
    trace("goes on");
    if (self->waits) {
        AWAIT(weft_sleep(0));
    }
    trace("end");
    ASYNC_FINALLY
    trace("finally");
    ASYNC_END;
}

/* Python: kills, goes on, finally, cancelled; when it does not wait: kills,
 * goes on, end, finally, cancelled */
static void it_can_cancel_who_spawns_it(void)
{
    CHECK_INT(WORLD_RUN(victim, .waits = true), WEFT_ECANCELLED);
    CHECK_TRACE("kills 1, goes on, finally");
    CHECK_INT(WORLD_RUN(victim), WEFT_ECANCELLED);
    CHECK_TRACE("kills 1, goes on, end, finally");
}

struct joiner {
    struct weft_frame frame;
    struct weft_task *task;
};

static async joiner(struct weft_frame *frame)
{
    ASYNC_BEGIN(joiner);
    trace("joins");
    AWAIT(weft_join(self->task));
    trace("joined");
    ASYNC_END;
}

struct parent {
    struct weft_frame frame;
};

static async parent(struct weft_frame *frame)
{
    ASYNC_BEGIN(parent);
    weft_task_release(ASYNC_SPAWN_EAGER(joiner, .task = weft_current_task()));
    trace("parent goes on");
    AWAIT(weft_sleep(0));
    trace("parent ends");
    ASYNC_END;
}

struct grandparent {
    struct weft_frame frame;
    struct weft_task *task;
};

static async grandparent(struct weft_frame *frame)
{
    ASYNC_BEGIN(grandparent);
    self->task = ASYNC_SPAWN_EAGER(parent);
    trace("spawned");
    AWAIT(weft_join(self->task));
    trace("main");
    ASYNC_FINALLY
    weft_task_release(self->task);
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

/* Python: joins, parent goes on, spawned, parent ends, joined, main */
static void it_can_wait_for_who_spawns_it(void)
{
    CHECK_INT(WORLD_RUN(grandparent), 0);
    CHECK_TRACE("joins, parent goes on, spawned, parent ends, joined, main");
}

/* ---- Sweeps ---- */

static void start_all(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(grandparent));
    weft_task_release(SPAWN(cancelling, .delay = 1));
    weft_task_release(SPAWN(victim, .waits = true));
}

static void verify_nothing(struct world *world)
{
    CHECK_INT(world->loop.task_count, 0);
}

static void start_family(struct world *world)
{
    (void)world;
    weft_task_release(ASYNC_SPAWN_EAGER(grandparent));
    weft_task_release(SPAWN(grandparent));
}

static void no_cancellation_and_no_lack_of_memory_leaves_anything(void)
{
    CHECK(sweep_cancel(start_all, verify_nothing) > 10);
    CHECK(sweep_memory(start_family, verify_nothing) > 6);
}

#define TESTS(X)                                              \
    X(one_that_is_done_cannot_be_cancelled)                   \
    X(one_that_waits_can_be_cancelled)                        \
    X(one_that_cancels_itself_goes_on_to_its_next_suspension) \
    X(it_can_cancel_who_spawns_it)                            \
    X(it_can_wait_for_who_spawns_it)                          \
    X(no_cancellation_and_no_lack_of_memory_leaves_anything)
TEST_MAIN(TESTS)
