/* test_group_add.c - who may join a group, and when. */
#include "groups.h"

/* ---- Refused ---- */

struct late {
    struct weft_frame frame;
    struct weft_group group;
    struct weft_child child;
    struct weft_task *task;
};

static async late(struct weft_frame *frame)
{
    ASYNC_BEGIN(late);
    CHECK(weft_group_spawn(&self->group, job, .plan = {.name = "x"}) == NULL);
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        trace("inside");
    }
    CHECK(weft_group_spawn(&self->group, job, .plan = {.name = "y"}) == NULL);
    self->task = SPAWN(job, .plan = {.name = "z"});
    CHECK_INT(weft_group_add(&self->group, &self->child, self->task),
              WEFT_EINVALIDSTATE);
    AWAIT(weft_sleep(1));
    CHECK(weft_task_cancelled(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

/* What is refused is cancelled before its first line.
 *
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_finished
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_not_entered
 */
static void a_group_takes_tasks_while_it_is_entered_only(void)
{
    CHECK_INT(WORLD_RUN(late), 0);
    CHECK_TRACE("inside");
}

struct stubborn {
    struct weft_frame frame;
    struct weft_group *group;
    int err;
};

static async stubborn(struct weft_frame *frame)
{
    ASYNC_BEGIN(stubborn);
    ASYNC_TRY {
        AWAIT(weft_sleep(9));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("spawned %d", weft_group_spawn(self->group, job,
                                             .plan = {.name = "x"}) != NULL);
    }
    ASYNC_END;
}

struct failing {
    struct weft_frame frame;
    struct weft_group group;
    int err;
};

static async failing(struct weft_frame *frame)
{
    ASYNC_BEGIN(failing);
    ASYNC_TRY {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            weft_task_release(weft_group_spawn(
                &self->group, job,
                .plan = {.name = "a", .delay = 1, .code = WEFT_EUSER}));
            weft_task_release(weft_group_spawn(&self->group, stubborn,
                                               .group = &self->group));
        }
    }
    ASYNC_CATCH(self->err) {
        trace_group(&self->group);
        weft_group_clear(&self->group);
    }
    ASYNC_END;
}

/* CPython: test_taskgroups.TestTaskGroup.test_taskgroup_no_create_task_after_failure
 */
static void a_group_that_shuts_down_takes_no_tasks(void)
{
    CHECK_INT(WORLD_RUN(failing), 0);
    CHECK_TRACE("a EUSER, spawned 0, EUSER");
}

struct oneself {
    struct weft_frame frame;
    struct weft_group group;
    struct weft_child child;
};

static async oneself(struct weft_frame *frame)
{
    ASYNC_BEGIN(oneself);
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        CHECK_INT(
            weft_group_add(&self->group, &self->child, weft_current_task()),
            WEFT_EDEADLOCK);
        AWAIT(weft_sleep(1));
        trace("on");
    }
    ASYNC_END;
}

static void a_task_cannot_be_in_its_own_group(void)
{
    CHECK_INT(WORLD_RUN(oneself), 0);
    CHECK_TRACE("on");
}

/* ---- Entering ---- */

struct twice {
    struct weft_frame frame;
    struct weft_group group;
    struct weft_group *other;
    int err;
};

static async twice(struct weft_frame *frame)
{
    ASYNC_BEGIN(twice);
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        weft_task_release(weft_group_spawn(&self->group, job,
                                           .plan = {.name = "a", .delay = 1}));
        ASYNC_TRY {
            ASYNC_WITH(&self->group, weft_group(&self->group)) {
                trace("never");
            }
        }
        ASYNC_CATCH(self->err) {
            trace("%s", weft_error_name(self->err));
        }
        AWAIT(weft_sleep(0));
    }
    trace("behind");
    ASYNC_END;
}

/* CPython: test_taskgroups.TestTaskGroup.test_taskgroup_already_entered
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_without_parent_task
 */
static void a_group_is_entered_once_and_by_a_task(void)
{
    struct weft_group group = {.parent = NULL};

    CHECK_INT(WORLD_RUN(twice), 0);
    CHECK_TRACE("EINVALIDSTATE, a ends, behind");
    CHECK_INT(weft_group(&group).status, WEFT_ENOTASK);
    CHECK(weft_group_spawn(&group, job, .plan = {.name = "x"}) == NULL);
}

/* ---- Memory of one's own ---- */

struct still {
    struct weft_frame frame;
    struct weft_group group;
    struct weft_task tasks[2];
    struct job jobs[2];
    struct weft_child children[2];
    int code;
    int err;
};

static async still(struct weft_frame *frame)
{
    ASYNC_BEGIN(still);
    ASYNC_TRY {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            for (int i = 0; i < 2; i++) {
                CHECK_INT(START(&self->tasks[i], &self->jobs[i], job,
                                .plan = {.name = i ? "b" : "a",
                                         .delay = 2 - i,
                                         .code = i ? self->code : 0}),
                          0);
                CHECK_INT(weft_group_add(&self->group, &self->children[i],
                                         &self->tasks[i]),
                          0);
            }
        }
    }
    ASYNC_CATCH(self->err) {
        CHECK(weft_group_errors(&self->group, NULL) == &self->tasks[1]);
        trace_group(&self->group);
        weft_group_clear(&self->group);
    }
    ASYNC_FINALLY
    weft_task_release(&self->tasks[0]);
    weft_task_release(&self->tasks[1]);
    ASYNC_END;
}

static void a_group_of_tasks_in_ones_own_memory_allocates_nothing(void)
{
    static struct world world;

    world_open(&world);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, still), 0);
    CHECK_TRACE("b ends, a ends");
    CHECK_INT(ASYNC_RUN_IN(&world.loop, still, .code = WEFT_EUSER), 0);
    CHECK_TRACE("b EUSER, a ECANCELLED, EUSER");
    CHECK_INT(world.allocations, 1); /* the places for alarms */
    world_close(&world);
}

/* ---- In a generator ---- */

struct producer {
    struct weft_frame frame;
    struct weft_group group;
    struct plan plan;
    int value;
};

static async producer(struct weft_frame *frame)
{
    ASYNC_BEGIN(producer);
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        weft_task_release(
            weft_group_spawn(&self->group, job, .plan = self->plan));
        YIELD(1);
        YIELD(2);
    }
    ASYNC_FINALLY
    trace("closed %s", weft_error_name(frame->outcome));
    weft_group_clear(&self->group);
    ASYNC_END;
}

struct consumer {
    struct weft_frame frame;
    struct producer producer;
    int on_cancel;
};

static async consumer(struct weft_frame *frame)
{
    ASYNC_BEGIN(consumer);
    ASYNC_GENERATOR(
        &self->producer, producer,
        .plan = {.name = "a", .delay = 9, .on_cancel = self->on_cancel});
    ASYNC_FOR(&self->producer) {
        trace("%d", self->producer.value);
        AWAIT(weft_sleep(1));
        break;
    }
    AWAIT(weft_aclose(&self->producer.frame));
    trace("closed");
    ASYNC_END;
}

/* In Python 3.15: alone, a GeneratorExit is raised as it is; with errors of
 * tasks it is one more in the group.
 */
static void a_generator_that_is_closed_in_a_group_ends_well(void)
{
    CHECK_INT(WORLD_RUN(consumer), 0);
    CHECK_TRACE("1, a ECANCELLED, closed EGENERATOREXIT, closed");
    CHECK_INT(WORLD_RUN(consumer, .on_cancel = WEFT_EUSER), WEFT_EGROUP);
    CHECK_TRACE("1, a EUSER, closed EGROUP");
}

/* ---- Sweeps ---- */

static void start_groups(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(late));
    weft_task_release(SPAWN(failing));
    weft_task_release(SPAWN(still, .code = WEFT_EUSER));
    weft_task_release(SPAWN(twice));
}

static void verify_reports(struct world *world)
{
    CHECK_INT(world->reports, 0);
}

static void a_cancelled_group_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_groups, verify_reports) > 40);
}

#define TESTS(X)                                             \
    X(a_group_takes_tasks_while_it_is_entered_only)          \
    X(a_group_that_shuts_down_takes_no_tasks)                \
    X(a_task_cannot_be_in_its_own_group)                     \
    X(a_group_is_entered_once_and_by_a_task)                 \
    X(a_group_of_tasks_in_ones_own_memory_allocates_nothing) \
    X(a_generator_that_is_closed_in_a_group_ends_well)       \
    X(a_cancelled_group_leaves_nothing)
TEST_MAIN(TESTS)
