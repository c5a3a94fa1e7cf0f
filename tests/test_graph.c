/* test_graph.c - call graphs: the coroutines of a task, and who awaits it. */
#include "check.h"

/* "name: inner < outer [awaiter: ...; awaiter: ...]", for a task, from the
 * coroutine that stands innermost outward, and then for its awaiters. */
static void describe(struct weft_task *task, char *text, size_t size, int depth)
{
    struct weft_stack_level levels[8];
    struct weft_task *awaiters[8];
    size_t height = weft_task_stack(task, levels, 8);
    size_t count = weft_task_awaiters(task, awaiters, 8);
    char name[32];
    size_t used = strlen(text);

    used += (size_t)snprintf(text + used, size - used,
                             "%s:", weft_task_get_name(task, name, 32));
    for (size_t i = 0; i < height; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s %s",
                                 i > 0 ? " <" : "", levels[i].name);
    }
    for (size_t i = 0; i < count && depth < 4; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s",
                                 i > 0 ? "; " : " [");
        describe(awaiters[i], text, size, depth + 1);
        used = strlen(text);
        used += (size_t)snprintf(text + used, size - used, "%s",
                                 i + 1 == count ? "]" : "");
    }
}

static char graph[1024];

static void capture(struct weft_task *task)
{
    graph[0] = '\0';
    describe(task, graph, sizeof graph, 0);
}

/* ---- Two coroutines, the inner of which looks ---- */

struct deep {
    struct weft_frame frame;
};

static async deep(struct weft_frame *frame)
{
    ASYNC_BEGIN(deep);
    AWAIT(weft_sleep(0));
    capture(weft_current_task());
    ASYNC_END;
}

struct calls_deep {
    struct weft_frame frame;
    struct deep deep;
};

static async calls_deep(struct weft_frame *frame)
{
    ASYNC_BEGIN(calls_deep);
    weft_task_set_name(weft_current_task(), "child");
    AWAIT(weft_sleep(0));
    AWAIT(CALL(&self->deep, deep));
    ASYNC_END;
}

ASYNC_OPERATION(pause, weft_sleep(self->seconds), double seconds;);
ASYNC_OPERATION(joins, weft_join(*self->task), struct weft_task **task;);

/* ---- Each way to await it ---- */

enum way { TASK, GATHER, SHIELD, WAIT, TIMEOUT };

struct awaits {
    struct weft_frame frame;
    enum way way;
    struct weft_join jobs[2];
    struct weft_timeout timeout;
};

static async awaits(struct weft_frame *frame)
{
    ASYNC_BEGIN(awaits);
    self->jobs[0].task = SPAWN(calls_deep);
    self->jobs[1].task = SPAWN(pause, .seconds = 0);
    if (self->way == TASK) {
        AWAIT(weft_join(self->jobs[0].task));
    } else if (self->way == GATHER) {
        AWAIT(weft_gather(self->jobs, 2, 0));
    } else if (self->way == SHIELD) {
        AWAIT(weft_shield(self->jobs[0].task));
    } else if (self->way == WAIT) {
        AWAIT(weft_wait(self->jobs, 2, WEFT_ALL_COMPLETED, WEFT_NO_TIMEOUT));
    } else {
        ASYNC_WITH(&self->timeout, weft_timeout(&self->timeout, 1)) {
            AWAIT(weft_shield(self->jobs[0].task));
        }
    }
    ASYNC_FINALLY
    weft_join_release(self->jobs, 2);
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    enum way way;
    struct awaits awaits;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    weft_task_set_name(weft_current_task(), "main");
    AWAIT(CALL(&self->awaits, awaits, .way = self->way));
    ASYNC_END;
}

/*
 * CPython: test_graph.CallStackTestBase.test_stack_task
 * CPython: test_graph.CallStackTestBase.test_stack_gather
 * CPython: test_graph.CallStackTestBase.test_stack_shield
 * CPython: test_graph.CallStackTestBase.test_stack_wait
 * CPython: test_graph.CallStackTestBase.test_stack_timeout
 */
static void every_await_of_a_task_is_an_edge(void)
{
    for (enum way way = TASK; way <= TIMEOUT; way++) {
        graph[0] = '\0';
        CHECK_INT(WORLD_RUN(program, .way = way), 0);
        CHECK_STR(graph, "child: deep < calls_deep [main: awaits < program]");
    }
}

/* ---- A group, and two more who await one of its tasks ---- */

struct grouped {
    struct weft_frame frame;
    struct weft_group group;
    struct weft_task *tasks[3];
};

static async grouped(struct weft_frame *frame)
{
    ASYNC_BEGIN(grouped);
    weft_task_set_name(weft_current_task(), "main");
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        self->tasks[0] = weft_group_spawn(&self->group, calls_deep);
        self->tasks[1] =
            weft_group_spawn(&self->group, joins, .task = &self->tasks[0]);
        self->tasks[2] =
            weft_group_spawn(&self->group, joins, .task = &self->tasks[0]);
        weft_task_set_name(self->tasks[1], "one");
        weft_task_set_name(self->tasks[2], "two");
    }
    ASYNC_FINALLY
    for (int i = 0; i < 3; i++) {
        weft_task_release(self->tasks[i]);
    }
    ASYNC_END;
}

/*
 * CPython: test_graph.CallStackTestBase.test_stack_tgroup
 */
static void the_parent_of_a_group_awaits_each_of_its_tasks(void)
{
    CHECK_INT(WORLD_RUN(grouped), 0);
    CHECK_STR(graph, "child: deep < calls_deep [main: grouped; "
                     "one: joins [main: grouped]; "
                     "two: joins [main: grouped]]");
}

/* ---- A generator is one of the coroutines ---- */

struct numbers {
    struct weft_frame frame;
    struct deep deep;
    int value;
    int i;
};

static async numbers(struct weft_frame *frame)
{
    ASYNC_BEGIN(numbers);
    for (self->i = 0; self->i < 2; self->i++) {
        YIELD(self->i);
        if (self->i == 1) {
            AWAIT(CALL(&self->deep, deep));
        }
    }
    ASYNC_END;
}

struct iterates {
    struct weft_frame frame;
    struct numbers numbers;
};

static async iterates(struct weft_frame *frame)
{
    ASYNC_BEGIN(iterates);
    weft_task_set_name(weft_current_task(), "main");
    ASYNC_GENERATOR(&self->numbers, numbers);
    ASYNC_FOR(&self->numbers) {
    }
    ASYNC_END;
}

/*
 * CPython: test_graph.CallStackTestBase.test_stack_async_gen
 */
static void a_generator_stands_between_its_caller_and_its_callee(void)
{
    CHECK_INT(WORLD_RUN(iterates), 0);
    CHECK_STR(graph, "main: deep < numbers < iterates");
}

/* ---- A future ---- */

static struct weft_future future;

ASYNC_OPERATION(waits, weft_future_wait(&future), int nothing;);

struct outer {
    struct weft_frame frame;
    struct waits waits;
};

static async outer(struct weft_frame *frame)
{
    ASYNC_BEGIN(outer);
    AWAIT(CALL(&self->waits, waits));
    ASYNC_END;
}

struct two_wait {
    struct weft_frame frame;
    struct weft_group group;
    struct weft_task *tasks[2];
};

static async two_wait(struct weft_frame *frame)
{
    ASYNC_BEGIN(two_wait);
    weft_task_set_name(weft_current_task(), "main");
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        struct weft_task *awaiters[2];

        self->tasks[0] = weft_group_spawn(&self->group, outer);
        self->tasks[1] = weft_group_spawn(&self->group, waits);
        weft_task_set_name(self->tasks[0], "A");
        weft_task_set_name(self->tasks[1], "B");
        AWAIT(weft_sleep(0));
        CHECK_INT(weft_future_awaiters(&future, awaiters, 2), 2);
        capture(awaiters[0]);
        trace("%s", graph);
        capture(awaiters[1]);
        trace("%s", graph);
        weft_future_set_result(&future, NULL);
        CHECK_INT(weft_future_awaiters(&future, awaiters, 2), 0);
    }
    ASYNC_FINALLY
    weft_task_release(self->tasks[0]);
    weft_task_release(self->tasks[1]);
    ASYNC_END;
}

/*
 * CPython: test_graph.CallStackTestBase.test_stack_future
 */
static void a_future_knows_who_awaits_it(void)
{
    future = (struct weft_future){0};
    CHECK_INT(WORLD_RUN(two_wait), 0);
    CHECK_TRACE("A: waits < outer [main: two_wait], "
                "B: waits [main: two_wait]");
}

#define TESTS(X)                                            \
    X(every_await_of_a_task_is_an_edge)                     \
    X(the_parent_of_a_group_awaits_each_of_its_tasks)       \
    X(a_generator_stands_between_its_caller_and_its_callee) \
    X(a_future_knows_who_awaits_it)
TEST_MAIN(TESTS)
