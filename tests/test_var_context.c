/* test_var_context.c - what copy_context, Context.run and context= promise. */
#include "vars.h"

static struct weft_var size = {"size", "small"};

static struct world world;
static struct weft_context context;

static void reset(void)
{
    memset(&context, 0, sizeof context);
    world_open(&world);
}

static void finish(void)
{
    CHECK_INT(weft_context_clear(&context), 0);
    world_close(&world);
}

static void a_copy_has_the_values_of_its_moment(void)
{
    reset();
    CHECK_STR(seen_in(&context, &color), "none");
    CHECK_INT(set(&color, "red"), 0);
    CHECK_STR(seen_in(&context, &color), "none");
    CHECK_INT(weft_context_copy(&context), 0);
    CHECK_INT(set(&color, "blue"), 0);
    CHECK_STR(seen_in(&context, &color), "red");
    CHECK_STR(seen_in(&context, &size), "small");
    CHECK_INT(weft_context_copy(&context), 0);
    CHECK_STR(seen_in(&context, &color), "blue");
    finish();
}

static void a_copy_allocates_nothing(void)
{
    long allocations;

    reset();
    CHECK_INT(set(&color, "red"), 0);
    allocations = world.allocations;
    CHECK_INT(weft_context_copy(&context), 0);
    CHECK_INT(world.allocations, allocations);
    finish();
}

static void see_and_paint(void *text)
{
    trace("inside %s", seen(&color));
    paint(text);
    trace("inside %s", seen(&color));
}

/* Python:
 *     color.set("red"); context = copy_context(); color.set("blue")
 *     context.run(see_and_paint, "green")
 *     print(color.get(), context[color])
 * prints inside red, inside green, blue green. */
static void a_run_changes_its_context_and_nothing_else(void)
{
    reset();
    CHECK_INT(set(&color, "red"), 0);
    CHECK_INT(weft_context_copy(&context), 0);
    CHECK_INT(set(&color, "blue"), 0);
    CHECK_INT(weft_context_run(&context, see_and_paint, word("green")), 0);
    CHECK_STR(seen(&color), "blue");
    CHECK_STR(seen_in(&context, &color), "green");
    CHECK_INT(weft_context_run(&context, see_and_paint, word("grey")), 0);
    CHECK_TRACE("inside red, inside green, inside green, inside grey");
    finish();
}

static void an_empty_context_has_no_values(void)
{
    reset();
    CHECK_INT(set(&color, "red"), 0);
    CHECK_INT(weft_context_run(&context, see_and_paint, word("green")), 0);
    CHECK_STR(seen(&color), "red");
    CHECK_TRACE("inside none, inside green");
    finish();
}

static struct weft_context other;

static void enter_context(void *arg)
{
    (void)arg;
    trace("%s", weft_error_name(weft_context_run(&context, paint, word("?"))));
    CHECK_INT(weft_context_clear(&context), WEFT_EBUSY);
    CHECK_INT(weft_context_copy(&context), WEFT_EBUSY);
}

static void enter_other(void *arg)
{
    (void)arg;
    enter_context(NULL);
    CHECK_INT(weft_context_run(&other, enter_context, NULL), 0);
}

/* Python: RuntimeError, cannot enter context: it is already entered. */
static void a_context_is_not_entered_inside_itself(void)
{
    reset();
    CHECK_INT(set(&color, "red"), 0);
    CHECK_INT(weft_context_copy(&context), 0);
    CHECK_INT(weft_context_run(&context, enter_other, NULL), 0);
    CHECK_TRACE("EALREADY, EALREADY");
    CHECK_STR(seen_in(&context, &color), "red");
    CHECK_STR(seen(&color), "red");
    CHECK_INT(weft_context_clear(&other), 0);
    finish();
}

static void see_other(void *arg)
{
    (void)arg;
    trace("outside %s", seen(&color));
    CHECK_INT(weft_context_run(&other, see_and_paint, word("green")), 0);
    trace("outside %s", seen(&color));
}

static void contexts_can_be_entered_one_in_the_other(void)
{
    reset();
    memset(&other, 0, sizeof other);
    CHECK_INT(weft_context_run(&context, paint, word("red")), 0);
    CHECK_INT(weft_context_run(&other, paint, word("blue")), 0);
    CHECK_INT(weft_context_run(&context, see_other, NULL), 0);
    CHECK_TRACE("outside red, inside blue, inside green, outside red");
    CHECK_INT(weft_context_clear(&other), 0);
    finish();
}

static void without_a_loop_there_is_nothing_to_copy_or_run(void)
{
    struct weft_context empty = {.is_entered = false};

    CHECK_INT(weft_context_run(&empty, paint, word("red")), WEFT_ENOLOOP);
    CHECK_INT(weft_context_copy(&empty), WEFT_ENOLOOP);
    CHECK_STR(seen_in(&empty, &color), "none");
    CHECK_INT(weft_context_clear(&empty), 0);
}

static void a_context_can_be_cleared_after_its_loop_is_closed(void)
{
    reset();
    CHECK_INT(weft_context_run(&context, paint, word("red")), 0);
    CHECK_INT(weft_loop_cancel_all(&world.loop), 0);
    CHECK_INT(weft_loop_close(&world.loop), 0);
    CHECK_INT(world.blocks, 1);
    CHECK_INT(weft_context_clear(&context), 0);
    CHECK_INT(world.blocks, 0);
}

/* ---- Tasks in a context ---- */

struct owner {
    struct weft_frame frame;
    struct weft_context context;
    struct weft_task *task;
    int i;
};

static async owner(struct weft_frame *frame)
{
    static const char *const colors[] = {"red", "blue"};

    ASYNC_BEGIN(owner);
    CHECK_INT(weft_context_copy(&self->context), 0);
    trace("%s", seen_in(&self->context, &color));
    for (self->i = 0; self->i < 2; self->i++) {
        self->task = SPAWN(painter, .text = colors[self->i]);
        CHECK_INT(weft_task_set_context(self->task, &self->context), 0);
        CHECK(weft_task_get_context(self->task) == &self->context);
        AWAIT(weft_join(self->task));
        CHECK_INT(weft_context_clear(&self->context), WEFT_EBUSY);
        weft_task_release(self->task);
        trace("%s", seen_in(&self->context, &color));
    }
    trace("owner %s", seen(&color));
    CHECK(weft_task_get_context(weft_current_task()) == NULL);
    CHECK_INT(weft_context_clear(&self->context), 0);
    ASYNC_END;
}

/*
 * CPython: test_tasks.BaseTaskTests.test_context_4
 * CPython: test_tasks.BaseTaskTests.test_context_5
 * CPython: test_tasks.BaseTaskTests.test_context_6
 * CPython: test_tasks.BaseTaskTests.test_get_context
 */
static void tasks_that_share_a_context_see_what_each_other_sets(void)
{
    CHECK_INT(WORLD_RUN(owner), 0);
    CHECK_TRACE("none, painter none, red, painter red, blue, owner none");
}

struct group_owner {
    struct weft_frame frame;
    struct weft_context context;
    struct weft_group group;
    struct weft_task *task;
};

static async group_owner(struct weft_frame *frame)
{
    ASYNC_BEGIN(group_owner);
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        CHECK_INT(weft_context_copy(&self->context), 0);
        trace("%s", seen_in(&self->context, &color));
        self->task = weft_group_spawn(&self->group, painter, .text = "red");
        CHECK_INT(weft_task_set_context(self->task, &self->context), 0);
        AWAIT(weft_join(self->task));
        weft_task_release(self->task);
        trace("%s", seen_in(&self->context, &color));
        self->task = weft_group_spawn(&self->group, painter, .text = "blue");
        CHECK_INT(weft_task_set_context(self->task, &self->context), 0);
        AWAIT(weft_join(self->task));
        weft_task_release(self->task);
        trace("%s", seen_in(&self->context, &color));
    }
    CHECK_INT(weft_context_clear(&self->context), 0);
    ASYNC_END;
}

/*
 * CPython: test_taskgroups.TestTaskGroup.test_taskgroup_task_context
 */
static void a_groups_task_can_be_put_into_a_context(void)
{
    CHECK_INT(WORLD_RUN(group_owner), 0);
    CHECK_TRACE("none, painter none, red, painter red, blue");
}

struct insider {
    struct weft_frame frame;
    struct weft_task *task;
};

static async insider(struct weft_frame *frame)
{
    ASYNC_BEGIN(insider);
    CHECK_INT(set(&color, "red"), 0);
    CHECK_INT(weft_context_run(&context, paint, word("?")), WEFT_EALREADY);
    self->task = SPAWN(painter, .text = "green");
    CHECK(weft_task_get_context(self->task) == NULL);
    CHECK_INT(set(&color, "blue"), 0);
    AWAIT(weft_join(self->task));
    weft_task_release(self->task);
    trace("insider %s", seen(&color));
    ASYNC_END;
}

/* Python: a task's step enters its context; a new task gets a copy of it. */
static void a_task_is_inside_its_context_while_it_runs(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(insider);
    CHECK_INT(weft_task_set_context(task, &context), 0);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    CHECK_TRACE("painter red, insider blue");
    CHECK_STR(seen_in(&context, &color), "blue");
    weft_task_release(task);
    finish();
}

static void a_task_is_not_in_the_way_while_it_waits(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(painter, .text = "red");
    CHECK_INT(weft_task_set_context(task, &context), 0);
    CHECK_INT(weft_context_run(&context, paint, word("blue")), 0);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    weft_task_release(task);
    CHECK_STR(seen_in(&context, &color), "red");
    CHECK_TRACE("painter blue");
    finish();
}

static void a_context_is_set_before_the_task_begins(void)
{
    struct weft_task *task;
    struct weft_task never = {.frame = NULL};

    reset();
    CHECK_INT(weft_task_set_context(NULL, &context), WEFT_ENOMEM);
    CHECK_INT(weft_task_set_context(&never, &context), WEFT_EINVALIDSTATE);
    task = SPAWN(painter, .text = "red");
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    CHECK_INT(weft_task_set_context(task, &context), WEFT_EINVALIDSTATE);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    CHECK_INT(weft_task_set_context(task, &context), WEFT_EINVALIDSTATE);
    weft_task_release(task);
    CHECK_STR(seen_in(&context, &color), "none");
    check_trace[0] = '\0';
    finish();
}

static void spawn_painter(void *place)
{
    *(struct weft_task **)place = SPAWN(painter, .text = "green");
}

static void a_task_spawned_inside_a_run_begins_with_a_copy(void)
{
    struct weft_task *task = NULL;

    reset();
    CHECK_INT(weft_context_run(&context, paint, word("red")), 0);
    CHECK_INT(weft_context_run(&context, spawn_painter, &task), 0);
    CHECK_INT(weft_context_run(&context, paint, word("blue")), 0);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    weft_task_release(task);
    CHECK_TRACE("painter red");
    CHECK_STR(seen_in(&context, &color), "blue");
    finish();
}

/* ---- Without memory ---- */

static void try_to_paint(void *arg)
{
    (void)arg;
    if (set(&color, "red") < 0 || set(&size, "large") < 0) {
        CHECK_STR(seen(&size), "small");
    }
}

static void start_in_context(struct world *memory)
{
    struct weft_task *task = SPAWN(painter, .text = "green");

    (void)memory;
    memset(&context, 0, sizeof context);
    memset(&other, 0, sizeof other);
    if (weft_task_set_context(task, &context) < 0) {
        CHECK(task == NULL);
    }
    weft_task_release(task);
    CHECK_INT(weft_context_run(&context, try_to_paint, NULL), 0);
    CHECK_INT(weft_context_run(&context, try_to_paint, NULL), 0);
    CHECK_INT(weft_context_run(&other, try_to_paint, NULL), 0);
}

static void verify_contexts(struct world *memory)
{
    CHECK_INT(memory->loop.task_count, 0);
    CHECK_INT(weft_context_clear(&context), 0);
    CHECK_INT(weft_context_clear(&other), 0);
}

static void a_context_is_whole_whatever_happens(void)
{
    CHECK(sweep_memory(start_in_context, verify_contexts) > 5);
    CHECK(sweep_cancel(start_in_context, verify_contexts) > 3);
}

#define TESTS(X)                                           \
    X(a_copy_has_the_values_of_its_moment)                 \
    X(a_copy_allocates_nothing)                            \
    X(a_run_changes_its_context_and_nothing_else)          \
    X(an_empty_context_has_no_values)                      \
    X(a_context_is_not_entered_inside_itself)              \
    X(contexts_can_be_entered_one_in_the_other)            \
    X(without_a_loop_there_is_nothing_to_copy_or_run)      \
    X(a_context_can_be_cleared_after_its_loop_is_closed)   \
    X(tasks_that_share_a_context_see_what_each_other_sets) \
    X(a_groups_task_can_be_put_into_a_context)             \
    X(a_task_is_inside_its_context_while_it_runs)          \
    X(a_task_is_not_in_the_way_while_it_waits)             \
    X(a_context_is_set_before_the_task_begins)             \
    X(a_task_spawned_inside_a_run_begins_with_a_copy)      \
    X(a_context_is_whole_whatever_happens)
TEST_MAIN(TESTS)
