/* test_group_cancel.c - groups that are cancelled from outside. For "Python:"
 * see groups.h.
 */
#include "groups.h"

/* Cancel a block after `at` seconds, so many times; and again. */
struct strike {
    struct weft_frame frame;
    struct block block;
    struct weft_task task;
    double at;
    int times;
    double again; /* seconds later, or 0 */
    struct weft_join join;
};

static async strike(struct weft_frame *frame)
{
    ASYNC_BEGIN(strike);
    if (weft_task_start_(&self->task, &self->block.frame, block) < 0) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    AWAIT(weft_sleep(self->at));
    do {
        weft_task_cancel(&self->task);
    } while (--self->times > 0);
    if (self->again > 0) {
        AWAIT(weft_sleep(self->again));
        weft_task_cancel(&self->task);
    }
    self->join.task = &self->task;
    AWAIT(weft_wait(&self->join, 1, WEFT_ALL_COMPLETED, WEFT_NO_TIMEOUT));
    trace("cancelled %d at %g", weft_task_cancelled(&self->task),
          weft_loop_time(weft_loop_running()));
    ASYNC_FINALLY
    weft_task_release(&self->task);
    ASYNC_END;
}

#define STRIKE(n, ...) \
    CHECK_INT(WORLD_RUN(strike, .at = (n), .block = {__VA_ARGS__}), 0)

/* Python: body ends, a ECANCELLED, b ECANCELLED, out ECANCELLED, cancelling 1,
 * cancelled 1
 *
 * CPython: test_taskgroups.TestTaskGroup.test_cancellation
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_22
 */
static void a_cancelled_block_that_waits_cancels_its_tasks(void)
{
    STRIKE(1, PLANS({.name = "a", .delay = 5}, {.name = "b", .delay = 6}));
    CHECK_TRACE("body ends, a ECANCELLED, b ECANCELLED, out ECANCELLED, "
                "cancelling 1, cancelled 1 at 1");
}

/* Python: body ECANCELLED, a ECANCELLED, b ECANCELLED, out ECANCELLED,
 * cancelling 1, cancelled 1; body ECANCELLED, out ECANCELLED, cancelling 1,
 * cancelled 1
 *
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_07
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_17
 */
static void a_cancelled_body_cancels_the_tasks_behind_it(void)
{
    STRIKE(1, PLANS({.name = "a", .delay = 5}, {.name = "b", .delay = 6}),
           .body = {.delay = 9});
    CHECK_TRACE("body ECANCELLED, a ECANCELLED, b ECANCELLED, "
                "out ECANCELLED, cancelling 1, cancelled 1 at 1");
    STRIKE(1, .body = {.delay = 9});
    CHECK_TRACE("body ECANCELLED, out ECANCELLED, cancelling 1, "
                "cancelled 1 at 1");
}

/* Errors go before the cancellation, which comes back at the next await, or at
 * the end.
 *
 * Python: body ECANCELLED, a EUSER, b ELIMIT, out EGROUP, EUSER, ELIMIT,
 * cancelling 1, cancelled 1; body EUSER, out EGROUP, EUSER, cancelling 1,
 * cancelled 1
 *
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_08
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_18
 */
static void errors_go_before_a_cancellation(void)
{
    STRIKE(1,
           PLANS({.name = "a", .delay = 5, .on_cancel = WEFT_EUSER},
                 {.name = "b", .delay = 6, .on_cancel = WEFT_ELIMIT}),
           .body = {.delay = 9});
    CHECK_TRACE("body ECANCELLED, a EUSER, b ELIMIT, out EGROUP, EUSER, "
                "ELIMIT, cancelling 1, cancelled 1 at 1");
    STRIKE(1, PLANS({.name = "a", .delay = 5, .on_cancel = WEFT_EUSER}));
    CHECK_TRACE("body ends, a EUSER, out EGROUP, EUSER, cancelling 1, "
                "cancelled 1 at 1");
    STRIKE(1, .body = {.delay = 9, .on_cancel = WEFT_EUSER});
    CHECK_TRACE("body EUSER, out EGROUP, EUSER, cancelling 1, "
                "cancelled 1 at 1");
}

/* Python: body lingers, a EUSER, out EGROUP, EUSER, cancelling 1, cancelled 1
 * at 3: the group's own cancellation ends the lingering
 *
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_15
 */
static void a_task_may_fail_while_the_body_gives_in(void)
{
    STRIKE(1, PLANS({.name = "a", .delay = 3, .code = WEFT_EUSER}),
           .body = {.delay = 9, .lingers = 5});
    CHECK_TRACE("body lingers, a EUSER, out EGROUP, EUSER, cancelling 1, "
                "cancelled 1 at 3");
}

/* Python: body ends, a lingers, a ECANCELLED, out ECANCELLED, cancelling 2,
 * cancelled 1 at 4; again with the second after the first; body ECANCELLED, a
 * lingers, a ECANCELLED, out ECANCELLED, cancelling 2, cancelled 1 at 4 */
static void only_the_first_of_several_cancellations_is_passed_on(void)
{
    CHECK_INT(
        WORLD_RUN(strike, .at = 1, .times = 2,
                  .block = {PLANS({.name = "a", .delay = 9, .lingers = 3})}),
        0);
    CHECK_TRACE("body ends, a lingers, a ECANCELLED, out ECANCELLED, "
                "cancelling 2, cancelled 1 at 4");
    CHECK_INT(
        WORLD_RUN(strike, .at = 1, .again = 1,
                  .block = {PLANS({.name = "a", .delay = 9, .lingers = 3})}),
        0);
    CHECK_TRACE("body ends, a lingers, a ECANCELLED, out ECANCELLED, "
                "cancelling 2, cancelled 1 at 4");
    CHECK_INT(
        WORLD_RUN(strike, .at = 1, .again = 1,
                  .block = {PLANS({.name = "a", .delay = 9, .lingers = 3}),
                            .body = {.delay = 9}}),
        0);
    CHECK_TRACE("body ECANCELLED, a lingers, a ECANCELLED, out ECANCELLED, "
                "cancelling 2, cancelled 1 at 4");
}

/* Python: a EUSER, b lingers, body ECANCELLED, b ECANCELLED, out EGROUP,
 * EUSER, cancelling 1, cancelled 1 at 4; a EUSER, body ECANCELLED, b
 * ECANCELLED, out EGROUP, EUSER, cancelling 1, cancelled 1 at 1 */
static void a_cancellation_after_a_failure_is_not_forgotten(void)
{
    STRIKE(2,
           PLANS({.name = "a", .delay = 1, .code = WEFT_EUSER},
                 {.name = "b", .delay = 9, .lingers = 3}),
           .body = {.delay = 9});
    CHECK_TRACE("a EUSER, b lingers, body ECANCELLED, b ECANCELLED, "
                "out EGROUP, EUSER, cancelling 1, cancelled 1 at 4");
    STRIKE(1,
           PLANS({.name = "a", .delay = 1, .code = WEFT_EUSER},
                 {.name = "b", .delay = 9}),
           .body = {.delay = 9});
    CHECK_TRACE("a EUSER, body ECANCELLED, b ECANCELLED, out EGROUP, EUSER, "
                "cancelling 1, cancelled 1 at 1");
}

/* Python: body ends, a lingers, a ECANCELLED, out ECANCELLED, cancelling 1,
 * cancelled 1 at 2 */
static void a_task_that_swallows_does_not_save_the_block(void)
{
    STRIKE(1, PLANS({.name = "a", .delay = 9, .lingers = 1, .swallows = true}));
    CHECK_TRACE("body ends, a lingers, a ECANCELLED, out ECANCELLED, "
                "cancelling 1, cancelled 1 at 2");
}

struct overtaking {
    struct weft_frame frame;
    struct weft_task *task;
};

static async overtaking(struct weft_frame *frame)
{
    ASYNC_BEGIN(overtaking);
    self->task = SPAWN(block, PLANS({.name = "a", .delay = 1}));
    weft_task_release(
        SPAWN(job, .plan = {.name = "x", .delay = 1, .turns = 2}));
    AWAIT(weft_sleep(1));
    AWAIT(weft_sleep(0));
    trace("cancel %d", weft_task_cancel(self->task));
    AWAIT(weft_sleep(1));
    weft_task_release(self->task);
    ASYNC_END;
}

/* The task has ended, but the group does not know yet.
 *
 * Python: body ends, a ends, cancel True, out ECANCELLED, cancelling 1, x ends
 */
static void a_cancellation_beats_an_end_that_was_not_seen_yet(void)
{
    CHECK_INT(WORLD_RUN(overtaking), 0);
    CHECK_TRACE("body ends, a ends, cancel 1, out ECANCELLED, cancelling 1, "
                "x ends");
}

struct resting {
    struct weft_frame frame;
    struct weft_group group;
    struct job job;
    int err;
};

static async resting(struct weft_frame *frame)
{
    ASYNC_BEGIN(resting);
    ASYNC_TRY {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            weft_task_release(weft_group_spawn(
                &self->group, job,
                .plan = {.name = "a", .turns = 1, .code = WEFT_EUSER}));
            AWAIT(weft_sleep(1));
            trace("no");
        }
    }
    ASYNC_CATCH(self->err) {
        trace("%s %u", weft_error_name(self->err),
              weft_task_cancelling(weft_current_task()));
        weft_group_clear(&self->group);
    }
    AWAIT(CALL(&self->job, job, .plan = {.name = "rest", .delay = 1}));
    ASYNC_END;
}

struct both_at_once {
    struct weft_frame frame;
    struct weft_task *task;
};

static async both_at_once(struct weft_frame *frame)
{
    ASYNC_BEGIN(both_at_once);
    self->task = SPAWN(resting);
    AWAIT(weft_sleep(0));
    AWAIT(weft_sleep(0));
    trace("%u", weft_task_cancelling(self->task));
    weft_task_cancel(self->task);
    AWAIT(weft_sleep(2));
    trace("cancelled %d", weft_task_cancelled(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

/* Python: 0, a EUSER, EGROUP 1, rest ECANCELLED, cancelled 1
 *
 * CPython: test_taskgroups.TestTaskGroup.test_error_and_cancel
 */
static void a_cancellation_behind_an_error_comes_at_the_next_await(void)
{
    CHECK_INT(WORLD_RUN(both_at_once), 0);
    CHECK_TRACE("0, a EUSER, EGROUP 1, rest ECANCELLED, cancelled 1");
}

/* ---- With a timeout around ---- */

struct limited {
    struct weft_frame frame;
    struct weft_timeout timeout;
    struct weft_group group;
    int err;
};

static async limited(struct weft_frame *frame)
{
    ASYNC_BEGIN(limited);
    ASYNC_TRY {
        ASYNC_WITH(&self->timeout, weft_timeout(&self->timeout, 1)) {
            ASYNC_WITH(&self->group, weft_group(&self->group)) {
                weft_task_release(weft_group_spawn(
                    &self->group, job,
                    .plan = {
                        .name = "a", .delay = 2, .on_cancel = WEFT_EUSER}));
                AWAIT(weft_sleep(9));
            }
        }
    }
    ASYNC_CATCH(self->err) {
        trace("%s", weft_error_name(self->err));
        trace_group(&self->group);
        weft_group_clear(&self->group);
    }
    trace("cancelling %u", weft_task_cancelling(weft_current_task()));
    ASYNC_END;
}

/* CPython: test_timeouts.TimeoutTests.test_timeout_taskgroup */
static void an_error_in_a_group_goes_before_a_timeout(void)
{
    CHECK_INT(WORLD_RUN(limited), 0);
    CHECK_TRACE("a EUSER, EGROUP, EUSER, cancelling 0");
}

/* ---- Sweeps ---- */

static void start_groups(struct world *world)
{
    (void)world;
    weft_task_release(
        SPAWN(block,
              PLANS({.name = "b", .delay = 1},
                    {.name = "c", .delay = 2, .on_cancel = WEFT_ELIMIT}),
              .body = {.delay = 1}));
    weft_task_release(SPAWN(limited));
}

static void verify_reports(struct world *world)
{
    CHECK_INT(world->reports, 0);
}

static void a_cancelled_group_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_groups, verify_reports) > 40);
    CHECK(sweep_memory(start_groups, verify_reports) > 5);
}

#define TESTS(X)                                              \
    X(a_cancelled_block_that_waits_cancels_its_tasks)         \
    X(a_cancelled_body_cancels_the_tasks_behind_it)           \
    X(errors_go_before_a_cancellation)                        \
    X(a_task_may_fail_while_the_body_gives_in)                \
    X(only_the_first_of_several_cancellations_is_passed_on)   \
    X(a_cancellation_after_a_failure_is_not_forgotten)        \
    X(a_task_that_swallows_does_not_save_the_block)           \
    X(a_cancellation_beats_an_end_that_was_not_seen_yet)      \
    X(a_cancellation_behind_an_error_comes_at_the_next_await) \
    X(an_error_in_a_group_goes_before_a_timeout)              \
    X(a_cancelled_group_leaves_nothing)
TEST_MAIN(TESTS)
