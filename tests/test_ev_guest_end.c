/* test_ev_guest_end.c - weft in an ev_loop that somebody else runs: how either
 * of them ends.
 */
#include "guests.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static int pair[2];
static struct weft_handle handle;
static struct weft_event never;
static ev_timer alarm_clock;
static atomic_int host_polls;

/* Call a function of the test from the host's ev_run, once. */
static void in_the_host(void (*call)(struct ev_loop *loop, ev_timer *timer,
                                     int events))
{
    ev_timer_init(&alarm_clock, call, 0., 0.);
    ev_timer_start(host, &alarm_clock);
}

static void say(void *arg)
{
    trace("%s", (const char *)arg);
}

static void host_says(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop, (void)timer, (void)events;
    trace("host");
}

struct waiter {
    struct weft_frame frame;
    int fd;
};

/* Takes two turns and some time to end, too. */
static async waiter(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiter);
    trace("waits");
    AWAIT(weft_wait_readable(self->fd));
    guest_take(self->fd);
    trace("reads");
    ASYNC_FINALLY
    AWAIT(weft_sleep(0));
    AWAIT(weft_sleep(0.001));
    trace("ends %s", weft_error_name(frame->outcome));
    ASYNC_END;
}

static void start_waiter(void)
{
    guest_pair(pair);
    weft_task_release(SPAWN(waiter, .fd = pair[0]));
}

/* ---- The host's ev_run returns by itself ---- */

static void take_and_remove(void *arg)
{
    say(arg);
    guest_take(pair[0]);
    weft_remove_reader(&world.loop, pair[0]);
}

static void host_writes(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop, (void)timer, (void)events;
    trace("host");
    guest_put(pair[1]);
}

static void the_host_returns_when_there_is_nothing_left(void)
{
    struct weft_timer timer = {0};

    guest_open();
    CHECK(!ev_run(host, 0)); /* nothing at all */
    guest_pair(pair);
    weft_add_reader(&world.loop, pair[0], &handle, take_and_remove,
                    (void *)(uintptr_t) "reader");
    in_the_host(host_writes);
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("host, reader");
    weft_call_soon(&world.loop, &handle, say, (void *)(uintptr_t) "soon");
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("soon");
    weft_call_later(&world.loop, &timer, 0.001, say,
                    (void *)(uintptr_t) "later");
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("later");
    guest_close_pair(pair);
    guest_close();
}

struct patient {
    struct weft_frame frame;
};

static async patient(struct weft_frame *frame)
{
    ASYNC_BEGIN(patient);
    AWAIT(weft_event_wait(&never));
    trace("woken");
    ASYNC_END;
}

static void set_never(void *arg)
{
    (void)arg;
    weft_event_set(&never);
}

static void *wake_patient(void *arg)
{
    while (atomic_load(&host_polls) < 2) {
        sched_yield();
    }
    weft_call_soon_threadsafe(arg, &handle, set_never, NULL);
    return NULL;
}

static void count_poll(struct ev_loop *loop, ev_prepare *prepare, int events)
{
    (void)loop, (void)prepare, (void)events;
    atomic_fetch_add(&host_polls, 1);
}

/* Of libev's watchers none is active that would keep it waiting. */
static void the_host_does_not_return_while_a_task_waits(void)
{
    ev_prepare prepare;
    pthread_t thread;

    guest_open();
    never = (struct weft_event){0};
    atomic_store(&host_polls, 0);
    ev_prepare_init(&prepare, count_poll);
    ev_prepare_start(host, &prepare);
    ev_unref(host);
    weft_task_release(SPAWN(patient));
    CHECK_INT(pthread_create(&thread, NULL, wake_patient, &world.loop), 0);
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("woken");
    CHECK_INT(pthread_join(thread, NULL), 0);
    ev_ref(host);
    ev_prepare_stop(host, &prepare);
    guest_close();
}

static void host_reports_for_a_thread(struct ev_loop *loop, ev_timer *timer,
                                      int events)
{
    (void)events;
    trace("host");
    ev_ref(loop);
    ev_timer_stop(loop, timer);
    world.loop.expected--;
}

/* As after a task was cancelled whose job is still running. */
static void the_host_does_not_return_while_a_thread_is_to_report(void)
{
    guest_open();
    world.loop.expected++;
    ev_timer_init(&alarm_clock, host_reports_for_a_thread, 0.001, 0.001);
    ev_timer_start(host, &alarm_clock);
    ev_unref(host); /* the timer alone would not keep it */
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("host");
    guest_close();
}

/* ---- ev_break ---- */

static void host_breaks(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)timer, (void)events;
    trace("break");
    ev_break(loop, EVBREAK_ALL);
}

static void a_host_that_breaks_may_go_on(void)
{
    guest_open();
    start_waiter();
    ev_run(host, EVRUN_NOWAIT);
    in_the_host(host_breaks);
    CHECK(ev_run(host, 0));
    CHECK_TRACE("waits, break");
    guest_put(pair[1]);
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("reads, ends OK");
    guest_close_pair(pair);
    guest_close();
}

static void what_a_broken_host_leaves_is_cancelled_and_ends(void)
{
    guest_open();
    start_waiter();
    in_the_host(host_breaks);
    CHECK(ev_run(host, 0));
    weft_ev_stop(&ev);
    in_the_host(host_says); /* served while weft ends */
    CHECK_INT(weft_loop_cancel_all(&world.loop), 0);
    CHECK_TRACE("break, waits, host, ends ECANCELLED");
    CHECK_INT(world.loop.task_count, 0);
    guest_close_pair(pair);
    guest_close();
}

struct breaker {
    struct weft_frame frame;
};

static async breaker(struct weft_frame *frame)
{
    ASYNC_BEGIN(breaker);
    AWAIT(weft_sleep(0));
    trace("task breaks");
    ev_break(host, EVBREAK_ALL);
    AWAIT(weft_event_wait(&never));
    ASYNC_END;
}

static void a_task_may_break_the_host(void)
{
    guest_open();
    never = (struct weft_event){0};
    weft_task_release(SPAWN(breaker));
    CHECK(ev_run(host, 0));
    CHECK_TRACE("task breaks");
    CHECK_INT(world.loop.task_count, 1);
    guest_close();
}

/* ---- The guest leaves ---- */

static void stop_loop(void *arg)
{
    say(arg);
    weft_loop_stop(&world.loop);
}

static void leave(void *arg)
{
    say(arg);
    weft_ev_stop(&ev);
    CHECK(weft_loop_is_running(&world.loop)); /* to the end of the turn */
}

/* The task's descriptor is ready all the time, and nobody looks. */
static void the_host_goes_on_without(void (*way)(void *arg))
{
    guest_open();
    start_waiter();
    ev_run(host, EVRUN_NOWAIT);
    weft_call_soon(&world.loop, &handle, way, (void *)(uintptr_t) "leaves");
    CHECK(!ev_run(host, 0)); /* although a task waits for a descriptor */
    CHECK(!weft_loop_is_running(&world.loop));
    guest_put(pair[1]);
    in_the_host(host_says);
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("waits, leaves, host");
    CHECK_INT(weft_ev_start(&ev, &world.loop), 0);
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("reads, ends OK");
    guest_close_pair(pair);
    guest_close();
}

static void a_stopped_loop_leaves_the_host_and_may_come_back(void)
{
    the_host_goes_on_without(stop_loop);
    the_host_goes_on_without(leave);
}

static void host_stops_weft(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop, (void)timer, (void)events;
    trace("host");
    guest_put(pair[1]); /* weft would see it in this iteration */
    weft_ev_stop(&ev);
    weft_ev_stop(&ev);
    CHECK(weft_loop_running() == NULL);
}

static void the_host_may_send_it_away(void)
{
    guest_open();
    start_waiter();
    ev_run(host, EVRUN_NOWAIT);
    in_the_host(host_stops_weft);
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("waits, host");
    CHECK_INT(weft_loop_cancel_all(&world.loop), 0);
    CHECK_TRACE("ends ECANCELLED");
    guest_close_pair(pair);
    guest_close();
}

static void host_stops_the_loop(struct ev_loop *loop, ev_timer *timer,
                                int events)
{
    (void)loop, (void)timer, (void)events;
    trace("host");
    weft_loop_stop(&world.loop);
}

static void the_host_may_stop_a_loop_that_waits(void)
{
    guest_open();
    start_waiter();
    ev_run(host, EVRUN_NOWAIT);
    in_the_host(host_stops_the_loop);
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("waits, host");
    CHECK(!weft_loop_is_running(&world.loop));
    CHECK_INT(weft_loop_cancel_all(&world.loop), 0);
    CHECK_TRACE("ends ECANCELLED");
    guest_close_pair(pair);
    guest_close();
}

static void check_stops_weft(struct ev_loop *loop, ev_check *check, int events)
{
    (void)events;
    ev_check_stop(loop, check);
    weft_ev_stop(&ev);
}

/* The handle is in no list of the driver's when that has gone. */
static void an_event_that_nobody_takes_is_let_go_of(void)
{
    ev_check check;

    guest_open();
    guest_pair(pair);
    guest_put(pair[1]);
    weft_add_reader(&world.loop, pair[0], &handle, say,
                    (void *)(uintptr_t) "reader");
    ev_check_init(&check, check_stops_weft);
    ev_set_priority(&check, -1); /* behind events, before weft */
    ev_check_start(host, &check);
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("");
    CHECK(weft_handle_is_scheduled(&handle)); /* libev has found it */
    CHECK_INT(weft_loop_close(&world.loop), 0);
    weft_ev_close(&ev);
    CHECK(!weft_handle_is_scheduled(&handle));
    CHECK_INT(world.blocks, 0);
    ev_loop_destroy(host);
    guest_close_pair(pair);
}

/* As asyncio: a stop before the run ends it after one turn. */
static void a_stop_before_the_host_runs_takes_one_turn(void)
{
    guest_open();
    weft_loop_stop(&world.loop);
    weft_call_soon(&world.loop, &handle, say, (void *)(uintptr_t) "turn");
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("turn");
    CHECK(!weft_loop_is_running(&world.loop));
    guest_close();
}

#define TESTS(X)                                            \
    X(the_host_returns_when_there_is_nothing_left)          \
    X(the_host_does_not_return_while_a_task_waits)          \
    X(the_host_does_not_return_while_a_thread_is_to_report) \
    X(a_host_that_breaks_may_go_on)                         \
    X(what_a_broken_host_leaves_is_cancelled_and_ends)      \
    X(a_task_may_break_the_host)                            \
    X(a_stopped_loop_leaves_the_host_and_may_come_back)     \
    X(the_host_may_send_it_away)                            \
    X(the_host_may_stop_a_loop_that_waits)                  \
    X(an_event_that_nobody_takes_is_let_go_of)              \
    X(a_stop_before_the_host_runs_takes_one_turn)
TEST_MAIN(TESTS)
