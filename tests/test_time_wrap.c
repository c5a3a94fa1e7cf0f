/* test_time_wrap.c - 32 bits of milliseconds, which wrap after seven weeks. */
#define WEFT_TICKS_BITS 32
#define WEFT_IMPLEMENTATION
#define WEFT_NO_POSIX

#include "check.h"

enum { BEFORE_THE_WRAP = INT32_MAX - 3 };

_Static_assert(sizeof(weft_ticks) == 4, "32 bits");

static volatile double variable; /* no constant for the compiler */

static double some(double seconds)
{
    variable = seconds;
    return variable;
}

static void a_tick_is_a_millisecond(void)
{
    CHECK_INT(weft_ticks_from(0.5), 500);
    CHECK_INT(weft_ticks_from(-0.0004), 0);
    CHECK_INT(weft_ticks_from(86400), 86400000);
    CHECK_INT(weft_ticks_from(1e300 * 1e10), WEFT_FOREVER);
    CHECK_INT(weft_ticks_from(-1e300 * 1e10), -WEFT_FOREVER);
}

static void a_time_that_does_not_fit_is_none(void)
{
    CHECK_INT(weft_ticks_from(some(2147483.640)), 2147483640);
    CHECK_INT(weft_ticks_from(some(2147483.648)), WEFT_TICKS_INVALID);
    CHECK_INT(weft_ticks_from(some(1e300)), WEFT_TICKS_INVALID);
    CHECK_INT(weft_ticks_from(some(-2147483.640)), -2147483640);
    CHECK_INT(weft_ticks_from(some(-2147483.648)), WEFT_TICKS_INVALID);
}

static void deadlines_pass_over_what_means_something_else(void)
{
    CHECK_INT(weft_ticks_after(BEFORE_THE_WRAP, 2), INT32_MAX - 1);
    CHECK_INT(weft_ticks_after(BEFORE_THE_WRAP, 3), -INT32_MAX);
    CHECK_INT(weft_ticks_after(BEFORE_THE_WRAP, 4), -INT32_MAX);
    CHECK_INT(weft_ticks_after(BEFORE_THE_WRAP, 5), -INT32_MAX);
    CHECK_INT(weft_ticks_after(BEFORE_THE_WRAP, 6), -INT32_MAX + 1);
    CHECK_INT(weft_ticks_after(5, WEFT_FOREVER), WEFT_FOREVER);
    CHECK(weft_ticks_are_due_(-INT32_MAX, -INT32_MAX));
    CHECK(!weft_ticks_are_due_(-INT32_MAX, INT32_MAX));
    CHECK(!weft_ticks_are_due_(-INT32_MAX, INT32_MIN));
    CHECK(weft_ticks_are_due_(INT32_MAX - 1, -INT32_MAX));
    CHECK(!weft_ticks_are_due_(WEFT_FOREVER, INT32_MAX));
    CHECK(!weft_ticks_are_due_(WEFT_FOREVER, INT32_MIN));
    CHECK(weft_ticks_are_sooner_(INT32_MAX - 1, -INT32_MAX));
    CHECK(!weft_ticks_are_sooner_(-INT32_MAX, INT32_MAX - 1));
    CHECK(weft_ticks_are_sooner_(-INT32_MAX, WEFT_FOREVER));
    CHECK(!weft_ticks_are_sooner_(WEFT_FOREVER, -INT32_MAX));
    CHECK(!weft_ticks_are_sooner_(WEFT_FOREVER, WEFT_FOREVER));
}

struct sleeper {
    struct weft_frame frame;
    weft_ticks delay;
    weft_ticks began;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    self->began = weft_loop_ticks(weft_loop_current());
    AWAIT(weft_sleep_ticks(self->delay));
    trace("%d", (int)weft_ticks_since(weft_loop_ticks(weft_loop_current()),
                                      self->began));
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s", weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

static void sleeps_go_across_the_wrap(void)
{
    struct world world;

    world_open(&world);
    world.sim.now = BEFORE_THE_WRAP;
    for (int delay = 9; delay > 0; delay -= 2) {
        weft_task_release(SPAWN(sleeper, .delay = delay));
    }
    weft_task_release(SPAWN(sleeper, .delay = WEFT_FOREVER / 2));
    weft_task_release(SPAWN(sleeper, .delay = WEFT_FOREVER));
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
    CHECK_TRACE("1, 5, 5, 7, 9, 1073741823");
    world_close(&world);
    CHECK_TRACE("ECANCELLED");
}

/* Each begins where the last one ended: around the clock five times. */
static void a_long_time_is_many_sleeps(void)
{
    struct world world;
    int rounds = 0;

    world_open(&world);
    for (; rounds < 20; rounds++) {
        weft_task_release(SPAWN(sleeper, .delay = WEFT_FOREVER / 2));
        CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
        CHECK_TRACE("1073741823");
    }
    world_close(&world);
}

static void a_delay_that_is_too_long_is_an_error(void)
{
    struct world world;
    struct weft_timer timer = {0};

    world_open(&world);
    weft_task_release(SPAWN(sleeper, .delay = WEFT_FOREVER / 2 + 1));
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
    CHECK_TRACE("EINVAL, report EINVAL");
    CHECK_INT(weft_call_later_ticks(&world.loop, &timer, WEFT_FOREVER - 1, NULL,
                                    NULL),
              WEFT_EINVAL);
    CHECK_INT(weft_call_later(&world.loop, &timer, some(3e6), NULL, NULL),
              WEFT_EINVAL);
    world_close(&world);
}

struct limited {
    struct weft_frame frame;
    struct weft_timeout timeout;
    struct weft_wait_for limit;
    struct weft_event never;
    double seconds;
    int error;
};

static async limited(struct weft_frame *frame)
{
    ASYNC_BEGIN(limited);
    ASYNC_TRY {
        ASYNC_WITH(&self->timeout,
                   weft_timeout(&self->timeout, self->seconds)) {
            AWAIT(weft_event_wait(&self->never));
        }
    }
    ASYNC_CATCH(self->error) {
        trace("%s", weft_error_name(self->error));
    }
    AWAIT(weft_wait_for(&self->limit, weft_event_wait(&self->never),
                        self->seconds));
    ASYNC_END;
}

static void limits_go_across_the_wrap(void)
{
    struct world world;
    struct limited frame = {.frame = {0}, .seconds = 0.006};

    world_open(&world);
    world.sim.now = BEFORE_THE_WRAP;
    CHECK_INT(weft_run_in_(&world.loop, limited, &frame.frame), WEFT_ETIMEOUT);
    CHECK_TRACE("ETIMEOUT");
    CHECK_INT(weft_ticks_since(world.sim.now, BEFORE_THE_WRAP), 12);
    frame = (struct limited){.frame = {0}, .seconds = 2e6};
    CHECK_INT(weft_run_in_(&world.loop, limited, &frame.frame), WEFT_EINVAL);
    CHECK_TRACE("EINVAL");
    world_close(&world);
}

#define TESTS(X)                                     \
    X(a_tick_is_a_millisecond)                       \
    X(a_time_that_does_not_fit_is_none)              \
    X(deadlines_pass_over_what_means_something_else) \
    X(sleeps_go_across_the_wrap)                     \
    X(a_long_time_is_many_sleeps)                    \
    X(a_delay_that_is_too_long_is_an_error)          \
    X(limits_go_across_the_wrap)
TEST_MAIN(TESTS)
