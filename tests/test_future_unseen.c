/* test_future_unseen.c - which errors count as looked at. One of a task that
 * nobody looked at is reported when the task is released.
 */
#include "futures.h"

struct job {
    struct weft_frame frame;
    int error;
    int result;
};

static async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    ASYNC_RETURN(42);
    ASYNC_END;
}

static struct weft_task *done_job(int error)
{
    struct weft_task *task = SPAWN(job, .error = error);

    turn();
    CHECK(weft_task_done(task));
    return task;
}

/*
 * CPython: test_futures.BaseFutureTests.test_tb_logger_result_retrieved
 */
static void a_result_is_no_error_looked_at_or_not(void)
{
    struct weft_task *task;

    reset();
    task = done_job(0);
    CHECK_INT(WEFT_RESULT(task, job), 42);
    weft_task_release(task);
    weft_task_release(done_job(0));
    CHECK_TRACE("");
    weft_task_release(done_job(WEFT_EUSER));
    CHECK_TRACE("report EUSER");
    world_close(&world);
}

struct joiner {
    struct weft_frame frame;
    struct weft_task *task;
    int error;
};

static async joiner(struct weft_frame *frame)
{
    ASYNC_BEGIN(joiner);
    ASYNC_TRY {
        AWAIT(weft_join(self->task));
    }
    ASYNC_CATCH(self->error) {
        trace("joined %s", weft_error_name(self->error));
    }
    ASYNC_END;
}

/*
 * CPython: test_futures.BaseFutureTests.test_tb_logger_not_called_after_cancel
 */
static void an_error_of_a_task_that_is_cancelled_then_counts_as_seen(void)
{
    struct weft_task *task;

    reset();
    task = done_job(WEFT_EUSER);
    CHECK(!weft_task_cancel(task));
    weft_task_release(task);
    CHECK_TRACE("");
    world_close(&world);
}

/*
 * CPython: test_futures.BaseFutureTests.test_future_exception_never_retrieved_debug
 */
static void debug_mode_reports_it_once_too(void)
{
    reset();
#if !defined(WEFT_FREESTANDING)
    weft_loop_set_debug(&world.loop, true);
#endif
    weft_task_release(done_job(WEFT_EUSER));
    CHECK_TRACE("report EUSER");
    turn();
    world_close(&world);
    CHECK_INT(world.reports, 1);
}

/* By a question, an await, or a run.
 *
 * CPython: test_futures.BaseFutureTests.test_tb_logger_exception_result_retrieved
 */
static void an_error_that_was_raised_or_asked_for_is_not_reported(void)
{
    struct weft_task *task;

    reset();
    task = done_job(WEFT_EUSER);
    CHECK_INT(weft_task_error(task), WEFT_EUSER);
    weft_task_release(task);
    task = done_job(WEFT_EUSER);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, joiner, .task = task), 0);
    weft_task_release(task);
    task = SPAWN(job, .error = WEFT_EUSER);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), WEFT_EUSER);
    weft_task_release(task);
    CHECK_TRACE("joined EUSER");
    CHECK_INT(world.reports, 0);
    world_close(&world);
}

/* A question that is no look at the error. */
static void whether_it_is_done_is_another_question(void)
{
    struct weft_task *task;

    reset();
    task = done_job(WEFT_EUSER);
    CHECK(weft_task_done(task) && !weft_task_cancelled(task));
    weft_task_release(task);
    CHECK_TRACE("report EUSER");
    world_close(&world);
}

/* It is the caller's memory: nobody knows when he has done with it. */
static void a_plain_future_reports_nothing(void)
{
    reset();
    weft_future_set_error(&future, WEFT_EUSER);
    turn();
    memset(&future, 0, sizeof future);
    world_close(&world);
    CHECK_TRACE("");
}

#define TESTS(X)                                                \
    X(a_result_is_no_error_looked_at_or_not)                    \
    X(an_error_of_a_task_that_is_cancelled_then_counts_as_seen) \
    X(debug_mode_reports_it_once_too)                           \
    X(an_error_that_was_raised_or_asked_for_is_not_reported)    \
    X(whether_it_is_done_is_another_question)                   \
    X(a_plain_future_reports_nothing)
TEST_MAIN(TESTS)
