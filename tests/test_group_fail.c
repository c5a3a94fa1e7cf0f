/* test_group_fail.c - what a failure does to a group, and its errors. For
 * "Python:" see groups.h.
 */
#include "groups.h"

#define BLOCK(...) CHECK_INT(WORLD_RUN(block, __VA_ARGS__), 0)

/* ---- Failures ---- */

/* Python: body ends, a EUSER, b ECANCELLED, out EGROUP, EUSER, cancelling 0
 *
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_04
 * CPython: test_taskgroups.TestTaskGroup.test_cancelling_level_preserved
 */
static void a_task_that_fails_takes_the_others_with_it(void)
{
    BLOCK(PLANS({.name = "a", .delay = 1, .code = WEFT_EUSER},
                {.name = "b", .delay = 2}));
    CHECK_TRACE("body ends, a EUSER, b ECANCELLED, out EGROUP, EUSER, "
                "cancelling 0");
    BLOCK(PLANS({.name = "a", .code = WEFT_EUSER}));
    CHECK_TRACE("body ends, a EUSER, out EGROUP, EUSER, cancelling 0");
}

/* Python: turn 1, turn 2, a EUSER, turn 3, turn 4, b ECANCELLED, body
 * ECANCELLED, turn 5, turn 6, out EGROUP, EUSER, cancelling 0 */
static void a_failure_reaches_tasks_and_body_in_the_turn_after_next(void)
{
    BLOCK(PLANS({.name = "a", .turns = 1, .code = WEFT_EUSER},
                {.name = "b", .delay = 9}),
          .body = {.delay = 9}, .ticks = 6);
    CHECK_TRACE("turn 1, turn 2, a EUSER, turn 3, turn 4, b ECANCELLED, "
                "body ECANCELLED, turn 5, turn 6, out EGROUP, EUSER, "
                "cancelling 0");
}

/* Python: a EUSER, b ELIMIT, c ECANCELLED, body ECANCELLED, out EGROUP,
 * EUSER, ELIMIT, cancelling 0
 *
 * CPython: test_taskgroups.TestTaskGroup.test_cancel_children_on_child_error
 */
static void all_errors_are_listed_in_their_order(void)
{
    BLOCK(PLANS({.name = "a", .delay = 1, .code = WEFT_EUSER},
                {.name = "b", .delay = 1, .code = WEFT_ELIMIT},
                {.name = "c", .delay = 5}),
          .body = {.delay = 9});
    CHECK_TRACE("a EUSER, b ELIMIT, c ECANCELLED, body ECANCELLED, "
                "out EGROUP, EUSER, ELIMIT, cancelling 0");
}

/* Python: body EUSER, a ECANCELLED, b ECANCELLED, out EGROUP, EUSER,
 * cancelling 0; body EUSER, out EGROUP, EUSER, cancelling 0: what has not
 * begun does not begin
 *
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_09
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_10
 */
static void a_body_that_fails_takes_the_tasks_with_it(void)
{
    BLOCK(PLANS({.name = "a", .delay = 1}, {.name = "b", .delay = 2}),
          .body = {.delay = 0.5, .code = WEFT_EUSER});
    CHECK_TRACE("body EUSER, a ECANCELLED, b ECANCELLED, out EGROUP, EUSER, "
                "cancelling 0");
    BLOCK(PLANS({.name = "a", .delay = 1}, {.name = "b", .delay = 2}),
          .body = {.code = WEFT_EUSER});
    CHECK_TRACE("body EUSER, out EGROUP, EUSER, cancelling 0");
}

/* Python: a EUSER, body ELIMIT, out EGROUP, EUSER, ELIMIT, cancelling 0;
 * body ELIMIT, a EUSER, b ECANCELLED, out EGROUP, EUSER, ELIMIT, cancelling 0
 *
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_19
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_20a
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_21a
 */
static void the_error_of_the_body_joins_those_of_the_tasks(void)
{
    BLOCK(PLANS({.name = "a", .delay = 1, .code = WEFT_EUSER}),
          .body = {.delay = 9, .on_cancel = WEFT_ELIMIT});
    CHECK_TRACE("a EUSER, body ELIMIT, out EGROUP, EUSER, ELIMIT, "
                "cancelling 0");
    BLOCK(PLANS({.name = "a", .delay = 9, .on_cancel = WEFT_EUSER},
                {.name = "b", .delay = 9}),
          .body = {.delay = 0.5, .code = WEFT_ELIMIT});
    CHECK_TRACE("body ELIMIT, a EUSER, b ECANCELLED, out EGROUP, EUSER, "
                "ELIMIT, cancelling 0");
}

/* Python: a EUSER, body ECANCELLED, out EGROUP, EUSER, cancelling 0; body
 * ends, a EUSER, b ECANCELLED, out EGROUP, EUSER, cancelling 0 */
static void swallowing_the_cancellation_does_not_save_the_block(void)
{
    BLOCK(PLANS({.name = "a", .delay = 1, .code = WEFT_EUSER}),
          .body = {.delay = 9, .swallows = true});
    CHECK_TRACE("a EUSER, body ECANCELLED, out EGROUP, EUSER, cancelling 0");
    BLOCK(PLANS({.name = "a", .delay = 1, .code = WEFT_EUSER},
                {.name = "b", .delay = 9, .swallows = true}));
    CHECK_TRACE("body ends, a EUSER, b ECANCELLED, out EGROUP, EUSER, "
                "cancelling 0");
}

/* Python: a EUSER, b lingers, c lingers, body ECANCELLED, c ELIMIT, b
 * ECANCELLED, out EGROUP, EUSER, ELIMIT, cancelling 0 */
static void the_block_waits_for_tasks_that_take_their_time(void)
{
    BLOCK(
        PLANS(
            {.name = "a", .delay = 1, .code = WEFT_EUSER},
            {.name = "b", .delay = 9, .lingers = 2},
            {.name = "c", .delay = 9, .lingers = 1, .on_cancel = WEFT_ELIMIT}),
        .body = {.delay = 9});
    CHECK_TRACE("a EUSER, b lingers, c lingers, body ECANCELLED, c ELIMIT, "
                "b ECANCELLED, out EGROUP, EUSER, ELIMIT, cancelling 0");
}

/* A context in the body whose leaving fails, too. */
struct breaking {
    struct weft_with with;
};

static struct weft_op break_down(struct weft_with *with)
{
    (void)with;
    return weft_op_(WEFT_ELIMIT);
}

static struct weft_op enter_breaking(struct breaking *breaking)
{
    breaking->with.leave = break_down;
    return weft_op_(0);
}

struct database {
    struct weft_frame frame;
    struct weft_group group;
    struct breaking breaking;
    int err;
};

static async database(struct weft_frame *frame)
{
    ASYNC_BEGIN(database);
    ASYNC_TRY {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            ASYNC_WITH(&self->breaking, enter_breaking(&self->breaking)) {
                weft_task_release(weft_group_spawn(
                    &self->group, job,
                    .plan = {.name = "a", .code = WEFT_EUSER}));
                AWAIT(weft_sleep(1));
            }
        }
    }
    ASYNC_CATCH(self->err) {
        trace_group(&self->group);
        trace("cancelling %u", weft_task_cancelling(weft_current_task()));
        weft_group_clear(&self->group);
    }
    ASYNC_END;
}

/*
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_context_manager_exit_raises
 */
static void a_context_in_the_body_may_fail_as_well(void)
{
    CHECK_INT(WORLD_RUN(database), 0);
    CHECK_TRACE("a EUSER, EUSER, ELIMIT, cancelling 0");
}

/* ---- The errors of a group ---- */

struct again {
    struct weft_frame frame;
    struct weft_group group;
    int i;
    int err;
};

static async again(struct weft_frame *frame)
{
    ASYNC_BEGIN(again);
    for (self->i = 0; self->i < 2; self->i++) {
        ASYNC_TRY {
            ASYNC_WITH(&self->group, weft_group(&self->group)) {
                CHECK(weft_group_errors(&self->group, NULL) == NULL);
                CHECK_INT(self->group.body_error, 0);
                weft_task_release(weft_group_spawn(
                    &self->group, job,
                    .plan = {.name = "a", .delay = 1, .code = WEFT_EUSER}));
                if (self->i == 1) {
                    ASYNC_RAISE(WEFT_ELIMIT);
                }
            }
        }
        ASYNC_CATCH(self->err) {
            trace("%s", weft_error_name(self->err));
            trace_group(&self->group);
        }
    }
    weft_group_clear(&self->group);
    CHECK(weft_group_errors(&self->group, NULL) == NULL);
    weft_group_clear(&self->group);
    ASYNC_END;
}

/* Python allows one use only. */
static void a_group_can_be_used_again_and_forgets_its_errors(void)
{
    CHECK_INT(WORLD_RUN(again), 0);
    CHECK_TRACE("a EUSER, EGROUP, EUSER, EGROUP, ELIMIT");
}

/* ---- A group that grows ---- */

static int hydras;

struct hydra {
    struct weft_frame frame;
    struct weft_group *group;
};

static async hydra(struct weft_frame *frame)
{
    ASYNC_BEGIN(hydra);
    hydras++;
    AWAIT(weft_sleep(1));
    weft_task_release(
        weft_group_spawn(self->group, hydra, .group = self->group));
    weft_task_release(
        weft_group_spawn(self->group, hydra, .group = self->group));
    ASYNC_END;
}

struct hercules {
    struct weft_frame frame;
    struct weft_group group;
    int err;
};

static async hercules(struct weft_frame *frame)
{
    ASYNC_BEGIN(hercules);
    ASYNC_TRY {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            weft_task_release(
                weft_group_spawn(&self->group, hydra, .group = &self->group));
            weft_task_release(weft_group_spawn(&self->group, job,
                                               .plan = {.name = "hercules",
                                                        .delay = 3.5,
                                                        .code = WEFT_EUSER}));
        }
    }
    ASYNC_CATCH(self->err) {
        trace("%s", weft_error_name(self->err));
        trace_group(&self->group);
        weft_group_clear(&self->group);
    }
    ASYNC_END;
}

/* CPython: test_taskgroups.TestTaskGroup.test_taskgroup_25 */
static void a_failure_ends_a_group_that_grows(void)
{
    hydras = 0;
    CHECK_INT(WORLD_RUN(hercules), 0);
    CHECK_TRACE("hercules EUSER, EGROUP, EUSER");
    CHECK_INT(hydras, 15);
}

#define TESTS(X)                                               \
    X(a_task_that_fails_takes_the_others_with_it)              \
    X(a_failure_reaches_tasks_and_body_in_the_turn_after_next) \
    X(all_errors_are_listed_in_their_order)                    \
    X(a_body_that_fails_takes_the_tasks_with_it)               \
    X(the_error_of_the_body_joins_those_of_the_tasks)          \
    X(swallowing_the_cancellation_does_not_save_the_block)     \
    X(the_block_waits_for_tasks_that_take_their_time)          \
    X(a_context_in_the_body_may_fail_as_well)                  \
    X(a_group_can_be_used_again_and_forgets_its_errors)        \
    X(a_failure_ends_a_group_that_grows)
TEST_MAIN(TESTS)
