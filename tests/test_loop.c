/* test_loop.c - turns, stopping and closing, as asyncio's loops do them.
 *
 * In the Python of these tests log() appends to the trace, and the clock of
 * the loop is virtual too.
 */
#include <pthread.h>

#include "check.h"

static struct world world;
static struct weft_handle handles[8];

static void reset(void)
{
    memset(handles, 0, sizeof handles);
    world_open(&world);
}

static void say(void *arg)
{
    trace("%s", (const char *)arg);
}

static void call(int which, void (*callback)(void *arg), const char *word)
{
    CHECK_INT(weft_call_soon(&world.loop, &handles[which], callback,
                             (void *)(uintptr_t)word),
              0);
}

static void turn(void)
{
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
}

static void say_and_call_c(void *arg)
{
    say(arg);
    call(2, say, "c");
}

static void say_and_stop(void *arg)
{
    say(arg);
    weft_loop_stop(&world.loop);
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

/* python3.13 prints "a, 0.0, |, late, 5.0":
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
 */
static void stop_before_a_run_is_one_turn_that_does_not_wait(void)
{
    struct weft_timer timer = {0};

    reset();
    weft_call_later(&world.loop, &timer, 5, say_and_stop,
                    (void *)(uintptr_t) "late");
    call(0, say, "a");
    turn();
    trace("%.1f", weft_loop_time(&world.loop));
    trace("|");
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    trace("%.1f", weft_loop_time(&world.loop));
    CHECK_TRACE("a, 0.0, |, late, 5.0");
    world_close(&world);
}

/* ---- run_until_complete ---- */

struct job {
    struct weft_frame frame;
    int turns;
    int error;
    bool stops;
};

static async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    while (self->turns-- > 0) {
        AWAIT(weft_sleep(0));
    }
    trace("job");
    if (self->stops) {
        weft_loop_stop(weft_loop_current());
    }
    if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    ASYNC_END;
}

static void say_and_call_four(void *arg)
{
    say(arg);
    call(4, say, "four");
}

static void say_and_call_two_and_three(void *arg)
{
    say(arg);
    call(2, say_and_call_four, "two");
    call(3, say, "three");
}

/* The loop stops in the turn after the task's end, behind what that turn has.
 *
 * python3.13 prints "job, one, two, three, |, four":
 *
 *     async def job():
 *         log("job")
 *
 *     def one():
 *         log("one")
 *         loop.call_soon(two)
 *         loop.call_soon(log, "three")
 *
 *     def two():
 *         log("two")
 *         loop.call_soon(log, "four")
 *
 *     loop = asyncio.new_event_loop()
 *     task = loop.create_task(job())
 *     loop.call_soon(one)
 *     loop.run_until_complete(task)
 *     log("|")
 *     loop.stop()
 *     loop.run_forever()
 */
static void a_run_until_complete_ends_a_turn_after_the_task(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(job);
    call(1, say_and_call_two_and_three, "one");
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    trace("|");
    turn();
    CHECK_TRACE("job, one, two, three, |, four");
    weft_task_release(task);
    world_close(&world);
}

static void it_gives_the_outcome_which_counts_as_seen(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(job, .error = WEFT_ETIMEOUT);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), WEFT_ETIMEOUT);
    weft_task_release(task);
    task = SPAWN(job);
    weft_task_cancel(task);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), WEFT_ECANCELLED);
    weft_task_release(task);
    CHECK_TRACE("job");
    world_close(&world);
}

/* python3.13 prints "Event loop stopped before Future completed., |, job":
 *
 *     async def job():
 *         await asyncio.sleep(0)
 *         log("job")
 *
 *     loop = asyncio.new_event_loop()
 *     task = loop.create_task(job())
 *     loop.stop()
 *     try:
 *         loop.run_until_complete(task)
 *     except RuntimeError as error:
 *         log(error)
 *     log("|")
 *     loop.run_until_complete(task)
 */
static void a_loop_that_is_stopped_early_says_so(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(job, .turns = 1);
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), WEFT_ESTOPPED);
    CHECK_TRACE("");
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    CHECK_TRACE("job");
    weft_task_release(task);
    world_close(&world);
}

/* A task that stops the loop as it ends has ended all the same, and the next
 * run is not stopped by what is left of this one. */
static void a_task_may_stop_the_loop_as_it_ends(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(job, .stops = true);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    weft_task_release(task);
    task = SPAWN(job, .turns = 3);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    CHECK_TRACE("job, job");
    weft_task_release(task);
    world_close(&world);
}

static struct weft_task *done_task;

static void run_inside(void *arg)
{
    (void)arg;
    if (weft_loop_run_until_complete(&world.loop, done_task) == WEFT_EALREADY) {
        trace("loop is running");
    }
}

/* python3.13 prints "job, |, ready, loop is running, loop is closed":
 *
 *     async def job():
 *         log("job")
 *
 *     def inside():
 *         try:
 *             loop.run_until_complete(task)
 *         except RuntimeError:
 *             log("loop is running")
 *
 *     loop = asyncio.new_event_loop()
 *     task = loop.create_task(job())
 *     loop.run_until_complete(task)
 *     log("|")
 *     loop.call_soon(log, "ready")
 *     loop.call_soon(inside)
 *     loop.run_until_complete(task)
 *     loop.close()
 *     try:
 *         loop.run_until_complete(task)
 *     except RuntimeError:
 *         log("loop is closed")
 */
static void a_run_for_a_done_task_is_a_run(void)
{
    struct weft_task task = {0};
    struct job slot = {.frame = {0}};

    reset();
    done_task = &task;
    CHECK_INT(START(&task, &slot, job), 0);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, &task), 0);
    trace("|");
    call(0, say, "ready");
    call(1, run_inside, "");
    CHECK_INT(weft_loop_run_until_complete(&world.loop, &task), 0);
    world_close(&world);
    if (weft_loop_run_until_complete(&world.loop, &task) == WEFT_ECLOSED) {
        trace("loop is closed");
    }
    CHECK_TRACE("job, |, ready, loop is running, loop is closed");
}

static void a_deadlock_is_reported_and_can_be_left(void)
{
    struct weft_task *task;
    struct weft_event event = {0};

    reset();
    task = SPAWN(job, .turns = 1);
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
    CHECK_TRACE("job");
    weft_task_release(task);
    weft_event_set(&event);
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
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

static void a_closed_loop_refuses_everything(void)
{
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
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_ECLOSED);
    CHECK(SPAWN(job) == NULL);
}

/* As an interrupt would that comes twice before the loop looks. */
static void a_handle_on_its_way_from_elsewhere_is_scheduled(void)
{
    reset();
    CHECK_INT(weft_call_soon_threadsafe(&world.loop, &handles[0], say, "a"), 0);
    CHECK(weft_handle_is_scheduled(&handles[0]));
    CHECK_INT(weft_call_soon_threadsafe(&world.loop, &handles[0], say, "a"),
              WEFT_EALREADY);
    CHECK_INT(weft_call_soon_threadsafe(&world.loop, &handles[1], say, "b"), 0);
    CHECK_INT(weft_call_soon_threadsafe(&world.loop, &handles[0], say, "a"),
              WEFT_EALREADY);
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    CHECK_TRACE("a, b");
    CHECK(!weft_handle_is_scheduled(&handles[0]));
    world_close(&world);
}

static void a_handle_on_its_way_from_elsewhere_can_be_cancelled(void)
{
    reset();
    for (int i = 0; i < 3; i++) {
        CHECK_INT(weft_call_soon_threadsafe(&world.loop, &handles[i], say,
                                            i == 1 ? "b" : "a or c"),
                  0);
    }
    weft_handle_cancel(&handles[0]);
    weft_handle_cancel(&handles[2]);
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    CHECK_TRACE("b");
    CHECK(!weft_handle_is_scheduled(&handles[0]));
    world_close(&world);
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

/* ---- Other threads ---- */

static struct weft_handle from_thread[2000];
static int arrived;

static void arrive(void *arg)
{
    struct weft_handle *handle = arg;

    CHECK(handle == &from_thread[arrived]);
    if (++arrived == 2000) {
        weft_loop_stop(weft_loop_current());
    }
}

static void *send_two_thousand(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        weft_call_soon_threadsafe(arg, &from_thread[i], arrive,
                                  &from_thread[i]);
    }
    return NULL;
}

static void calls_from_a_thread_arrive_in_order(void)
{
    struct weft_loop loop;
    struct weft_ev ev;
    pthread_t thread;

    arrived = 0;
    CHECK_INT(weft_ev_open(&ev, weft_allocator_libc()), 0);
    weft_loop_init(&loop, &ev.driver);
    CHECK_INT(pthread_create(&thread, NULL, send_two_thousand, &loop), 0);
    CHECK_INT(weft_loop_run_forever(&loop), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(arrived, 2000);
    CHECK_INT(weft_loop_close(&loop), 0);
    weft_ev_close(&ev);
}

static void *run_a_loop_of_its_own(void *arg)
{
    struct weft_loop **seen = arg;
    struct weft_sim sim;
    struct weft_loop loop;

    seen[0] = weft_loop_current();
    weft_sim_init(&sim);
    weft_loop_init(&loop, &sim.driver);
    seen[1] = weft_loop_current() == &loop ? &world.loop : NULL;
    weft_loop_stop(&loop);
    weft_loop_run_forever(&loop);
    weft_loop_close(&loop);
    return NULL;
}

static void each_thread_has_its_own_current_loop(void)
{
    struct weft_loop *seen[2] = {&world.loop, NULL};
    pthread_t thread;

    reset();
    CHECK_INT(pthread_create(&thread, NULL, run_a_loop_of_its_own, seen), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK(seen[0] == NULL);
    CHECK(seen[1] == &world.loop);
    CHECK(weft_loop_current() == &world.loop);
    world_close(&world);
}

#define TESTS(X)                                           \
    X(a_turn_runs_what_was_ready_and_nothing_more)         \
    X(stop_lets_its_turn_end_and_keeps_the_rest)           \
    X(stop_before_a_run_is_one_turn_that_does_not_wait)    \
    X(a_run_until_complete_ends_a_turn_after_the_task)     \
    X(it_gives_the_outcome_which_counts_as_seen)           \
    X(a_loop_that_is_stopped_early_says_so)                \
    X(a_task_may_stop_the_loop_as_it_ends)                 \
    X(a_run_for_a_done_task_is_a_run)                      \
    X(a_deadlock_is_reported_and_can_be_left)              \
    X(a_thread_runs_one_loop_at_a_time)                    \
    X(the_newest_open_loop_is_the_current_one)             \
    X(a_closed_loop_refuses_everything)                    \
    X(a_handle_on_its_way_from_elsewhere_is_scheduled)     \
    X(a_handle_on_its_way_from_elsewhere_can_be_cancelled) \
    X(a_loop_with_tasks_is_not_closed)                     \
    X(calls_from_a_thread_arrive_in_order)                 \
    X(each_thread_has_its_own_current_loop)
TEST_MAIN(TESTS)
