/* test_var_report.c - whose variables an error's report sees. */
#include "check.h"

static struct weft_var place = {"place", "loop"};

static void trace_place(struct weft_loop *loop,
                        const struct weft_report *report)
{
    (void)loop;
    trace("%s sees %s", weft_error_name(report->error),
          (char *)weft_var_get(&place));
}

struct fails {
    struct weft_frame frame;
    char *where;
};

static async fails(struct weft_frame *frame)
{
    ASYNC_BEGIN(fails);
    weft_var_set(&place, self->where);
    AWAIT(weft_sleep(0));
    ASYNC_RAISE(WEFT_ETIMEOUT);
    ASYNC_END;
}

struct parent {
    struct weft_frame frame;
};

static async parent(struct weft_frame *frame)
{
    static char inner[] = "child";
    static char own[] = "parent";

    ASYNC_BEGIN(parent);
    weft_var_set(&place, own);
    weft_task_release(SPAWN(fails, .where = inner));
    AWAIT(weft_sleep(1));
    trace("then %s", (char *)weft_var_get(&place));
    ASYNC_END;
}

/*
 * CPython: test_futures2.FutureTests.test_task_exc_handler_correct_context
 */
static void a_report_sees_the_variables_of_the_task_that_failed(void)
{
    struct world world;

    world_open(&world);
    world.loop.on_error = trace_place;
    CHECK_INT(ASYNC_RUN_IN(&world.loop, parent), 0);
    CHECK_TRACE("ETIMEOUT sees child, then parent");
    CHECK_STR(weft_var_get(&place), "loop");
    world_close(&world);
}

static void a_release_outside_of_tasks_reports_with_them_too(void)
{
    static char inner[] = "child";
    struct world world;
    struct weft_task *task;

    world_open(&world);
    world.loop.on_error = trace_place;
    task = SPAWN(fails, .where = inner);
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
    weft_task_release(task);
    CHECK_TRACE("ETIMEOUT sees child");
    CHECK_STR(weft_var_get(&place), "loop");
    world_close(&world);
}

#define TESTS(X)                                           \
    X(a_report_sees_the_variables_of_the_task_that_failed) \
    X(a_release_outside_of_tasks_reports_with_them_too)
TEST_MAIN(TESTS)
