/* test_ev_guest.c - weft in an ev_loop that somebody else runs: who runs when,
 * and how long anybody waits.
 */
#include "guests.h"

#include <pthread.h>

/* ---- Side by side ---- */

static int ball[2]; /* the host has the first end, weft the second */
static int rounds_left;

static void host_returns_the_ball(struct ev_loop *loop, ev_io *io, int events)
{
    (void)events;
    guest_take(ball[0]);
    trace("host");
    if (--rounds_left == 0) {
        ev_io_stop(loop, io);
    }
    guest_put(ball[0]);
}

struct player {
    struct weft_frame frame;
    int rounds;
};

static async player(struct weft_frame *frame)
{
    ASYNC_BEGIN(player);
    for (; self->rounds > 0; self->rounds--) {
        guest_put(ball[1]);
        AWAIT(weft_wait_readable(ball[1]));
        guest_take(ball[1]);
        trace("weft");
    }
    ASYNC_END;
}

static void descriptors_of_both_take_turns(void)
{
    ev_io io;

    guest_open();
    guest_pair(ball);
    rounds_left = 3;
    ev_io_init(&io, host_returns_the_ball, ball[0], EV_READ);
    ev_io_start(host, &io);
    weft_task_release(SPAWN(player, .rounds = 3));
    CHECK(!ev_run(host, 0)); /* and nothing is left that it would wait for */
    CHECK_TRACE("host, weft, host, weft, host, weft");
    CHECK_INT(world.loop.task_count, 0);
    guest_close_pair(ball);
    guest_close();
}

static struct weft_event tick;
static ev_timer tock;

static void host_ticks(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop, (void)timer, (void)events;
    trace("tick");
    weft_event_set(&tick);
}

struct clockwork {
    struct weft_frame frame;
    int i;
};

static async clockwork(struct weft_frame *frame)
{
    ASYNC_BEGIN(clockwork);
    for (self->i = 0; self->i < 3; self->i++) {
        weft_event_clear(&tick);
        ev_timer_set(&tock, 0.001, 0.);
        ev_timer_start(host, &tock);
        AWAIT(weft_event_wait(&tick));
        trace("woken");
        AWAIT(weft_sleep(0.001));
        trace("slept");
    }
    ASYNC_END;
}

static void timers_of_both_take_turns(void)
{
    guest_open();
    tick = (struct weft_event){0};
    ev_init(&tock, host_ticks);
    weft_task_release(SPAWN(clockwork));
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("tick, woken, slept, tick, woken, slept, tick, woken, slept");
    guest_close();
}

/* ---- Within weft ---- */

static struct weft_handle handles[4];

static void say(void *arg)
{
    trace("%s", (const char *)arg);
}

struct worker {
    struct weft_frame frame;
    const char *name;
    int turns;
};

static async worker(struct weft_frame *frame)
{
    ASYNC_BEGIN(worker);
    for (; self->turns > 0; self->turns--) {
        trace("%s %d", self->name, self->turns);
        AWAIT(weft_sleep(0));
    }
    weft_event_set(&tick);
    ASYNC_END;
}

struct scenario {
    struct weft_frame frame;
    struct weft_join workers[2];
    struct weft_timer timer;
};

/* What is left over, events, timers; sleep(0), events, joins. */
static async scenario(struct weft_frame *frame)
{
    ASYNC_BEGIN(scenario);
    tick = (struct weft_event){0};
    guest_put(ball[0]);
    weft_add_writer(weft_loop_running(), ball[1], &handles[0], say,
                    (void *)(uintptr_t) "writer");
    weft_add_reader(weft_loop_running(), ball[1], &handles[1], say,
                    (void *)(uintptr_t) "reader");
    weft_call_later_ticks(weft_loop_running(), &self->timer, 0, say,
                          (void *)(uintptr_t) "timer");
    weft_call_soon(weft_loop_running(), &handles[2], say,
                   (void *)(uintptr_t) "left over");
    trace("begin");
    AWAIT(weft_sleep(0));
    AWAIT(weft_sleep(0)); /* behind what that turn has found */
    trace("next turn");
    weft_remove_writer(weft_loop_running(), ball[1]);
    weft_remove_reader(weft_loop_running(), ball[1]);
    self->workers[0].task = SPAWN(worker, .name = "a", .turns = 2);
    self->workers[1].task = SPAWN(worker, .name = "b", .turns = 3);
    AWAIT(weft_event_wait(&tick));
    trace("event");
    AWAIT(weft_gather(self->workers, 2, 0));
    weft_join_release(self->workers, 2);
    trace("end");
    ASYNC_END;
}

static const char *const scenario_trace =
    "begin, left over, reader, writer, timer, next turn, a 2, b 3, a 1, b 2, "
    "b 1, event, end";

static void order_is_weft_s_own_whoever_runs_it(void)
{
    struct weft_task *task;

    guest_attach();
    world.loop.poll_turns = 1;
    guest_pair(ball);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, scenario), 0);
    CHECK_TRACE(scenario_trace);
    CHECK_INT(weft_ev_start(&ev, &world.loop), 0);
    guest_take(ball[1]);
    task = SPAWN(scenario);
    CHECK(!ev_run(host, 0));
    CHECK_TRACE(scenario_trace);
    CHECK_INT(weft_task_error(task), 0);
    weft_task_release(task);
    guest_close_pair(ball);
    guest_close();
}

/* ---- What the host makes ready ---- */

struct waiter {
    struct weft_frame frame;
};

static async waiter(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiter);
    AWAIT(weft_event_wait(&tick));
    trace("woken in %u", ev_iteration(host));
    ASYNC_END;
}

static void on_host_prepare(struct ev_loop *loop, ev_prepare *prepare,
                            int events)
{
    (void)events;
    ev_prepare_stop(loop, prepare);
    trace("set in %u", ev_iteration(loop) + 1); /* the one that begins */
    weft_event_set(&tick);
}

static void on_host_check(struct ev_loop *loop, ev_check *check, int events)
{
    (void)events;
    ev_check_stop(loop, check);
    trace("set in %u", ev_iteration(loop));
    weft_event_set(&tick);
}

/* Also where the host would wait for ever after it. */
static void what_the_host_makes_ready_runs_in_that_iteration(void)
{
    ev_prepare prepare;
    ev_check check;

    guest_attach();
    tick = (struct weft_event){0};
    ev_prepare_init(&prepare, on_host_prepare);
    ev_prepare_start(host, &prepare); /* libev calls the newest first */
    CHECK_INT(weft_ev_start(&ev, &world.loop), 0);
    weft_task_release(SPAWN(waiter));
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("set in 1, woken in 1");
    tick = (struct weft_event){0};
    weft_task_release(SPAWN(waiter));
    ev_run(host, EVRUN_NOWAIT); /* it waits */
    weft_ev_stop(&ev);
    ev_prepare_start(host, &prepare);
    CHECK_INT(weft_ev_start(&ev, &world.loop), 0);
    ev_run(host, EVRUN_ONCE);
    CHECK_TRACE("set in 3, woken in 3");
    tick = (struct weft_event){0};
    weft_task_release(SPAWN(waiter));
    ev_run(host, EVRUN_NOWAIT);
    ev_check_init(&check, on_host_check);
    ev_check_start(host, &check);
    ev_run(host, EVRUN_NOWAIT);
    CHECK_TRACE("set in 5, woken in 5");
    guest_close();
}

static void spawn_waiter(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop, (void)timer, (void)events;
    CHECK(weft_loop_running() == &world.loop);
    CHECK_INT(world.loop.task_count, 0);
    weft_event_set(&tick);
    weft_task_release(SPAWN(waiter));
}

/* The host has nothing else to do, and would return. */
static void a_task_that_the_host_starts_at_its_end_runs(void)
{
    guest_open();
    tick = (struct weft_event){0};
    ev_timer_init(&tock, spawn_waiter, 0., 0.);
    ev_timer_start(host, &tock);
    CHECK(!ev_run(host, 0));
    CHECK(strncmp(check_trace, "woken in ", 9) == 0);
    CHECK_INT(world.loop.task_count, 0);
    guest_close();
}

/* ---- Waiting ---- */

struct sleeper {
    struct weft_frame frame;
    double seconds;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    AWAIT(weft_sleep(self->seconds));
    trace("slept");
    ASYNC_END;
}

/* A guest that kept the host awake would make thousands of iterations. */
static void the_host_sleeps_while_weft_has_nothing_to_do(void)
{
    unsigned before;

    guest_open();
    tick = (struct weft_event){0};
    weft_task_release(SPAWN(sleeper, .seconds = 0.02));
    weft_task_release(SPAWN(waiter));
    before = ev_iteration(host);
    while (check_trace[0] == '\0') {
        ev_run(host, EVRUN_ONCE);
    }
    CHECK_TRACE("slept");
    CHECK(ev_iteration(host) - before < 10);
    guest_close();
}

static void a_host_without_work_for_weft_does_not_run_it(void)
{
    guest_open();
    weft_task_release(SPAWN(sleeper, .seconds = 3600));
    ev_run(host, EVRUN_NOWAIT);
    guest_polls = 0;
    for (int i = 0; i < 10; i++) {
        ev_run(host, EVRUN_NOWAIT);
    }
    CHECK_INT(guest_polls, 0);
    guest_close();
}

/* The alarm that the host was given is too late for the second. */
static void an_earlier_alarm_takes_the_place_of_a_later_one(void)
{
    guest_open();
    weft_task_release(SPAWN(sleeper, .seconds = 3600));
    ev_run(host, EVRUN_NOWAIT);
    weft_task_release(SPAWN(sleeper, .seconds = 0.001));
    while (check_trace[0] == '\0') {
        ev_run(host, EVRUN_ONCE);
    }
    CHECK_TRACE("slept");
    CHECK_INT(world.loop.task_count, 1);
    guest_close();
}

static void *call_from_thread(void *arg)
{
    CHECK_INT(weft_call_soon_threadsafe(&world.loop, &handles[3], say, arg), 0);
    return NULL;
}

static void another_thread_wakes_a_host_that_waits(void)
{
    char word[] = "called";
    pthread_t thread;

    guest_open();
    memset(handles, 0, sizeof handles);
    weft_task_release(SPAWN(sleeper, .seconds = 3600));
    ev_run(host, EVRUN_NOWAIT);
    CHECK_INT(pthread_create(&thread, NULL, call_from_thread, word), 0);
    while (check_trace[0] == '\0') {
        ev_run(host, EVRUN_ONCE);
    }
    CHECK_TRACE("called");
    CHECK_INT(pthread_join(thread, NULL), 0);
    guest_close();
}

#define TESTS(X)                                        \
    X(descriptors_of_both_take_turns)                   \
    X(timers_of_both_take_turns)                        \
    X(order_is_weft_s_own_whoever_runs_it)              \
    X(what_the_host_makes_ready_runs_in_that_iteration) \
    X(a_task_that_the_host_starts_at_its_end_runs)      \
    X(the_host_sleeps_while_weft_has_nothing_to_do)     \
    X(a_host_without_work_for_weft_does_not_run_it)     \
    X(an_earlier_alarm_takes_the_place_of_a_later_one)  \
    X(another_thread_wakes_a_host_that_waits)
TEST_MAIN(TESTS)
