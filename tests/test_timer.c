/* test_timer.c - callbacks at a time, on a virtual clock.
 *
 * In the Python of these tests log() appends to the trace, and the clock of
 * the loop is virtual too.
 */
#include <math.h>

#include "check.h"

static struct weft_timer timers[4];
static struct world world;

static void say(void *arg)
{
    trace("%s", (const char *)arg);
}

static void open_with_idle_timers(void)
{
    memset(timers, 0, sizeof timers);
    world_open(&world);
}

static void later(int which, double seconds, const char *word)
{
    CHECK_INT(weft_call_later(&world.loop, &timers[which], seconds, say,
                              (void *)(uintptr_t)word),
              0);
    CHECK(weft_timer_is_set(&timers[which]));
}

/* One turn, without waiting. */
static void turn(void)
{
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
}

/* Until nothing can happen any more. */
static void drain(void)
{
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
}

/* CPython: test_base_events.BaseEventLoopTests.test_call_later
 * CPython: test_base_events.BaseEventLoopTests.test_time_and_call_at
 * CPython: test_events.EventLoopTestsMixin.test_call_later
 */
static void timers_run_by_deadline(void)
{
    open_with_idle_timers();
    later(0, 3, "three");
    later(1, 1, "one");
    later(2, 2, "two");
    CHECK_INT(weft_call_at(&world.loop, &timers[3], 2.5, say,
                           (void *)(uintptr_t) "two and a half"),
              0);
    drain();
    CHECK_TRACE("one, two, two and a half, three");
    CHECK(weft_loop_ticks(&world.loop) == weft_ticks_from(3));
    CHECK(!weft_timer_is_set(&timers[0]));
    world_close(&world);
}

/* CPython's heap has no such order: a documented difference. */
static void equal_deadlines_run_as_they_were_set(void)
{
    open_with_idle_timers();
    later(2, 1, "a");
    later(0, 1, "b");
    later(3, 1, "c");
    later(1, 1, "d");
    drain();
    CHECK_TRACE("a, b, c, d");
    world_close(&world);
}

/* python3.13 prints "ready, minus infinity, minus one, zero":
 *
 *     loop = asyncio.new_event_loop()
 *     loop.call_later(0, log, "zero")
 *     loop.call_later(-1, log, "minus one")
 *     loop.call_later(float("-inf"), log, "minus infinity")
 *     loop.call_soon(log, "ready")
 *     loop.stop()
 *     loop.run_forever()
 *
 * CPython: test_base_events.BaseEventLoopTests.test_call_later_negative_delays
 */
static void what_is_due_runs_in_this_turn_behind_what_was_ready(void)
{
    struct weft_handle ready = {0};

    open_with_idle_timers();
    later(0, 0, "zero");
    later(1, -1, "minus one");
    later(2, -(double)INFINITY, "minus infinity");
    weft_call_soon(&world.loop, &ready, say, (void *)(uintptr_t) "ready");
    turn();
    CHECK_TRACE("ready, minus infinity, minus one, zero");
    CHECK_INT(weft_loop_ticks(&world.loop), 0);
    world_close(&world);
}

static void what_is_no_number_is_refused(void)
{
    open_with_idle_timers();
    world.sim.now = 5;
    CHECK_INT(weft_call_later(&world.loop, &timers[0], (double)NAN, say, NULL),
              WEFT_EINVAL);
    CHECK_INT(weft_call_at(&world.loop, &timers[0], (double)NAN, say, NULL),
              WEFT_EINVAL);
    CHECK(!weft_timer_is_set(&timers[0]));
    world_close(&world);
}

static void a_timer_at_infinity_never_runs(void)
{
    open_with_idle_timers();
    later(0, (double)INFINITY, "never");
    later(1, 1e300, "never");
    later(2, 1, "soon");
    drain();
    CHECK_TRACE("soon");
    CHECK(weft_timer_is_set(&timers[0]));
    weft_timer_cancel(&timers[0]);
    weft_timer_cancel(&timers[1]);
    world_close(&world);
}

static void a_set_timer_is_not_set_again(void)
{
    open_with_idle_timers();
    later(0, 1, "first");
    CHECK_INT(weft_call_later(&world.loop, &timers[0], 2, say, NULL),
              WEFT_EALREADY);
    drain();
    CHECK_TRACE("first");
    later(0, 1, "second");
    drain();
    CHECK_TRACE("second");
    world_close(&world);
}

/* CPython: test_events.TimerTests.test_timer
 */
static void a_cancelled_timer_does_not_run(void)
{
    open_with_idle_timers();
    weft_timer_cancel(&timers[0]);
    later(0, 1, "a");
    later(1, 2, "b");
    weft_timer_cancel(&timers[0]);
    weft_timer_cancel(&timers[0]);
    CHECK(!weft_timer_is_set(&timers[0]));
    later(0, 3, "a again");
    drain();
    CHECK_TRACE("b, a again");
    world_close(&world);
}

static void cancel_second_and_self(void *arg)
{
    trace("%s", (const char *)arg);
    CHECK(!weft_timer_is_set(&timers[0]));
    weft_timer_cancel(&timers[0]);
    CHECK(weft_timer_is_set(&timers[1]));
    weft_timer_cancel(&timers[1]);
}

/* python3.13 prints "a, c":
 *
 *     def a():
 *         log("a")
 *         second.cancel()
 *
 *     loop = asyncio.new_event_loop()
 *     loop.call_at(1, a)
 *     second = loop.call_at(2, log, "b")
 *     loop.call_at(3, log, "c")
 *     loop.call_at(9, loop.stop)
 *     loop._selector.select(10)
 *     loop.run_forever()
 */
static void a_timer_that_is_due_can_still_be_cancelled(void)
{
    static char a[] = "a";

    open_with_idle_timers();
    CHECK_INT(
        weft_call_at(&world.loop, &timers[0], 1, cancel_second_and_self, a), 0);
    later(1, 2, "b");
    later(2, 3, "c");
    world.sim.now = weft_ticks_from(10); /* all are due in one turn */
    turn();
    CHECK_TRACE("a, c");
    world_close(&world);
}

static void rearm(void *arg)
{
    int *left = arg;

    trace("%g", weft_loop_time(&world.loop));
    if (--*left > 0) {
        CHECK_INT(weft_call_later(&world.loop, &timers[0], 0.5, rearm, left),
                  0);
    }
}

static void a_timer_can_be_set_again_in_its_callback(void)
{
    int left = 4;

    open_with_idle_timers();
    weft_call_later(&world.loop, &timers[0], 0.5, rearm, &left);
    drain();
    CHECK_TRACE("0.5, 1, 1.5, 2");
    world_close(&world);
}

/* A timer that is set for now, from a callback, waits for the next turn. */
static void a_timer_set_in_a_turn_waits_for_the_next(void)
{
    int left = 1000;

    open_with_idle_timers();
    weft_call_later(&world.loop, &timers[0], 0, rearm, &left);
    turn();
    CHECK_INT(left, 999);
    CHECK_TRACE("0");
    weft_timer_cancel(&timers[0]);
    world_close(&world);
}

static void an_array_that_is_full_refuses_a_timer(void)
{
    struct weft_heap_place places[2];

    open_with_idle_timers();
    weft_loop_set_alarms(&world.loop, places, 2);
    later(0, 2, "a");
    later(1, 1, "b");
    CHECK_INT(weft_call_later(&world.loop, &timers[2], 1, say, NULL),
              WEFT_ENOMEM);
    CHECK(!weft_timer_is_set(&timers[2]));
    weft_timer_cancel(&timers[0]);
    later(2, 3, "c");
    drain();
    CHECK_TRACE("b, c");
    world_close(&world);
}

static void a_timer_fails_cleanly_without_memory(void)
{
    open_with_idle_timers();
    world.fail_at = 1;
    CHECK_INT(weft_call_later(&world.loop, &timers[0], 1, say, NULL),
              WEFT_ENOMEM);
    CHECK(!weft_timer_is_set(&timers[0]));
    later(0, 1, "a");
    drain();
    CHECK_TRACE("a");
    world_close(&world);
}

static void a_closed_loop_refuses_a_timer(void)
{
    open_with_idle_timers();
    world_close(&world);
    CHECK_INT(weft_call_later(&world.loop, &timers[0], 1, say, NULL),
              WEFT_ECLOSED);
    CHECK_INT(weft_call_at(&world.loop, &timers[0], 1, say, NULL),
              WEFT_ECLOSED);
    CHECK(!weft_timer_is_set(&timers[0]));
}

/* The loop lets go of what never ran. */
static void a_timer_outlives_a_loop_that_closed(void)
{
    open_with_idle_timers();
    later(0, 1, "never");
    later(1, 2, "never");
    later(2, -1, "never");
    CHECK_INT(weft_loop_close(&world.loop), 0);
    CHECK_INT(world.blocks, 0);
    memset(&world, 0x5a, sizeof world);
    CHECK(!weft_timer_is_set(&timers[0]));
    weft_timer_cancel(&timers[1]);
    world_open(&world);
    later(0, 1, "now");
    drain();
    CHECK_TRACE("now");
    world_close(&world);
}

/* More than fit the first array: it grows, and nothing gets lost. */
static void many_timers_come_in_order(void)
{
    static struct weft_timer many[500];
    static int left;

    open_with_idle_timers();
    for (int i = 0; i < 500; i++) {
        CHECK_INT(weft_call_at(&world.loop, &many[i], i * 7 % 500 + 1, say,
                               (void *)(uintptr_t) "x"),
                  0);
    }
    for (int i = 0; i < 500; i += 2) {
        weft_timer_cancel(&many[i]);
    }
    CHECK_INT(world.loop.alarms.count, 250);
    left = 1;
    weft_call_at(&world.loop, &timers[0], 1000, rearm, &left);
    CHECK_INT(world.loop.reserved, 251);
    check_trace[0] = '\0';
    drain();
    CHECK_INT((int)strlen(check_trace), 250 * 3 + 4);
    check_trace[0] = '\0';
    world_close(&world);
}

#define TESTS(X)                                           \
    X(timers_run_by_deadline)                              \
    X(equal_deadlines_run_as_they_were_set)                \
    X(what_is_due_runs_in_this_turn_behind_what_was_ready) \
    X(what_is_no_number_is_refused)                        \
    X(a_timer_at_infinity_never_runs)                      \
    X(a_set_timer_is_not_set_again)                        \
    X(a_cancelled_timer_does_not_run)                      \
    X(a_timer_that_is_due_can_still_be_cancelled)          \
    X(a_timer_can_be_set_again_in_its_callback)            \
    X(a_timer_set_in_a_turn_waits_for_the_next)            \
    X(an_array_that_is_full_refuses_a_timer)               \
    X(a_timer_fails_cleanly_without_memory)                \
    X(a_closed_loop_refuses_a_timer)                       \
    X(a_timer_outlives_a_loop_that_closed)                 \
    X(many_timers_come_in_order)
TEST_MAIN(TESTS)
