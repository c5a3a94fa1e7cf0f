/* test_as_completed.c - what asyncio.as_completed promises as an asynchronous
 * iterator, one promise per function.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include <math.h>

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

struct plan {
    const char *name;
    double delay;
    int code;
};

struct job {
    struct weft_frame frame;
    struct plan plan;
    int err;
    const char *result;
};

static async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    ASYNC_TRY {
        if (self->plan.delay > 0) {
            AWAIT(weft_sleep(self->plan.delay));
        } else {
            AWAIT(weft_sleep(0));
        }
        if (self->plan.code < 0) {
            ASYNC_RAISE(self->plan.code);
        }
        trace("%s ends", self->plan.name);
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s %s", self->plan.name, weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_RETURN(self->plan.name);
    ASYNC_END;
}

enum { JOBS = 3 };

struct iterating {
    struct weft_frame frame;
    struct plan plans[JOBS]; /* up to the first without a name */
    double timeout;          /* 0: none, below 0: none left    */
    int turns;               /* pass before it begins          */
    int ticks;               /* count turns then               */
    double block;            /* the block sleeps so long       */
    int stop;                /* break after so many            */
    bool resumes;            /* and go on                      */
    bool closes;             /* or close                       */
    struct weft_join jobs[JOBS];
    struct weft_as_completed ends;
    size_t count;
    int i;
    int err;
};

static void trace_end(struct iterating *self, const char *word)
{
    struct weft_task *task = self->ends.value;
    int error = weft_task_error(task);

    trace("%s %s at %g", word,
          error < 0 ? weft_error_name(error) : WEFT_RESULT(task, job),
          weft_loop_time(weft_loop_running()));
}

static bool is_unwatched(const struct weft_task *task)
{
    return task == NULL || weft_list_is_empty(&task->future.callbacks);
}

static async iterating(struct weft_frame *frame)
{
    ASYNC_BEGIN(iterating);
    for (size_t i = 0; i < JOBS && self->plans[i].name != NULL; i++) {
        self->jobs[i].task = SPAWN(job, .plan = self->plans[i]);
        self->count = i + 1;
    }
    for (self->i = 0; self->i < self->turns; self->i++) {
        AWAIT(weft_sleep(0));
    }
    if (self->ticks > 0) {
        weft_task_release(SPAWN(ticker, .turns = self->ticks));
    }
    self->i = 0;
    ASYNC_GENERATOR(&self->ends, weft_as_completed, .joins = self->jobs,
                    .count = self->count,
                    .timeout = self->timeout != 0
                                   ? weft_ticks_from(self->timeout)
                                   : WEFT_FOREVER);
    ASYNC_TRY {
        ASYNC_FOR(&self->ends) {
            trace_end(self, "got");
            if (++self->i == self->stop) {
                break;
            }
            if (self->block > 0) {
                AWAIT(weft_sleep(self->block));
            }
        }
        trace("end");
        if (self->resumes) {
            ASYNC_FOR(&self->ends) {
                trace_end(self, "again");
            }
        }
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s at %g", weft_error_name(self->err),
              weft_loop_time(weft_loop_running()));
        if (self->err == WEFT_ECANCELLED) {
            ASYNC_RAISE(self->err);
        }
    }
    if (self->closes) {
        AWAIT(weft_aclose(&self->ends.frame));
        for (size_t i = 0; i < self->count; i++) {
            CHECK(is_unwatched(self->jobs[i].task));
        }
        CHECK(!weft_timer_is_set(&self->ends.timer));
        trace("closed");
    }
    AWAIT(weft_sleep(30));
    ASYNC_FINALLY
    AWAIT(weft_aclose(&self->ends.frame));
    weft_join_release(self->jobs, self->count);
    ASYNC_END;
}

#define PLANS(...) .plans = {__VA_ARGS__}
#define ABC                                                     \
    PLANS({.name = "a", .delay = 2}, {.name = "b", .delay = 1}, \
          {.name = "c", .delay = 3})
#define ITERATING(...) CHECK_INT(WORLD_RUN(iterating, __VA_ARGS__), 0)

/* ---- The order ---- */

/* Python: b ends, got b at 1, a ends, got a at 2, c ends, got c at 3, end
 *
 * CPython: test_tasks.BaseTaskTests.test_as_completed
 * CPython: test_tasks.BaseTaskTests.test_as_completed_same_tasks_in_as_out
 */
static void tasks_come_in_the_order_of_their_ends(void)
{
    ITERATING(ABC);
    CHECK_TRACE("b ends, got b at 1, a ends, got a at 2, c ends, got c at 3, "
                "end");
}

/* Python: turn 1, a ends, b ends, turn 2, turn 3, got a at 0, got b at 0, end,
 * turn 4; and when they were done before: turn 1, turn 2, got a at 0, got b at
 * 0, end, turn 3
 *
 * CPython: test_tasks.BaseTaskTests.test_as_completed_concurrent
 */
static void a_task_comes_two_turns_after_its_end(void)
{
    ITERATING(PLANS({.name = "a"}, {.name = "b"}), .turns = 1, .ticks = 4);
    CHECK_TRACE("a ends, b ends, turn 1, turn 2, got a at 0, got b at 0, "
                "end, turn 3, turn 4");
    ITERATING(PLANS({.name = "a"}, {.name = "b"}), .ticks = 4);
    CHECK_TRACE("turn 1, a ends, b ends, turn 2, turn 3, got a at 0, "
                "got b at 0, end, turn 4");
    ITERATING(PLANS({.name = "a"}, {.name = "b"}), .turns = 3, .ticks = 3);
    CHECK_TRACE("a ends, b ends, turn 1, turn 2, got a at 0, got b at 0, "
                "end, turn 3");
}

/* Python: b ends, got b at 1, a EUSER, got EUSER at 2, end */
static void errors_are_not_raised(void)
{
    ITERATING(PLANS({.name = "a", .delay = 2, .code = WEFT_EUSER},
                    {.name = "b", .delay = 1}));
    CHECK_TRACE("b ends, got b at 1, a EUSER, got EUSER at 2, end");
}

static void without_tasks_it_is_over_at_once(void)
{
    ITERATING(.ticks = 1, .timeout = 5, .closes = true);
    CHECK_TRACE("end, closed, turn 1");
}

/* Python: b ends, got b at 1, end, a ends, again a, c ends, again c
 *
 * CPython: test_tasks.BaseTaskTests.test_as_completed_resume_iterator
 */
static void an_iteration_can_be_resumed(void)
{
    ITERATING(ABC, .stop = 1, .resumes = true);
    CHECK_TRACE("b ends, got b at 1, end, a ends, again a at 2, c ends, "
                "again c at 3");
}

/* Nothing is lost while the block waits. */
static void ends_queue_up(void)
{
    ITERATING(ABC, .block = 9);
    CHECK_TRACE("b ends, got b at 1, a ends, c ends, got a at 10, "
                "got c at 19, end");
}

static void a_closed_iteration_lets_go_of_the_joins(void)
{
    ITERATING(ABC, .stop = 1, .timeout = 9, .closes = true);
    CHECK_TRACE("b ends, got b at 1, end, closed, a ends, c ends");
}

/* ---- Time ---- */

/* Python: b ends, got b at 1, a ends, got a at 2, ETIMEOUT at 2.5, c ends; and
 * when the block sleeps for 9: b ends, got b at 1, a ends, c ends, got a at 10,
 * ETIMEOUT at 19
 *
 * CPython: test_tasks.BaseTaskTests.test_as_completed_with_timeout
 */
static void when_the_time_is_up_no_more_tasks_come(void)
{
    ITERATING(ABC, .timeout = 2.5, .closes = true);
    CHECK_TRACE("b ends, got b at 1, a ends, got a at 2, ETIMEOUT at 2.5, "
                "closed, c ends");
    ITERATING(ABC, .timeout = 2.5, .block = 9);
    CHECK_TRACE("b ends, got b at 1, a ends, c ends, got a at 10, "
                "ETIMEOUT at 19");
}

/* Python: b ends, got b at 1, a ends, got a at 2, c ends, got c at 3, end
 *
 * CPython: test_tasks.BaseTaskTests.test_as_completed_with_unused_timeout
 */
static void a_timeout_that_is_not_needed_is_taken_back(void)
{
    ITERATING(ABC, .timeout = 9, .closes = true);
    CHECK_TRACE("b ends, got b at 1, a ends, got a at 2, c ends, got c at 3, "
                "end, closed");
}

/* Python: a ends, ETIMEOUT at 1, b ends; turn 1, turn 2, ETIMEOUT at 0, turn 3,
 * b ends, a ends, c ends */
static void an_end_in_the_turn_of_the_timeout_is_too_late(void)
{
    ITERATING(PLANS({.name = "a", .delay = 1}, {.name = "b", .delay = 2}),
              .timeout = 1, .turns = 1);
    CHECK_TRACE("a ends, ETIMEOUT at 1, b ends");
    ITERATING(ABC, .timeout = -1, .ticks = 3, .turns = 1);
    CHECK_TRACE("turn 1, turn 2, ETIMEOUT at 0, turn 3, b ends, a ends, "
                "c ends");
}

/* ---- Cancelling ---- */

struct striking {
    struct weft_frame frame;
    struct weft_task *task;
    double block;
};

static async striking(struct weft_frame *frame)
{
    ASYNC_BEGIN(striking);
    self->task = SPAWN(iterating, ABC, .timeout = 9, .block = self->block);
    AWAIT(weft_sleep(1.5));
    trace("cancel %d", weft_task_cancel(self->task));
    AWAIT(weft_sleep(5));
    CHECK(weft_task_cancelled(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

static void a_cancelled_iteration_leaves_the_tasks_alone(void)
{
    CHECK_INT(WORLD_RUN(striking), 0);
    CHECK_TRACE("b ends, got b at 1, cancel 1, ECANCELLED at 1.5, a ends, "
                "c ends");
    CHECK_INT(WORLD_RUN(striking, .block = 9), 0);
    CHECK_TRACE("b ends, got b at 1, cancel 1, ECANCELLED at 1.5, a ends, "
                "c ends");
}

/* ---- Bad input ---- */

struct bad {
    struct weft_frame frame;
    struct weft_join jobs[2];
    struct weft_as_completed ends;
    size_t count;
    double timeout;
    bool itself;
};

static async bad(struct weft_frame *frame)
{
    ASYNC_BEGIN(bad);
    memset(self->jobs, 0x5a, sizeof self->jobs); /* never used before */
    self->jobs[0].task = SPAWN(job, .plan = {.name = "a", .delay = 1});
    self->jobs[1].task = self->itself ? weft_current_task() : NULL;
    ASYNC_GENERATOR(&self->ends, weft_as_completed, .joins = self->jobs,
                    .count = self->count,
                    .timeout = weft_ticks_from(self->timeout));
    ASYNC_FOR(&self->ends) {
        trace("never");
    }
    ASYNC_FINALLY
    CHECK(is_unwatched(self->jobs[0].task));
    weft_task_release(self->jobs[0].task);
    ASYNC_END;
}

static void what_cannot_be_awaited_is_refused(void)
{
    CHECK_INT(WORLD_RUN(bad, .count = 2, .timeout = 5), WEFT_ENOMEM);
    CHECK_INT(WORLD_RUN(bad, .count = 2, .timeout = 5, .itself = true),
              WEFT_EDEADLOCK);
    CHECK_INT(WORLD_RUN(bad, .count = SIZE_MAX, .timeout = 5), WEFT_ELIMIT);
    CHECK_INT(WORLD_RUN(bad, .count = 1, .timeout = (double)NAN), WEFT_EINVAL);
    CHECK_TRACE("a ECANCELLED, a ECANCELLED, a ECANCELLED, a ECANCELLED");
}

/* ---- Sweeps ---- */

static void start_iterations(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(iterating, ABC, .timeout = 2.5));
    weft_task_release(SPAWN(iterating, ABC, .stop = 1, .closes = true));
}

/* WEFT_ENOMEM is caught, and traced. */
static void verify_no_report(struct world *world)
{
    CHECK_INT(world->reports, 0);
}

static void a_cancelled_iteration_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_iterations, verify_no_report) > 40);
    CHECK(sweep_memory(start_iterations, verify_no_report) > 5);
}

#define TESTS(X)                                     \
    X(tasks_come_in_the_order_of_their_ends)         \
    X(a_task_comes_two_turns_after_its_end)          \
    X(errors_are_not_raised)                         \
    X(without_tasks_it_is_over_at_once)              \
    X(an_iteration_can_be_resumed)                   \
    X(ends_queue_up)                                 \
    X(a_closed_iteration_lets_go_of_the_joins)       \
    X(when_the_time_is_up_no_more_tasks_come)        \
    X(a_timeout_that_is_not_needed_is_taken_back)    \
    X(an_end_in_the_turn_of_the_timeout_is_too_late) \
    X(a_cancelled_iteration_leaves_the_tasks_alone)  \
    X(what_cannot_be_awaited_is_refused)             \
    X(a_cancelled_iteration_leaves_nothing)
TEST_MAIN(TESTS)
