/* test_eager_step.c - what an eager task can do in its first step.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include "check.h"

static void say(void *arg)
{
    trace("%s", (const char *)arg);
}

struct setting {
    struct weft_frame frame;
    struct weft_future *future;
};

static async setting(struct weft_frame *frame)
{
    ASYNC_BEGIN(setting);
    weft_future_set_result(self->future, "my message");
    ASYNC_END;
}

struct awaiting {
    struct weft_frame frame;
    struct weft_future future;
    struct weft_handle handle;
    struct weft_task *task;
};

static async awaiting(struct weft_frame *frame)
{
    void *value = NULL;

    ASYNC_BEGIN(awaiting);
    weft_call_soon(weft_loop_running(), &self->handle, say, "turn");
    self->task = ASYNC_SPAWN_EAGER(setting, .future = &self->future);
    CHECK(weft_task_done(self->task));
    weft_task_release(self->task);
    AWAIT(weft_future_wait(&self->future));
    CHECK_INT(weft_future_result(&self->future, &value), 0);
    trace("%s", (const char *)value);
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

/* CPython: test_eager_task_factory.EagerTaskFactoryLoopTests.test_await_future_during_eager_step */
static void it_can_complete_a_future_for_who_spawned_it(void)
{
    CHECK_INT(WORLD_RUN(awaiting), 0);
    CHECK_TRACE("my message, turn");
}

static bool is_among_all(const struct weft_task *wanted)
{
    struct weft_loop *loop = weft_loop_running();
    struct weft_task *task = weft_all_tasks(loop, NULL);

    while (task != NULL && task != wanted) {
        task = weft_all_tasks(loop, task);
    }
    return task != NULL;
}

struct looking {
    struct weft_frame frame;
    struct weft_task **seen;
    double delay;
};

static async looking(struct weft_frame *frame)
{
    ASYNC_BEGIN(looking);
    *self->seen = weft_current_task();
    CHECK(is_among_all(weft_current_task()));
    trace("looked");
    if (self->delay > 0) {
        AWAIT(weft_sleep(self->delay));
        CHECK(*self->seen == weft_current_task());
        trace("looked again");
    }
    ASYNC_END;
}

struct looked_at {
    struct weft_frame frame;
    double delay;
    struct weft_task *me, *seen, *task;
};

static async looked_at(struct weft_frame *frame)
{
    ASYNC_BEGIN(looked_at);
    self->me = weft_current_task();
    self->task =
        ASYNC_SPAWN_EAGER(looking, .seen = &self->seen, .delay = self->delay);
    CHECK(self->seen != NULL && self->seen == self->task);
    CHECK(weft_current_task() == self->me);
    CHECK_INT(is_among_all(self->task), self->delay > 0);
    AWAIT(weft_join(self->task));
    CHECK(weft_current_task() == self->me);
    CHECK(!is_among_all(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

/* CPython: test_eager_task_factory.EagerTaskFactoryLoopTests.test_current_task
 * CPython: test_eager_task_factory.EagerTaskFactoryLoopTests.test_all_tasks_with_eager_completion
 * CPython: test_eager_task_factory.EagerTaskFactoryLoopTests.test_all_tasks_with_blocking
 */
static void it_is_the_current_task_and_one_of_all_tasks(void)
{
    CHECK_INT(WORLD_RUN(looked_at), 0);
    CHECK_TRACE("looked");
    CHECK_INT(WORLD_RUN(looked_at, .delay = 0.1), 0);
    CHECK_TRACE("looked, looked again");
}

static int values[] = {0, 1, 2, 3};
static struct weft_var number = {"number", &values[0]};

static int get_number(void)
{
    return *(int *)weft_var_get(&number);
}

struct counting_on {
    struct weft_frame frame;
};

static async counting_on(struct weft_frame *frame)
{
    ASYNC_BEGIN(counting_on);
    trace("child %d", get_number());
    CHECK_INT(weft_var_set(&number, &values[2]), 0);
    AWAIT(weft_sleep(0.1));
    trace("child %d", get_number());
    CHECK_INT(weft_var_set(&number, &values[3]), 0);
    trace("child %d", get_number());
    ASYNC_END;
}

struct counting {
    struct weft_frame frame;
    struct weft_task *task;
};

static async counting(struct weft_frame *frame)
{
    ASYNC_BEGIN(counting);
    CHECK_INT(weft_var_set(&number, &values[1]), 0);
    self->task = ASYNC_SPAWN_EAGER(counting_on);
    trace("main %d", get_number());
    AWAIT(weft_join(self->task));
    trace("main %d", get_number());
    weft_task_release(self->task);
    ASYNC_END;
}

/* CPython: test_eager_task_factory.EagerTaskFactoryLoopTests.test_context_vars */
static void what_it_sets_is_its_own(void)
{
    CHECK_INT(WORLD_RUN(counting), 0);
    CHECK_TRACE("child 1, main 1, child 2, child 3, main 1");
}

#define TESTS(X)                                   \
    X(it_can_complete_a_future_for_who_spawned_it) \
    X(it_is_the_current_task_and_one_of_all_tasks) \
    X(what_it_sets_is_its_own)
TEST_MAIN(TESTS)
