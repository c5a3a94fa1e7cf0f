/* test_gather.c - what asyncio.gather promises, one promise per function. What
 * it does when it is cancelled is in test_gather_cancel.c.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include "gathers.h"

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

/* Python: b ends, a ends, ['a', 'b']
 *
 * CPython: test_tasks.GatherTestsBase.test_success
 * CPython: test_tasks.GatherTestsBase.test_result_exception_success
 */
static void results_are_in_the_order_of_the_arguments(void)
{
    WATCH(PLAN({.name = "a", .delay = 2}, {.name = "b", .delay = 1}));
    CHECK_TRACE("b ends, a ends, gathered, a, b, OK");
    WATCH(PLAN({.name = "a", .delay = 2}, {.name = "b", .delay = 1}), ALL);
    CHECK_TRACE("b ends, a ends, gathered, a, b, OK");
}

struct counting {
    struct weft_frame frame;
    struct weft_join jobs[2];
};

static async counting(struct weft_frame *frame)
{
    ASYNC_BEGIN(counting);
    weft_task_release(SPAWN(ticker, .turns = 4));
    self->jobs[0].task = SPAWN(job, .name = "one");
    AWAIT(weft_gather(self->jobs, 1, 0));
    trace("gathered");
    AWAIT(weft_gather(self->jobs, 1, 0));
    trace("again");
    AWAIT(weft_gather(NULL, 0, 0));
    trace("none");
    weft_join_release(self->jobs, 1);
    ASYNC_END;
}

/* Python: turn 1, one, turn 2, turn 3, gathered, turn 4; no turn for children
 * that are done, nor for none
 *
 * CPython: test_tasks.FutureGatherTests.test_constructor_empty_sequence_use_running_loop
 */
static void gather_takes_two_turns_or_none(void)
{
    CHECK_INT(WORLD_RUN(counting), 0);
    CHECK_TRACE("turn 1, one ends, turn 2, turn 3, gathered, again, none, "
                "turn 4");
}

/* Python: ValueError, a ends; c's KeyError is never heard of
 *
 * CPython: test_tasks.GatherTestsBase.test_one_exception
 * CPython: test_tasks.CoroutineGatherTests.test_exception_marking
 */
static void the_first_error_is_raised_at_once_and_the_others_go_on(void)
{
    WATCH(PLAN({.name = "a", .delay = 3},
               {.name = "b", .delay = 1, .code = WEFT_EUSER},
               {.name = "c", .delay = 2, .code = WEFT_ELIMIT}));
    CHECK_TRACE("b EUSER, raised EUSER, c ELIMIT, a ends, EUSER");
}

/* CPython: test_tasks.GatherTestsBase.test_return_exceptions */
static void with_return_errors_all_are_awaited(void)
{
    WATCH(PLAN({.name = "a", .delay = 2},
               {.name = "b", .delay = 1, .code = WEFT_EUSER}),
          ALL);
    CHECK_TRACE("b EUSER, a ends, gathered, a, EUSER, OK");
}

struct late {
    struct weft_frame frame;
    struct weft_join jobs[2];
    int flags;
    int err;
};

static async late(struct weft_frame *frame)
{
    ASYNC_BEGIN(late);
    self->jobs[0].task = SPAWN(job, .name = "a");
    self->jobs[1].task = SPAWN(job, .name = "b", .code = WEFT_EUSER);
    AWAIT(weft_sleep(1));
    weft_task_release(SPAWN(ticker, .turns = 1));
    ASYNC_TRY {
        AWAIT(weft_gather(self->jobs, 2, self->flags));
        trace("gathered");
    }
    ASYNC_CATCH(self->err) {
        trace("raised %s", weft_error_name(self->err));
    }
    weft_join_release(self->jobs, 2);
    AWAIT(weft_sleep(1));
    ASYNC_END;
}

/* Python: ValueError, turn 1 */
static void the_error_of_a_child_that_is_done_is_raised_without_a_turn(void)
{
    CHECK_INT(WORLD_RUN(late), 0);
    CHECK_TRACE("a ends, b EUSER, raised EUSER, turn 1");
    CHECK_INT(WORLD_RUN(late, .flags = WEFT_RETURN_ERRORS), 0);
    CHECK_TRACE("a ends, b EUSER, gathered, turn 1");
}

struct duplicates {
    struct weft_frame frame;
    struct weft_join jobs[3];
    int err;
};

static async duplicates(struct weft_frame *frame)
{
    ASYNC_BEGIN(duplicates);
    self->jobs[0].task = self->jobs[2].task = SPAWN(job, .name = "a");
    self->jobs[1].task = SPAWN(job, .name = "b", .delay = 1);
    AWAIT(weft_gather(self->jobs, 3, 0));
    trace("%c%c%c", WEFT_RESULT(self->jobs[0].task, job),
          WEFT_RESULT(self->jobs[1].task, job),
          WEFT_RESULT(self->jobs[2].task, job));
    weft_join_release(self->jobs, 2); /* one reference a task */
    ASYNC_END;
}

static void a_task_given_twice_runs_once_and_appears_twice(void)
{
    CHECK_INT(WORLD_RUN(duplicates), 0);
    CHECK_TRACE("a ends, b ends, aba");
}

/* Gathers tasks that somebody else has spawned. */
struct sharing {
    struct weft_frame frame;
    struct weft_task *const *tasks;
    struct weft_join jobs[JOBS];
};

static async sharing(struct weft_frame *frame)
{
    ASYNC_BEGIN(sharing);
    for (int i = 0; i < JOBS; i++) {
        self->jobs[i].task = self->tasks[i];
    }
    AWAIT(weft_gather(self->jobs, JOBS, 0));
    trace("gathered");
    ASYNC_END;
}

/* CPython: test_tasks.FutureGatherTests.test_constructor_homogenous_futures */
static void a_gather_is_pending_as_long_as_its_tasks_are(void)
{
    static struct weft_task *tasks[JOBS];
    struct weft_task *first, *second;
    struct world world;

    world_open(&world);
    for (int i = 0; i < JOBS; i++) {
        tasks[i] = SPAWN(job, .name = "-", .delay = 1 + i);
    }
    first = SPAWN(sharing, .tasks = tasks);
    second = SPAWN(sharing, .tasks = tasks);
    for (int i = 0; i < JOBS; i++) {
        CHECK(!weft_task_done(first) && !weft_task_done(second));
        CHECK_INT(weft_loop_run_until_complete(&world.loop, tasks[i]), 0);
    }
    CHECK(!weft_task_done(first) && !weft_task_done(second));
    CHECK_INT(weft_loop_run_until_complete(&world.loop, second), 0);
    CHECK(weft_task_done(first));
    CHECK_TRACE("- ends, - ends, - ends, gathered, gathered");
    for (int i = 0; i < JOBS; i++) {
        weft_task_release(tasks[i]);
    }
    weft_task_release(first);
    weft_task_release(second);
    world_close(&world);
}

struct bad {
    struct weft_frame frame;
    struct weft_join jobs[2];
    bool itself;
    int err;
};

static async bad(struct weft_frame *frame)
{
    ASYNC_BEGIN(bad);
    self->jobs[0].task = SPAWN(job, .name = "a", .delay = 1);
    self->jobs[1].task = self->itself ? weft_current_task() : NULL;
    ASYNC_TRY {
        AWAIT(weft_gather(self->jobs, 2, WEFT_RETURN_ERRORS));
    }
    ASYNC_CATCH(self->err) {
        trace("%s", weft_error_name(self->err));
        AWAIT(weft_join(self->jobs[0].task));
    }
    weft_task_release(self->jobs[0].task);
    ASYNC_END;
}

/* And the others are not touched.
 *
 * CPython: test_tasks.CoroutineGatherTests.test_issue46672
 */
static void gathering_nothing_or_itself_fails(void)
{
    CHECK_INT(WORLD_RUN(bad), 0);
    CHECK_TRACE("ENOMEM, a ends");
    CHECK_INT(WORLD_RUN(bad, .itself = true), 0);
    CHECK_TRACE("EDEADLOCK, a ends");
}

static void start_gathering(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(late));
    weft_task_release(SPAWN(late, .flags = WEFT_RETURN_ERRORS));
    weft_task_release(SPAWN(counting));
    weft_task_release(SPAWN(duplicates));
}

static void verify_nothing(struct world *world)
{
    CHECK_INT(world->loop.task_count, 0);
}

static void no_gather_leaves_anything(void)
{
    CHECK(sweep_cancel(start_gathering, verify_nothing) > 40);
    CHECK(sweep_memory(start_gathering, verify_nothing) > 5);
}

#define TESTS(X)                                                  \
    X(results_are_in_the_order_of_the_arguments)                  \
    X(gather_takes_two_turns_or_none)                             \
    X(the_first_error_is_raised_at_once_and_the_others_go_on)     \
    X(with_return_errors_all_are_awaited)                         \
    X(the_error_of_a_child_that_is_done_is_raised_without_a_turn) \
    X(a_task_given_twice_runs_once_and_appears_twice)             \
    X(a_gather_is_pending_as_long_as_its_tasks_are)               \
    X(gathering_nothing_or_itself_fails)                          \
    X(no_gather_leaves_anything)
TEST_MAIN(TESTS)
