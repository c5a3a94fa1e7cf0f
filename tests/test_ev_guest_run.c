/* test_ev_guest_run.c - weft on somebody else's ev_loop: weft runs it, what is
 * refused, and that nothing is left.
 */
#include "guests.h"

static int pair[2];
static struct weft_handle handle;
static ev_timer alarm_clock;

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

static void host_writes(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop, (void)timer, (void)events;
    trace("host");
    guest_put(pair[1]);
}

/* ---- weft runs the host ---- */

struct reader {
    struct weft_frame frame;
};

static async reader(struct weft_frame *frame)
{
    ASYNC_BEGIN(reader);
    AWAIT(weft_wait_readable(pair[0]));
    guest_take(pair[0]);
    trace("reads");
    ASYNC_END;
}

static void a_run_of_weft_serves_the_host(void)
{
    guest_attach();
    guest_pair(pair);
    in_the_host(host_writes);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, reader), 0);
    CHECK_TRACE("host, reads");
    CHECK(!ev_run(host, 0)); /* it listens to nothing */
    guest_close_pair(pair);
    guest_close();
}

static void what_is_watched_before_the_start_does_not_keep_the_host(void)
{
    guest_attach();
    guest_pair(pair);
    guest_put(pair[1]);
    weft_add_reader(&world.loop, pair[0], &handle, say,
                    (void *)(uintptr_t) "reader");
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("");
    CHECK_INT(weft_ev_start(&ev, &world.loop), 0);
    CHECK(ev_run(host, EVRUN_ONCE)); /* once more: it is still readable */
    CHECK_TRACE("reader");
    CHECK(weft_remove_reader(&world.loop, pair[0]));
    guest_close_pair(pair);
    guest_close();
}

/* The kernel would tell the host again and again. */
static void what_a_run_of_weft_leaves_behind_does_not_keep_the_host(void)
{
    guest_attach();
    start_waiter();
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    guest_put(pair[1]);
    in_the_host(host_says);
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("waits, host");
    CHECK_INT(weft_ev_start(&ev, &world.loop), 0);
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("reads, ends OK");
    guest_close_pair(pair);
    guest_close();
}

/* ---- Refused ---- */

static void host_runs_weft(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop, (void)timer, (void)events;
    trace("%s", weft_error_name(ASYNC_RUN_IN(&world.loop, reader)));
    trace("%s", weft_error_name(weft_loop_run_forever(&world.loop)));
    trace("%s", weft_error_name(ASYNC_RUN(reader)));
}

static void a_run_in_a_callback_of_the_host_is_refused(void)
{
    guest_open();
    guest_pair(pair);
    weft_call_soon(&world.loop, &handle, say, (void *)(uintptr_t) "turn");
    ev_run(host, EVRUN_NOWAIT);
    in_the_host(host_runs_weft);
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("turn, EALREADY, EALREADY, EALREADY");
    CHECK_INT(world.loop.task_count, 0);
    guest_close_pair(pair);
    guest_close();
}

static void host_runs_forever(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop, (void)timer, (void)events;
    trace("%s", weft_error_name(weft_loop_run_forever(&world.loop)));
}

static void a_run_in_a_callback_is_refused_without_a_start(void)
{
    guest_attach();
    in_the_host(host_runs_forever);
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("EALREADY");
    guest_close();
}

static void host_runs_host(void *arg)
{
    say(arg);
    ev_timer_init(&alarm_clock, host_says, 0.001, 0.);
    ev_timer_start(host, &alarm_clock);
    weft_call_soon(&world.loop, &handle, say, (void *)(uintptr_t) "next turn");
    ev_run(host, EVRUN_ONCE);
    trace("back");
}

/* libev allows it, and weft neither runs in it nor keeps it awake. */
static void a_turn_that_runs_the_host_runs_no_turn(void)
{
    guest_open();
    weft_call_soon(&world.loop, &handle, host_runs_host,
                   (void *)(uintptr_t) "turn");
    CHECK(!ev_run(host, 0));
    CHECK_TRACE("turn, host, back, next turn");
    guest_close();
}

static void what_cannot_be_is_refused(void)
{
    struct weft_loop other;
    struct weft_ev own;
    struct weft_ev second;

    guest_open();
    CHECK_INT(weft_ev_attach(&second, &world.allocator, NULL), WEFT_EINVAL);
    CHECK_INT(weft_ev_start(&ev, &world.loop), 0); /* started already */
    CHECK_INT(weft_loop_close(&world.loop), WEFT_EALREADY);
    CHECK_INT(weft_ev_open(&own, &world.allocator), 0);
    weft_loop_init(&other, &own.driver);
    CHECK_INT(weft_ev_start(&own, &other), WEFT_EINVAL);
    CHECK_INT(weft_ev_start(&ev, &other), WEFT_EINVAL);
    weft_ev_stop(&own);
    CHECK_INT(weft_loop_close(&other), 0);
    weft_ev_close(&own);

    CHECK_INT(weft_ev_attach(&second, &world.allocator, host), 0);
    weft_loop_init(&other, &second.driver);
    CHECK_INT(weft_ev_start(&second, &other), WEFT_EALREADY); /* the first */
    weft_ev_stop(&ev);
    CHECK_INT(weft_ev_start(&second, &other), 0);
    weft_ev_stop(&second);
    CHECK_INT(weft_loop_close(&other), 0);
    CHECK_INT(weft_ev_start(&second, &other), WEFT_ECLOSED);
    weft_ev_close(&second);
    guest_close();
}

static void out_of_memory_is_an_error_that_leaves_nothing(void)
{
    long n = 1;

    while (!guest_try_attach(n)) {
        n++;
    }
    CHECK(n > 2);
    guest_close();
}

#define TESTS(X)                                               \
    X(a_run_of_weft_serves_the_host)                           \
    X(what_a_run_of_weft_leaves_behind_does_not_keep_the_host) \
    X(what_is_watched_before_the_start_does_not_keep_the_host) \
    X(a_run_in_a_callback_of_the_host_is_refused)              \
    X(a_run_in_a_callback_is_refused_without_a_start)          \
    X(a_turn_that_runs_the_host_runs_no_turn)                  \
    X(what_cannot_be_is_refused)                               \
    X(out_of_memory_is_an_error_that_leaves_nothing)
TEST_MAIN(TESTS)
