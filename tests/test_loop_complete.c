/* test_loop_complete.c - running until a task is done, and deadlocks. */
#include "loops.h"

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
 *
 * CPython: test_events.EventLoopTestsMixin.test_run_until_complete_stopped
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

static void say_and_call_stop(void *arg)
{
    say(arg);
    call(1, say_and_stop, "two");
}

/* What is left of a run that failed does not end the next one.
 *
 * CPython: test_base_events.BaseEventLoopTests.test_run_until_complete_baseexception
 */
static void a_failed_run_does_not_stop_the_next(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(job, .error = WEFT_EUSER);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), WEFT_EUSER);
    weft_task_release(task);
    call(0, say_and_call_stop, "one");
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    CHECK_TRACE("job, one, two");
    world_close(&world);
}

struct sleeper {
    struct weft_frame frame;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    AWAIT(weft_sleep(0.1));
    ASYNC_END;
}

/* CPython: test_events.EventLoopTestsMixin.test_run_until_complete */
static void a_run_lasts_as_long_as_its_task(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(sleeper);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    CHECK_INT(weft_loop_ticks(&world.loop), weft_ticks_from(0.1));
    weft_task_release(task);
    world_close(&world);
}

struct nester {
    struct weft_frame frame;
    struct weft_task *other;
};

static async nester(struct weft_frame *frame)
{
    ASYNC_BEGIN(nester);
    CHECK(weft_loop_is_running(&world.loop));
    ASYNC_RAISE(weft_loop_run_until_complete(&world.loop, self->other));
    ASYNC_END;
}

/* CPython: test_events.EventLoopTestsMixin.test_run_until_complete_nesting */
static void a_run_inside_a_coroutine_is_refused(void)
{
    struct weft_task *task;
    struct weft_task *other;

    reset();
    other = SPAWN(job, .turns = 5);
    task = SPAWN(nester, .other = other);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), WEFT_EALREADY);
    CHECK(!weft_task_done(other));
    weft_task_release(task);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, other), 0);
    weft_task_release(other);
    CHECK_TRACE("job");
    world_close(&world);
}

#define TESTS(X)                                       \
    X(a_run_until_complete_ends_a_turn_after_the_task) \
    X(it_gives_the_outcome_which_counts_as_seen)       \
    X(a_loop_that_is_stopped_early_says_so)            \
    X(a_task_may_stop_the_loop_as_it_ends)             \
    X(a_run_for_a_done_task_is_a_run)                  \
    X(a_deadlock_is_reported_and_can_be_left)          \
    X(a_failed_run_does_not_stop_the_next)             \
    X(a_run_lasts_as_long_as_its_task)                 \
    X(a_run_inside_a_coroutine_is_refused)
TEST_MAIN(TESTS)
