/* test_group_memory.c - a group without memory for its tasks. */
#include "groups.h"

/* As in Python, where create_task raises a MemoryError in the block. */
static void a_task_that_there_is_no_memory_for_fails_the_group(void)
{
    static struct world world;

    world_open(&world);
    world.fail_at = 3; /* a has begun to live, b does not, c may not */
    CHECK_INT(ASYNC_RUN_IN(&world.loop, block,
                           PLANS({.name = "a"}, {.name = "b"}, {.name = "c"})),
              0);
    CHECK_TRACE("body ends, out EGROUP, ENOMEM, cancelling 0");
    world.fail_at = world.allocations + 2;
    CHECK_INT(ASYNC_RUN_IN(&world.loop, block,
                           PLANS({.name = "a"}, {.name = "b"}),
                           .body = {.delay = 9}),
              0);
    CHECK_TRACE("body ECANCELLED, out EGROUP, ENOMEM, cancelling 0");
    CHECK_INT(world.reports, 0);
    world_close(&world);
}

struct spawner {
    struct weft_frame frame;
    struct weft_group *group;
    struct world *world;
};

static async spawner(struct weft_frame *frame)
{
    ASYNC_BEGIN(spawner);
    AWAIT(weft_sleep(1));
    self->world->fail_at = self->world->allocations + 1;
    CHECK(weft_group_spawn(self->group, job, .plan = {.name = "b"}) == NULL);
    AWAIT(weft_sleep(1));
    trace("never");
    ASYNC_FINALLY
    trace("spawner %s", weft_error_name(frame->outcome));
    ASYNC_END;
}

struct parent {
    struct weft_frame frame;
    struct world *world;
    struct weft_group group;
    struct weft_child child;
    int code; /* of a task that fails before */
    int err;
};

static async parent(struct weft_frame *frame)
{
    ASYNC_BEGIN(parent);
    CHECK_INT(weft_group_add(&self->group, &self->child, NULL), WEFT_ENOMEM);
    ASYNC_TRY {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            CHECK_INT(weft_group_error(&self->group), 0);
            weft_task_release(weft_group_spawn(
                &self->group, job,
                .plan = {.name = "a", .delay = 0.5, .code = self->code}));
            weft_task_release(weft_group_spawn(&self->group, spawner,
                                               .group = &self->group,
                                               .world = self->world));
        }
    }
    ASYNC_CATCH(self->err) {
        trace("%s", weft_error_name(weft_group_error(&self->group)));
        weft_group_clear(&self->group);
    }
    CHECK_INT(weft_task_cancelling(weft_current_task()), 0);
    AWAIT(weft_sleep(1)); /* nothing is left of it */
    ASYNC_END;
}

static void also_while_its_end_is_awaited(void)
{
    static struct world world;

    world_open(&world);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, parent, .world = &world), 0);
    CHECK_TRACE("a ends, spawner ECANCELLED, ENOMEM");
    world_close(&world);
}

static void the_first_cause_of_a_failure_is_told(void)
{
    static struct world world;

    world_open(&world);
    CHECK_INT(
        ASYNC_RUN_IN(&world.loop, parent, .world = &world, .code = WEFT_EUSER),
        0);
    CHECK_TRACE("a EUSER, spawner ECANCELLED, EUSER");
    world_close(&world);
}

#define TESTS(X)                                          \
    X(a_task_that_there_is_no_memory_for_fails_the_group) \
    X(also_while_its_end_is_awaited)                      \
    X(the_first_cause_of_a_failure_is_told)
TEST_MAIN(TESTS)
