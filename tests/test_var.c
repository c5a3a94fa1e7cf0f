/* test_var.c - what contextvars promises to tasks.
 *
 * The same in Python, with set() and get() of a ContextVar, prints the same
 * values: a task begins with a copy of its creator's context.
 */
#include "vars.h"

static struct weft_var size = {"size", "small"};

struct child {
    struct weft_frame frame;
    const char *sets;
};

static async child(struct weft_frame *frame)
{
    ASYNC_BEGIN(child);
    trace("child %s %s", seen(&color), seen(&size));
    if (self->sets != NULL) {
        CHECK_INT(set(&color, self->sets), 0);
    }
    AWAIT(weft_sleep(1));
    trace("child %s %s", seen(&color), seen(&size));
    ASYNC_END;
}

struct parent {
    struct weft_frame frame;
    struct weft_join jobs[2];
    struct child callee;
};

static async parent(struct weft_frame *frame)
{
    ASYNC_BEGIN(parent);
    trace("parent %s", seen(&color));
    CHECK_INT(set(&color, "red"), 0);
    self->jobs[0].task = SPAWN(child, .sets = "green");
    CHECK_INT(set(&color, "blue"), 0);
    self->jobs[1].task = SPAWN(child);
    CHECK_INT(set(&size, "large"), 0);
    AWAIT(weft_gather(self->jobs, 2, 0));
    weft_join_release(self->jobs, 2);
    trace("parent %s %s", seen(&color), seen(&size));
    ASYNC_END;
}

/*
 * CPython: test_tasks.BaseTaskTests.test_context_1
 */
static void a_task_begins_with_its_spawners_values_and_keeps_its_own(void)
{
    CHECK_INT(WORLD_RUN(parent), 0);
    CHECK_TRACE("parent none, child red small, child blue small, "
                "child green small, child blue small, parent blue large");
}

struct caller {
    struct weft_frame frame;
    struct child callee;
};

static async caller(struct weft_frame *frame)
{
    ASYNC_BEGIN(caller);
    AWAIT(CALL(&self->callee, child, .sets = "green"));
    trace("caller %s", seen(&color));
    ASYNC_END;
}

/* Python: an awaited coroutine is no task, and shares the context. */
static void an_awaited_coroutine_shares_the_context(void)
{
    CHECK_INT(WORLD_RUN(caller), 0);
    CHECK_TRACE("child none small, child green small, caller green");
}

struct many_sets {
    struct weft_frame frame;
    long blocks;
};

static async many_sets(struct weft_frame *frame)
{
    ASYNC_BEGIN(many_sets);
    CHECK_INT(set(&color, "red"), 0);
    CHECK_INT(set(&size, "large"), 0);
    self->blocks = ((struct world *)weft_loop_running()->user)->blocks;
    for (int i = 0; i < 100; i++) {
        CHECK_INT(set(&color, i % 2 == 0 ? "even" : "odd"), 0);
        CHECK_INT(set(&size, "huge"), 0);
    }
    CHECK_INT(((struct world *)weft_loop_running()->user)->blocks,
              self->blocks);
    CHECK_STR(seen(&color), "odd");
    ASYNC_END;
}

static void setting_again_takes_no_more_memory(void)
{
    CHECK_INT(WORLD_RUN(many_sets), 0);
}

struct eager_parent {
    struct weft_frame frame;
    struct weft_task *task;
};

static async eager_parent(struct weft_frame *frame)
{
    ASYNC_BEGIN(eager_parent);
    CHECK_INT(set(&color, "red"), 0);
    self->task = ASYNC_SPAWN_EAGER(child, .sets = "green");
    trace("parent %s", seen(&color));
    AWAIT(weft_join(self->task));
    weft_task_release(self->task);
    trace("parent %s", seen(&color));
    ASYNC_END;
}

/*
 * CPython: test_eager_task_factory.EagerTaskFactoryLoopTests.test_context_vars
 */
static void an_eager_task_has_values_of_its_own_too(void)
{
    CHECK_INT(WORLD_RUN(eager_parent), 0);
    CHECK_TRACE("child red small, parent red, child green small, parent red");
}

enum { MANY = 100, TIMES = 10 };

struct one_of_many {
    struct weft_frame frame;
    int number;
    int numbers[TIMES]; /* what the variable points to */
    int i;
};

static struct weft_var number = {"number", NULL};

static async one_of_many(struct weft_frame *frame)
{
    ASYNC_BEGIN(one_of_many);
    for (self->i = 0; self->i < TIMES; self->i++) {
        self->numbers[self->i] = self->number + self->i;
        CHECK_INT(weft_var_set(&number, &self->numbers[self->i]), 0);
        AWAIT(weft_sleep(0.001 * (self->number * 7 % 50 + 1)));
        CHECK_INT(*(int *)weft_var_get(&number), self->number + self->i);
    }
    ASYNC_END;
}

struct many {
    struct weft_frame frame;
    struct weft_join jobs[MANY];
};

static async many(struct weft_frame *frame)
{
    ASYNC_BEGIN(many);
    for (int i = 0; i < MANY; i++) {
        self->jobs[i].task = SPAWN(one_of_many, .number = i);
    }
    AWAIT(weft_gather(self->jobs, MANY, 0));
    weft_join_release(self->jobs, MANY);
    CHECK(weft_var_get(&number) == NULL);
    trace("all done");
    ASYNC_END;
}

/*
 * CPython: test_tasks.BaseTaskTests.test_context_3
 */
static void a_hundred_tasks_do_not_see_each_others_values(void)
{
    CHECK_INT(WORLD_RUN(many), 0);
    CHECK(weft_var_get(&number) == NULL);
    CHECK_TRACE("all done");
}

static void see_color(void *arg)
{
    (void)arg;
    trace("callback %s", seen(&color));
}

static void outside_of_tasks_the_loop_has_a_context(void)
{
    struct world world;
    struct weft_handle handle = {0};
    struct weft_task *task;

    CHECK_STR(seen(&color), "none");
    CHECK_INT(set(&color, "red"), WEFT_ENOLOOP);
    world_open(&world);
    CHECK_INT(set(&color, "red"), 0);
    weft_call_soon(&world.loop, &handle, see_color, NULL);
    task = SPAWN(child, .sets = "green");
    CHECK_INT(set(&color, "blue"), 0);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    weft_task_release(task);
    CHECK_STR(seen(&color), "blue");
    world_close(&world);
    CHECK_TRACE("callback blue, child red small, child green small");
    CHECK_STR(seen(&color), "none");
}

struct failing {
    struct weft_frame frame;
};

static async failing(struct weft_frame *frame)
{
    ASYNC_BEGIN(failing);
    if (set(&color, "red") == 0) {
        CHECK_STR(seen(&color), "red");
        weft_task_release(SPAWN(child, .sets = NULL));
    } else {
        CHECK_STR(seen(&color), "none");
    }
    AWAIT(weft_sleep(2));
    ASYNC_END;
}

static void start_failing(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(failing));
}

static void verify_nothing(struct world *world)
{
    CHECK_INT(world->loop.task_count, 0);
}

static void a_context_is_freed_whatever_happens(void)
{
    CHECK(sweep_memory(start_failing, verify_nothing) > 3);
    CHECK(sweep_cancel(start_failing, verify_nothing) > 5);
}

#define TESTS(X)                                                \
    X(a_task_begins_with_its_spawners_values_and_keeps_its_own) \
    X(an_awaited_coroutine_shares_the_context)                  \
    X(setting_again_takes_no_more_memory)                       \
    X(an_eager_task_has_values_of_its_own_too)                  \
    X(a_hundred_tasks_do_not_see_each_others_values)            \
    X(outside_of_tasks_the_loop_has_a_context)                  \
    X(a_context_is_freed_whatever_happens)
TEST_MAIN(TESTS)
