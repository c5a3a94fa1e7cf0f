/* test_driver.c - what the loop asks of a driver, with one made for the test.
 *
 * In the Python of these tests log() appends to the trace.
 */
#include "check.h"

/* A clock that is set by hand, and events that are due at a poll. */
struct script {
    struct weft_driver driver; /* first */
    weft_ticks now;
    struct weft_handle *event; /* reported by the next poll */
    int failure;               /* what the next poll returns */
    int polls;
    bool quiet;
};

static weft_ticks script_now(struct weft_driver *driver)
{
    return ((struct script *)(void *)driver)->now;
}

static int script_poll(struct weft_driver *driver, weft_ticks timeout,
                       struct weft_list *events)
{
    struct script *script = (struct script *)(void *)driver;

    script->polls++;
    if (!script->quiet && timeout == WEFT_FOREVER) {
        trace("poll for ever");
    } else if (!script->quiet) {
        trace("poll %lld", (long long)timeout);
    }
    if (script->event != NULL) {
        weft_list_push(events, &script->event->entry.node);
        script->event = NULL;
    } else if (timeout != WEFT_FOREVER) {
        script->now += timeout;
    }
    return script->failure;
}

static void script_wake(struct weft_driver *driver)
{
    (void)driver;
    trace("wake");
}

static struct script script;
static struct weft_loop loop;
static struct weft_handle handles[4];
static struct weft_timer timer;
static struct weft_heap_place place; /* the timer's */

static void open_script(void)
{
    memset(handles, 0, sizeof handles);
    memset(&timer, 0, sizeof timer);
    script = (struct script){.driver = {.now = script_now,
                                        .poll = script_poll,
                                        .wake = script_wake,
                                        .poll_turns = 1},
                             .now = 100};
    weft_loop_init(&loop, &script.driver);
    weft_loop_set_alarms(&loop, &place, 1);
}

static void close_script(void)
{
    CHECK_INT(weft_loop_close(&loop), 0);
}

static void say(void *arg)
{
    trace("%s", (const char *)arg);
}

static void say_and_stop(void *arg)
{
    say(arg);
    weft_loop_stop(&loop);
}

static void soon(int which, const char *word)
{
    CHECK_INT(
        weft_call_soon(&loop, &handles[which], say, (void *)(uintptr_t)word),
        0);
}

static void ready_work_polls_without_waiting(void)
{
    open_script();
    weft_call_later_ticks(&loop, &timer, 30, say_and_stop,
                          (void *)(uintptr_t) "timer");
    soon(0, "ready");
    CHECK_INT(weft_loop_run_forever(&loop), 0);
    CHECK_TRACE("poll 0, ready, poll 30, timer");
    close_script();
}

static void stopping_polls_without_waiting(void)
{
    open_script();
    weft_call_later_ticks(&loop, &timer, 30, say, NULL);
    weft_loop_stop(&loop);
    CHECK_INT(weft_loop_run_forever(&loop), 0);
    CHECK_TRACE("poll 0");
    close_script();
}

static void an_alarm_that_is_late_polls_without_waiting(void)
{
    open_script();
    weft_call_later_ticks(&loop, &timer, 30, say_and_stop,
                          (void *)(uintptr_t) "late");
    script.now += 50;
    CHECK_INT(weft_loop_run_forever(&loop), 0);
    CHECK_TRACE("poll 0, late");
    close_script();
}

static void nothing_to_do_polls_for_ever(void)
{
    static char event[] = "event";

    open_script();
    weft_handle_set_(&handles[0], say_and_stop, event);
    script.event = &handles[0];
    CHECK_INT(weft_loop_run_forever(&loop), 0);
    CHECK_TRACE("poll for ever, event");
    close_script();
}

/* python3.13 prints "left over, io, timer":
 *
 *     loop = asyncio.new_event_loop()
 *     a, b = __import__("socket").socketpair()
 *     b.send(b"x")
 *
 *     def readable():
 *         log("io")
 *         loop.remove_reader(a)
 *
 *     loop.call_later(0, log, "timer")
 *     loop.add_reader(a, readable)
 *     loop.call_soon(log, "left over")
 *     loop.call_later(0, loop.stop)
 *     loop.run_forever()
 */
static void a_turn_runs_what_is_left_over_then_events_then_timers(void)
{
    static char event[] = "io";

    open_script();
    script.quiet = true;
    weft_call_later_ticks(&loop, &timer, 0, say_and_stop,
                          (void *)(uintptr_t) "timer");
    weft_handle_set_(&handles[1], say, event);
    script.event = &handles[1];
    soon(0, "left over");
    CHECK_INT(weft_loop_run_forever(&loop), 0);
    CHECK_TRACE("left over, io, timer");
    close_script();
}

/* An event that comes before the deadline leaves the alarm in place. */
static void an_event_ends_the_wait_for_an_alarm(void)
{
    static char event[] = "event";

    open_script();
    weft_call_later_ticks(&loop, &timer, 30, say_and_stop,
                          (void *)(uintptr_t) "timer");
    weft_handle_set_(&handles[0], say, event);
    script.event = &handles[0];
    CHECK_INT(weft_loop_run_forever(&loop), 0);
    CHECK_TRACE("poll 30, event, poll 30, timer");
    close_script();
}

static void a_failing_poll_ends_the_run_and_loses_nothing(void)
{
    open_script();
    script.failure = -5;
    soon(0, "ready");
    CHECK_INT(weft_loop_run_forever(&loop), -5);
    CHECK_TRACE("poll 0");
    CHECK(!weft_loop_is_running(&loop));
    CHECK(weft_handle_is_scheduled(&handles[0]));
    script.failure = 0;
    weft_loop_stop(&loop);
    CHECK_INT(weft_loop_run_forever(&loop), 0);
    CHECK_TRACE("poll 0, ready");
    close_script();
}

static void a_call_from_another_thread_wakes_the_driver(void)
{
    static char inbox[] = "inbox";

    open_script();
    CHECK_INT(weft_call_soon_threadsafe(&loop, &handles[0], say, inbox), 0);
    weft_loop_stop(&loop);
    CHECK_INT(weft_loop_run_forever(&loop), 0);
    CHECK_TRACE("wake, poll 0, inbox");
    close_script();
}

static void init_takes_the_budget_of_the_driver(void)
{
    open_script();
    CHECK_INT(loop.poll_turns, 1);
    CHECK_INT(loop.poll_interval, 0);
    close_script();
    script.driver.poll_turns = 7;
    script.driver.poll_interval = 9;
    weft_loop_init(&loop, &script.driver);
    CHECK_INT(loop.poll_turns, 7);
    CHECK_INT(loop.poll_interval, 9);
    close_script();
}

struct worker {
    struct weft_handle handle;
    int left;
    weft_ticks cost;
};

static void work(void *arg)
{
    struct worker *worker = arg;

    script.now += worker->cost;
    if (--worker->left > 0) {
        weft_call_soon(&loop, &worker->handle, work, worker);
    } else {
        weft_loop_stop(&loop);
    }
}

static int polls_during(int turns, weft_ticks cost)
{
    struct worker worker = {.left = turns, .cost = cost};

    script.polls = 0;
    weft_call_soon(&loop, &worker.handle, work, &worker);
    CHECK_INT(weft_loop_run_forever(&loop), 0);
    return script.polls;
}

static void one_turn_of_budget_polls_every_turn(void)
{
    open_script();
    script.quiet = true;
    CHECK_INT(polls_during(100, 0), 100);
    close_script();
}

static void a_budget_of_turns_polls_once_in_so_many(void)
{
    open_script();
    script.quiet = true;
    loop.poll_turns = 10;
    loop.poll_interval = 1000000;
    CHECK_INT(polls_during(100, 0), 10);
    CHECK_INT(polls_during(1000, 0), 100);
    close_script();
}

/* Entries that are slow use up the budget of time before that of turns. The
 * clock is looked at often enough for that: after each such entry. */
static void a_budget_of_time_polls_after_slow_entries(void)
{
    int polls;

    open_script();
    script.quiet = true;
    loop.poll_turns = 10000;
    loop.poll_interval = 1000;
    polls = polls_during(300, 1000);
    CHECK(polls >= 290);
    polls = polls_during(300, 500);
    CHECK(polls >= 140 && polls <= 160);
    close_script();
}

/* With work in every turn and a large budget, an alarm is still seen. */
static void a_busy_loop_does_not_starve_its_alarms(void)
{
    struct worker worker = {.left = 10000, .cost = 10};

    open_script();
    script.quiet = true;
    loop.poll_turns = 64;
    loop.poll_interval = 100000;
    weft_call_later_ticks(&loop, &timer, 5000, say_and_stop,
                          (void *)(uintptr_t) "timer");
    weft_call_soon(&loop, &worker.handle, work, &worker);
    CHECK_INT(weft_loop_run_forever(&loop), 0);
    CHECK_TRACE("timer");
    CHECK(script.now >= 5100 && script.now <= 5100 + 64 * 10 + 10);
    close_script();
}

#define TESTS(X)                                             \
    X(ready_work_polls_without_waiting)                      \
    X(stopping_polls_without_waiting)                        \
    X(an_alarm_that_is_late_polls_without_waiting)           \
    X(nothing_to_do_polls_for_ever)                          \
    X(a_turn_runs_what_is_left_over_then_events_then_timers) \
    X(an_event_ends_the_wait_for_an_alarm)                   \
    X(a_failing_poll_ends_the_run_and_loses_nothing)         \
    X(a_call_from_another_thread_wakes_the_driver)           \
    X(init_takes_the_budget_of_the_driver)                   \
    X(one_turn_of_budget_polls_every_turn)                   \
    X(a_budget_of_turns_polls_once_in_so_many)               \
    X(a_budget_of_time_polls_after_slow_entries)             \
    X(a_busy_loop_does_not_starve_its_alarms)
TEST_MAIN(TESTS)
