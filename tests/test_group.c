/* test_group.c - what asyncio.TaskGroup promises, one promise per function.
 *
 * Failures, who may join, cancelling from outside, nested groups and
 * weft_group_cancel have programs of their own. For "Python:" see groups.h.
 */
#include "groups.h"

#define BLOCK(...) CHECK_INT(WORLD_RUN(block, __VA_ARGS__), 0)

/* ---- All is well ---- */

struct results {
    struct weft_frame frame;
    struct weft_group group;
    struct weft_task *first, *second;
};

static async results(struct weft_frame *frame)
{
    ASYNC_BEGIN(results);
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        self->first = weft_group_spawn(&self->group, job,
                                       .plan = {.name = "a", .delay = 2});
        AWAIT(weft_sleep(1));
        self->second = weft_group_spawn(&self->group, job,
                                        .plan = {.name = "b", .delay = 2});
        weft_task_set_name(self->second, "yolo");
    }
    trace("behind at %g", weft_loop_time(weft_loop_running()));
    trace("%c, %c, %s", WEFT_RESULT(self->first, job),
          WEFT_RESULT(self->second, job),
          weft_task_get_name(self->second, (char[8]){0}, 8));
    ASYNC_FINALLY
    weft_task_release(self->first);
    weft_task_release(self->second);
    ASYNC_END;
}

/* Python: body ends, a ends, b ends, behind, cancelling 0
 *
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_01
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_02
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_task_name
 */
static void the_block_ends_when_all_tasks_have(void)
{
    BLOCK(PLANS({.name = "a", .delay = 1}, {.name = "b", .delay = 2}));
    CHECK_TRACE("body ends, a ends, b ends, behind, cancelling 0");
    CHECK_INT(WORLD_RUN(results), 0);
    CHECK_TRACE("a ends, b ends, behind at 3, a, b, yolo");
}

/* Python: body ends, turn 1, turn 2, a ends, turn 3, turn 4, behind,
 * cancelling 0, turn 5; without tasks it takes no turn */
static void the_block_ends_two_turns_after_its_last_task(void)
{
    BLOCK(PLANS({.name = "a", .turns = 1}), .ticks = 5);
    CHECK_TRACE("body ends, turn 1, turn 2, a ends, turn 3, turn 4, behind, "
                "cancelling 0, turn 5");
    BLOCK(.ticks = 1);
    CHECK_TRACE("body ends, behind, cancelling 0, turn 1");
}

struct sparing {
    struct weft_frame frame;
    struct weft_group group;
    struct weft_task *first, *second;
};

static async sparing(struct weft_frame *frame)
{
    ASYNC_BEGIN(sparing);
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        self->first = weft_group_spawn(&self->group, job,
                                       .plan = {.name = "a", .delay = 9});
        AWAIT(weft_sleep(1));
        weft_task_cancel(self->first);
        self->second = weft_group_spawn(&self->group, job,
                                        .plan = {.name = "b", .delay = 2});
    }
    trace("%d %d", weft_task_cancelled(self->first),
          weft_task_error(self->second));
    ASYNC_FINALLY
    weft_task_release(self->first);
    weft_task_release(self->second);
    ASYNC_END;
}

/* CPython: test_taskgroups.TestTaskGroup.test_taskgroup_03 */
static void a_task_that_is_cancelled_alone_is_no_failure(void)
{
    CHECK_INT(WORLD_RUN(sparing), 0);
    CHECK_TRACE("a ECANCELLED, b ends, 1 0");
}

struct pouring {
    struct weft_frame frame;
    struct weft_group group;
    int i;
};

static long running(struct weft_group *group)
{
    long count = 0;

    for (struct weft_node *node = weft_list_first(&group->children);
         node != NULL; node = weft_list_next(&group->children, node)) {
        count++;
    }
    return count;
}

static async pouring(struct weft_frame *frame)
{
    ASYNC_BEGIN(pouring);
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        for (self->i = 0; self->i < 10; self->i++) {
            AWAIT(weft_sleep(1));
            weft_task_release(weft_group_spawn(
                &self->group, job, .plan = {.name = "-", .delay = 2.5}));
        }
        CHECK_INT(running(&self->group), 3);
        check_trace[0] = '\0';
        AWAIT(weft_sleep(5));
        CHECK_INT(running(&self->group), 0);
    }
    ASYNC_END;
}

/* CPython: test_taskgroups.TestTaskGroup.test_taskgroup_23 */
static void tasks_that_are_done_leave_the_group(void)
{
    CHECK_INT(WORLD_RUN(pouring), 0);
    CHECK_TRACE("- ends, - ends, - ends");
}

/* ---- Tasks that add tasks ---- */

struct root {
    struct weft_frame frame;
    struct weft_group *group;
    bool spawns_late;
};

static async root(struct weft_frame *frame)
{
    ASYNC_BEGIN(root);
    AWAIT(weft_sleep(1));
    weft_task_release(
        weft_group_spawn(self->group, job, .plan = {.name = "a", .delay = 1}));
    weft_task_release(
        weft_group_spawn(self->group, job, .plan = {.name = "b", .delay = 2}));
    trace("root ends");
    ASYNC_END;
}

struct planting {
    struct weft_frame frame;
    struct weft_group group;
};

static async planting(struct weft_frame *frame)
{
    ASYNC_BEGIN(planting);
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        weft_task_release(
            weft_group_spawn(&self->group, root, .group = &self->group));
    }
    trace("behind at %g", weft_loop_time(weft_loop_running()));
    ASYNC_END;
}

/* CPython: test_taskgroups.TestTaskGroup.test_taskgroup_24 */
static void a_task_may_add_tasks_while_the_block_waits(void)
{
    CHECK_INT(WORLD_RUN(planting), 0);
    CHECK_TRACE("root ends, a ends, b ends, behind at 3");
}

#define TESTS(X)                                    \
    X(the_block_ends_when_all_tasks_have)           \
    X(the_block_ends_two_turns_after_its_last_task) \
    X(a_task_that_is_cancelled_alone_is_no_failure) \
    X(tasks_that_are_done_leave_the_group)          \
    X(a_task_may_add_tasks_while_the_block_waits)
TEST_MAIN(TESTS)
