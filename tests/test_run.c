/* test_run.c - what asyncio.run promises, one promise per function.
 *
 * Traces with "Python:" were printed by asyncio 3.13.
 */
#include "check.h"
#include "sweep.h"
#include "trap.h"

static struct weft_event never;

struct leftover {
    struct weft_frame frame;
    const char *name;
    bool spawns; /* another, which would wait for ever */
    int code;    /* raised when it is cancelled */
    int err;
};

static async leftover(struct weft_frame *frame)
{
    ASYNC_BEGIN(leftover);
    ASYNC_TRY {
        AWAIT(weft_event_wait(&never));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s cancelled", self->name);
        if (self->code < 0) {
            ASYNC_RAISE(self->code);
        }
        if (self->spawns) {
            weft_task_release(SPAWN(leftover, .name = "newcomer"));
        }
        AWAIT(weft_sleep(0.001));
        trace("%s cleaned", self->name);
    }
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    int code;
    int leftover_code;
    bool spawns;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    weft_task_release(SPAWN(leftover, .name = "a", .spawns = self->spawns));
    weft_task_release(
        SPAWN(leftover, .name = "b", .code = self->leftover_code));
    AWAIT(weft_sleep(0));
    trace("main ends");
    if (self->code < 0) {
        ASYNC_RAISE(self->code);
    }
    ASYNC_END;
}

/* Run on libev and keep what goes to stderr. */
static char said[1024];

static int run_loudly(int code, int leftover_code, bool spawns)
{
    FILE *file = tmpfile();
    int copy = dup(STDERR_FILENO);
    size_t length;
    int status;

    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    status = ASYNC_RUN(program, .code = code, .leftover_code = leftover_code,
                       .spawns = spawns);
    fflush(stderr);
    dup2(copy, STDERR_FILENO);
    close(copy);
    rewind(file);
    length = fread(said, 1, sizeof said - 1, file);
    said[length] = '\0';
    fclose(file);
    return status;
}

/* Python: main ends, a cancelled, b cancelled, a cleaned, b cleaned */
static void what_is_left_is_cancelled_and_awaited(void)
{
    CHECK_INT(run_loudly(0, 0, false), 0);
    CHECK_TRACE("main ends, a cancelled, b cancelled, a cleaned, b cleaned");
    CHECK_STR(said, "");
    CHECK(weft_loop_current() == NULL);
}

static void tasks_started_while_all_are_cancelled_are_cancelled_too(void)
{
    CHECK_INT(run_loudly(0, 0, true), 0);
    /* the newcomer is cancelled before its first step */
    CHECK_TRACE("main ends, a cancelled, b cancelled, a cleaned, b cleaned");
}

static void an_error_is_returned_and_reported(void)
{
    CHECK_INT(run_loudly(WEFT_EUSER, 0, false), WEFT_EUSER);
    CHECK_TRACE("main ends, a cancelled, b cancelled, a cleaned, b cleaned");
    CHECK(strstr(said, "weft: the main coroutine failed\n") == said);
    CHECK(strstr(said, "failed: EUSER") != NULL);
    CHECK(strstr(said, "at test_run.c:") != NULL);
    CHECK(strstr(said, "in program\n") != NULL);
}

static void a_cancellation_is_returned_and_not_reported(void)
{
    CHECK_INT(run_loudly(WEFT_ECANCELLED, 0, false), WEFT_ECANCELLED);
    CHECK_STR(said, "");
}

static void an_error_of_what_is_left_is_reported(void)
{
    CHECK_INT(run_loudly(0, WEFT_ELIMIT, false), 0);
    CHECK(strstr(said, "nobody looked at the error of a task") != NULL);
    CHECK(strstr(said, "ELIMIT") != NULL);
    CHECK(strstr(said, "in leftover") != NULL);
}

static void a_program_can_be_run_again(void)
{
    for (int i = 0; i < 3; i++) {
        CHECK_INT(run_loudly(0, 0, false), 0);
    }
    CHECK(check_trace[0] != '\0');
}

/* ---- On a loop that is open ---- */

struct counter {
    struct weft_frame frame;
};

static async counter(struct weft_frame *frame)
{
    ASYNC_BEGIN(counter);
    trace("counted at %g", weft_loop_time(weft_loop_running()));
    AWAIT(weft_sleep(1));
    ASYNC_END;
}

static void an_open_loop_stays_open_and_keeps_its_tasks(void)
{
    struct world world;

    world_open(&world);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, program), 0);
    CHECK_TRACE("main ends");
    CHECK_INT(world.loop.task_count, 2);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, counter), 0);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, counter), 0);
    CHECK_TRACE("counted at 0, counted at 1");
    CHECK_INT(world.loop.task_count, 2);
    CHECK_INT(world.reports, 0);
    world_close(&world);
}

struct inner_run {
    struct weft_frame frame;
};

static async inner_run(struct weft_frame *frame)
{
    ASYNC_BEGIN(inner_run);
    CHECK_INT(ASYNC_RUN(counter), WEFT_EALREADY);
    CHECK_INT(ASYNC_RUN_IN(weft_loop_running(), counter), WEFT_EALREADY);
    CHECK_INT(
        weft_loop_run_until_complete(weft_loop_running(), weft_current_task()),
        WEFT_EALREADY);
    CHECK_INT(weft_loop_run_forever(weft_loop_running()), WEFT_EALREADY);
    CHECK_INT(weft_loop_close(weft_loop_running()), WEFT_EALREADY);
    trace("still here");
    ASYNC_END;
}

/* Python: RuntimeError "asyncio.run() cannot be called from a running event
 * loop" */
static void a_run_inside_a_run_is_refused(void)
{
    CHECK_INT(WORLD_RUN(inner_run), 0);
    CHECK_TRACE("still here");
}

static void a_closed_loop_runs_nothing(void)
{
    struct world world;

    world_open(&world);
    world_close(&world);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, counter), WEFT_ECLOSED);
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_ECLOSED);
    CHECK_TRACE("");
}

static void a_loop_without_memory_says_so(void)
{
    struct world world;

    world_open(&world);
    world.fail_at = 1;
    CHECK_INT(ASYNC_RUN_IN(&world.loop, counter), WEFT_ENOMEM);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, counter), 0);
    world_close(&world);
    CHECK_TRACE("counted at 0");
}

/* ---- Main does not come to its end ---- */

struct stuck {
    struct weft_frame frame;
    int swallows; /* so many cancellations */
    bool stops;
    int err;
};

static async stuck(struct weft_frame *frame)
{
    ASYNC_BEGIN(stuck);
    for (;;) {
        ASYNC_TRY {
            if (self->stops) {
                weft_loop_stop(weft_loop_running());
            }
            AWAIT(weft_event_wait(&never));
        }
        ASYNC_CATCH_ALL(self->err) {
            trace("%s", weft_error_name(self->err));
            if (self->swallows-- <= 0) {
                ASYNC_RAISE(self->err);
            }
        }
    }
    ASYNC_END;
}

static void a_main_that_nothing_can_wake_is_a_deadlock(void)
{
    CHECK_INT(WORLD_RUN(stuck), WEFT_EDEADLOCK);
    CHECK_TRACE("ECANCELLED");
}

/* Python: main cancelled -> RuntimeError "Event loop stopped before Future
 * completed."
 *
 * CPython: test_tasks.BaseTaskTests.test_stop_while_run_in_complete
 */
static void a_stopped_run_cancels_main_and_says_so(void)
{
    CHECK_INT(WORLD_RUN(stuck, .stops = true), WEFT_ESTOPPED);
    CHECK_TRACE("ECANCELLED");
}

/* Its memory ends with the call, so it is asked again. */
static void a_main_that_swallows_is_cancelled_until_it_ends(void)
{
    CHECK_INT(WORLD_RUN(stuck, .swallows = 2), WEFT_EDEADLOCK);
    CHECK_TRACE("ECANCELLED, ECANCELLED, ECANCELLED");
    CHECK_INT(WORLD_RUN(stuck, .swallows = 2, .stops = true), WEFT_ESTOPPED);
    CHECK_TRACE("ECANCELLED, ECANCELLED, ECANCELLED");
}

static void swallow_for_ever(void)
{
    WORLD_RUN(stuck, .swallows = INT_MAX);
}

static void a_main_that_never_ends_traps(void)
{
    CHECK_TRAPS(swallow_for_ever, "weft: stuck at ");
    CHECK_TRAPS(swallow_for_ever, "the main coroutine was cancelled and goes "
                                  "on waiting");
}

/* ---- Cancelling all ---- */

static void cancel_all_says_when_a_task_will_not_end(void)
{
    struct world world;
    struct weft_task *task;

    world_open(&world);
    task = SPAWN(stuck, .swallows = 1);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), WEFT_EDEADLOCK);
    CHECK_INT(weft_loop_cancel_all(&world.loop), WEFT_EDEADLOCK);
    CHECK_INT(weft_loop_close(&world.loop), WEFT_EBUSY);
    CHECK_INT(weft_loop_cancel_all(&world.loop), 0);
    CHECK(weft_task_cancelled(task));
    weft_task_release(task);
    world_close(&world);
    CHECK_TRACE("ECANCELLED, ECANCELLED");
}

#define TESTS(X)                                               \
    X(what_is_left_is_cancelled_and_awaited)                   \
    X(tasks_started_while_all_are_cancelled_are_cancelled_too) \
    X(an_error_is_returned_and_reported)                       \
    X(a_cancellation_is_returned_and_not_reported)             \
    X(an_error_of_what_is_left_is_reported)                    \
    X(a_program_can_be_run_again)                              \
    X(an_open_loop_stays_open_and_keeps_its_tasks)             \
    X(a_run_inside_a_run_is_refused)                           \
    X(a_closed_loop_runs_nothing)                              \
    X(a_loop_without_memory_says_so)                           \
    X(a_main_that_nothing_can_wake_is_a_deadlock)              \
    X(a_stopped_run_cancels_main_and_says_so)                  \
    X(a_main_that_swallows_is_cancelled_until_it_ends)         \
    X(a_main_that_never_ends_traps)                            \
    X(cancel_all_says_when_a_task_will_not_end)
TEST_MAIN(TESTS)
