/* test_ev_guest_budget.c - weft in an ev_loop that somebody else runs: how much
 * of it runs in an iteration.
 */
#include "guests.h"

static long steps;

struct busy {
    struct weft_frame frame;
    weft_ticks takes;
};

static async busy(struct weft_frame *frame)
{
    ASYNC_BEGIN(busy);
    for (;;) {
        steps++;
        guest_skipped += self->takes;
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

static long steps_in_an_iteration(unsigned turns, weft_ticks interval,
                                  weft_ticks takes)
{
    guest_open();
    world.loop.poll_turns = turns;
    world.loop.poll_interval = interval;
    weft_task_release(SPAWN(busy, .takes = takes));
    ev_run(host, EVRUN_NOWAIT);
    steps = 0;
    for (int i = 0; i < 10; i++) {
        ev_run(host, EVRUN_ONCE); /* does not wait: there is work */
    }
    guest_close();
    return steps;
}

static void the_budget_bounds_what_runs_in_an_iteration(void)
{
    CHECK_INT(steps_in_an_iteration(1, WEFT_TICKS_PER_SECOND, 0), 10);
    CHECK_INT(steps_in_an_iteration(7, WEFT_TICKS_PER_SECOND, 0), 70);
    /* By time: each step takes a hundredth of a second, of five. */
    CHECK(steps_in_an_iteration(1000, WEFT_TICKS_PER_SECOND / 20,
                                WEFT_TICKS_PER_SECOND / 100) <= 70);
    CHECK_INT(steps_in_an_iteration(1000, WEFT_TICKS_PER_SECOND / 20,
                                    WEFT_TICKS_PER_SECOND),
              10);
}

static void host_reads(struct ev_loop *loop, ev_io *io, int events)
{
    (void)events;
    trace("reads");
    ev_io_stop(loop, io);
}

static void host_ticks(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop, (void)timer, (void)events;
    trace("ticks");
}

static void on_host_idle(struct ev_loop *loop, ev_idle *idle, int events)
{
    (void)events;
    trace("idle");
    ev_idle_stop(loop, idle);
}

static void tasks_that_never_wait_do_not_starve_the_host(void)
{
    ev_timer timer;
    ev_idle idle;
    ev_io io;
    int pair[2];

    guest_open();
    guest_pair(pair);
    guest_put(pair[1]);
    ev_io_init(&io, host_reads, pair[0], EV_READ);
    ev_io_start(host, &io);
    ev_idle_init(&idle, on_host_idle);
    ev_set_priority(&idle, EV_MINPRI);
    ev_idle_start(host, &idle);
    ev_timer_init(&timer, host_ticks, 0., 0.);
    ev_timer_start(host, &timer);
    weft_task_release(SPAWN(busy, .takes = 0));
    while (ev_is_active(&io) || ev_is_active(&idle) || ev_is_active(&timer)) {
        ev_run(host, EVRUN_ONCE);
    }
    CHECK(strstr(check_trace, "reads") != NULL);
    CHECK(strstr(check_trace, "idle") != NULL);
    CHECK(strstr(check_trace, "ticks") != NULL);
    guest_close_pair(pair);
    guest_close();
}

#define TESTS(X)                                   \
    X(the_budget_bounds_what_runs_in_an_iteration) \
    X(tasks_that_never_wait_do_not_starve_the_host)
TEST_MAIN(TESTS)
