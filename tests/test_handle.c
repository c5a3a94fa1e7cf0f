/* test_handle.c - a callback that runs once, or not at all.
 *
 * In the Python of these tests log() appends to the trace.
 */
#include "check.h"

static struct weft_handle handles[3];

static void say(void *arg)
{
    trace("%s", (const char *)arg);
}

static void turn(struct world *world)
{
    weft_loop_stop(&world->loop);
    CHECK_INT(weft_loop_run_forever(&world->loop), 0);
}

static void soon(struct world *world, int which, const char *word)
{
    CHECK_INT(weft_call_soon(&world->loop, &handles[which], say,
                             (void *)(uintptr_t)word),
              0);
}

static void open_with_idle_handles(struct world *world)
{
    memset(handles, 0, sizeof handles);
    world_open(world);
}

static void a_handle_of_zeros_is_idle(void)
{
    struct weft_handle handle = {0};

    CHECK(!weft_handle_is_scheduled(&handle));
    weft_handle_cancel(&handle);
    CHECK(!weft_handle_is_scheduled(&handle));
}

/* CPython: test_base_events.BaseEventLoopTests.test_call_soon
 * CPython: test_base_events.BaseEventLoopTests.test__add_callback_handle
 * CPython: test_base_events.BaseEventLoopTests.test_run_once
 */
static void a_handle_runs_once(void)
{
    struct world world;

    open_with_idle_handles(&world);
    soon(&world, 0, "once");
    CHECK(weft_handle_is_scheduled(&handles[0]));
    turn(&world);
    CHECK(!weft_handle_is_scheduled(&handles[0]));
    turn(&world);
    CHECK_TRACE("once");
    soon(&world, 0, "again");
    turn(&world);
    CHECK_TRACE("again");
    world_close(&world);
}

static void a_scheduled_handle_is_not_scheduled_again(void)
{
    struct world world;

    open_with_idle_handles(&world);
    soon(&world, 0, "first");
    CHECK_INT(weft_call_soon(&world.loop, &handles[0], say, NULL),
              WEFT_EALREADY);
    turn(&world);
    CHECK_TRACE("first");
    world_close(&world);
}

/* CPython: test_events.HandleTests.test_handle
 * CPython: test_base_events.BaseEventLoopTests.test__add_callback_cancelled_handle
 */
static void a_cancelled_handle_does_not_run(void)
{
    struct world world;

    open_with_idle_handles(&world);
    soon(&world, 0, "a");
    soon(&world, 1, "b");
    soon(&world, 2, "c");
    weft_handle_cancel(&handles[1]);
    weft_handle_cancel(&handles[1]);
    CHECK(!weft_handle_is_scheduled(&handles[1]));
    turn(&world);
    CHECK_TRACE("a, c");
    soon(&world, 1, "b again");
    turn(&world);
    CHECK_TRACE("b again");
    world_close(&world);
}

static void cancel_second(void *arg)
{
    trace("%s", (const char *)arg);
    weft_handle_cancel(&handles[0]); /* this one: idle by now */
    weft_handle_cancel(&handles[1]);
}

/* python3.13 prints "a, c":
 *
 *     def a():
 *         log("a")
 *         second.cancel()
 *
 *     loop = asyncio.new_event_loop()
 *     loop.call_soon(a)
 *     second = loop.call_soon(log, "b")
 *     loop.call_soon(log, "c")
 *     loop.call_soon(loop.stop)
 *     loop.run_forever()
 */
static void a_handle_can_be_cancelled_in_the_turn_that_would_run_it(void)
{
    static char a[] = "a";
    struct world world;

    open_with_idle_handles(&world);
    weft_call_soon(&world.loop, &handles[0], cancel_second, a);
    soon(&world, 1, "b");
    soon(&world, 2, "c");
    turn(&world);
    CHECK_TRACE("a, c");
    world_close(&world);
}

struct hopper {
    struct weft_handle handle;
    struct weft_loop *loop;
    int left;
};

static void hop(void *arg)
{
    struct hopper *hopper = arg;

    trace("hop %d", hopper->left);
    CHECK(!weft_handle_is_scheduled(&hopper->handle));
    if (--hopper->left > 0) {
        CHECK_INT(weft_call_soon(hopper->loop, &hopper->handle, hop, hopper),
                  0);
    }
}

static void a_handle_is_idle_again_in_its_callback(void)
{
    struct hopper hopper = {.left = 3};
    struct world world;

    open_with_idle_handles(&world);
    hopper.loop = &world.loop;
    weft_call_soon(&world.loop, &hopper.handle, hop, &hopper);
    turn(&world);
    CHECK_TRACE("hop 3");
    turn(&world);
    turn(&world);
    CHECK_TRACE("hop 2, hop 1");
    world_close(&world);
}

/* The loop lets go of what it never ran, so that cancelling it later does not
 * touch a loop that is gone. */
static void a_handle_outlives_a_loop_that_closed(void)
{
    struct world world;

    open_with_idle_handles(&world);
    soon(&world, 0, "never");
    soon(&world, 1, "never");
    CHECK_INT(weft_loop_close(&world.loop), 0);
    memset(&world, 0x5a, sizeof world);
    CHECK(!weft_handle_is_scheduled(&handles[0]));
    weft_handle_cancel(&handles[0]);
    open_with_idle_handles(&world);
    soon(&world, 1, "now");
    turn(&world);
    CHECK_TRACE("now");
    world_close(&world);
}

#define TESTS(X)                                               \
    X(a_handle_of_zeros_is_idle)                               \
    X(a_handle_runs_once)                                      \
    X(a_scheduled_handle_is_not_scheduled_again)               \
    X(a_cancelled_handle_does_not_run)                         \
    X(a_handle_can_be_cancelled_in_the_turn_that_would_run_it) \
    X(a_handle_is_idle_again_in_its_callback)                  \
    X(a_handle_outlives_a_loop_that_closed)
TEST_MAIN(TESTS)
