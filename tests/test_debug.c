/* test_debug.c - slow steps and lost memory, told by a loop in debug mode. */
#include "check.h"

static char said[2048];

/* Keeps the messages, one a line, and takes the digits out of places. */
static void keep_message(struct weft_loop *loop,
                         const struct weft_report *report)
{
    struct world *world = loop->user;
    size_t used = strlen(said);

    world->reports++;
    snprintf(said + used, sizeof said - used, "%s\n", report->message);
}

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

static void open_in_debug_mode(struct world *world)
{
    world_open(world);
    world->loop.on_error = keep_message;
    weft_loop_set_debug(&world->loop, true);
    said[0] = '\0';
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

static void without_debug_mode_nothing_is_told(void)
{
    struct world world;

    open_in_debug_mode(&world);
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

static void trace_word(void *word)
{
    trace("%s", (char *)word);
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

/* ---- Memory that is given back ---- */

struct owner {
    struct weft_frame frame;
    struct weft_event event;
};

static async owner(struct weft_frame *frame)
{
    ASYNC_BEGIN(owner);
    AWAIT(weft_sleep(1));
    ASYNC_END;
}

struct guest {
    struct weft_frame frame;
    struct weft_event *event;
};

static async guest(struct weft_frame *frame)
{
    ASYNC_BEGIN(guest);
    AWAIT(weft_event_wait(self->event));
    ASYNC_END;
}

/* The waiter of an event in the struct of a task that ends: what Python keeps
 * alive by counting references. */
static void a_waiter_in_a_freed_task_is_told(void)
{
    struct world world;
    struct weft_task *task;
    struct weft_task *waiter;
    struct weft_event *event;

    open_in_debug_mode(&world);
    task = SPAWN(owner);
    event = &((struct owner *)(void *)weft_task_frame(task))->event;
    waiter = SPAWN(guest, .event = event);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    CHECK_STR(said, "");
    weft_task_cancel(waiter); /* or its list would lie in freed memory */
    CHECK_INT(weft_loop_uses(&world.loop, event, sizeof *event), 1);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, waiter),
              WEFT_ECANCELLED);
    weft_task_release(waiter);
    said[0] = '\0';
    weft_task_release(task);
    CHECK_STR(said, "");
    world_close(&world);
}

struct ends_first {
    struct weft_frame frame;
    struct weft_event event;
    struct weft_task task;
    struct guest guest;
};

static async ends_first(struct weft_frame *frame)
{
    ASYNC_BEGIN(ends_first);
    (void)START(&self->task, &self->guest, guest, .event = &self->event);
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

static char *freed_block;
static char *kept_block;

/* An allocator that keeps what is freed, so that the mistake has no effect. */
static void *keep_blocks(struct weft_allocator *allocator, void *block,
                         size_t old_size, size_t new_size)
{
    if (new_size == 0 && block == kept_block) {
        freed_block = block;
        return NULL;
    }
    return world_resize(allocator, block, old_size, new_size);
}

static void a_task_that_runs_in_freed_memory_is_told(void)
{
    struct world world;
    struct weft_task *task;
    struct weft_task *child;

    open_in_debug_mode(&world);
    task = SPAWN(ends_first);
    child = &((struct ends_first *)(void *)weft_task_frame(task))->task;
    kept_block = (char *)task;
    world.allocator.resize = keep_blocks;
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    weft_task_release(task);
    CHECK(freed_block == kept_block);
    CHECK_STR(said, "a task that runs lies in memory that is given back\n");
    weft_task_cancel(child);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, child),
              WEFT_ECANCELLED);
    weft_task_release(child);
    world_resize(&world.allocator, kept_block, 1, 0);
    world_close(&world);
}

struct getter {
    struct weft_frame frame;
    struct weft_queue *queue;
    int item;
};

static async getter(struct weft_frame *frame)
{
    ASYNC_BEGIN(getter);
    AWAIT(weft_queue_get(self->queue, &self->item));
    ASYNC_END;
}

static void a_queue_closed_under_a_getter_is_told(void)
{
    static struct weft_queue queue;
    struct world world;
    struct weft_task *task;

    open_in_debug_mode(&world);
    weft_queue_init(&queue, sizeof(int), 0);
    task = SPAWN(getter, .queue = &queue);
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    weft_queue_close(&queue);
    CHECK_STR(said, "a task waits in memory that is given back\n");
    weft_task_release(task);
    world_close(&world);
}

static void what_is_scheduled_in_given_memory_is_counted(void)
{
    struct world world;
    struct {
        struct weft_handle handle;
        struct weft_timer timer;
        char rest;
    } memory = {0};

    open_in_debug_mode(&world);
    CHECK_INT(weft_loop_uses(&world.loop, &memory, sizeof memory), 0);
    weft_call_soon(&world.loop, &memory.handle, trace_word, NULL);
    weft_call_later(&world.loop, &memory.timer, 1, trace_word, NULL);
    CHECK_INT(weft_loop_uses(&world.loop, &memory, sizeof memory), 2);
    CHECK_INT(world.reports, 2);
    CHECK_INT(weft_loop_uses(&world.loop, &memory.rest, 1), 0);
    CHECK_INT(weft_loop_uses(&world.loop, &memory.timer, sizeof memory.timer),
              1);
    weft_handle_cancel(&memory.handle);
    weft_timer_cancel(&memory.timer);
    CHECK_INT(weft_loop_uses(&world.loop, &memory, sizeof memory), 0);
    world_close(&world);
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

#define TESTS(X)                                    \
    X(a_slow_step_is_told_with_where_it_went)       \
    X(a_quick_step_is_not_told)                     \
    X(what_counts_as_slow_can_be_set)               \
    X(without_debug_mode_nothing_is_told)           \
    X(a_slow_last_step_goes_to_the_end)             \
    X(a_slow_callback_is_told)                      \
    X(turns_are_the_same_in_debug_mode)             \
    X(results_are_the_same_in_debug_mode)           \
    X(a_waiter_in_a_freed_task_is_told)             \
    X(a_task_that_runs_in_freed_memory_is_told)     \
    X(a_queue_closed_under_a_getter_is_told)        \
    X(what_is_scheduled_in_given_memory_is_counted) \
    X(the_environment_can_ask_for_it)
TEST_MAIN(TESTS)
