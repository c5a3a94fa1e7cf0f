/* test_other_loop.c - tasks, primitives and threads of another loop. */
#include <pthread.h>

#include "check.h"
#include "trap.h"

static struct world first, second;

/* Two loops open in this thread; the second is the one that runs. */
static void open_two(void)
{
    world_open(&first);
    world_open(&second);
}

struct waiter {
    struct weft_frame frame;
    struct weft_event *event;
};

static async waiter(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiter);
    AWAIT(weft_event_wait(self->event));
    ASYNC_END;
}

/* A task of the first loop that waits, while the second is the thread's. */
static struct weft_task *waiting_in_first(struct weft_event *event)
{
    struct weft_task *task;

    world_open(&first);
    task = SPAWN(waiter, .event = event);
    weft_loop_stop(&first.loop);
    CHECK_INT(weft_loop_run_forever(&first.loop), 0);
    world_open(&second);
    return task;
}

enum operation { JOIN, GATHER, WAIT, SELECT, SHIELD, EVENT, FUTURE };

struct awaits {
    struct weft_frame frame;
    enum operation operation;
    struct weft_task *task;
    struct weft_event *event;
    struct weft_join join;
};

static async awaits(struct weft_frame *frame)
{
    ASYNC_BEGIN(awaits);
    self->join.task = self->task;
    if (self->operation == JOIN) {
        AWAIT(weft_join(self->task));
    } else if (self->operation == GATHER) {
        AWAIT(weft_gather(&self->join, 1, 0));
    } else if (self->operation == WAIT) {
        AWAIT(weft_wait(&self->join, 1, WEFT_ALL_COMPLETED, 1));
    } else if (self->operation == SELECT) {
        AWAIT(weft_select(&self->join, 1));
    } else if (self->operation == SHIELD) {
        AWAIT(weft_shield(self->task));
    } else if (self->operation == EVENT) {
        AWAIT(weft_event_wait(self->event));
    } else {
        AWAIT(weft_future_wait(&self->task->future));
    }
    ASYNC_END;
}

struct mixed {
    struct weft_frame frame;
    struct weft_event set;
    struct weft_join jobs[2];
    struct weft_task *other;
    int err;
};

static async mixed(struct weft_frame *frame)
{
    ASYNC_BEGIN(mixed);
    weft_event_set(&self->set);
    self->jobs[0].task = SPAWN(waiter, .event = &self->set);
    self->jobs[1].task = self->other;
    ASYNC_TRY {
        AWAIT(weft_gather(self->jobs, 2, WEFT_RETURN_ERRORS));
    }
    ASYNC_CATCH(self->err) {
        trace("%s", weft_error_name(self->err));
        AWAIT(weft_join(self->jobs[0].task));
        trace("the own one ends");
    }
    weft_task_release(self->jobs[0].task);
    ASYNC_END;
}

/* CPython: test_tasks.FutureGatherTests.test_constructor_heterogenous_futures */
static void gathering_tasks_of_two_loops_fails(void)
{
    struct weft_event event = {0};
    struct weft_task *task = waiting_in_first(&event);

    CHECK_INT(ASYNC_RUN_IN(&second.loop, mixed, .other = task), 0);
    CHECK_TRACE("EOTHERLOOP, the own one ends");
    world_close(&second);
    weft_task_release(task);
    world_close(&first);
}

/*
 * CPython: test_tasks.BaseTaskTests.test_other_loop_future
 */
static void awaiting_across_loops_is_refused(void)
{
    for (enum operation each = JOIN; each <= EVENT; each++) {
        struct weft_event event = {0};
        struct weft_task *task = waiting_in_first(&event);

        if (!CHECK_INT(ASYNC_RUN_IN(&second.loop, awaits, .operation = each,
                                    .task = task, .event = &event),
                       WEFT_EOTHERLOOP)) {
            printf("  operation %d\n", (int)each);
        }
        CHECK(!weft_task_done(task));
        world_close(&second);
        weft_task_release(task);
        world_close(&first);
    }
}

static void a_future_is_bound_by_who_waits_for_it(void)
{
    static struct weft_future future;
    struct weft_task *task;

    world_open(&first);
    task = SPAWN(awaits, .operation = FUTURE,
                 .task = (struct weft_task *)(void *)&future);
    weft_loop_stop(&first.loop);
    CHECK_INT(weft_loop_run_forever(&first.loop), 0);
    world_open(&second);
    CHECK_INT(ASYNC_RUN_IN(&second.loop, awaits, .operation = FUTURE,
                           .task = (struct weft_task *)(void *)&future),
              WEFT_EOTHERLOOP);
    world_close(&second);
    weft_future_set_result(&future, NULL);
    CHECK_INT(weft_loop_run_until_complete(&first.loop, task), 0);
    weft_task_release(task);
    world_close(&first);
}

static void what_nobody_waits_for_may_change_its_loop(void)
{
    struct weft_event event = {0};
    struct weft_task *task;

    open_two();
    task = SPAWN(waiter, .event = &event);
    weft_loop_stop(&second.loop);
    CHECK_INT(weft_loop_run_forever(&second.loop), 0);
    weft_event_set(&event);
    CHECK_INT(weft_loop_run_until_complete(&second.loop, task), 0);
    weft_task_release(task);
    weft_event_clear(&event);
    world_close(&second);
    task = SPAWN(waiter, .event = &event);
    weft_event_set(&event);
    CHECK_INT(weft_loop_run_until_complete(&first.loop, task), 0);
    weft_task_release(task);
    world_close(&first);
}

struct adder {
    struct weft_frame frame;
    struct weft_task *task;
    struct weft_group group;
    struct weft_child child;
    int status;
};

static async adder(struct weft_frame *frame)
{
    ASYNC_BEGIN(adder);
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        self->status = weft_group_add(&self->group, &self->child, self->task);
    }
    ASYNC_RAISE(self->status < 0 ? self->status : WEFT_ESTOPPED);
    ASYNC_END;
}

static void a_group_takes_no_task_of_another_loop(void)
{
    struct weft_event event = {0};
    struct weft_task *task = waiting_in_first(&event);

    CHECK_INT(ASYNC_RUN_IN(&second.loop, adder, .task = task), WEFT_EOTHERLOOP);
    CHECK_INT(weft_task_cancelling(task), 0);
    world_close(&second);
    weft_task_release(task);
    world_close(&first);
}

/* ---- Waking ---- */

static void set_event_of_first(void)
{
    struct weft_event event = {0};

    waiting_in_first(&event);
    weft_event_set(&event); /* the second loop would run the task */
}

static void cancel_task_of_first(void)
{
    struct weft_event event = {0};

    weft_task_cancel(waiting_in_first(&event));
}

static struct weft_future answer;

static void complete_future_of_first(void)
{
    world_open(&first);
    (void)SPAWN(awaits, .operation = FUTURE,
                .task = (struct weft_task *)(void *)&answer);
    weft_loop_stop(&first.loop);
    weft_loop_run_forever(&first.loop);
    world_open(&second);
    weft_future_set_result(&answer, NULL);
}

static void waking_across_loops_traps(void)
{
    const char *text = "its task was woken outside of its own loop";

    CHECK_TRAPS(set_event_of_first, text);
    CHECK_TRAPS(cancel_task_of_first, text);
    CHECK_TRAPS(complete_future_of_first, text);
}

/* ---- Threads ---- */

static void *set_event(void *event)
{
    weft_event_set(event);
    return NULL;
}

static void *set_result(void *future)
{
    weft_future_set_result(future, NULL);
    return NULL;
}

static void run_in_thread(void *(*function)(void *), void *arg)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, function, arg) == 0) {
        pthread_join(thread, NULL);
    }
}

static void set_event_from_a_thread(void)
{
    struct weft_event event = {0};

    waiting_in_first(&event);
    run_in_thread(set_event, &event);
}

static void set_result_from_a_thread(void)
{
    world_open(&first);
    (void)SPAWN(awaits, .operation = FUTURE,
                .task = (struct weft_task *)(void *)&answer);
    weft_loop_stop(&first.loop);
    weft_loop_run_forever(&first.loop);
    run_in_thread(set_result, &answer);
}

/* Without debug mode, because the other thread has no loop. */
static void waking_from_a_thread_without_a_loop_traps(void)
{
    const char *text = "its task was woken outside of its own loop";

    CHECK_TRAPS(set_event_from_a_thread, text);
    CHECK_TRAPS(set_result_from_a_thread, text);
}

static struct weft_handle handle;
static struct weft_timer timer;
static int statuses[2];

static void *call_from_a_thread(void *loop)
{
    statuses[0] = weft_call_soon(loop, &handle, NULL, NULL);
    statuses[1] = weft_call_later(loop, &timer, 1, NULL, NULL);
    return NULL;
}

struct calls {
    struct weft_frame frame;
};

static async calls(struct weft_frame *frame)
{
    ASYNC_BEGIN(calls);
    run_in_thread(call_from_a_thread, weft_loop_running());
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

/* CPython: test_base_events.BaseEventLoopTests.test_check_thread
 */
static void calls_from_a_thread_are_refused_in_debug_mode(void)
{
    world_open(&first);
    weft_loop_set_debug(&first.loop, true);
    CHECK_INT(ASYNC_RUN_IN(&first.loop, calls), 0);
    CHECK_INT(statuses[0], WEFT_EOTHERLOOP);
    CHECK_INT(statuses[1], WEFT_EOTHERLOOP);
    CHECK(!weft_handle_is_scheduled(&handle));
    CHECK(!weft_timer_is_set(&timer));
    world_close(&first);
}

struct runs_in_thread {
    struct world world;
    struct weft_event *event;
};

/* A thread with a loop of its own, in debug mode. */
static void *set_event_in_own_loop(void *arg)
{
    struct runs_in_thread *self = arg;

    world_open(&self->world);
    weft_loop_set_debug(&self->world.loop, true);
    weft_event_set(self->event);
    return NULL;
}

static void set_event_from_another_loops_thread(void)
{
    static struct runs_in_thread other;
    struct weft_event event = {0};

    waiting_in_first(&event);
    other.event = &event;
    run_in_thread(set_event_in_own_loop, &other);
}

static void waking_from_another_loops_thread_traps_in_debug_mode(void)
{
    CHECK_TRAPS(set_event_from_another_loops_thread,
                "its task was woken outside of its own loop");
}

/* ---- A run for a task ---- */

/* CPython: test_base_events.BaseEventLoopTests.test_run_until_complete_loop */
static void a_loop_does_not_run_for_a_task_of_another(void)
{
    struct weft_event event = {0};
    struct weft_task *task = waiting_in_first(&event);

    CHECK_INT(weft_loop_run_until_complete(&second.loop, task),
              WEFT_EOTHERLOOP);
    CHECK(!weft_task_done(task));
    world_close(&second);
    weft_event_set(&event);
    CHECK_INT(weft_loop_run_until_complete(&first.loop, task), 0);
    weft_task_release(task);
    world_close(&first);
}

#define TESTS(X)                                            \
    X(gathering_tasks_of_two_loops_fails)                   \
    X(awaiting_across_loops_is_refused)                     \
    X(a_future_is_bound_by_who_waits_for_it)                \
    X(what_nobody_waits_for_may_change_its_loop)            \
    X(a_group_takes_no_task_of_another_loop)                \
    X(waking_across_loops_traps)                            \
    X(waking_from_a_thread_without_a_loop_traps)            \
    X(calls_from_a_thread_are_refused_in_debug_mode)        \
    X(waking_from_another_loops_thread_traps_in_debug_mode) \
    X(a_loop_does_not_run_for_a_task_of_another)
TEST_MAIN(TESTS)
