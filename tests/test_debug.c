/* test_debug.c - slow steps and lost memory, told by a loop in debug mode. */
#include "debugs.h"

struct slow {
    struct weft_frame frame;
    struct world *world;
    double seconds;
};

static void take_time(struct world *world, double seconds)
{
    world->sim.now += weft_ticks_from(seconds);
}

enum { SLOW_LINE = __LINE__ + 5 };

static async slow(struct weft_frame *frame)
{
    ASYNC_BEGIN(slow);
    AWAIT(weft_sleep(1));
    take_time(self->world, self->seconds);
    AWAIT(weft_sleep(1));
    ASYNC_END;
}

static void a_slow_step_is_told_with_where_it_went(void)
{
    struct world world;
    char expected[200];

    open_in_debug_mode(&world);
    CHECK(weft_loop_get_debug(&world.loop));
    CHECK_INT(ASYNC_RUN_IN(&world.loop, slow, .world = &world, .seconds = 0.15),
              0);
    snprintf(expected, sizeof expected,
             "a step took 0.150 s: from test_debug.c:%d in slow to "
             "test_debug.c:%d in slow\n",
             SLOW_LINE, SLOW_LINE + 2);
    CHECK_STR(said, expected);
    world_close(&world);
}

static void a_quick_step_is_not_told(void)
{
    struct world world;

    open_in_debug_mode(&world);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, slow, .world = &world, .seconds = 0.09),
              0);
    CHECK_STR(said, "");
    world_close(&world);
}

static void what_counts_as_slow_can_be_set(void)
{
    struct world world;

    open_in_debug_mode(&world);
    world.loop.slow_callback_duration = weft_ticks_from(0.08);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, slow, .world = &world, .seconds = 0.09),
              0);
    CHECK_INT(world.reports, 1);
    world_close(&world);
}

/* CPython: test_base_events.BaseEventLoopTests.test_set_debug */
static void without_debug_mode_nothing_is_told(void)
{
    struct world world;

    open_in_debug_mode(&world);
    CHECK(weft_loop_get_debug(&world.loop));
    weft_loop_set_debug(&world.loop, false);
    CHECK(!weft_loop_get_debug(&world.loop));
    CHECK_INT(ASYNC_RUN_IN(&world.loop, slow, .world = &world, .seconds = 5),
              0);
    CHECK_STR(said, "");
    world_close(&world);
}

struct ends_slowly {
    struct weft_frame frame;
    struct world *world;
};

static async ends_slowly(struct weft_frame *frame)
{
    ASYNC_BEGIN(ends_slowly);
    take_time(self->world, 2);
    ASYNC_END;
}

static void a_slow_last_step_goes_to_the_end(void)
{
    struct world world;
    struct weft_task *task;

    open_in_debug_mode(&world);
    task = SPAWN(ends_slowly, .world = &world);
    weft_task_release(task); /* the report is the last to see it */
    CHECK_INT(weft_loop_cancel_all(&world.loop), 0);
    CHECK_STR(said, ""); /* cancelled before it began */
    task = SPAWN(ends_slowly, .world = &world);
    weft_task_release(task);
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    CHECK_STR(said, "a step took 2.000 s: from the beginning of ends_slowly "
                    "to its end\n");
    world_close(&world);
}

static void block_for_a_second(void *arg)
{
    take_time(arg, 1);
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_log_slow_callbacks
 */
static void a_slow_callback_is_told(void)
{
    struct world world;
    struct weft_handle handle = {0};
    struct weft_timer timer = {0};

    open_in_debug_mode(&world);
    weft_call_soon(&world.loop, &handle, block_for_a_second, &world);
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    CHECK_STR(said, "a callback took 1.000 s\n");
    weft_call_later(&world.loop, &timer, 1, block_for_a_second, &world);
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
    CHECK_STR(said, "a callback took 1.000 s\na timer took 1.000 s\n");
    world_close(&world);
}

/* ---- The order of events is the same ---- */

struct counter {
    struct weft_frame frame;
    const char *name;
    int i;
};

static async counter(struct weft_frame *frame)
{
    ASYNC_BEGIN(counter);
    for (self->i = 0; self->i < 3; self->i++) {
        trace("%s%d", self->name, self->i);
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

static void cancel_handle(void *handle)
{
    weft_handle_cancel(handle);
}

static void turns_are_the_same_in_debug_mode(void)
{
    for (int debug = 0; debug < 2; debug++) {
        struct world world;
        static struct weft_handle handles[3];
        char word[] = "called";

        world_open(&world);
        weft_loop_set_debug(&world.loop, debug);
        weft_task_release(SPAWN(counter, .name = "a"));
        weft_call_soon(&world.loop, &handles[0], trace_word, word);
        weft_task_release(SPAWN(counter, .name = "b"));
        weft_call_soon(&world.loop, &handles[1], cancel_handle, &handles[2]);
        weft_call_soon(&world.loop, &handles[2], trace_word, word);
        CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
        CHECK_TRACE("a0, called, b0, a1, b1, a2, b2");
        world_close(&world);
    }
}

struct bar {
    struct weft_frame frame;
    const char *result;
};

static async bar(struct weft_frame *frame)
{
    ASYNC_BEGIN(bar);
    ASYNC_RETURN("spam");
    ASYNC_END;
}

struct foo {
    struct weft_frame frame;
    struct bar bar;
    const char *result;
};

static async foo(struct weft_frame *frame)
{
    ASYNC_BEGIN(foo);
    AWAIT(CALL(&self->bar, bar));
    ASYNC_RETURN(self->bar.result);
    ASYNC_END;
}

/*
 * CPython: test_pep492.CoroutineTests.test_async_def_coroutines
 */
static void results_are_the_same_in_debug_mode(void)
{
    for (int debug = 0; debug < 2; debug++) {
        struct world world;
        struct weft_task *task;

        world_open(&world);
        weft_loop_set_debug(&world.loop, debug);
        task = SPAWN(foo);
        CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
        CHECK_STR(WEFT_RESULT(task, foo), "spam");
        weft_task_release(task);
        world_close(&world);
    }
}

/* ---- The environment ---- */

static void the_environment_can_ask_for_it(void)
{
    unsetenv("WEFT_DEBUG");
    CHECK(!weft_debug_is_asked_for_());
    setenv("WEFT_DEBUG", "", 1);
    CHECK(!weft_debug_is_asked_for_());
    setenv("WEFT_DEBUG", "0", 1);
    CHECK(!weft_debug_is_asked_for_());
    setenv("WEFT_DEBUG", "1", 1);
    CHECK(weft_debug_is_asked_for_());
    unsetenv("WEFT_DEBUG");
}

#define TESTS(X)                              \
    X(a_slow_step_is_told_with_where_it_went) \
    X(a_quick_step_is_not_told)               \
    X(what_counts_as_slow_can_be_set)         \
    X(without_debug_mode_nothing_is_told)     \
    X(a_slow_last_step_goes_to_the_end)       \
    X(a_slow_callback_is_told)                \
    X(turns_are_the_same_in_debug_mode)       \
    X(results_are_the_same_in_debug_mode)     \
    X(the_environment_can_ask_for_it)
TEST_MAIN(TESTS)
