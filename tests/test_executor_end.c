/* test_executor_end.c - the end of an executor, and the default one.
 *
 * make threads runs it under ThreadSanitizer.
 */
#include "executors.h"

static struct gate gate;
static struct weft_job job;

static void reset(void)
{
    memset(&gate, 0, sizeof gate);
    memset(&job, 0, sizeof job);
    executors_open();
}

struct ender {
    struct weft_frame frame;
    struct weft_wait_for limit;
    double seconds; /* 0: no limit */
    bool is_default;
    int err;
};

static async ender(struct weft_frame *frame)
{
    ASYNC_BEGIN(ender);
    trace("shutdown");
    ASYNC_TRY {
        if (self->seconds > 0) {
            AWAIT(weft_wait_for(&self->limit,
                                self->is_default
                                    ? weft_shutdown_default_executor()
                                    : weft_executor_shutdown(&executor),
                                self->seconds));
        } else {
            AWAIT(self->is_default ? weft_shutdown_default_executor()
                                   : weft_executor_shutdown(&executor));
        }
    }
    ASYNC_CATCH(self->err) {
        trace("%s", weft_error_name(self->err));
        ASYNC_EXIT;
    }
    trace("ended");
    ASYNC_END;
}

static void a_shutdown_waits_for_what_runs_and_refuses_more(void)
{
    struct weft_task *tasks[2];
    struct weft_job late = {.result = 0};

    reset();
    tasks[0] = SPAWN(through, .gate = &gate, .job = &job, .name = "job");
    tasks[1] = SPAWN(ender);
    real_turn(&real);
    gate_await_begun(&gate);
    CHECK_INT(weft_executor_submit(&executor, &late, pass_gate, &gate),
              WEFT_ECLOSED);
    CHECK_TRACE("shutdown");
    gate_open(&gate);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, tasks[0]), 0);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, tasks[1]), 0);
    CHECK_INT(weft_executor_threads(&executor), 0);
    weft_task_release(tasks[0]);
    weft_task_release(tasks[1]);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, ender), 0); /* and once more */
    CHECK_TRACE("job 0, ended, shutdown, ended");
    executors_close();
}

static void what_waits_for_a_thread_is_done_before_the_end(void)
{
    struct gate gates[2];
    struct weft_job jobs[2];
    struct weft_task *tasks[2];

    memset(gates, 0, sizeof gates);
    memset(jobs, 0, sizeof jobs);
    reset();
    executor.thread_limit = 1;
    for (int i = 0; i < 2; i++) {
        tasks[i] =
            SPAWN(through, .gate = &gates[i], .job = &jobs[i], .name = "job");
    }
    real_turn(&real);
    CHECK_INT(weft_executor_queued(&executor), 1);
    gate_open(&gates[0]);
    gate_open(&gates[1]);
    CHECK_INT(weft_executor_close(&executor), 0);
    CHECK_INT(gates[1].calls, 1);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, tasks[1]), 0);
    CHECK(weft_task_done(tasks[0]));
    weft_task_release(tasks[0]);
    weft_task_release(tasks[1]);
    CHECK_TRACE("job 0, job 0");
    executors_close();
}

static void an_executor_that_was_never_used_ends_at_once(void)
{
    reset();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, ender), 0);
    CHECK_TRACE("shutdown, ended");
    CHECK_INT(weft_executor_submit(&executor, &job, pass_gate, &gate),
              WEFT_ECLOSED);
    CHECK_INT(weft_executor_close(&executor), 0);
    CHECK_INT(weft_executor_close(&executor), 0);
    executors_close();
}

/*
 * CPython: test_base_events.BaseEventLoopTests.test_shutdown_default_executor_timeout
 */
static void a_shutdown_may_have_a_deadline(void)
{
    struct weft_task *task;
    struct weft_job late = {.result = 0};

    reset();
    CHECK_INT(weft_executor_submit(NULL, &job, pass_gate, &gate), 0);
    gate_await_begun(&gate);
    task = SPAWN(ender, .is_default = true, .seconds = 1000);
    real_turn(&real);
    real_turn(&real);
    CHECK_TRACE("shutdown");
    real.skipped += weft_ticks_from(1000);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task), 0);
    weft_task_release(task);
    CHECK_TRACE("ETIMEOUT");
    CHECK(!weft_job_is_done(&job));
    CHECK_INT(weft_executor_submit(NULL, &late, pass_gate, &gate),
              WEFT_ECLOSED);
    CHECK_INT(weft_loop_close(&real.world.loop), WEFT_EBUSY);
    gate_open(&gate);
    executors_close();
    CHECK(weft_job_is_done(&job));
}

static int close_own(void *arg)
{
    return weft_executor_close(arg);
}

struct closer {
    struct weft_frame frame;
};

static async closer(struct weft_frame *frame)
{
    ASYNC_BEGIN(closer);
    AWAIT(weft_run_in_executor(&job, &executor, close_own, &executor));
    ASYNC_END;
}

static void a_thread_cannot_wait_for_itself(void)
{
    reset();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, closer), WEFT_EDEADLOCK);
    executors_close();
}

/* ---- The default ---- */

/*
 * CPython: test_base_events.BaseEventLoopTests.test_set_default_executor
 */
static void a_default_executor_can_be_set_and_taken_back(void)
{
    reset();
    executor.thread_limit = 1;
    gate_open(&gate);
    CHECK_INT(weft_set_default_executor(&executor), 0);
    CHECK_INT(weft_executor_submit(NULL, &job, pass_gate, &gate), 0);
    CHECK_INT(weft_executor_threads(&executor), 1);
    CHECK_INT(weft_loop_cancel_all(&real.world.loop), 0);
    CHECK_INT(weft_set_default_executor(NULL), 0);
    weft_executor_close(&executor);
    memset(&gate, 0, sizeof gate);
    gate_open(&gate);
    CHECK_INT(weft_executor_submit(NULL, &job, pass_gate, &gate), 0);
    CHECK_INT(weft_loop_cancel_all(&real.world.loop), 0);
    CHECK_INT(gate.calls, 1);
    executors_close();
}

/* Theirs is not, and stays open. */
static void the_default_executor_is_closed_with_its_loop(void)
{
    reset();
    gate_open(&gate);
    CHECK_INT(weft_executor_submit(NULL, &job, pass_gate, &gate), 0);
    CHECK_INT(weft_set_default_executor(&executor), 0);
    CHECK_INT(weft_loop_cancel_all(&real.world.loop), 0);
    real_close(&real); /* no memory is left, nor under a sanitizer a thread */
    executors_open();
    CHECK(!executor.is_closed);
    executors_close();
}

static void a_shutdown_of_the_default_comes_before_its_use(void)
{
    reset();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, ender, .is_default = true), 0);
    CHECK_TRACE("shutdown, ended");
    CHECK_INT(weft_executor_submit(NULL, &job, pass_gate, &gate), WEFT_ECLOSED);
    gate_open(&gate); /* another one goes on */
    CHECK_INT(weft_executor_submit(&executor, &job, pass_gate, &gate), 0);
    executors_close();
    CHECK_INT(gate.calls, 1);
}

struct leaver {
    struct weft_frame frame;
};

static async leaver(struct weft_frame *frame)
{
    ASYNC_BEGIN(leaver);
    weft_task_release(SPAWN(through, .gate = &gate, .name = "job"));
    AWAIT(weft_sleep(0));
    gate_await_begun(&gate);
    gate_open(&gate);
    ASYNC_END;
}

static void a_program_that_ends_waits_for_its_threads(void)
{
    memset(&gate, 0, sizeof gate);
    alarm(30);
    CHECK_INT(ASYNC_RUN(leaver), 0);
    CHECK_TRACE("job ECANCELLED");
    CHECK_INT(gate.calls, 1);
}

#define TESTS(X)                                       \
    X(a_shutdown_waits_for_what_runs_and_refuses_more) \
    X(what_waits_for_a_thread_is_done_before_the_end)  \
    X(an_executor_that_was_never_used_ends_at_once)    \
    X(a_shutdown_may_have_a_deadline)                  \
    X(a_thread_cannot_wait_for_itself)                 \
    X(a_default_executor_can_be_set_and_taken_back)    \
    X(the_default_executor_is_closed_with_its_loop)    \
    X(a_shutdown_of_the_default_comes_before_its_use)  \
    X(a_program_that_ends_waits_for_its_threads)
TEST_MAIN(TESTS)
