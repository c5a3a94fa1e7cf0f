/* test_shield.c - what asyncio.shield promises, one promise per function.
 * Shields around gathers, and under time limits, are in test_shield_with.c.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include "shields.h"

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
 * CPython: test_tasks.BaseTaskTests.test_shield_cancel_outer_result
 */
static void a_cancellation_does_not_reach_the_task(void)
{
    SHIELDING(.delay = 5, .at = 1, .victim = GUARD);
    CHECK_TRACE("cancel 1, guard ECANCELLED, a ends, 1 0 1");
    SHIELDING(.delay = 5, .at = 1, .victim = GUARD_AND_JOB);
    CHECK_TRACE("cancel 1, cancel 1, guard ECANCELLED, a ECANCELLED, 1 1 1");
}

/* Python: cancel True, guard ECANCELLED, a EUSER, and at the end "Task
 * exception was never retrieved". Later Pythons report it when it happens.
 *
 * CPython: test_tasks.BaseTaskTests.test_shield_cancel_outer_exception
 */
static void an_error_after_a_cancellation_is_seen_by_nobody(void)
{
    SHIELDING(.delay = 5, .at = 1, .code = WEFT_EUSER, .victim = GUARD);
    CHECK_TRACE("cancel 1, guard ECANCELLED, a EUSER, 1 0 1, report EUSER");
}

struct twice {
    struct weft_frame frame;
    struct weft_task *job, *guard;
    int i;
};

static async twice(struct weft_frame *frame)
{
    ASYNC_BEGIN(twice);
    self->job = SPAWN(job, .name = "a", .delay = 5, .code = WEFT_EUSER);
    for (self->i = 0; self->i < 2; self->i++) {
        self->guard = SPAWN(guard, .task = self->job);
        AWAIT(weft_sleep(1));
        trace("cancel %d", weft_task_cancel(self->guard));
        weft_task_release(self->guard);
    }
    AWAIT(weft_sleep(9));
    trace("release");
    weft_task_release(self->job);
    ASYNC_END;
}

/* CPython: test_tasks.BaseTaskTests.test_shield_duplicate_log_once */
static void it_is_reported_once_however_many_guards_are_gone(void)
{
    CHECK_INT(WORLD_RUN(twice), 0);
    CHECK_TRACE("cancel 1, guard ECANCELLED, cancel 1, guard ECANCELLED, "
                "a EUSER, release, report EUSER");
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
    weft_task_release(SPAWN(shortcut));
}

static void a_cancelled_guard_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_shields, verify_reports) > 20);
    CHECK(sweep_memory(start_shields, verify_reports) > 3);
}

#define TESTS(X)                                         \
    X(the_result_comes_two_turns_after_the_end)          \
    X(the_error_of_the_task_is_raised)                   \
    X(a_task_that_is_cancelled_takes_the_guard_with_it)  \
    X(a_cancellation_does_not_reach_the_task)            \
    X(an_error_after_a_cancellation_is_seen_by_nobody)   \
    X(it_is_reported_once_however_many_guards_are_gone)  \
    X(a_cancellation_beats_an_end_that_was_not_seen_yet) \
    X(a_task_that_is_done_takes_no_turn)                 \
    X(shielding_nothing_or_itself_fails)                 \
    X(a_task_that_only_a_guard_holds_is_freed_behind_it) \
    X(a_cancelled_guard_leaves_nothing)
TEST_MAIN(TESTS)
