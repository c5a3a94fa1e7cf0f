/* test_runner.c - what asyncio.Runner promises, one promise per function.
 *
 * On the real driver, without waiting for real time. What Ctrl-C does is
 * tried in test_runner_interrupt.c.
 */
#include <errno.h>
#include <unistd.h>

#include "check.h"

static struct weft_runner runner;
static struct weft_event never;
static struct weft_event go;

static void trace_report(struct weft_loop *loop,
                         const struct weft_report *report)
{
    (void)loop;
    trace("report %s, %s", weft_error_name(report->error),
          report->task == NULL                             ? "no task"
          : weft_task_error(report->task) == report->error ? "its task"
                                                           : "another");
}

static void open_runner(void)
{
    alarm(30);
    memset(&go, 0, sizeof go);
    CHECK_INT(weft_runner_open(&runner), 0);
    runner.loop.on_error = trace_report;
}

/* ---- Runs ---- */

struct giver {
    struct weft_frame frame;
    int value;
    int *to;
    int code;
    bool is_elsewhere; /* not in this file's runner */
};

static async giver(struct weft_frame *frame)
{
    ASYNC_BEGIN(giver);
    CHECK((weft_loop_running() == &runner.loop) == !self->is_elsewhere);
    AWAIT(weft_sleep(0));
    if (self->code < 0) {
        ASYNC_RAISE(self->code);
    }
    *self->to = self->value;
    ASYNC_END;
}

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
    open_runner();
    CHECK_INT(ASYNC_RUN_ON(&runner, spawner, .code = WEFT_EINVAL), 0);
    CHECK_TRACE("a waits, b waits, main");
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_TRACE("a ECANCELLED, b ECANCELLED, report EINVAL, its task, "
                "a cleaned");
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

struct factory {
    struct weft_frame frame;
    struct weft_loop *loop;
};

static async factory(struct weft_frame *frame)
{
    ASYNC_BEGIN(factory);
    CHECK(weft_loop_running() == self->loop);
    trace("ran");
    ASYNC_END;
}

/*
 * CPython: test_runners.RunTests.test_asyncio_run_loop_factory
 */
static void a_loop_of_your_own_is_run_in(void)
{
    struct world world;

    world_open(&world);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, factory, .loop = &world.loop), 0);
    world_close(&world);
    CHECK_TRACE("ran");
}

/* ---- Memory ---- */

static struct world memory; /* behind the C library's allocator */

static void *resize_from_memory(struct weft_allocator *allocator, void *block,
                                size_t old_size, size_t new_size)
{
    (void)allocator;
    return world_resize(&memory.allocator, block, old_size, new_size);
}

static void lack_of_memory_is_an_error(void)
{
    struct weft_allocator *libc = weft_allocator_libc();
    struct weft_allocator before = *libc;
    int status = WEFT_ENOMEM;
    int value = 0;

    libc->resize = resize_from_memory;
    for (long n = 1; status < 0; n++) {
        memset(&memory, 0, sizeof memory);
        memory.fail_at = n;
        status =
            ASYNC_RUN(giver, .value = 1, .to = &value, .is_elsewhere = true);
        CHECK(status == 0 ? value == 1 : status == WEFT_ENOMEM);
        CHECK_INT(memory.blocks, 0);
        if (!CHECK(n < 100)) {
            break;
        }
    }
    *libc = before;
    CHECK(memory.fail_at > 1);
}

/* A runner whose run finds no memory is as it was. */
static void a_run_without_memory_can_be_tried_again(void)
{
    int value = 0;

    open_runner();
    memset(&memory, 0, sizeof memory);
    memory.allocator.resize = world_resize;
    memory.fail_at = 1;
    runner.loop.allocator = &memory.allocator;
    CHECK_INT(ASYNC_RUN_ON(&runner, giver, .value = 1, .to = &value),
              WEFT_ENOMEM);
    CHECK_TRACE("");
    CHECK_INT(ASYNC_RUN_ON(&runner, giver, .value = 1, .to = &value), 0);
    CHECK_INT(value, 1);
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_INT(memory.blocks, 0);
}

/* Nor does it report what an earlier one failed with. */
static void a_run_without_memory_is_not_an_earlier_one(void)
{
    int value = 0;

    open_runner();
    memset(&memory, 0, sizeof memory);
    memory.allocator.resize = world_resize;
    runner.loop.allocator = &memory.allocator;
    CHECK_INT(ASYNC_RUN_ON(&runner, giver, .to = &value, .code = WEFT_ELIMIT),
              WEFT_ELIMIT);
    CHECK_TRACE("report ELIMIT, its task");
    while (runner.loop.reserved < runner.loop.alarms.capacity) {
        weft_task_release(SPAWN(giver, .to = &value));
    }
    memory.fail_at = memory.allocations + 1;
    CHECK_INT(ASYNC_RUN_ON(&runner, giver, .to = &value), WEFT_ENOMEM);
    CHECK_TRACE("");
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_INT(memory.blocks, 0);
}

#define TESTS(X)                                    \
    X(several_runs_share_a_loop)                    \
    X(tasks_of_one_run_go_on_in_the_next)           \
    X(a_close_cancels_and_awaits_what_is_left)      \
    X(an_error_of_what_is_left_is_reported)         \
    X(tasks_may_await_the_main_task)                \
    X(what_one_run_sets_the_next_sees)              \
    X(an_error_is_returned_and_reported)            \
    X(a_report_says_where_the_error_was_raised)     \
    X(a_cancellation_is_returned_and_not_reported)  \
    X(a_stopped_run_says_so)                        \
    X(after_the_close_nothing_runs)                 \
    X(all_zero_is_a_closed_runner)                  \
    X(a_closed_runner_can_be_opened_again)          \
    X(nothing_is_opened_run_or_closed_inside_a_run) \
    X(a_loop_of_your_own_is_run_in)                 \
    X(lack_of_memory_is_an_error)                   \
    X(a_run_without_memory_can_be_tried_again)      \
    X(a_run_without_memory_is_not_an_earlier_one)
TEST_MAIN(TESTS)
