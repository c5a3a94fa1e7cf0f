/* test_loop.c - turns, stopping and closing, as asyncio's loops do them. */
#include <signal.h>

#include "loops.h"

static void say_and_call_c(void *arg)
{
    say(arg);
    call(2, say, "c");
}

/* python3.13 prints "a, b, |, c":
 *
 *     def a():
 *         log("a")
 *         loop.call_soon(log, "c")
 *
 *     loop = asyncio.new_event_loop()
 *     loop.call_soon(a)
 *     loop.call_soon(log, "b")
 *     loop.stop()
 *     loop.run_forever()
 *     log("|")
 *     loop.stop()
 *     loop.run_forever()
 */
static void a_turn_runs_what_was_ready_and_nothing_more(void)
{
    reset();
    call(0, say_and_call_c, "a");
    call(1, say, "b");
    turn();
    trace("|");
    turn();
    CHECK_TRACE("a, b, |, c");
    world_close(&world);
}

static void stop_and_call_c(void *arg)
{
    say_and_stop(arg);
    call(2, say, "c");
}

/* python3.13 prints "a, b, |, c, d":
 *
 *     def a():
 *         log("a")
 *         loop.stop()
 *         loop.call_soon(log, "c")
 *
 *     loop = asyncio.new_event_loop()
 *     loop.call_soon(a)
 *     loop.call_soon(log, "b")
 *     loop.run_forever()
 *     log("|")
 *     loop.call_soon(log, "d")
 *     loop.call_soon(loop.stop)
 *     loop.run_forever()
 *
 * CPython: test_events.EventLoopTestsMixin.test_call_soon
 */
static void stop_lets_its_turn_end_and_keeps_the_rest(void)
{
    reset();
    call(0, stop_and_call_c, "a");
    call(1, say, "b");
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    CHECK(!weft_loop_is_running(&world.loop));
    trace("|");
    call(3, say_and_stop, "d");
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    CHECK_TRACE("a, b, |, c, d");
    world_close(&world);
}

/* python3.13 prints "a, 0, |, late, 5":
 *
 *     def late():
 *         log("late")
 *         loop.stop()
 *
 *     loop = asyncio.new_event_loop()
 *     loop.call_later(5, late)
 *     loop.call_soon(log, "a")
 *     loop.stop()
 *     loop.run_forever()
 *     log(loop.time())
 *     log("|")
 *     loop.run_forever()
 *     log(loop.time())
 *
 * CPython: test_base_events.BaseEventLoopTests.test_run_forever_pre_stopped
 */
static void stop_before_a_run_is_one_turn_that_does_not_wait(void)
{
    struct weft_timer timer = {0};

    reset();
    weft_call_later(&world.loop, &timer, 5, say_and_stop,
                    (void *)(uintptr_t) "late");
    call(0, say, "a");
    turn();
    trace("%g", weft_loop_time(&world.loop));
    trace("|");
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    trace("%g", weft_loop_time(&world.loop));
    CHECK_TRACE("a, 0, |, late, 5");
    world_close(&world);
}

/* ---- Which loop ---- */

static void run_again(void *arg)
{
    struct weft_loop *other = arg;

    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EALREADY);
    CHECK_INT(weft_loop_run_forever(other), WEFT_EALREADY);
    CHECK_INT(weft_loop_close(&world.loop), WEFT_EALREADY);
    CHECK(weft_loop_running() == &world.loop);
    CHECK(weft_loop_current() == &world.loop);
    CHECK(weft_current_task() == NULL);
    trace("inside");
}

/* CPython: test_base_events.RunningLoopTests.test_running_loop_within_a_loop
 * CPython: test_events.EventLoopTestsMixin.test_close_running_event_loop
 * CPython: test_events.GetEventLoopTestsMixin.test_get_event_loop_returns_running_loop
 */
static void a_thread_runs_one_loop_at_a_time(void)
{
    struct weft_sim sim;
    struct weft_loop other;

    weft_sim_init(&sim);
    weft_loop_init(&other, &sim.driver);
    reset();
    CHECK(weft_loop_running() == NULL);
    weft_call_soon(&world.loop, &handles[0], run_again, &other);
    turn();
    CHECK(weft_loop_running() == NULL);
    CHECK_TRACE("inside");
    world_close(&world);
    CHECK_INT(weft_loop_close(&other), 0);
}

static void say_if_current(void *arg)
{
    trace(weft_loop_current() == arg ? "current" : "another");
}

static void the_newest_open_loop_is_the_current_one(void)
{
    struct weft_sim sim;
    struct weft_loop outer;

    CHECK(weft_loop_current() == NULL);
    CHECK(weft_loop_running() == NULL);
    CHECK(weft_current_task() == NULL);
    weft_sim_init(&sim);
    weft_loop_init(&outer, &sim.driver);
    CHECK(weft_loop_current() == &outer);
    reset();
    CHECK(weft_loop_current() == &world.loop);
    weft_call_soon(&outer, &handles[0], say_if_current, &outer);
    weft_loop_stop(&outer);
    CHECK_INT(weft_loop_run_forever(&outer), 0);
    CHECK_TRACE("current");
    CHECK(weft_loop_current() == &world.loop);
    world_close(&world);
    CHECK(weft_loop_current() == &outer);
    CHECK_INT(weft_loop_close(&outer), 0);
    CHECK(weft_loop_current() == NULL);
}

/* ---- Closing ---- */

/* CPython: test_base_events.BaseEventLoopTests.test_close
 * CPython: test_events.EventLoopTestsMixin.test_close
 */
static void a_closed_loop_refuses_everything(void)
{
    struct weft_task task = {0};
    struct weft_timer timer = {0};

    reset();
    CHECK(!weft_loop_is_closed(&world.loop));
    CHECK_INT(weft_loop_close(&world.loop), 0);
    CHECK(weft_loop_is_closed(&world.loop));
    CHECK_INT(weft_loop_close(&world.loop), 0);
    CHECK_INT(weft_call_soon(&world.loop, &handles[0], say, NULL),
              WEFT_ECLOSED);
    CHECK_INT(weft_call_soon_threadsafe(&world.loop, &handles[0], say, NULL),
              WEFT_ECLOSED);
    CHECK(!weft_handle_is_scheduled(&handles[0]));
    CHECK_INT(weft_call_later(&world.loop, &timer, 1, say, NULL), WEFT_ECLOSED);
    CHECK_INT(weft_call_at(&world.loop, &timer, 1, say, NULL), WEFT_ECLOSED);
    CHECK(!weft_timer_is_set(&timer));
#if !defined(WEFT_FREESTANDING)
    CHECK_INT(
        weft_add_signal_handler(&world.loop, SIGTERM, &handles[0], say, NULL),
        WEFT_ECLOSED);
#endif
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_ECLOSED);
    CHECK(SPAWN(job) == NULL);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, &task), WEFT_ECLOSED);
}

static void a_loop_with_tasks_is_not_closed(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(job);
    CHECK_INT(weft_loop_close(&world.loop), WEFT_EBUSY);
    CHECK(!weft_loop_is_closed(&world.loop));
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    CHECK_TRACE("job");
    weft_task_release(task);
    world_close(&world);
}

/* ---- Timers and turns ---- */

static struct weft_timer timers[100];

static void say_and_call_d(void *arg)
{
    say(arg);
    call(3, say, "d");
}

/* CPython: test_base_events.BaseEventLoopTests.test__run_once_schedule_handle
 */
static void what_a_timer_schedules_waits_for_the_next_turn(void)
{
    reset();
    CHECK_INT(weft_call_later(&world.loop, &timers[0], -1, say_and_call_d,
                              (void *)(uintptr_t) "timer"),
              0);
    turn();
    CHECK_TRACE("timer");
    CHECK(weft_handle_is_scheduled(&handles[3]));
    turn();
    CHECK_TRACE("d");
    world_close(&world);
}

static weft_ticks waited;
static int (*poll_before)(struct weft_driver *driver, weft_ticks timeout,
                          struct weft_list *events);

static int note_wait(struct weft_driver *driver, weft_ticks timeout,
                     struct weft_list *events)
{
    waited = timeout;
    return poll_before(driver, timeout, events);
}

/* CPython: test_base_events.BaseEventLoopTests.test__run_once
 * CPython: test_base_events.BaseEventLoopTests.test_run_forever_pre_stopped
 */
static void the_wait_is_for_the_first_timer_that_is_set(void)
{
    reset();
    poll_before = world.sim.driver.poll;
    world.sim.driver.poll = note_wait;
    CHECK_INT(weft_call_later(&world.loop, &timers[0], 5, say, NULL), 0);
    CHECK_INT(weft_call_later(&world.loop, &timers[1], 10, say_and_stop,
                              (void *)(uintptr_t) "ten"),
              0);
    weft_timer_cancel(&timers[0]);
    waited = -1;
    turn(); /* stopped before: it does not wait */
    CHECK_INT(waited, 0);
    CHECK_TRACE("");
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    CHECK_INT(waited, weft_ticks_from(10));
    CHECK_TRACE("ten");
    world_close(&world);
}

/* At once, wherever it stands among the others, and not only when a good part
 * of them are cancelled.
 *
 * CPython: test_base_events.BaseEventLoopTests.test__run_once_cancelled_event_cleanup
 */
static void a_cancelled_timer_gives_its_place_back(void)
{
    reset();
    for (int i = 0; i < 100; i++) {
        CHECK_INT(
            weft_call_later(&world.loop, &timers[i], 3600 + i % 7, say, NULL),
            0);
    }
    CHECK_INT(world.loop.alarms.count, 100);
    for (int i = 0; i < 100; i++) {
        if (i % 5 != 0) {
            weft_timer_cancel(&timers[i]);
        }
    }
    CHECK_INT(world.loop.alarms.count, 20);
    CHECK(weft_heap_verify(&world.loop.alarms));
    for (int i = 0; i < 100; i++) {
        CHECK_INT(weft_timer_is_set(&timers[i]), i % 5 == 0);
        weft_timer_cancel(&timers[i]);
    }
    CHECK_INT(world.loop.alarms.count, 0);
    world_close(&world);
}

#define TESTS(X)                                        \
    X(a_turn_runs_what_was_ready_and_nothing_more)      \
    X(stop_lets_its_turn_end_and_keeps_the_rest)        \
    X(stop_before_a_run_is_one_turn_that_does_not_wait) \
    X(a_thread_runs_one_loop_at_a_time)                 \
    X(the_newest_open_loop_is_the_current_one)          \
    X(a_closed_loop_refuses_everything)                 \
    X(a_loop_with_tasks_is_not_closed)                  \
    X(what_a_timer_schedules_waits_for_the_next_turn)   \
    X(the_wait_is_for_the_first_timer_that_is_set)      \
    X(a_cancelled_timer_gives_its_place_back)
TEST_MAIN(TESTS)
