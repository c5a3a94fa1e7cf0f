/* test_executor_cancel.c - what is stopped in a thread, and what is not.
 *
 * make threads runs it under ThreadSanitizer.
 */
#include "executors.h"

/* One thread, which is busy. */
static struct gate first, second;
static struct weft_job first_job, second_job;

static void open_with_one_thread(void)
{
    memset(&first, 0, sizeof first);
    memset(&second, 0, sizeof second);
    memset(&first_job, 0, sizeof first_job);
    memset(&second_job, 0, sizeof second_job);
    executors_open();
    executor.thread_limit = 1;
}

static struct weft_task *start_first(void)
{
    struct weft_task *task =
        SPAWN(through, .gate = &first, .job = &first_job, .name = "first");

    real_turn(&real);
    gate_await_begun(&first);
    return task;
}

static struct weft_task *start_second(void)
{
    struct weft_task *task =
        SPAWN(through, .gate = &second, .job = &second_job, .name = "second");

    real_turn(&real);
    CHECK_INT(weft_executor_queued(&executor), 1);
    return task;
}

static void finish(struct weft_task *task, int outcome)
{
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task), outcome);
    weft_task_release(task);
}

static void a_job_that_is_not_begun_is_not_called(void)
{
    struct weft_task *tasks[2];

    open_with_one_thread();
    tasks[0] = start_first();
    tasks[1] = start_second();
    CHECK(weft_task_cancel(tasks[1]));
    CHECK_INT(weft_executor_queued(&executor), 0);
    CHECK_INT(real.world.loop.expected, 1);
    real_turn(&real); /* at once */
    CHECK(weft_task_cancelled(tasks[1]));
    CHECK(weft_job_is_done(&second_job));
    CHECK_INT(second_job.result, WEFT_ECANCELLED);
    weft_task_release(tasks[1]);
    gate_open(&first);
    finish(tasks[0], 0);
    CHECK_INT(weft_executor_close(&executor), 0);
    CHECK_INT(second.calls, 0);
    CHECK_TRACE("second ECANCELLED, first 0");
    executors_close();
}

/* Its function uses the memory of the task that waits. */
static void a_job_that_has_begun_is_awaited(void)
{
    struct weft_task *task;

    open_with_one_thread();
    task = start_first();
    first.result = 7;
    CHECK(!weft_job_is_cancelled(&first_job));
    CHECK(weft_task_cancel(task));
    CHECK(weft_job_is_cancelled(&first_job));
    real_turn(&real);
    real_turn(&real);
    CHECK(!weft_task_done(task));
    CHECK_TRACE("");
    gate_open(&first);
    finish(task, WEFT_ECANCELLED);
    CHECK(weft_job_is_done(&first_job));
    CHECK_INT(first_job.result, 7);
    CHECK_TRACE("first ECANCELLED");
    executors_close();
}

static void a_job_of_to_thread_is_awaited_too(void)
{
    struct weft_task *task;

    open_with_one_thread();
    task = SPAWN(through, .gate = &first, .name = "first");
    real_turn(&real);
    gate_await_begun(&first);
    CHECK(weft_task_cancel(task));
    real_turn(&real);
    CHECK(!weft_task_done(task));
    gate_open(&first);
    finish(task, WEFT_ECANCELLED);
    CHECK_TRACE("first ECANCELLED");
    executors_close();
}

/* Nothing of it comes after the loop's close.
 *
 * CPython: test_events.EventLoopTestsMixin.test_run_in_executor_cancel
 */
static void a_job_may_be_abandoned(void)
{
    struct weft_task *task;

    open_with_one_thread();
    first_job.abandon = true;
    task = start_first();
    CHECK(weft_task_cancel(task));
    real_turn(&real);
    CHECK(weft_task_cancelled(task));
    weft_task_release(task);
    CHECK(!weft_job_is_done(&first_job));
    CHECK_INT(weft_executor_submit(&executor, &first_job, pass_gate, &first),
              WEFT_EALREADY);
    CHECK_INT(weft_loop_close(&real.world.loop), WEFT_EBUSY);
    gate_open(&first);
    CHECK_INT(weft_loop_cancel_all(&real.world.loop), 0); /* waits for it */
    CHECK(weft_job_is_done(&first_job));
    CHECK_TRACE("first ECANCELLED");
    executors_close();
}

struct impatient {
    struct weft_frame frame;
    struct weft_wait_for limit;
};

static async impatient(struct weft_frame *frame)
{
    ASYNC_BEGIN(impatient);
    AWAIT(weft_wait_for(
        &self->limit,
        weft_run_in_executor(&first_job, &executor, pass_gate, &first), 1000));
    ASYNC_END;
}

static void time_runs_out(void)
{
    real.skipped += weft_ticks_from(1000);
}

static void a_job_may_have_a_deadline(void)
{
    struct weft_task *task;

    open_with_one_thread();
    first_job.abandon = true;
    task = SPAWN(impatient);
    real_turn(&real);
    time_runs_out();
    finish(task, WEFT_ETIMEOUT);
    gate_open(&first);
    executors_close();
}

/* The end of the function and the cancellation meet: nothing hangs, whichever
 * is first. */
static void a_job_can_be_cancelled_at_any_time(void)
{
    open_with_one_thread();
    executor.thread_limit = 2;
    for (int i = 0; i < 200; i++) {
        struct weft_task *task;

        memset(&first, 0, sizeof first);
        gate_open(&first);
        first_job.abandon = i % 2;
        task =
            SPAWN(through, .gate = &first, .job = &first_job, .name = "first");
        for (int turn = 0; turn < i % 4; turn++) {
            real_turn(&real);
        }
        for (int pause = 0; pause < i / 8; pause++) {
            sched_yield();
        }
        weft_task_cancel(task);
        weft_loop_run_until_complete(&real.world.loop, task);
        CHECK(weft_task_done(task));
        weft_task_release(task);
        CHECK_INT(weft_loop_cancel_all(&real.world.loop), 0);
        CHECK_INT(real.world.loop.expected, 0);
        check_trace[0] = '\0';
    }
    executors_close();
}

/* Where a function has begun, and the task is cancelled when its end has been
 * told but the task has not gone on. */
static void a_job_may_be_cancelled_in_the_turn_of_its_end(void)
{
    struct weft_task *task;

    open_with_one_thread();
    task = start_first();
    gate_open(&first);
    while (weft_executor_busy(&executor) > 0) {
        sched_yield();
    }
    real_turn(&real); /* it arrives */
    CHECK(weft_job_is_done(&first_job));
    CHECK(!weft_task_done(task));
    CHECK(weft_task_cancel(task));
    finish(task, WEFT_ECANCELLED);
    CHECK_TRACE("first ECANCELLED");
    executors_close();
}

/* ---- From the function's side, and without a task ---- */

static struct weft_job *job_seen;
static struct weft_concurrent looping;

static int loop_until_cancelled(void *arg)
{
    job_seen = weft_current_job();
    weft_concurrent_set_result(&looping, NULL);
    while (!weft_job_is_cancelled(weft_current_job())) {
        sched_yield();
    }
    return arg != NULL;
}

struct looper {
    struct weft_frame frame;
};

static async looper(struct weft_frame *frame)
{
    ASYNC_BEGIN(looper);
    AWAIT(weft_run_in_executor(&first_job, &executor, loop_until_cancelled,
                               &executor));
    ASYNC_END;
}

static void a_function_may_look_whether_it_is_still_wanted(void)
{
    struct weft_task *task;

    memset(&looping, 0, sizeof looping);
    open_with_one_thread();
    task = SPAWN(looper);
    real_turn(&real);
    weft_concurrent_result(&looping, WEFT_NO_TIMEOUT, NULL);
    CHECK(job_seen == &first_job);
    CHECK(weft_current_job() == NULL);
    CHECK(weft_task_cancel(task));
    finish(task, WEFT_ECANCELLED);
    CHECK_INT(first_job.result, 1);
    executors_close();
}

struct waiter {
    struct weft_frame frame;
    struct weft_job *job;
    const char *name;
};

static async waiter(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiter);
    AWAIT(weft_job_wait(self->job));
    ASYNC_FINALLY
    trace("%s %s", self->name, weft_error_name(frame->outcome));
    ASYNC_END;
}

static void cancelling_a_job_ends_all_waits_for_it(void)
{
    struct weft_task *task;

    open_with_one_thread();
    task = start_first();
    CHECK_INT(weft_executor_submit(&executor, &second_job, pass_gate, &second),
              0);
    weft_task_release(SPAWN(waiter, .job = &second_job, .name = "a"));
    weft_task_release(SPAWN(waiter, .job = &second_job, .name = "b"));
    real_turn(&real);
    CHECK(!weft_job_cancel(&first_job));
    CHECK(weft_job_cancel(&second_job));
    CHECK(!weft_job_cancel(&second_job));
    real_turn(&real);
    CHECK_TRACE("a ECANCELLED, b ECANCELLED");
    CHECK_INT(second.calls, 0);
    gate_open(&first);
    finish(task, 0);
    CHECK_TRACE("first 0");
    executors_close();
}

#define TESTS(X)                                      \
    X(a_job_that_is_not_begun_is_not_called)          \
    X(a_job_that_has_begun_is_awaited)                \
    X(a_job_of_to_thread_is_awaited_too)              \
    X(a_job_may_be_abandoned)                         \
    X(a_job_may_have_a_deadline)                      \
    X(a_job_can_be_cancelled_at_any_time)             \
    X(a_job_may_be_cancelled_in_the_turn_of_its_end)  \
    X(a_function_may_look_whether_it_is_still_wanted) \
    X(cancelling_a_job_ends_all_waits_for_it)
TEST_MAIN(TESTS)
