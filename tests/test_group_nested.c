/* test_group_nested.c - groups in groups, and in tasks that are awaited. For
 * "Python:" see groups.h.
 */
#include "groups.h"

struct nested {
    struct weft_frame frame;
    struct plan outside, inside, body;
    bool catches; /* what the inner group raises */
    struct weft_group outer, inner;
    struct job job;
    int err;
};

static async nested(struct weft_frame *frame)
{
    ASYNC_BEGIN(nested);
    ASYNC_TRY {
        ASYNC_WITH(&self->outer, weft_group(&self->outer)) {
            ASYNC_TRY {
                ASYNC_WITH(&self->inner, weft_group(&self->inner)) {
                    if (self->inside.name != NULL) {
                        weft_task_release(weft_group_spawn(
                            &self->inner, job, .plan = self->inside));
                    }
                    if (self->outside.name != NULL) {
                        weft_task_release(weft_group_spawn(
                            &self->outer, job, .plan = self->outside));
                    }
                    AWAIT(CALL(&self->job, job, .plan = self->body));
                }
            }
            ASYNC_CATCH_ALL(self->err) {
                trace("inner %s", weft_error_name(self->err));
                trace_group(&self->inner);
                if (!self->catches) {
                    ASYNC_RAISE(self->err);
                }
            }
            trace("between %u", weft_task_cancelling(weft_current_task()));
        }
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("outer %s", weft_error_name(self->err));
        trace_group(&self->outer);
        if (self->err == WEFT_ECANCELLED) {
            ASYNC_RAISE(self->err);
        }
    }
    ASYNC_FINALLY
    trace("cancelling %u", weft_task_cancelling(weft_current_task()));
    weft_group_clear(&self->inner);
    weft_group_clear(&self->outer);
    ASYNC_END;
}

struct outsider {
    struct weft_frame frame;
    struct plan outside;
    struct weft_task *task;
};

static async outsider(struct weft_frame *frame)
{
    ASYNC_BEGIN(outsider);
    self->task =
        SPAWN(nested, .outside = self->outside,
              .inside = {.name = "a", .delay = 9, .on_cancel = WEFT_EUSER},
              .body = {.name = "body", .delay = 9});
    AWAIT(weft_sleep(1));
    weft_task_cancel(self->task);
    AWAIT(weft_sleep(1));
    trace("cancelled %d", weft_task_cancelled(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

/* Python: body ECANCELLED, a EUSER, inner EGROUP, EUSER, outer EGROUP, EGROUP,
 * cancelling 1, cancelled 1; the same with o ECANCELLED
 *
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_11
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_12
 */
static void the_error_of_an_inner_group_is_one_of_the_outer(void)
{
    CHECK_INT(WORLD_RUN(outsider), 0);
    CHECK_TRACE("body ECANCELLED, a EUSER, inner EGROUP, EUSER, "
                "outer EGROUP, EGROUP, cancelling 1, cancelled 1");
    CHECK_INT(WORLD_RUN(outsider, .outside = {.name = "o", .delay = 9}), 0);
    CHECK_TRACE("body ECANCELLED, a EUSER, inner EGROUP, EUSER, o ECANCELLED, "
                "outer EGROUP, EGROUP, cancelling 1, cancelled 1");
}

/* Python: body ends, o EUSER, a ECANCELLED, inner ECANCELLED, outer EGROUP,
 * EUSER, cancelling 0; body ends, a EUSER, inner EGROUP, EUSER, o ECANCELLED,
 * outer EGROUP, EGROUP, cancelling 0
 *
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_13
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_14
 */
static void a_failure_goes_inward_as_cancellation_and_outward_as_error(void)
{
    CHECK_INT(
        WORLD_RUN(nested, .body = {.name = "body"},
                  .outside = {.name = "o", .delay = 1, .code = WEFT_EUSER},
                  .inside = {.name = "a", .delay = 9}),
        0);
    CHECK_TRACE("body ends, o EUSER, a ECANCELLED, inner ECANCELLED, "
                "outer EGROUP, EUSER, cancelling 0");
    CHECK_INT(
        WORLD_RUN(nested, .body = {.name = "body"},
                  .outside = {.name = "o", .delay = 9},
                  .inside = {.name = "a", .delay = 1, .code = WEFT_EUSER}),
        0);
    CHECK_TRACE("body ends, a EUSER, inner EGROUP, EUSER, o ECANCELLED, "
                "outer EGROUP, EGROUP, cancelling 0");
}

/* Python: a ELIMIT, o EUSER, inner EGROUP, ELIMIT, between 1, outer EGROUP,
 * EUSER, 0
 *
 * CPython: test_taskgroups.TestTaskGroup.test_nested_groups_both_cancelled
 */
static void both_groups_count_their_own_request(void)
{
    CHECK_INT(
        WORLD_RUN(nested, .catches = true, .body = {.name = "body"},
                  .outside = {.name = "o", .turns = 1, .code = WEFT_EUSER},
                  .inside = {.name = "a", .turns = 1, .code = WEFT_ELIMIT}),
        0);
    CHECK_TRACE("body ends, a ELIMIT, o EUSER, inner EGROUP, ELIMIT, "
                "between 1, outer EGROUP, EUSER, cancelling 0");
}

struct joining {
    struct weft_frame frame;
    struct weft_task *task;
};

static async joining(struct weft_frame *frame)
{
    ASYNC_BEGIN(joining);
    self->task =
        SPAWN(nested, .body = {.name = "body", .delay = 9, .lingers = 5},
              .inside = {.name = "a", .delay = 3, .code = WEFT_EUSER});
    AWAIT(weft_join(self->task));
    ASYNC_FINALLY
    trace("joined %s", weft_error_name(frame->outcome));
    weft_task_release(self->task);
    ASYNC_END;
}

struct around {
    struct weft_frame frame;
    struct weft_task *task;
};

static async around(struct weft_frame *frame)
{
    ASYNC_BEGIN(around);
    self->task = SPAWN(joining);
    AWAIT(weft_sleep(1));
    weft_task_cancel(self->task);
    AWAIT(weft_sleep(5));
    CHECK(weft_task_cancelled(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

/* The cancellation goes through a task that awaits the block.
 *
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_16
 */
static void a_cancellation_reaches_a_group_in_another_task(void)
{
    CHECK_INT(WORLD_RUN(around), 0);
    CHECK_TRACE("body lingers, a EUSER, inner EGROUP, EUSER, outer EGROUP, "
                "EGROUP, cancelling 1, joined ECANCELLED");
}

/* ---- Sweeps ---- */

static void start_groups(struct world *world)
{
    (void)world;
    weft_task_release(
        SPAWN(nested, .body = {.name = "body", .delay = 2},
              .outside = {.name = "o", .delay = 3, .lingers = 1},
              .inside = {.name = "a", .delay = 1, .code = WEFT_EUSER}));
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

#define TESTS(X)                                                  \
    X(the_error_of_an_inner_group_is_one_of_the_outer)            \
    X(a_failure_goes_inward_as_cancellation_and_outward_as_error) \
    X(both_groups_count_their_own_request)                        \
    X(a_cancellation_reaches_a_group_in_another_task)             \
    X(a_cancelled_group_leaves_nothing)
TEST_MAIN(TESTS)
