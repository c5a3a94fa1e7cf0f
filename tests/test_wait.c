/* test_wait.c - what asyncio.wait promises, one promise per function.
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

/* Sleeps, takes turns, then ends or fails. */
struct plan {
    const char *name;
    double delay;
    int turns;
    int code;
};

struct job {
    struct weft_frame frame;
    struct plan plan;
    int i;
    int err;
};

static async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    ASYNC_TRY {
        if (self->plan.delay > 0) {
            AWAIT(weft_sleep(self->plan.delay));
        }
        for (self->i = 0; self->i < self->plan.turns; self->i++) {
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
    ASYNC_END;
}

enum { JOBS = 2 };

struct waiting {
    struct weft_frame frame;
    struct plan plans[JOBS];
    size_t count;
    enum weft_return_when when;
    double timeout; /* 0: none */
    double first;   /* sleep so long before the wait       */
    int turns;      /* or let so many turns pass           */
    int ticks;      /* count the turns of the wait         */
    double stab;    /* cancel the last job then            */
    bool looks;     /* at the errors                       */
    int rounds;     /* more of them */
    struct weft_join jobs[JOBS];
    struct weft_timer timer;
    int i;
    int err;
};

static void stab(void *arg)
{
    trace("cancel");
    weft_task_cancel(arg);
}

static void trace_jobs(struct waiting *self)
{
    for (size_t i = 0; i < self->count; i++) {
        struct weft_task *task = self->jobs[i].task;

        if (task == NULL) {
            trace("none");
        } else if (!self->looks) {
            trace("%s", weft_task_done(task) ? "done" : "runs");
        } else if (weft_task_done(task)) {
            trace("%s", weft_error_name(weft_task_error(task)));
        } else {
            trace("runs");
        }
    }
}

static async waiting(struct weft_frame *frame)
{
    struct weft_loop *loop = weft_loop_running();

    ASYNC_BEGIN(waiting);
    for (size_t i = 0; i < self->count; i++) {
        self->jobs[i].task = SPAWN(job, .plan = self->plans[i]);
    }
    if (self->first > 0) {
        AWAIT(weft_sleep(self->first));
    }
    for (self->i = 0; self->i < self->turns; self->i++) {
        AWAIT(weft_sleep(0));
    }
    if (self->ticks > 0) {
        weft_task_release(SPAWN(ticker, .turns = self->ticks));
    }
    if (self->stab > 0) {
        weft_call_later(loop, &self->timer, self->stab, stab,
                        self->jobs[self->count - 1].task);
    }
    ASYNC_TRY {
        do {
            AWAIT(weft_wait(self->jobs, self->count, self->when,
                            self->timeout != 0 ? self->timeout
                                               : WEFT_NO_TIMEOUT));
            trace("%d at %g", frame->value, weft_loop_time(loop));
        } while (self->rounds-- > 0);
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("wait %s", weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_FINALLY
    trace_jobs(self);
    weft_join_release(self->jobs, self->count);
    weft_timer_cancel(&self->timer);
    ASYNC_END;
}

/* Let the jobs end, after the wait. */
struct watching {
    struct weft_frame frame;
    struct waiting waiting;
    struct weft_task task;
    int turns;
    double strike_at;
};

static async watching(struct weft_frame *frame)
{
    ASYNC_BEGIN(watching);
    if (weft_task_start_(&self->task, &self->waiting.frame, waiting) < 0) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    for (; self->turns > 0; self->turns--) {
        AWAIT(weft_sleep(0));
    }
    if (self->strike_at > 0) {
        AWAIT(weft_sleep(self->strike_at));
        trace("cancel %d", weft_task_cancel(&self->task));
    }
    AWAIT(weft_sleep(20));
    trace("%s", weft_error_name(weft_task_error(&self->task)));
    weft_task_release(&self->task);
    ASYNC_END;
}

#define TWO(a, b, ...) .waiting = {.count = 2, .plans = {a, b}, __VA_ARGS__}
#define ONE(a, ...) .waiting = {.count = 1, .plans = {a}, __VA_ARGS__}
#define JOB(...)    \
    {               \
        __VA_ARGS__ \
    }
#define A JOB(.name = "a", .delay = 1)
#define B JOB(.name = "b", .delay = 1.5)
#define WAIT(...) CHECK_INT(WORLD_RUN(watching, __VA_ARGS__), 0)

/* ---- All of them ---- */

/* Python: a ends, b ends, 2 at 1.5, 2 at 1.5
 *
 * CPython: test_tasks.BaseTaskTests.test_wait
 */
static void all_are_done_when_the_wait_ends(void)
{
    WAIT(TWO(B, A, .looks = true, .rounds = 1));
    CHECK_TRACE("a ends, b ends, 2 at 1.5, 2 at 1.5, OK, OK, OK");
}

/* Python: turn 1, a ends, turn 2, turn 3, 1 at 0, turn 4; and when it was done
 * before: a ends, turn 1, turn 2, 1 at 9, turn 3, turn 4 */
static void it_takes_two_turns_also_when_all_are_done(void)
{
    WAIT(ONE(JOB(.name = "a", .turns = 1), .ticks = 4));
    CHECK_TRACE("turn 1, a ends, turn 2, turn 3, 1 at 0, done, turn 4, OK");
    WAIT(ONE(JOB(.name = "a"), .first = 9, .ticks = 4));
    CHECK_TRACE("a ends, turn 1, turn 2, 1 at 9, done, turn 3, turn 4, OK");
}

/* Python: a ends, b EUSER, 2 at 1.5, 2 at 1.5; then, if nobody looks, "Task
 * exception was never retrieved"
 *
 * CPython: test_tasks.BaseTaskTests.test_wait_with_exception
 */
static void errors_are_neither_raised_nor_seen(void)
{
    WAIT(TWO(A, JOB(.name = "b", .delay = 1.5, .code = WEFT_EUSER), .rounds = 1,
             .looks = true));
    CHECK_TRACE("a ends, b EUSER, 2 at 1.5, 2 at 1.5, OK, EUSER, OK");
    WAIT(TWO(A, JOB(.name = "b", .delay = 1.5, .code = WEFT_EUSER),
             .looks = false));
    CHECK_TRACE("a ends, b EUSER, 2 at 1.5, done, done, report EUSER, OK");
}

/* ---- The first ---- */

/* Python: b ends, 1 at 1, a runs, b OK, a ends
 *
 * CPython: test_tasks.BaseTaskTests.test_wait_first_completed
 */
static void the_first_that_is_done_ends_the_wait(void)
{
    WAIT(TWO(JOB(.name = "a", .delay = 9), JOB(.name = "b", .delay = 1),
             .when = WEFT_FIRST_COMPLETED));
    CHECK_TRACE("b ends, 1 at 1, runs, done, a ends, OK");
}

/* Python: a ends, b ends, 2 at 0; with a turn more: a ends, 1 at 0, a OK, b
 * runs, b ends
 *
 * CPython: test_tasks.BaseTaskTests.test_wait_really_done
 */
static void what_is_done_when_it_goes_on_counts_as_well(void)
{
    WAIT(TWO(JOB(.name = "a", .turns = 1), JOB(.name = "b", .turns = 2),
             .when = WEFT_FIRST_COMPLETED));
    CHECK_TRACE("a ends, b ends, 2 at 0, done, done, OK");
    WAIT(TWO(JOB(.name = "a", .turns = 1), JOB(.name = "b", .turns = 3),
             .when = WEFT_FIRST_COMPLETED));
    CHECK_TRACE("a ends, 1 at 0, done, runs, b ends, OK");
}

/* Python: b EUSER, 1 at 1, a runs, a ends; 1 at 0 when it has failed before
 *
 * CPython: test_tasks.BaseTaskTests.test_wait_first_exception
 * CPython: test_tasks.BaseTaskTests.test_wait_first_exception_in_wait
 */
static void the_first_that_fails_ends_the_wait(void)
{
    WAIT(TWO(JOB(.name = "a", .delay = 9),
             JOB(.name = "b", .delay = 1, .code = WEFT_EUSER),
             .when = WEFT_FIRST_EXCEPTION));
    CHECK_TRACE("b EUSER, 1 at 1, runs, done, a ends, OK");
    WAIT(TWO(JOB(.name = "a", .delay = 9), JOB(.name = "b", .code = WEFT_EUSER),
             .turns = 3, .when = WEFT_FIRST_EXCEPTION));
    CHECK_TRACE("b EUSER, 1 at 0, runs, done, a ends, OK");
}

/* Python: b ends, a ends, 2 at 2; cancel, b ECANCELLED, a ends, 2 at 2 */
static void without_a_failure_it_waits_for_all(void)
{
    WAIT(TWO(JOB(.name = "a", .delay = 2), JOB(.name = "b", .delay = 1),
             .when = WEFT_FIRST_EXCEPTION));
    CHECK_TRACE("b ends, a ends, 2 at 2, done, done, OK");
    WAIT(TWO(JOB(.name = "a", .delay = 2), JOB(.name = "b", .delay = 9),
             .when = WEFT_FIRST_EXCEPTION, .stab = 1, .looks = true));
    CHECK_TRACE("cancel, b ECANCELLED, a ends, 2 at 2, OK, ECANCELLED, OK");
}

struct between {
    struct weft_frame frame;
    struct weft_join jobs[2];
};

static async between(struct weft_frame *frame)
{
    ASYNC_BEGIN(between);
    self->jobs[0].task = SPAWN(job, .plan = {.name = "a", .delay = 1});
    weft_task_release(
        SPAWN(job, .plan = {.name = "x", .delay = 1, .turns = 2}));
    self->jobs[1].task = SPAWN(job, .plan = {.name = "b", .delay = 1});
    AWAIT(weft_wait(self->jobs, 2, WEFT_FIRST_COMPLETED, WEFT_NO_TIMEOUT));
    trace("%d", frame->value);
    AWAIT(weft_sleep(1));
    weft_join_release(self->jobs, 2);
    ASYNC_END;
}

/* Python: a ends, b ends, 2, x ends */
static void the_first_end_gives_its_place_in_the_queue(void)
{
    CHECK_INT(WORLD_RUN(between), 0);
    CHECK_TRACE("a ends, b ends, 2, x ends");
}

/* ---- Time ---- */

/* Python: a ends, 1 at 1.1, b runs, b ends; a ends, b ends, 2 at 1.5
 *
 * CPython: test_tasks.BaseTaskTests.test_wait_with_timeout
 */
static void a_timeout_ends_the_wait_and_nothing_else(void)
{
    WAIT(TWO(A, B, .timeout = 1.1));
    CHECK_TRACE("a ends, 1 at 1.1, done, runs, b ends, OK");
    WAIT(TWO(A, B, .timeout = 5));
    CHECK_TRACE("a ends, b ends, 2 at 1.5, done, done, OK");
}

/* Python: a ends, 1 at 1, b runs, b ends; 0 at 1, a ends, b ends, when the
 * wait's alarm was set first
 *
 * CPython: test_tasks.BaseTaskTests.test_wait_concurrent_complete
 */
static void in_a_tie_the_older_alarm_decides(void)
{
    WAIT(TWO(A, B, .timeout = 1, .turns = 1));
    CHECK_TRACE("a ends, 1 at 1, done, runs, b ends, OK");
    WAIT(TWO(A, B, .timeout = 1));
    CHECK_TRACE("0 at 1, runs, runs, a ends, b ends, OK");
}

/* Python: turn 1, turn 2, 0 at 0, turn 3, a ends, b ends; for -1 the same; a
 * ends, turn 1, turn 2, 1 at 9, turn 3 */
static void without_time_it_takes_two_turns(void)
{
    WAIT(TWO(A, B, .timeout = -1, .ticks = 3, .turns = 1));
    CHECK_TRACE("turn 1, turn 2, 0 at 0, runs, runs, turn 3, a ends, b ends, "
                "OK");
    WAIT(ONE(JOB(.name = "a"), .timeout = -1, .ticks = 3, .first = 9));
    CHECK_TRACE("a ends, turn 1, turn 2, 1 at 9, done, turn 3, OK");
}

/* ---- Cancelling ---- */

/* Python: cancel 1, wait ECANCELLED, runs runs, a ends, b ends
 *
 * CPython: test_tasks.BaseTaskTests.test_yield_wait_does_not_shield_cancel
 */
static void a_cancelled_wait_leaves_the_tasks_alone(void)
{
    WAIT(TWO(A, B, .looks = true), .strike_at = 0.5);
    CHECK_TRACE("cancel 1, wait ECANCELLED, runs, runs, a ends, b ends, "
                "ECANCELLED");
    WAIT(TWO(A, B, .timeout = 3), .strike_at = 0.5);
    CHECK_TRACE("cancel 1, wait ECANCELLED, runs, runs, a ends, b ends, "
                "ECANCELLED");
}

/* Python: a ends, cancel 1, wait ECANCELLED, OK runs, b ends */
static void a_cancellation_beats_an_end_that_was_not_seen_yet(void)
{
    WAIT(TWO(A, JOB(.name = "b", .delay = 3), .when = WEFT_FIRST_COMPLETED),
         .strike_at = 1, .turns = 2);
    CHECK_TRACE("a ends, cancel 1, wait ECANCELLED, done, runs, b ends, "
                "ECANCELLED");
}

struct in_batch {
    struct weft_frame frame;
    struct weft_timer timer;
    struct weft_join join;
    int err;
};

static async in_batch(struct weft_frame *frame)
{
    ASYNC_BEGIN(in_batch);
    self->join.task = SPAWN(job, .plan = {.name = "a", .delay = 5});
    weft_call_later(weft_loop_running(), &self->timer, 1, stab,
                    weft_current_task());
    ASYNC_TRY {
        AWAIT(weft_wait(&self->join, 1, WEFT_ALL_COMPLETED, 1));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s", weft_error_name(self->err));
        weft_task_uncancel(weft_current_task());
    }
    AWAIT(weft_join(self->join.task));
    weft_join_release(&self->join, 1);
    ASYNC_END;
}

/* The alarm is in the ready queue already, behind the callback that cancels. */
static void a_cancellation_takes_back_an_alarm_that_is_due(void)
{
    CHECK_INT(WORLD_RUN(in_batch), 0);
    CHECK_TRACE("cancel, ECANCELLED, a ends");
}

/* ---- Bad input ---- */

struct bad {
    struct weft_frame frame;
    struct weft_join jobs[2];
    size_t count;
    int when;
    double timeout;
    bool itself;
};

static async bad(struct weft_frame *frame)
{
    ASYNC_BEGIN(bad);
    self->jobs[0].task = SPAWN(job, .plan = {.name = "a", .delay = 1});
    self->jobs[1].task = self->itself ? weft_current_task() : NULL;
    AWAIT(weft_wait(self->jobs, self->count, (enum weft_return_when)self->when,
                    self->timeout));
    ASYNC_FINALLY
    CHECK(weft_list_is_empty(&self->jobs[0].task->future.callbacks));
    weft_task_release(self->jobs[0].task);
    ASYNC_END;
}

/* CPython: test_tasks.BaseTaskTests.test_wait_errors */
static void what_cannot_be_awaited_is_refused(void)
{
    struct weft_join join = {.task = NULL};

    CHECK_INT(WORLD_RUN(bad, .count = 0, .timeout = 1), WEFT_EINVAL);
    CHECK_INT(WORLD_RUN(bad, .count = 1, .timeout = 1, .when = -1),
              WEFT_EINVAL);
    CHECK_INT(WORLD_RUN(bad, .count = 1, .timeout = 1,
                        .when = WEFT_FIRST_EXCEPTION + 1),
              WEFT_EINVAL);
    CHECK_INT(WORLD_RUN(bad, .count = 1, .timeout = (double)NAN), WEFT_EINVAL);
    CHECK_INT(WORLD_RUN(bad, .count = 2, .timeout = 1), WEFT_ENOMEM);
    CHECK_INT(WORLD_RUN(bad, .count = 2, .timeout = 1, .itself = true),
              WEFT_EDEADLOCK);
    CHECK_INT(WORLD_RUN(bad, .count = SIZE_MAX, .timeout = 1), WEFT_ELIMIT);
    CHECK_INT(weft_wait(&join, 0, WEFT_ALL_COMPLETED, 1).status, WEFT_EINVAL);
}

struct duplicates {
    struct weft_frame frame;
    struct weft_join jobs[3];
};

static async duplicates(struct weft_frame *frame)
{
    ASYNC_BEGIN(duplicates);
    self->jobs[0].task = self->jobs[1].task =
        SPAWN(job, .plan = {.name = "a", .delay = 1});
    self->jobs[2].task = SPAWN(job, .plan = {.name = "b", .delay = 2});
    AWAIT(weft_wait(self->jobs, 3, WEFT_FIRST_COMPLETED, WEFT_NO_TIMEOUT));
    trace("%d", frame->value);
    AWAIT(weft_wait(self->jobs, 3, WEFT_ALL_COMPLETED, WEFT_NO_TIMEOUT));
    trace("%d", frame->value);
    weft_join_release(&self->jobs[1], 2); /* one reference a task */
    ASYNC_END;
}

/* asyncio makes a set of them; we count joins. */
static void a_task_given_twice_counts_twice(void)
{
    CHECK_INT(WORLD_RUN(duplicates), 0);
    CHECK_TRACE("a ends, 2, b ends, 3");
}

/* ---- Sweeps ---- */

static void start_waits(struct world *world)
{
    (void)world;
    weft_task_release(
        SPAWN(waiting, .count = 2, .plans = {A, B}, .timeout = 1.2));
    weft_task_release(SPAWN(waiting, .count = 2, .plans = {A, B},
                            .when = WEFT_FIRST_COMPLETED));
    weft_task_release(SPAWN(duplicates));
}

/* `waiting` gets WEFT_ENOMEM then, and nobody looks at that. */
static void verify_reports(struct world *world)
{
    CHECK(world->reports == 0 || world->fail_at > 0);
}

static void a_cancelled_wait_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_waits, verify_reports) > 40);
    CHECK(sweep_memory(start_waits, verify_reports) > 5);
}

#define TESTS(X)                                         \
    X(all_are_done_when_the_wait_ends)                   \
    X(it_takes_two_turns_also_when_all_are_done)         \
    X(errors_are_neither_raised_nor_seen)                \
    X(the_first_that_is_done_ends_the_wait)              \
    X(what_is_done_when_it_goes_on_counts_as_well)       \
    X(the_first_end_gives_its_place_in_the_queue)        \
    X(the_first_that_fails_ends_the_wait)                \
    X(without_a_failure_it_waits_for_all)                \
    X(a_timeout_ends_the_wait_and_nothing_else)          \
    X(in_a_tie_the_older_alarm_decides)                  \
    X(without_time_it_takes_two_turns)                   \
    X(a_cancelled_wait_leaves_the_tasks_alone)           \
    X(a_cancellation_beats_an_end_that_was_not_seen_yet) \
    X(a_cancellation_takes_back_an_alarm_that_is_due)    \
    X(what_cannot_be_awaited_is_refused)                 \
    X(a_task_given_twice_counts_twice)                   \
    X(a_cancelled_wait_leaves_nothing)
TEST_MAIN(TESTS)
