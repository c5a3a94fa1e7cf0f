/* test_join.c - what `await task` promises, one promise per function.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include "check.h"
#include "sweep.h"

struct ticker {
    struct weft_frame frame;
    int turns;
    int i;
};

static async ticker(struct weft_frame *frame)
{
    ASYNC_BEGIN(ticker);
    for (self->i = 1; self->i <= self->turns; self->i++) {
        trace("turn %d", self->i);
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

struct job {
    struct weft_frame frame;
    const char *name;
    double delay;
    int code;
    int err;
};

static async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    if (self->delay > 0) {
        AWAIT(weft_sleep(self->delay));
    }
    trace("%s", self->name);
    if (self->code < 0) {
        ASYNC_RAISE(self->code);
    }
    ASYNC_END;
}

struct joining {
    struct weft_frame frame;
    struct weft_task *task;
    int code;
};

static async joining(struct weft_frame *frame)
{
    ASYNC_BEGIN(joining);
    weft_task_release(SPAWN(ticker, .turns = 4));
    self->task = SPAWN(job, .name = "one", .code = self->code);
    AWAIT(weft_join(self->task));
    trace("joined");
    AWAIT(weft_join(self->task));
    trace("again");
    ASYNC_FINALLY
    weft_task_release(self->task);
    ASYNC_END;
}

/* Python: turn 1, one, turn 2, joined, turn 3: two turns from the trigger to
 * the one who awaits; and none when the task is done. */
static void a_task_wakes_its_waiter_in_the_turn_after_its_end(void)
{
    CHECK_INT(WORLD_RUN(joining), 0);
    CHECK_TRACE("turn 1, one, turn 2, joined, again, turn 3");
}

static void the_error_of_the_task_is_raised(void)
{
    CHECK_INT(WORLD_RUN(joining, .code = WEFT_EUSER), WEFT_EUSER);
    CHECK_TRACE("turn 1, one, turn 2, turn 3");
}

/* ---- Chains of tasks ---- */

struct level {
    struct weft_frame frame;
    const char *name;
    struct weft_task *awaits;
    int err;
};

static async level(struct weft_frame *frame)
{
    ASYNC_BEGIN(level);
    ASYNC_TRY {
        if (self->awaits != NULL) {
            AWAIT(weft_join(self->awaits));
        } else {
            AWAIT(weft_sleep(10));
        }
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s %s", self->name, weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
}

struct chain {
    struct weft_frame frame;
    struct weft_task *a, *b, *c, *d;
};

static async chain(struct weft_frame *frame)
{
    ASYNC_BEGIN(chain);
    self->a = SPAWN(level, .name = "a");
    self->b = SPAWN(level, .name = "b", .awaits = self->a);
    self->c = SPAWN(level, .name = "c", .awaits = self->b);
    self->d = SPAWN(level, .name = "d", .awaits = self->b);
    AWAIT(weft_sleep(1));
    weft_task_cancel(self->c);
    trace("%u%u%u", weft_task_cancelling(self->a),
          weft_task_cancelling(self->b), weft_task_cancelling(self->d));
    weft_task_release(SPAWN(ticker, .turns = 5));
    AWAIT(weft_sleep(1));
    ASYNC_FINALLY
    weft_task_cancel(self->c); /* b and a with it */
    weft_task_cancel(self->d);
    AWAIT(weft_sleep(1)); /* nobody awaits what is released */
    weft_task_release(self->a);
    weft_task_release(self->b);
    weft_task_release(self->c);
    weft_task_release(self->d);
    ASYNC_END;
}

/* Python: a cancelled, turn 1, b cancelled, turn 2, c cancelled, d cancelled,
 * turn 3, turn 4, turn 5 */
static void a_cancellation_goes_to_the_leaf_and_climbs_a_level_a_turn(void)
{
    CHECK_INT(WORLD_RUN(chain), 0);
    CHECK_TRACE("110, a ECANCELLED, turn 1, b ECANCELLED, turn 2, "
                "c ECANCELLED, d ECANCELLED, turn 3, turn 4, turn 5");
}

struct stubborn {
    struct weft_frame frame;
    int err;
};

static async stubborn(struct weft_frame *frame)
{
    ASYNC_BEGIN(stubborn);
    ASYNC_TRY {
        AWAIT(weft_sleep(100));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("swallows");
        AWAIT(weft_sleep(1));
        trace("ends");
    }
    ASYNC_END;
}

struct waiter {
    struct weft_frame frame;
    struct weft_task *task;
    int err;
};

static async waiter(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiter);
    ASYNC_TRY {
        AWAIT(weft_join(self->task));
        trace("goes on %u", weft_task_cancelling(weft_current_task()));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("waiter %s", weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
}

struct swallowed {
    struct weft_frame frame;
    struct weft_task *task, *waiter;
};

static async swallowed(struct weft_frame *frame)
{
    ASYNC_BEGIN(swallowed);
    self->task = SPAWN(stubborn);
    self->waiter = SPAWN(waiter, .task = self->task);
    AWAIT(weft_sleep(1));
    CHECK(weft_task_cancel(self->waiter));
    AWAIT(weft_sleep(5));
    CHECK(weft_task_done(self->waiter));
    CHECK(!weft_task_cancelled(self->waiter));
    weft_task_release(self->task);
    weft_task_release(self->waiter);
    ASYNC_END;
}

/* Python: a swallows, a ends, w goes on 1, False */
static void a_task_that_swallows_keeps_the_cancellation_from_the_waiter(void)
{
    CHECK_INT(WORLD_RUN(swallowed), 0);
    CHECK_TRACE("swallows, ends, goes on 1");
}

/* ---- Races ---- */

struct striker {
    struct weft_frame frame;
    struct weft_task *victim;
};

static async striker(struct weft_frame *frame)
{
    ASYNC_BEGIN(striker);
    AWAIT(weft_sleep(1));
    trace("cancel %d", weft_task_cancel(self->victim));
    ASYNC_END;
}

struct race {
    struct weft_frame frame;
    struct weft_task *task, *waiter;
    int code;
};

static async race(struct weft_frame *frame)
{
    ASYNC_BEGIN(race);
    self->task = SPAWN(job, .name = "one", .delay = 1, .code = self->code);
    self->waiter = SPAWN(waiter, .task = self->task);
    weft_task_release(SPAWN(striker, .victim = self->waiter));
    AWAIT(weft_sleep(3));
    CHECK(weft_task_cancelled(self->waiter));
    weft_task_release(self->task);
    weft_task_release(self->waiter);
    ASYNC_END;
}

/* Python: the task is done and the waiter's wake-up scheduled when the waiter
 * is cancelled: the cancellation wins, the value is dropped. */
static void a_cancellation_beats_an_end_that_was_not_seen_yet(void)
{
    CHECK_INT(WORLD_RUN(race), 0);
    CHECK_TRACE("one, cancel 1, waiter ECANCELLED");
}

/* asyncio's wake-up asks the task for its result before it throws the
 * cancellation, so the error counts as retrieved. */
static void an_error_that_a_cancellation_overtakes_counts_as_seen(void)
{
    CHECK_INT(WORLD_RUN(race, .code = WEFT_EUSER), 0);
    CHECK_TRACE("one, cancel 1, waiter ECANCELLED");
}

/* ---- Bad input ---- */

struct joining_nothing {
    struct weft_frame frame;
    bool itself;
};

static async joining_nothing(struct weft_frame *frame)
{
    ASYNC_BEGIN(joining_nothing);
    AWAIT(weft_join(self->itself ? weft_current_task() : NULL));
    ASYNC_END;
}

/* CPython: test_tasks.BaseTaskTests.test_task_awaits_on_itself */
static void joining_nothing_or_itself_fails(void)
{
    struct weft_join joins[2] = {{.task = NULL}, {.task = NULL}};

    CHECK_INT(WORLD_RUN(joining_nothing), WEFT_ENOMEM);
    CHECK_INT(WORLD_RUN(joining_nothing, .itself = true), WEFT_EDEADLOCK);
    weft_join_release(joins, 2); /* no tasks: harmless */
    CHECK(joins[0].task == NULL);
}

static void releasing_joins_releases_and_forgets_the_tasks(void)
{
    struct weft_join joins[2] = {{.task = NULL}, {.task = NULL}};
    struct world world;

    world_open(&world);
    joins[0].task = SPAWN(job, .name = "a");
    joins[1].task = SPAWN(job, .name = "b");
    CHECK_INT(weft_loop_run_until_complete(&world.loop, joins[1].task), 0);
    CHECK_INT(world.blocks, 3); /* two tasks, the places for alarms */
    weft_join_release(joins, 2);
    CHECK_INT(world.blocks, 1);
    CHECK(joins[0].task == NULL && joins[1].task == NULL);
    world_close(&world);
    CHECK_TRACE("a, b");
}

static void start_joins(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(chain));
    weft_task_release(SPAWN(joining));
    weft_task_release(SPAWN(ticker, .turns = 2));
}

static void verify_reports(struct world *world)
{
    CHECK(world->reports == 0 || world->fail_at > 0);
}

static void a_cancelled_waiter_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_joins, verify_reports) > 20);
}

#define TESTS(X)                                                   \
    X(a_task_wakes_its_waiter_in_the_turn_after_its_end)           \
    X(the_error_of_the_task_is_raised)                             \
    X(a_cancellation_goes_to_the_leaf_and_climbs_a_level_a_turn)   \
    X(a_task_that_swallows_keeps_the_cancellation_from_the_waiter) \
    X(a_cancellation_beats_an_end_that_was_not_seen_yet)           \
    X(an_error_that_a_cancellation_overtakes_counts_as_seen)       \
    X(joining_nothing_or_itself_fails)                             \
    X(releasing_joins_releases_and_forgets_the_tasks)              \
    X(a_cancelled_waiter_leaves_nothing)
TEST_MAIN(TESTS)
