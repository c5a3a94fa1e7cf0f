/* test_sim.c - a clock that jumps, and an order that is drawn by lot. */
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
    CHECK_INT(sim.drift, 0);
    CHECK(!sim.is_shuffled);
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

/* ---- In a random order ---- */

static void note_name(void *arg)
{
    trace("%s", (const char *)arg);
}

/* One turn of so many callbacks, named a, b, c, ...; leaves the trace. */
static void run_shuffled(struct world *world, uint64_t seed, int count)
{
    static const char *names[] = {"a", "b", "c", "d", "e", "f"};
    struct weft_handle handles[6];

    memset(handles, 0, sizeof handles);
    world_open(world);
    weft_sim_shuffle(&world->sim, seed);
    for (int i = 0; i < count; i++) {
        weft_call_soon(&world->loop, &handles[i], note_name,
                       (void *)(uintptr_t)names[i]);
    }
    weft_loop_stop(&world->loop);
    CHECK_INT(weft_loop_run_forever(&world->loop), 0);
    world_close(world);
}

/* These orders are part of the promise: a seed noted down on one machine finds
 * the same schedule on every other. */
static void a_seed_gives_the_same_order_everywhere(void)
{
    struct world world;

    run_shuffled(&world, 1, 6);
    CHECK_TRACE("a, b, f, e, c, d");
    run_shuffled(&world, 1, 6);
    CHECK_TRACE("a, b, f, e, c, d");
    run_shuffled(&world, 2, 6);
    CHECK_TRACE("c, e, d, f, a, b");
    run_shuffled(&world, UINT64_MAX, 6);
    CHECK_TRACE("d, f, c, b, e, a");
}

/* Each of 24 in 2400 runs comes about 100 times. */
static void every_order_is_about_as_likely(void)
{
    int times[256] = {0};
    int orders = 0;

    for (uint64_t seed = 0; seed < 2400; seed++) {
        struct world world;
        int order = 0;

        check_trace[0] = '\0';
        run_shuffled(&world, seed, 4);
        for (int i = 0; i < 4; i++) {
            order = order * 4 + (check_trace[i * 3] - 'a');
        }
        times[order]++;
    }
    check_trace[0] = '\0';
    for (int order = 0; order < 256; order++) {
        orders += times[order] > 0;
        CHECK(times[order] == 0 || (times[order] > 60 && times[order] < 140));
    }
    CHECK_INT(orders, 24);
}

static void one_entry_and_none_are_left_alone(void)
{
    struct world world;

    run_shuffled(&world, 1, 1);
    CHECK_TRACE("a");
    run_shuffled(&world, 1, 0);
    CHECK_TRACE("");
}

struct chain {
    struct weft_frame frame;
    int links;
    int i;
};

static async chain(struct weft_frame *frame)
{
    ASYNC_BEGIN(chain);
    for (self->i = 1; self->i <= self->links; self->i++) {
        trace("%d", self->i);
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

/* All of one turn come before any of the next. */
static void what_is_scheduled_waits_for_the_next_turn(void)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct world world;

        world_open(&world);
        weft_sim_shuffle(&world.sim, seed);
        for (int i = 0; i < 3; i++) {
            weft_task_release(SPAWN(chain, .links = 2));
        }
        CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
        CHECK_TRACE("1, 1, 1, 2, 2, 2");
        world_close(&world);
    }
}

/* The alarms of one turn keep their order, and so does the time. */
static void alarms_stay_in_the_order_of_their_deadlines(void)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct world world;
        struct weft_timer timers[3] = {0};

        world_open(&world);
        weft_sim_shuffle(&world.sim, seed);
        world.sim.drift = 5;
        weft_call_at_ticks(&world.loop, &timers[0], 2, note_name, "b");
        weft_call_at_ticks(&world.loop, &timers[1], 1, note_name, "a");
        weft_call_at_ticks(&world.loop, &timers[2], 2, note_name, "c");
        CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
        CHECK_TRACE("a, b, c");
        CHECK(world.sim.now >= 2 && world.sim.now <= 2 + 5 * 3);
        world_close(&world);
    }
}

struct worker {
    struct weft_frame frame;
    int turns;
    int i;
};

static async worker(struct weft_frame *frame)
{
    ASYNC_BEGIN(worker);
    for (self->i = 0; self->i < self->turns; self->i++) {
        AWAIT(weft_sleep(0));
    }
    trace("work");
    ASYNC_END;
}

struct alarmed {
    struct weft_frame frame;
};

static async alarmed(struct weft_frame *frame)
{
    ASYNC_BEGIN(alarmed);
    AWAIT(weft_sleep_ticks(10));
    trace("alarm");
    ASYNC_END;
}

/* Ten turns of work, and a deadline in ten ticks: without drift the work is
 * always first; with it, one or the other. */
static void drift_lets_time_overtake_work(void)
{
    int first[2] = {0, 0};

    for (uint64_t seed = 0; seed < 100; seed++) {
        struct world world;

        world_open(&world);
        weft_sim_shuffle(&world.sim, seed);
        world.sim.drift = seed % 2 ? 3 : 0;
        weft_task_release(SPAWN(worker, .turns = 10));
        weft_task_release(SPAWN(alarmed));
        CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
        CHECK(seed % 2 || strcmp(check_trace, "work, alarm") == 0);
        first[check_trace[0] == 'a']++;
        check_trace[0] = '\0';
        world_close(&world);
    }
    CHECK(first[0] > 60);
    CHECK(first[1] > 5);
}

static void random_numbers_are_below_their_bound(void)
{
    struct weft_sim sim;
    int seen[3] = {0};

    weft_sim_init(&sim);
    weft_sim_shuffle(&sim, 7);
    for (int i = 0; i < 300; i++) {
        uint64_t number = weft_sim_random(&sim, 3);

        if (CHECK(number < 3)) {
            seen[number]++;
        }
    }
    CHECK(seen[0] > 60 && seen[1] > 60 && seen[2] > 60);
    CHECK_INT(weft_sim_random(&sim, 1), 0);
    CHECK_INT(weft_sim_random(&sim, 0), 0);
}

#define TESTS(X)                                   \
    X(the_clock_begins_at_zero)                    \
    X(a_year_passes_at_once)                       \
    X(time_stands_still_while_there_is_work)       \
    X(nothing_to_wait_for_is_a_deadlock)           \
    X(the_clock_may_be_set_forward)                \
    X(waking_a_clock_that_never_waits_is_harmless) \
    X(a_seed_gives_the_same_order_everywhere)      \
    X(every_order_is_about_as_likely)              \
    X(one_entry_and_none_are_left_alone)           \
    X(what_is_scheduled_waits_for_the_next_turn)   \
    X(alarms_stay_in_the_order_of_their_deadlines) \
    X(drift_lets_time_overtake_work)               \
    X(random_numbers_are_below_their_bound)
TEST_MAIN(TESTS)
