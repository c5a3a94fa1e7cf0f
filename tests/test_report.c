/* test_report.c - what a report says about a failed task. */
#include <unistd.h>

#include "check.h"

struct plan {
    bool waits;   /* before it fails      */
    int code;     /* to fail with         */
    int replaces; /* raised in its place  */
};

static int inner_line, outer_line, root_line;

struct inner {
    struct weft_frame frame;
    struct plan plan;
};

static async inner(struct weft_frame *frame)
{
    ASYNC_BEGIN(inner);
    if (self->plan.waits) {
        AWAIT(weft_sleep(1));
    }
    inner_line = __LINE__ + 1;
    ASYNC_RAISE(self->plan.code);
    ASYNC_END;
}

struct outer {
    struct weft_frame frame;
    struct inner inner;
    struct plan plan;
    int err;
};

static async outer(struct weft_frame *frame)
{
    ASYNC_BEGIN(outer);
    ASYNC_TRY {
        outer_line = __LINE__ + 1;
        AWAIT(CALL(&self->inner, inner, .plan = self->plan));
    }
    ASYNC_CATCH_ALL(self->err) {
        if (self->plan.replaces < 0) {
            outer_line = __LINE__ + 1;
            ASYNC_RAISE(self->plan.replaces);
        }
        outer_line = __LINE__ + 1;
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
}

struct root {
    struct weft_frame frame;
    struct outer outer;
    struct plan plan;
};

static async root(struct weft_frame *frame)
{
    ASYNC_BEGIN(root);
    root_line = __LINE__ + 1;
    AWAIT(CALL(&self->outer, outer, .plan = self->plan));
    ASYNC_END;
}

static char text[512];

static const char *report_of(struct weft_task *task)
{
    int length = weft_report_format(task, text, sizeof text);

    CHECK_INT(length, strlen(text));
    return text;
}

/* Run one task and format its report. */
static const char *report_on(struct world *world, struct weft_task *task)
{
    weft_task_set_name(task, "fetcher");
    weft_loop_run_until_complete(&world->loop, task);
    report_of(task);
    weft_task_release(task);
    world_close(world);
    CHECK_INT(world->reports, 0);
    return text;
}

static const char *expected_chain(const char *error, const char *message)
{
    static char expected[512];

    snprintf(expected, sizeof expected,
             "fetcher failed: %s \"%s\"\n"
             "  at test_report.c:%d in inner, awaited by "
             "test_report.c:%d in outer, awaited by "
             "test_report.c:%d in root",
             error, message, inner_line, outer_line, root_line);
    return expected;
}

static void the_way_of_an_error_is_told_from_the_inside_out(void)
{
    struct world world;

    for (int waits = 0; waits <= 1; waits++) {
        world_open(&world);
        report_on(&world,
                  SPAWN(root, .plan.waits = waits, .plan.code = WEFT_ETIMEOUT));
        CHECK_STR(text, expected_chain("ETIMEOUT", "timed out"));
    }
}

static void an_error_raised_instead_begins_a_way_of_its_own(void)
{
    char expected[512];
    struct world world;

    world_open(&world);
    report_on(&world, SPAWN(root, .plan.code = WEFT_ETIMEOUT,
                            .plan.replaces = WEFT_ELIMIT));
    snprintf(expected, sizeof expected,
             "fetcher failed: ELIMIT \"a limit was exceeded\"\n"
             "  at test_report.c:%d in outer, awaited by "
             "test_report.c:%d in root",
             outer_line, root_line);
    CHECK_STR(text, expected);
}

static void a_cancellation_has_a_way_too(void)
{
    struct world world;

    world_open(&world);
    report_on(&world, SPAWN(root, .plan.code = WEFT_ECANCELLED));
    CHECK_STR(text, expected_chain("ECANCELLED", "the task was cancelled"));
}

static void a_task_cancelled_before_its_first_step_has_no_line(void)
{
    struct world world;
    struct weft_task *task;

    world_open(&world);
    task = SPAWN(root, .plan.code = WEFT_EUSER);
    weft_task_cancel(task);
    report_on(&world, task);
    CHECK_STR(text, "fetcher failed: ECANCELLED \"the task was cancelled\"\n"
                    "  at test_report.c:0 in root");
}

static void a_report_is_cut_to_the_buffer(void)
{
    struct world world;
    struct weft_task *task;
    char small[20];
    int whole;

    world_open(&world);
    task = SPAWN(root, .plan.code = WEFT_EUSER);
    weft_task_set_name(task, "fetcher");
    weft_loop_run_until_complete(&world.loop, task);
    whole = weft_report_format(task, text, sizeof text);
    for (size_t size = 0; size <= sizeof small; size++) {
        memset(small, 'x', sizeof small);
        CHECK_INT(weft_report_format(task, small, size), whole);
        if (size > 0) {
            CHECK_INT(strlen(small), size - 1);
            CHECK(strncmp(small, text, size - 1) == 0);
        }
        CHECK(size == sizeof small || small[size] == 'x');
    }
    CHECK_INT(weft_report_format(task, NULL, 0), whole);
    weft_task_release(task);
    world_close(&world);
}

/* ---- Who is told ---- */

/* CPython: test_base_events.BaseEventLoopTests.test_default_exc_handler_coro
 */
static void an_error_nobody_looked_at_is_reported_once(void)
{
    struct world world;
    struct weft_task *task;

    world_open(&world);
    task = SPAWN(root, .plan.code = WEFT_EUSER);
    weft_task_release(task);
    CHECK_INT(weft_loop_cancel_all(&world.loop), 0);
    world_close(&world);
    CHECK_TRACE(""); /* cancelled before it could fail */

    world_open(&world);
    weft_task_release(SPAWN(root, .plan.code = WEFT_EUSER));
    task = SPAWN(root, .plan.code = WEFT_ELIMIT);
    weft_loop_run_until_complete(&world.loop, task);
    weft_task_release(task);
    weft_task_release(SPAWN(root, .plan.code = WEFT_ECANCELLED));
    task = SPAWN(root, .plan.code = WEFT_ELIMIT);
    weft_loop_run_until_complete(&world.loop, task);
    weft_task_release(task);
    CHECK_TRACE("report EUSER");
    world_close(&world);
    CHECK_INT(world.reports, 1);
}

static void note_report(struct weft_loop *loop,
                        const struct weft_report *report)
{
    struct world *world = loop->user;

    CHECK(loop == &world->loop);
    CHECK(report->task != NULL && report->message != NULL);
    trace("%s %s", report->message, weft_error_name(report->error));
}

/* CPython: test_base_events.BaseEventLoopTests.test_set_exc_handler_custom */
static void who_is_told_can_be_changed(void)
{
    struct world world;

    world_open(&world);
    world.loop.on_error = note_report;
    weft_task_release(SPAWN(root, .plan.code = WEFT_EUSER));
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
    CHECK_TRACE("nobody looked at the error of a task EUSER");
    world.loop.on_error = world_on_error;
    weft_task_release(SPAWN(root, .plan.code = WEFT_ELIMIT));
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
    CHECK_TRACE("report ELIMIT");
    world.loop.on_error = NULL;
    weft_task_release(SPAWN(root, .plan.code = WEFT_ELIMIT));
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
    CHECK_TRACE("");
    world_close(&world);
}

static void a_task_never_released_is_reported_at_the_close(void)
{
    struct world world;

    world_open(&world);
    CHECK(SPAWN(root, .plan.waits = true, .plan.code = WEFT_EUSER) != NULL);
    while (world.loop.task_count > 0) {
        weft_loop_stop(&world.loop);
        CHECK_INT(weft_loop_run_forever(&world.loop), 0);
        world.sim.now += WEFT_TICKS_PER_SECOND;
    }
    CHECK_TRACE("");
    world_close(&world);
    CHECK_TRACE("report EUSER");
}

/* What weft_report_print writes to stderr. */
static const char *printed(struct weft_loop *loop,
                           const struct weft_report *report)
{
    static char said[1024];
    FILE *file = tmpfile();
    int copy = dup(STDERR_FILENO);
    size_t length;

    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    weft_report_print(loop, report);
    fflush(stderr);
    dup2(copy, STDERR_FILENO);
    close(copy);
    rewind(file);
    length = fread(said, 1, sizeof said - 1, file);
    said[length] = '\0';
    fclose(file);
    return said;
}

static void a_report_is_printed_with_or_without_a_task(void)
{
    struct weft_report report = {.message = "it went wrong",
                                 .error = WEFT_ETIMEOUT};
    char expected[600];
    struct world world;

    world_open(&world);
    CHECK_STR(printed(&world.loop, &report),
              "weft: it went wrong\n  ETIMEOUT \"timed out\"\n");
    report.task = SPAWN(root, .plan.code = WEFT_ETIMEOUT);
    weft_task_set_name(report.task, "fetcher");
    weft_loop_run_until_complete(&world.loop, report.task);
    snprintf(expected, sizeof expected, "weft: it went wrong\n  %s\n",
             expected_chain("ETIMEOUT", "timed out"));
    CHECK_STR(printed(&world.loop, &report), expected);
    weft_task_release(report.task);
    world_close(&world);
}

/* ---- An error that was caught ---- */

struct survives {
    struct weft_frame frame;
    struct inner inner;
    int caught;
};

static int survives_line;
static char survivor_said[1024];

static async survives(struct weft_frame *frame)
{
    ASYNC_BEGIN(survives);
    ASYNC_TRY {
        survives_line = __LINE__ + 1;
        AWAIT(CALL(&self->inner, inner, .plan.code = WEFT_ETIMEOUT));
    }
    ASYNC_CATCH(self->caught) {
        struct weft_report report = {"a client failed", self->caught,
                                     weft_current_task()};

        snprintf(survivor_said, sizeof survivor_said, "%s",
                 printed(weft_loop_running(), &report));
    }
    AWAIT(weft_sleep(1));
    ASYNC_END;
}

/* As servers report what their handlers fail with. */
static void a_task_that_goes_on_can_be_reported(void)
{
    char expected[600];
    struct world world;
    struct weft_task *task;

    world_open(&world);
    task = SPAWN(survives);
    weft_task_set_name(task, "server");
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    snprintf(expected, sizeof expected,
             "weft: a client failed\n"
             "  server failed: ETIMEOUT \"timed out\"\n"
             "  at test_report.c:%d in inner, awaited by test_report.c:%d in "
             "survives\n",
             inner_line, survives_line);
    CHECK_STR(survivor_said, expected);
    CHECK(weft_task_origin(task) == NULL);
    weft_task_release(task);
    world_close(&world);
}

#define TESTS(X)                                          \
    X(a_task_that_goes_on_can_be_reported)                \
    X(the_way_of_an_error_is_told_from_the_inside_out)    \
    X(an_error_raised_instead_begins_a_way_of_its_own)    \
    X(a_cancellation_has_a_way_too)                       \
    X(a_task_cancelled_before_its_first_step_has_no_line) \
    X(a_report_is_cut_to_the_buffer)                      \
    X(an_error_nobody_looked_at_is_reported_once)         \
    X(who_is_told_can_be_changed)                         \
    X(a_task_never_released_is_reported_at_the_close)     \
    X(a_report_is_printed_with_or_without_a_task)
TEST_MAIN(TESTS)
