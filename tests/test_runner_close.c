/* test_runner_close.c - what a runner does about tasks that its runs leave
 * behind, one promise per function.
 */
#include "runners.h"

static struct weft_event never;
static struct weft_event go;

struct worker {
    struct weft_frame frame;
    const char *name;
    int code; /* raised when it is cancelled */
    int err;
};

static async worker(struct weft_frame *frame)
{
    ASYNC_BEGIN(worker);
    trace("%s waits", self->name);
    ASYNC_TRY {
        AWAIT(weft_event_wait(&go));
        trace("%s goes on", self->name);
        AWAIT(weft_event_wait(&never));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s %s", self->name, weft_error_name(self->err));
        if (self->code < 0) {
            ASYNC_RAISE(self->code);
        }
        AWAIT(weft_sleep(0));
        trace("%s cleaned", self->name);
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
}

struct spawner {
    struct weft_frame frame;
    int code;
};

static async spawner(struct weft_frame *frame)
{
    ASYNC_BEGIN(spawner);
    weft_task_release(SPAWN(worker, .name = "a"));
    weft_task_release(SPAWN(worker, .name = "b", .code = self->code));
    AWAIT(weft_sleep(0));
    trace("main");
    ASYNC_END;
}

struct releaser {
    struct weft_frame frame;
};

static async releaser(struct weft_frame *frame)
{
    ASYNC_BEGIN(releaser);
    weft_event_set(&go);
    AWAIT(weft_sleep(0));
    trace("main again");
    ASYNC_END;
}

static void tasks_of_one_run_go_on_in_the_next(void)
{
    memset(&go, 0, sizeof go);
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, spawner), 0);
    CHECK_TRACE("a waits, b waits, main");
    CHECK_INT(ASYNC_RUN_ON(&runner, releaser), 0);
    CHECK_TRACE("a goes on, b goes on, main again");
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_TRACE("a ECANCELLED, b ECANCELLED, a cleaned, b cleaned");
    CHECK_INT(runner.loop.task_count, 0);
}

/*
 * CPython: test_runners.RunTests.test_asyncio_run_cancels_hanging_tasks
 */
static void a_close_cancels_and_awaits_what_is_left(void)
{
    memset(&go, 0, sizeof go);
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, spawner), 0);
    CHECK_INT(runner.loop.task_count, 2);
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_TRACE("a waits, b waits, main, a ECANCELLED, b ECANCELLED, "
                "a cleaned, b cleaned");
    CHECK_INT(runner.loop.task_count, 0);
}

/*
 * CPython: test_runners.RunTests.test_asyncio_run_reports_hanging_tasks_errors
 */
static void an_error_of_what_is_left_is_reported(void)
{
    memset(&go, 0, sizeof go);
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, spawner, .code = WEFT_EINVAL), 0);
    CHECK_TRACE("a waits, b waits, main");
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_TRACE("a ECANCELLED, b ECANCELLED, report EINVAL, its task, "
                "a cleaned");
}

/* ---- A generator in it ---- */

struct fidget {
    struct weft_frame frame;
    int value;
};

static async fidget(struct weft_frame *frame)
{
    ASYNC_BEGIN(fidget);
    for (;;) {
        YIELD(1);
        AWAIT(weft_event_wait(&never));
    }
    ASYNC_FINALLY
    {
        trace("generator %s", weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

static struct fidget generator;

struct spinner {
    struct weft_frame frame;
    int err;
};

static async spinner(struct weft_frame *frame)
{
    ASYNC_BEGIN(spinner);
    ASYNC_GENERATOR(&generator, fidget);
    ASYNC_TRY {
        ASYNC_FOR(&generator) {
            trace("%d", generator.value);
        }
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("spinner %s", weft_error_name(self->err));
        ASYNC_RAISE(WEFT_ELIMIT);
    }
    ASYNC_END;
}

static struct spinner slot;
static struct weft_task lazy;

struct fancy {
    struct weft_frame frame;
};

static async fancy(struct weft_frame *frame)
{
    ASYNC_BEGIN(fancy);
    CHECK_INT(START(&lazy, &slot, spinner), 0);
    AWAIT(weft_sleep(0));
    ASYNC_RAISE(WEFT_EUSER);
    ASYNC_END;
}

/*
 * CPython: test_runners.RunTests.test_asyncio_run_closes_gens_after_hanging_tasks_errors
 */
static void a_generator_of_what_is_left_is_ended_too(void)
{
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, fancy), WEFT_EUSER);
    CHECK_TRACE("1, report EUSER, its task");
    CHECK(weft_frame_is_running(&generator.frame));
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_TRACE("generator ECANCELLED, spinner ECANCELLED, "
                "report ELIMIT, its task");
    CHECK(weft_frame_is_done(&generator.frame));
    CHECK(!weft_frame_is_running(&generator.frame));
    CHECK(weft_task_done(&lazy));
    CHECK_INT(weft_task_error(&lazy), WEFT_ELIMIT);
    weft_task_release(&lazy);
    CHECK_TRACE("");
}

struct joiner {
    struct weft_frame frame;
    struct weft_task *task;
};

static async joiner(struct weft_frame *frame)
{
    ASYNC_BEGIN(joiner);
    AWAIT(weft_join(self->task));
    trace("joined");
    ASYNC_END;
}

struct awaited {
    struct weft_frame frame;
    bool stops;
};

static async awaited(struct weft_frame *frame)
{
    ASYNC_BEGIN(awaited);
    weft_task_release(SPAWN(joiner, .task = weft_current_task()));
    AWAIT(weft_sleep(0));
    AWAIT(weft_sleep(0));
    if (self->stops) {
        weft_loop_stop(weft_loop_running());
    }
    ASYNC_END;
}

/* Also when its run ends before they are told. */
static void tasks_may_await_the_main_task(void)
{
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, awaited), 0);
    CHECK_TRACE("joined");
    CHECK_INT(ASYNC_RUN_ON(&runner, awaited, .stops = true), 0);
    CHECK_INT(ASYNC_RUN_ON(&runner, awaited, .stops = true), 0);
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_TRACE("joined, joined");
}

#define TESTS(X)                                \
    X(tasks_of_one_run_go_on_in_the_next)       \
    X(a_close_cancels_and_awaits_what_is_left)  \
    X(an_error_of_what_is_left_is_reported)     \
    X(a_generator_of_what_is_left_is_ended_too) \
    X(tasks_may_await_the_main_task)
TEST_MAIN(TESTS)
