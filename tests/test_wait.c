/* test_wait.c - what asyncio.wait promises, one promise per function. Its
 * time-out, and its cancellation, are in test_wait_time.c.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include <math.h>

#include "waits.h"

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

/* CPython: test_tasks.BaseTaskTests.test_wait_errors
 * CPython: test_tasks.BaseTaskTests.test_wait_invalid_args
 */
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
    weft_task_release(SPAWN(waiting, .count = 2, .plans = {A, B},
                            .when = WEFT_FIRST_COMPLETED));
    weft_task_release(SPAWN(duplicates));
}

static void a_cancelled_wait_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_waits, verify_reports) > 15);
    CHECK(sweep_memory(start_waits, verify_reports) > 5);
}

#define TESTS(X)                                   \
    X(all_are_done_when_the_wait_ends)             \
    X(it_takes_two_turns_also_when_all_are_done)   \
    X(errors_are_neither_raised_nor_seen)          \
    X(the_first_that_is_done_ends_the_wait)        \
    X(what_is_done_when_it_goes_on_counts_as_well) \
    X(the_first_that_fails_ends_the_wait)          \
    X(without_a_failure_it_waits_for_all)          \
    X(the_first_end_gives_its_place_in_the_queue)  \
    X(what_cannot_be_awaited_is_refused)           \
    X(a_task_given_twice_counts_twice)             \
    X(a_cancelled_wait_leaves_nothing)
TEST_MAIN(TESTS)
