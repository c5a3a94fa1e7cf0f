/* test_group_eager.c - eager tasks in a group, and tasks that begin in the
 * first step of another, as in Python 3.14. CPython runs these tests with tasks
 * of both sorts.
 */
#include "groups.h"

/* ---- Names ---- */

struct named {
    struct weft_frame frame;
};

static async named(struct weft_frame *frame)
{
    ASYNC_BEGIN(named);
    trace("%s", weft_task_get_name(weft_current_task(), (char[16]){0}, 16));
    ASYNC_END;
}

struct naming {
    struct weft_frame frame;
    struct weft_group group;
    struct weft_task *task;
};

static async naming(struct weft_frame *frame)
{
    ASYNC_BEGIN(naming);
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        self->task = weft_group_spawn(&self->group, named);
        weft_task_set_name(self->task, "example name");
        weft_task_release(self->task);
    }
    ASYNC_END;
}

/* CPython: test_taskgroups.BaseTestTaskGroup.test_name */
static void a_task_of_a_group_knows_its_name(void)
{
    CHECK_INT(WORLD_RUN(naming), 0);
    CHECK_TRACE("example name");
}

/* ---- A failure before the task is in the group ---- */

/* Put a job into the group, which begins now or in the next turn. */
static void add_job(struct weft_group *group, struct weft_child *child,
                    bool is_eager, struct plan plan)
{
    struct weft_task *task = is_eager ? ASYNC_SPAWN_EAGER(job, .plan = plan)
                                      : SPAWN(job, .plan = plan);

    CHECK_INT(weft_group_add(group, child, task), 0);
    weft_task_release(task);
}

struct failing {
    struct weft_frame frame;
    struct weft_group group;
    struct weft_child child;
    bool is_eager;
    bool rests; /* in the body, for a second */
    int err;
};

static async failing(struct weft_frame *frame)
{
    ASYNC_BEGIN(failing);
    ASYNC_TRY {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            add_job(&self->group, &self->child, self->is_eager,
                    (struct plan){.name = "a", .code = WEFT_EUSER});
            trace("body");
            if (self->rests) {
                AWAIT(weft_sleep(1));
                trace("rested");
            }
        }
    }
    ASYNC_CATCH(self->err) {
        trace("%s", weft_error_name(self->err));
        trace_group(&self->group);
        weft_group_clear(&self->group);
    }
    AWAIT(weft_sleep(0));
    trace("on, cancelling %u", weft_task_cancelling(weft_current_task()));
    ASYNC_END;
}

/* CPython: test_taskgroups.BaseTestTaskGroup.test_cancellation_does_not_leak_out_of_tg
 */
static void behind_a_group_that_failed_nothing_is_cancelled(void)
{
    CHECK_INT(WORLD_RUN(failing), 0);
    CHECK_TRACE("body, a EUSER, EGROUP, EUSER, on, cancelling 0");
    CHECK_INT(WORLD_RUN(failing, .is_eager = true), 0);
    CHECK_TRACE("a EUSER, body, EGROUP, EUSER, on, cancelling 0");
    CHECK_INT(WORLD_RUN(failing, .is_eager = true, .rests = true), 0);
    CHECK_TRACE("a EUSER, body, EGROUP, EUSER, on, cancelling 0");
}

struct parent {
    struct weft_frame frame;
    struct weft_group *group;
    struct weft_child *child;
    bool is_eager;
    int err;
};

static async parent(struct weft_frame *frame)
{
    ASYNC_BEGIN(parent);
    add_job(self->group, self->child, self->is_eager,
            (struct plan){.name = "third", .code = WEFT_EUSER});
    ASYNC_TRY {
        AWAIT(weft_sleep(0)); /* here an eager one is cancelled */
        AWAIT(weft_sleep(0)); /* and here another               */
        trace("second goes on");
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("second %s", weft_error_name(self->err));
    }
    ASYNC_END;
}

struct family {
    struct weft_frame frame;
    struct weft_group group;
    struct weft_child children[2];
    bool is_eager;
    struct weft_task *task;
    int err;
};

static async family(struct weft_frame *frame)
{
    ASYNC_BEGIN(family);
    ASYNC_TRY {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            if (self->is_eager) {
                self->task = ASYNC_SPAWN_EAGER(parent, .group = &self->group,
                                               .child = &self->children[1],
                                               .is_eager = true);
            } else {
                self->task = SPAWN(parent, .group = &self->group,
                                   .child = &self->children[1]);
            }
            CHECK_INT(
                weft_group_add(&self->group, &self->children[0], self->task),
                0);
            weft_task_release(self->task);
        }
    }
    ASYNC_CATCH(self->err) {
        trace_group(&self->group);
        weft_group_clear(&self->group);
    }
    ASYNC_END;
}

/* The third one fails before the second is in the group, if both are eager.
 *
 * CPython: test_taskgroups.BaseTestTaskGroup.test_cancels_task_if_created_during_creation
 */
static void a_task_added_by_another_that_begins_cancels_it_by_failing(void)
{
    CHECK_INT(WORLD_RUN(family), 0);
    CHECK_TRACE("third EUSER, second ECANCELLED, EUSER");
    CHECK_INT(WORLD_RUN(family, .is_eager = true), 0);
    CHECK_TRACE("third EUSER, second ECANCELLED, EUSER");
}

/* ---- Sweeps ---- */

static void start_families(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(family));
    weft_task_release(SPAWN(family, .is_eager = true));
    weft_task_release(SPAWN(failing, .is_eager = true, .rests = true));
}

static void verify_reports(struct world *world)
{
    CHECK_INT(world->reports, 0);
}

static void a_cancelled_group_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_families, verify_reports) > 40);
}

#define TESTS(X)                                                 \
    X(a_task_of_a_group_knows_its_name)                          \
    X(behind_a_group_that_failed_nothing_is_cancelled)           \
    X(a_task_added_by_another_that_begins_cancels_it_by_failing) \
    X(a_cancelled_group_leaves_nothing)
TEST_MAIN(TESTS)
