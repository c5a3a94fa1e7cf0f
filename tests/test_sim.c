/* test_sim.c - a clock that jumps. */
#include "check.h"

struct sleeper {
    struct weft_frame frame;
    double seconds;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    AWAIT(weft_sleep(self->seconds));
    trace("%g", weft_loop_time(weft_loop_current()));
    ASYNC_END;
}

static void the_clock_begins_at_zero(void)
{
    struct weft_sim sim;

    memset(&sim, 0x5a, sizeof sim);
    weft_sim_init(&sim);
    CHECK_INT(sim.now, 0);
    CHECK_INT(sim.driver.now(&sim.driver), 0);
    CHECK_INT(sim.driver.poll_turns, 1);
    CHECK(sim.driver.watch == NULL);
}

static void a_year_passes_at_once(void)
{
    struct world world;

    world_open(&world);
    weft_task_release(SPAWN(sleeper, .seconds = 86400. * 365));
    weft_task_release(SPAWN(sleeper, .seconds = 60));
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
    CHECK_TRACE("60, 3.1536e+07");
    world_close(&world);
}

static void time_stands_still_while_there_is_work(void)
{
    struct world world;

    world_open(&world);
    weft_task_release(SPAWN(sleeper, .seconds = 5));
    for (int i = 0; i < 10; i++) {
        weft_task_release(SPAWN(sleeper, .seconds = 0));
        weft_loop_stop(&world.loop);
        CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    }
    CHECK_INT(world.sim.now, 0);
    CHECK_TRACE("0, 0, 0, 0, 0, 0, 0, 0, 0");
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
    CHECK_TRACE("0, 5");
    world_close(&world);
}

static void nothing_to_wait_for_is_a_deadlock(void)
{
    struct world world;

    world_open(&world);
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
    CHECK_INT(world.sim.now, 0);
    CHECK(!weft_loop_is_running(&world.loop));
    world_close(&world);
}

static void the_clock_may_be_set_forward(void)
{
    struct world world;

    world_open(&world);
    weft_task_release(SPAWN(sleeper, .seconds = 1));
    weft_task_release(SPAWN(sleeper, .seconds = 2));
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    world.sim.now = weft_ticks_from(1.5);
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
    CHECK_TRACE("1.5, 2");
    world_close(&world);
}

static void waking_a_clock_that_never_waits_is_harmless(void)
{
    struct weft_sim sim;

    weft_sim_init(&sim);
    sim.driver.wake(&sim.driver);
    CHECK_INT(sim.now, 0);
}

#define TESTS(X)                             \
    X(the_clock_begins_at_zero)              \
    X(a_year_passes_at_once)                 \
    X(time_stands_still_while_there_is_work) \
    X(nothing_to_wait_for_is_a_deadlock)     \
    X(the_clock_may_be_set_forward)          \
    X(waking_a_clock_that_never_waits_is_harmless)
TEST_MAIN(TESTS)
