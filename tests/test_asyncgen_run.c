/* test_asyncgen_run.c - what the end of a run promises to generators that its
 * loop has adopted.
 */
#include <unistd.h>

#include "check.h"

struct ticker {
    struct weft_frame frame;
};

static async ticker(struct weft_frame *frame)
{
    ASYNC_BEGIN(ticker);
    AWAIT(weft_sleep(99));
    ASYNC_FINALLY
    trace("ticker ends");
    ASYNC_END;
}

struct fidget {
    struct weft_frame frame;
    bool spawns; /* a task at its end */
    bool waits;  /* between values    */
    int value;
};

static async fidget(struct weft_frame *frame)
{
    ASYNC_BEGIN(fidget);
    for (;;) {
        YIELD(self->value + 1);
        if (self->waits) {
            AWAIT(weft_sleep(9));
        }
    }
    ASYNC_FINALLY
    AWAIT(weft_sleep(0));
    trace("closes");
    if (self->spawns) {
        weft_task_release(SPAWN(ticker));
    }
    ASYNC_END;
}

/* It belongs to nobody's coroutine. */
static struct fidget spinner;
static struct weft_asyncgen closing;

struct spin {
    struct weft_frame frame;
    int err;
};

static async spin(struct weft_frame *frame)
{
    ASYNC_BEGIN(spin);
    ASYNC_TRY {
        ASYNC_FOR(&spinner) {
            trace("%d", spinner.value);
            if (!spinner.waits) {
                AWAIT(weft_sleep(9)); /* and the generator is suspended */
            }
        }
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s", weft_error_name(self->err));
        ASYNC_RAISE(WEFT_ELIMIT);
    }
    ASYNC_END;
}

static void trace_report(struct weft_loop *loop,
                         const struct weft_report *report)
{
    (void)loop;
    trace("report %s", weft_error_name(report->error));
}

struct program {
    struct weft_frame frame;
    bool spawns;
    bool waits;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    weft_loop_running()->on_error = trace_report;
    memset(&spinner, 0, sizeof spinner);
    ASYNC_GENERATOR(&spinner, fidget, .spawns = self->spawns,
                    .waits = self->waits);
    CHECK_INT(weft_asyncgen_adopt(&closing, &spinner.frame), 0);
    weft_task_release(SPAWN(spin));
    AWAIT(weft_sleep(0));
    ASYNC_RAISE(WEFT_EUSER);
    ASYNC_END;
}

static void check_closed(void)
{
    CHECK(weft_frame_is_done(&spinner.frame));
    CHECK(!weft_node_is_linked(&closing.entry.node));
}

/* Python: 1, cancelled, the error of the task is reported, the generator is
 * closed, and run() raises what main raised.
 *
 * CPython: test_runners.RunTests.test_asyncio_run_closes_gens_after_hanging_tasks_errors
 */
static void a_run_closes_generators_after_its_tasks(void)
{
    alarm(30);
    CHECK_INT(ASYNC_RUN(program), WEFT_EUSER);
    CHECK_TRACE("1, report EUSER, ECANCELLED, report ELIMIT, closes");
    check_closed();
}

/* Then the cancellation itself ends it. */
static void one_whose_wait_is_cancelled_has_ended_before(void)
{
    alarm(30);
    CHECK_INT(ASYNC_RUN(program, .waits = true), WEFT_EUSER);
    CHECK_TRACE("1, report EUSER, closes, ECANCELLED, report ELIMIT");
    check_closed();
}

/* What is started there is ended as well. */
static void a_runner_closes_them_when_it_closes(void)
{
    struct weft_runner runner;

    alarm(30);
    CHECK_INT(weft_runner_open(&runner), 0);
    CHECK_INT(ASYNC_RUN_ON(&runner, program, .spawns = true), WEFT_EUSER);
    CHECK(weft_frame_is_running(&spinner.frame));
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_TRACE("1, report EUSER, ECANCELLED, report ELIMIT, closes, "
                "ticker ends");
    CHECK(weft_loop_is_closed(&runner.loop));
    check_closed();
}

#define TESTS(X)                                    \
    X(a_run_closes_generators_after_its_tasks)      \
    X(one_whose_wait_is_cancelled_has_ended_before) \
    X(a_runner_closes_them_when_it_closes)
TEST_MAIN(TESTS)
