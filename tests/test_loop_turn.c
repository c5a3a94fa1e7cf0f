/* test_loop_turn.c - a loop inside somebody else's loop, turn by turn. */
#include "loops.h"

#define MS(ms) ((weft_ticks)(ms) * (WEFT_TICKS_PER_SECOND / 1000))

static void say_and_call_b(void *arg)
{
    say(arg);
    call(1, say, "b");
}

static void a_turn_does_not_wait(void)
{
    struct weft_timer timer = {0};

    reset();
    CHECK_INT(weft_call_later(&world.loop, &timer, 1, say, "late"), 0);
    call(0, say_and_call_b, "a");
    CHECK_INT(weft_loop_turn(&world.loop), 0);
    trace("|");
    CHECK_INT(weft_loop_turn(&world.loop), 0);
    CHECK_INT(weft_loop_turn(&world.loop), 0);
    CHECK_INT(weft_loop_ticks(&world.loop), 0);
    CHECK_TRACE("a, |, b");
    world.sim.now = MS(1000); /* time passes outside */
    CHECK_INT(weft_loop_turn(&world.loop), 0);
    CHECK_TRACE("late");
    world_close(&world);
}

static void the_time_to_wait_is_what_the_next_turn_would_wait(void)
{
    struct weft_timer timer = {0};

    reset();
    CHECK(weft_loop_time_to_wait(&world.loop) == WEFT_FOREVER);
    CHECK_INT(weft_call_later(&world.loop, &timer, 0.25, say, "late"), 0);
    CHECK_INT(weft_loop_time_to_wait(&world.loop), MS(250));
    world.sim.now = MS(200);
    CHECK_INT(weft_loop_time_to_wait(&world.loop), MS(50));
    world.sim.now = MS(300);
    CHECK_INT(weft_loop_time_to_wait(&world.loop), 0);
    CHECK_INT(weft_loop_turn(&world.loop), 0);
    CHECK(weft_loop_time_to_wait(&world.loop) == WEFT_FOREVER);
    call(0, say, "now");
    CHECK_INT(weft_loop_time_to_wait(&world.loop), 0);
    CHECK_INT(weft_loop_turn(&world.loop), 0);
    CHECK_TRACE("late, now");
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_time_to_wait(&world.loop), 0);
    CHECK_INT(weft_loop_turn(&world.loop), 0);
    world_close(&world);
}

/* Or a main loop goes to sleep on what an interrupt has just sent. */
static void what_another_thread_has_sent_is_something_to_do(void)
{
    reset();
    CHECK_INT(weft_call_soon_threadsafe(&world.loop, &handles[0], say,
                                        (void *)(uintptr_t) "sent"),
              0);
    CHECK_INT(weft_loop_time_to_wait(&world.loop), 0);
    CHECK_INT(weft_loop_turn(&world.loop), 0);
    CHECK_TRACE("sent");
    CHECK(weft_loop_time_to_wait(&world.loop) == WEFT_FOREVER);
    world_close(&world);
}

/* The whole of what a page or a super-loop does. */
static void a_main_loop_of_ones_own_runs_tasks_to_their_end(void)
{
    static struct weft_task tasks[2];
    static struct job jobs[2];
    int waits = 0;
    weft_ticks wait;

    reset();
    memset(tasks, 0, sizeof tasks);
    CHECK_INT(START(&tasks[0], &jobs[0], job, .turns = 3), 0);
    CHECK_INT(START(&tasks[1], &jobs[1], job, .turns = 1), 0);
    while (world.loop.task_count > 0) {
        CHECK_INT(weft_loop_turn(&world.loop), 0);
        wait = weft_loop_time_to_wait(&world.loop);
        waits += wait > 0;
        trace("%u", (unsigned)world.loop.task_count);
    }
    CHECK_TRACE("2, job, 1, 1, job, 0");
    CHECK_INT(waits, 1); /* when there is nothing left */
    weft_task_release(&tasks[0]);
    weft_task_release(&tasks[1]);
    world_close(&world);
}

static int status_inside;

static void turn_inside(void *loop)
{
    status_inside = weft_loop_turn(loop);
    trace("inside");
}

static void a_turn_inside_a_run_fails_and_stops_nothing(void)
{
    struct world other;

    reset();
    world_open(&other);
    status_inside = 0;
    CHECK_INT(
        weft_call_soon(&world.loop, &handles[0], turn_inside, &world.loop), 0);
    call(1, say, "same turn");
    CHECK_INT(
        weft_call_soon(&world.loop, &handles[2], turn_inside, &other.loop), 0);
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
    CHECK_INT(status_inside, WEFT_EALREADY);
    CHECK_TRACE("inside, same turn, inside");

    /* The other one is not to stop, either: it waits, in vain. */
    CHECK_INT(weft_loop_run_forever(&other.loop), WEFT_EDEADLOCK);
    world_close(&other);
    world_close(&world);
    CHECK_INT(weft_loop_turn(&world.loop), WEFT_ECLOSED);
    CHECK(weft_loop_time_to_wait(&world.loop) == WEFT_FOREVER);
}

#define TESTS(X)                                         \
    X(a_turn_does_not_wait)                              \
    X(the_time_to_wait_is_what_the_next_turn_would_wait) \
    X(what_another_thread_has_sent_is_something_to_do)   \
    X(a_main_loop_of_ones_own_runs_tasks_to_their_end)   \
    X(a_turn_inside_a_run_fails_and_stops_nothing)

TEST_MAIN(TESTS)
