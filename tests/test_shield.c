/* test_shield.c - what asyncio.shield promises, one promise per function.
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
    int result;
};

static async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    ASYNC_TRY {
        if (self->delay > 0) {
            AWAIT(weft_sleep(self->delay));
        } else {
            AWAIT(weft_sleep(0));
        }
        if (self->code < 0) {
            ASYNC_RAISE(self->code);
        }
        trace("%s ends", self->name);
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s %s", self->name, weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_RETURN(42);
    ASYNC_END;
}

struct guard {
    struct weft_frame frame;
    struct weft_task *task;
    bool is_blind; /* the result is gone by then */
    int err;
};

static async guard(struct weft_frame *frame)
{
    ASYNC_BEGIN(guard);
    ASYNC_TRY {
        AWAIT(weft_shield(self->task));
        if (self->is_blind) {
            trace("got it");
        } else {
            trace("got %d", WEFT_RESULT(self->task, job));
        }
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("guard %s", weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
}

enum victim { NOBODY, GUARD, JOB, GUARD_AND_JOB };

struct shielding {
    struct weft_frame frame;
    double delay;
    int code;
    double at; /* when to cancel, behind the job's alarm */
    int turns; /* and so many turns later                */
    enum victim victim;
    int ticks;
    struct weft_task *job, *guard;
};

static async shielding(struct weft_frame *frame)
{
    ASYNC_BEGIN(shielding);
    self->job =
        SPAWN(job, .name = "a", .delay = self->delay, .code = self->code);
    self->guard = SPAWN(guard, .task = self->job);
    if (self->ticks > 0) {
        weft_task_release(SPAWN(ticker, .turns = self->ticks));
    }
    AWAIT(weft_sleep(0));
    if (self->at > 0) {
        AWAIT(weft_sleep(self->at));
    }
    for (; self->turns > 0; self->turns--) {
        AWAIT(weft_sleep(0));
    }
    if (self->victim & GUARD) {
        trace("cancel %d", weft_task_cancel(self->guard));
    }
    if (self->victim & JOB) {
        trace("cancel %d", weft_task_cancel(self->job));
    }
    AWAIT(weft_sleep(9));
    trace("%d %d %d", weft_task_cancelled(self->guard),
          weft_task_cancelled(self->job), weft_task_done(self->job));
    if (!weft_task_cancelled(self->guard)) {
        weft_task_error(self->guard);
    }
    weft_task_release(self->guard);
    weft_task_release(self->job);
    ASYNC_END;
}

#define SHIELDING(...) CHECK_INT(WORLD_RUN(shielding, __VA_ARGS__), 0)

/* Python: turn 1, a ends, turn 2, turn 3, got 42, turn 4
 *
 * CPython: test_tasks.BaseTaskTests.test_shield_result
 */
static void the_result_comes_two_turns_after_the_end(void)
{
    SHIELDING(.ticks = 4);
    CHECK_TRACE("turn 1, a ends, turn 2, turn 3, got 42, turn 4, 0 0 1");
}

/* Python: a EUSER, guard EUSER
 *
 * CPython: test_tasks.BaseTaskTests.test_shield_exception
 */
static void the_error_of_the_task_is_raised(void)
{
    SHIELDING(.delay = 1, .code = WEFT_EUSER);
    CHECK_TRACE("a EUSER, guard EUSER, 0 0 1");
}

/* Python: cancel True, a ECANCELLED, guard ECANCELLED
 *
 * CPython: test_tasks.BaseTaskTests.test_shield_cancel_inner
 */
static void a_task_that_is_cancelled_takes_the_guard_with_it(void)
{
    SHIELDING(.delay = 5, .at = 1, .victim = JOB);
    CHECK_TRACE("cancel 1, a ECANCELLED, guard ECANCELLED, 1 1 1");
}

/* Python: cancel True, guard ECANCELLED, a ends
 *
 * CPython: test_tasks.BaseTaskTests.test_shield_cancel_outer
 * CPython: test_tasks.BaseTaskTests.test_shield_effect
 */
static void a_cancellation_does_not_reach_the_task(void)
{
    SHIELDING(.delay = 5, .at = 1, .victim = GUARD);
    CHECK_TRACE("cancel 1, guard ECANCELLED, a ends, 1 0 1");
    SHIELDING(.delay = 5, .at = 1, .victim = GUARD_AND_JOB);
    CHECK_TRACE("cancel 1, cancel 1, guard ECANCELLED, a ECANCELLED, 1 1 1");
}

/* Python: cancel True, guard ECANCELLED, a EUSER, and at the end "Task
 * exception was never retrieved" */
static void an_error_after_a_cancellation_is_seen_by_nobody(void)
{
    SHIELDING(.delay = 5, .at = 1, .code = WEFT_EUSER, .victim = GUARD);
    CHECK_TRACE("cancel 1, guard ECANCELLED, a EUSER, 1 0 1, report EUSER");
}

/* Python: the job has ended in the turn of the cancellation, or in the one
 * before: a ends, cancel True, guard ECANCELLED; with an error: a EUSER, cancel
 * True, guard ECANCELLED, and nothing is said to be never retrieved. Later: a
 * ends, got 42, cancel False */
static void a_cancellation_beats_an_end_that_was_not_seen_yet(void)
{
    for (int turns = 0; turns < 2; turns++) {
        SHIELDING(.delay = 1, .at = 1, .turns = turns, .victim = GUARD);
        CHECK_TRACE("a ends, cancel 1, guard ECANCELLED, 1 0 1");
        SHIELDING(.delay = 1, .at = 1, .turns = turns, .victim = GUARD,
                  .code = WEFT_EUSER);
        CHECK_TRACE("a EUSER, cancel 1, guard ECANCELLED, 1 0 1");
    }
    SHIELDING(.delay = 1, .at = 1, .turns = 2, .victim = GUARD);
    CHECK_TRACE("a ends, got 42, cancel 0, 0 0 1");
}

struct shortcut {
    struct weft_frame frame;
    struct weft_task *job;
    struct guard guard;
};

static async shortcut(struct weft_frame *frame)
{
    ASYNC_BEGIN(shortcut);
    self->job = SPAWN(job, .name = "a");
    AWAIT(weft_sleep(1));
    weft_task_release(SPAWN(ticker, .turns = 1));
    AWAIT(CALL(&self->guard, guard, .task = self->job));
    AWAIT(weft_sleep(1));
    weft_task_release(self->job);
    ASYNC_END;
}

/* Python: a ends, got 42, turn 1
 *
 * CPython: test_tasks.BaseTaskTests.test_shield_shortcut
 */
static void a_task_that_is_done_takes_no_turn(void)
{
    CHECK_INT(WORLD_RUN(shortcut), 0);
    CHECK_TRACE("a ends, got 42, turn 1");
}

/* ---- With others ---- */

struct limited {
    struct weft_frame frame;
    double seconds;
    struct weft_wait_for limit;
    struct weft_task *job;
    int err;
};

static async limited(struct weft_frame *frame)
{
    ASYNC_BEGIN(limited);
    self->job = SPAWN(job, .name = "a", .delay = 3);
    if (self->job == NULL) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    AWAIT(weft_sleep(0));
    ASYNC_TRY {
        AWAIT(
            weft_wait_for(&self->limit, weft_shield(self->job), self->seconds));
        trace("got");
    }
    ASYNC_CATCH(self->err) {
        trace("%s at %g, done %d", weft_error_name(self->err),
              weft_loop_time(weft_loop_running()), weft_task_done(self->job));
    }
    AWAIT(weft_join(self->job));
    ASYNC_FINALLY
    weft_task_release(self->job);
    ASYNC_END;
}

/* Python: ETIMEOUT, 0, a ends; for no timeout: a ends, got
 *
 * CPython: test_waitfor.WaitForShieldTests.test_zero_timeout
 * CPython: test_waitfor.WaitForShieldTests.test_none_timeout
 * CPython: test_waitfor.WaitForShieldTests.test_shielded_timeout
 */
static void a_time_limit_does_not_reach_the_task(void)
{
    CHECK_INT(WORLD_RUN(limited, .seconds = 0), 0);
    CHECK_TRACE("ETIMEOUT at 0, done 0, a ends");
    CHECK_INT(WORLD_RUN(limited, .seconds = 1), 0);
    CHECK_TRACE("ETIMEOUT at 1, done 0, a ends");
    CHECK_INT(WORLD_RUN(limited, .seconds = WEFT_NO_TIMEOUT), 0);
    CHECK_TRACE("a ends, got");
}

struct gathering {
    struct weft_frame frame;
    struct weft_join joins[2];
    int err;
};

static async gathering(struct weft_frame *frame)
{
    ASYNC_BEGIN(gathering);
    ASYNC_TRY {
        AWAIT(weft_gather(self->joins, 2, 0));
        trace("gathered");
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("gather %s", weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
}

struct composing {
    struct weft_frame frame;
    bool gather_is_inside;
    struct weft_task *jobs[2], *guards[2], *gather;
};

static struct weft_task *spawn_gather(struct weft_task *const *tasks)
{
    return SPAWN(gathering, .joins = {{.task = tasks[0]}, {.task = tasks[1]}});
}

static async composing(struct weft_frame *frame)
{
    ASYNC_BEGIN(composing);
    self->jobs[0] = SPAWN(job, .name = "a", .delay = 3);
    self->jobs[1] = SPAWN(job, .name = "b", .delay = 4);
    if (self->gather_is_inside) {
        self->gather = spawn_gather(self->jobs);
        self->guards[0] = SPAWN(guard, .task = self->gather, .is_blind = true);
    } else {
        self->guards[0] = SPAWN(guard, .task = self->jobs[0]);
        self->guards[1] = SPAWN(guard, .task = self->jobs[1]);
        self->gather = spawn_gather(self->guards);
    }
    AWAIT(weft_sleep(1));
    weft_task_cancel(self->gather_is_inside ? self->guards[0] : self->gather);
    AWAIT(weft_sleep(9));
    ASYNC_FINALLY
    for (int i = 0; i < 2; i++) {
        weft_task_release(self->jobs[i]);
        weft_task_release(self->guards[i]);
    }
    weft_task_release(self->gather);
    ASYNC_END;
}

/* Python: guard ECANCELLED, guard ECANCELLED, gather ECANCELLED, a ends, b
 * ends; guard ECANCELLED, a ends, b ends, gathered
 *
 * CPython: test_tasks.BaseTaskTests.test_gather_shield
 * CPython: test_tasks.BaseTaskTests.test_shield_gather
 */
static void a_shield_stops_a_cancellation_inside_and_outside_of_a_gather(void)
{
    CHECK_INT(WORLD_RUN(composing), 0);
    CHECK_TRACE("guard ECANCELLED, guard ECANCELLED, gather ECANCELLED, "
                "a ends, b ends");
    CHECK_INT(WORLD_RUN(composing, .gather_is_inside = true), 0);
    CHECK_TRACE("guard ECANCELLED, a ends, b ends, gathered");
}

/* ---- Bad input ---- */

struct bad {
    struct weft_frame frame;
    bool itself;
};

static async bad(struct weft_frame *frame)
{
    ASYNC_BEGIN(bad);
    AWAIT(weft_shield(self->itself ? weft_current_task() : NULL));
    ASYNC_END;
}

static void shielding_nothing_or_itself_fails(void)
{
    struct weft_task task = {.frame = NULL};

    CHECK_INT(WORLD_RUN(bad), WEFT_ENOMEM);
    CHECK_INT(WORLD_RUN(bad, .itself = true), WEFT_EDEADLOCK);
    CHECK_INT(weft_shield(&task).status, WEFT_ENOTASK);
    CHECK(weft_list_is_empty(&task.future.callbacks));
}

/* ---- Sweeps ---- */

/* Once it waits, the guard holds a task that nobody else does. */
struct abandoning {
    struct weft_frame frame;
    struct weft_task *task;
};

static async abandoning(struct weft_frame *frame)
{
    ASYNC_BEGIN(abandoning);
    self->task = SPAWN(job, .name = "a", .delay = 1);
    weft_task_release(SPAWN(guard, .task = self->task, .is_blind = true));
    AWAIT(weft_sleep(0));
    ASYNC_FINALLY
    AWAIT(weft_sleep(0));
    weft_task_release(self->task);
    ASYNC_END;
}

static void a_task_that_only_a_guard_holds_is_freed_behind_it(void)
{
    static struct world world;

    world_open(&world);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, abandoning), 0);
    CHECK_INT(weft_loop_run_(&world.loop, sweep_is_idle), 0);
    CHECK_INT(world.blocks, 1); /* the places for alarms */
    world_close(&world);
    CHECK_TRACE("a ends, got it");
}

static void start_shields(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(abandoning));
    weft_task_release(SPAWN(limited, .seconds = 1));
    weft_task_release(SPAWN(shortcut));
}

static void verify_reports(struct world *world)
{
    CHECK(world->reports == 0 || world->fail_at > 0);
}

static void a_cancelled_guard_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_shields, verify_reports) > 40);
    CHECK(sweep_memory(start_shields, verify_reports) > 3);
}

#define TESTS(X)                                                    \
    X(the_result_comes_two_turns_after_the_end)                     \
    X(the_error_of_the_task_is_raised)                              \
    X(a_task_that_is_cancelled_takes_the_guard_with_it)             \
    X(a_cancellation_does_not_reach_the_task)                       \
    X(an_error_after_a_cancellation_is_seen_by_nobody)              \
    X(a_cancellation_beats_an_end_that_was_not_seen_yet)            \
    X(a_task_that_is_done_takes_no_turn)                            \
    X(a_time_limit_does_not_reach_the_task)                         \
    X(a_shield_stops_a_cancellation_inside_and_outside_of_a_gather) \
    X(shielding_nothing_or_itself_fails)                            \
    X(a_task_that_only_a_guard_holds_is_freed_behind_it)            \
    X(a_cancelled_guard_leaves_nothing)
TEST_MAIN(TESTS)
