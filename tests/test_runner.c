/* test_runner.c - what asyncio.Runner promises, one promise per function.
 *
 * On the real driver, without waiting for real time. What is left when it
 * closes is in test_runner_close.c, a driver of one's choice in
 * test_runner_driver.c, and what Ctrl-C does in test_runner_interrupt.c.
 */
#include <errno.h>
#include <unistd.h>

#include "runners.h"

static struct weft_event never;

/* ---- Runs ---- */

/*
 * CPython: test_runners.RunTests.test_asyncio_run_return
 * CPython: test_runners.RunnerTests.test_run
 */
static void several_runs_share_a_loop(void)
{
    int value = 0;

    open_runner();
    CHECK(weft_loop_current() == &runner.loop);
    CHECK_INT(ASYNC_RUN_ON(&runner, giver, .value = 42, .to = &value), 0);
    CHECK_INT(value, 42);
    CHECK(weft_loop_running() == NULL);
    CHECK(!weft_loop_is_closed(&runner.loop));
    CHECK_INT(ASYNC_RUN_ON(&runner, giver, .value = 43, .to = &value), 0);
    CHECK_INT(value, 43);
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK(weft_loop_is_closed(&runner.loop));
    CHECK(weft_loop_current() == NULL);
    CHECK_TRACE("");
}

static const char fallback[] = "fallback";
static struct weft_var greeting = {"greeting", (void *)fallback};

struct greeter {
    struct weft_frame frame;
    const char *next;
    int code;
};

static async greeter(struct weft_frame *frame)
{
    ASYNC_BEGIN(greeter);
    trace("%s", (const char *)weft_var_get(&greeting));
    AWAIT(weft_sleep(0));
    CHECK_INT(weft_var_set(&greeting, (void *)self->next), 0);
    if (self->code < 0) {
        ASYNC_RAISE(self->code);
    }
    ASYNC_END;
}

/*
 * CPython: test_runners.RunnerTests.test_run_keeps_context
 */
static void what_one_run_sets_the_next_sees(void)
{
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, greeter, .next = "one"), 0);
    CHECK_INT(ASYNC_RUN_ON(&runner, greeter, .next = "two"), 0);
    CHECK_INT(ASYNC_RUN_ON(&runner, greeter, .next = "three",
                           .code = WEFT_ECANCELLED),
              WEFT_ECANCELLED);
    CHECK_STR((const char *)weft_var_get(&greeting), "three");
    CHECK_INT(weft_runner_close(&runner), 0);
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, greeter, .next = "four"), 0);
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_TRACE("fallback, one, two, fallback");
}

/* ---- Errors ---- */

/*
 * CPython: test_runners.RunTests.test_asyncio_run_raises
 */
static void an_error_is_returned_and_reported(void)
{
    int value = 0;

    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, giver, .to = &value, .code = WEFT_ELIMIT),
              WEFT_ELIMIT);
    CHECK_TRACE("report ELIMIT, its task");
    CHECK_INT(ASYNC_RUN_ON(&runner, giver, .to = &value, .code = -EINTR),
              -EINTR);
    CHECK_TRACE("report EINTR, its task");
    CHECK_INT(value, 0);
    CHECK_INT(weft_runner_close(&runner), 0);
}

struct failing {
    struct weft_frame frame;
};

static int failing_line;

static async failing(struct weft_frame *frame)
{
    ASYNC_BEGIN(failing);
    failing_line = __LINE__ + 1;
    ASYNC_RAISE(WEFT_ELIMIT);
    ASYNC_END;
}

struct caller {
    struct weft_frame frame;
    struct failing failing;
};

static async caller(struct weft_frame *frame)
{
    ASYNC_BEGIN(caller);
    AWAIT(CALL(&self->failing, failing));
    ASYNC_END;
}

/* What the run says on stderr. */
static const char *said_by_run(void)
{
    static char said[2048];
    FILE *file = tmpfile();
    int stderr_before = dup(STDERR_FILENO);
    size_t length;

    if (!CHECK(file != NULL)) {
        return "";
    }
    dup2(fileno(file), STDERR_FILENO);
    CHECK_INT(ASYNC_RUN(caller), WEFT_ELIMIT);
    dup2(stderr_before, STDERR_FILENO);
    close(stderr_before);
    rewind(file);
    length = fread(said, 1, sizeof said - 1, file);
    said[length] = '\0';
    fclose(file);
    return said;
}

static void a_report_says_where_the_error_was_raised(void)
{
    const char *said = said_by_run();
    char place[64];

    snprintf(place, sizeof place, "test_runner.c:%d in failing", failing_line);
    CHECK(strstr(said, "weft: the main coroutine failed") == said);
    CHECK(strstr(said, "ELIMIT \"a limit was exceeded\"") != NULL);
    CHECK(strstr(said, place) != NULL);
    CHECK(strstr(said, "in caller") != NULL);
}

struct canceller {
    struct weft_frame frame;
    bool stops;
};

static async canceller(struct weft_frame *frame)
{
    ASYNC_BEGIN(canceller);
    if (self->stops) {
        weft_loop_stop(weft_loop_running());
    } else {
        weft_task_cancel(weft_current_task());
    }
    AWAIT(weft_event_wait(&never));
    ASYNC_FINALLY
    {
        trace("finally");
    }
    ASYNC_END;
}

static void a_cancellation_is_returned_and_not_reported(void)
{
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, canceller), WEFT_ECANCELLED);
    CHECK_TRACE("finally");
    CHECK_INT(weft_runner_close(&runner), 0);
}

/* The main task was cancelled then; what is reported is why. */
static void a_stopped_run_says_so(void)
{
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, canceller, .stops = true), WEFT_ESTOPPED);
    CHECK_TRACE("finally, report ESTOPPED, no task");
    CHECK_INT(weft_runner_close(&runner), 0);
}

/* ---- Once more, and inside of each other ---- */

/*
 * CPython: test_runners.RunnerTests.test_explicit_close
 * CPython: test_runners.RunnerTests.test_double_close
 * CPython: test_runners.RunnerTests.test_second_with_block_raises
 */
static void after_the_close_nothing_runs(void)
{
    int value = 0;

    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, giver, .value = 1, .to = &value,
                           .code = WEFT_ELIMIT),
              WEFT_ELIMIT);
    CHECK_TRACE("report ELIMIT, its task");
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK(weft_loop_is_closed(&runner.loop));
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_INT(ASYNC_RUN_ON(&runner, giver, .value = 1, .to = &value),
              WEFT_ECLOSED);
    CHECK_INT(value, 0);
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_TRACE("");
}

static void all_zero_is_a_closed_runner(void)
{
    int value = 0;

    memset(&runner, 0, sizeof runner);
    CHECK_INT(ASYNC_RUN_ON(&runner, giver, .to = &value), WEFT_ECLOSED);
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_TRACE("");
}

static void a_closed_runner_can_be_opened_again(void)
{
    int value = 0;

    for (int i = 1; i <= 3; i++) {
        open_runner();
        CHECK_INT(ASYNC_RUN_ON(&runner, giver, .value = i, .to = &value), 0);
        CHECK_INT(value, i);
        CHECK_INT(weft_runner_close(&runner), 0);
    }
}

struct nesting {
    struct weft_frame frame;
};

static async nesting(struct weft_frame *frame)
{
    struct weft_runner inner;
    int value = 0;

    ASYNC_BEGIN(nesting);
    trace("open %s", weft_error_name(weft_runner_open(&inner)));
    trace("run %s",
          weft_error_name(ASYNC_RUN_ON(&runner, giver, .to = &value)));
    trace("ASYNC_RUN %s", weft_error_name(ASYNC_RUN(giver, .to = &value)));
    trace("close %s", weft_error_name(weft_runner_close(&runner)));
    AWAIT(weft_sleep(0));
    trace("unharmed");
    ASYNC_END;
}

/*
 * CPython: test_runners.RunTests.test_asyncio_run_from_running_loop
 * CPython: test_runners.RunnerTests.test_recursive_run
 */
static void nothing_is_opened_run_or_closed_inside_a_run(void)
{
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, nesting), 0);
    CHECK_TRACE("open EALREADY, run EALREADY, ASYNC_RUN EALREADY, "
                "close EALREADY, unharmed");
    CHECK_INT(weft_runner_close(&runner), 0);
}

#define TESTS(X)                                   \
    X(several_runs_share_a_loop)                   \
    X(what_one_run_sets_the_next_sees)             \
    X(an_error_is_returned_and_reported)           \
    X(a_report_says_where_the_error_was_raised)    \
    X(a_cancellation_is_returned_and_not_reported) \
    X(a_stopped_run_says_so)                       \
    X(after_the_close_nothing_runs)                \
    X(all_zero_is_a_closed_runner)                 \
    X(a_closed_runner_can_be_opened_again)         \
    X(nothing_is_opened_run_or_closed_inside_a_run)
TEST_MAIN(TESTS)
