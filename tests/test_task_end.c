/* test_task_end.c - the end of a task, and its release.
 *
 * In the Python of these tests log() appends to the trace.
 */
#include "tasks.h"

static struct weft_handle handles[3];

/* ---- Its end ---- */

/* CPython: test_tasks.BaseTaskTests.test_task_basics */
static void a_result_and_an_error_are_kept_until_the_release(void)
{
    struct weft_task *good, *bad;

    world_open(&world);
    good = SPAWN(job, .name = "good");
    bad = SPAWN(job, .name = "bad", .error = WEFT_ETIMEOUT);
    CHECK_INT(weft_task_error(good), WEFT_EINVALIDSTATE);
    CHECK(!weft_task_done(good));
    turn();
    CHECK(weft_task_done(good) && weft_task_done(bad));
    CHECK(!weft_task_cancelled(good) && !weft_task_cancelled(bad));
    CHECK_INT(weft_task_error(good), 0);
    CHECK_INT(WEFT_RESULT(good, job), 4);
    CHECK_INT(weft_task_error(bad), WEFT_ETIMEOUT);
    weft_task_release(good);
    weft_task_release(bad);
    CHECK_TRACE("good, bad");
    world_close(&world);
}

/* python3.13 prints "job, first, second, |, late":
 *
 *     async def job():
 *         log("job")
 *
 *     async def main():
 *         task = asyncio.create_task(job())
 *         task.add_done_callback(lambda _: log("first"))
 *         task.add_done_callback(lambda _: log("second"))
 *         await asyncio.sleep(0)
 *         await asyncio.sleep(0)
 *         task.add_done_callback(lambda _: log("late"))
 *         log("|")
 *         await asyncio.sleep(0)
 *
 *     asyncio.run(main())
 */
static void done_callbacks_run_a_turn_after_the_end(void)
{
    static char first[] = "first", second[] = "second", late[] = "late";
    struct weft_task *task;

    world_open(&world);
    task = SPAWN(job, .name = "job");
    CHECK_INT(weft_task_add_done_callback(task, &handles[0], say, first), 0);
    CHECK_INT(weft_task_add_done_callback(task, &handles[1], say, second), 0);
    CHECK_INT(weft_task_add_done_callback(task, &handles[2], say, second), 0);
    CHECK(weft_task_remove_done_callback(task, &handles[2]));
    turn();
    CHECK(weft_task_done(task));
    CHECK(!weft_task_remove_done_callback(task, &handles[0]));
    turn();
    CHECK_INT(weft_task_add_done_callback(task, &handles[0], say, late), 0);
    trace("|");
    turn();
    CHECK_TRACE("job, first, second, |, late");
    weft_task_release(task);
    world_close(&world);
}

/* A task is a future too, but not one to be completed from outside.
 *
 * CPython: test_tasks.BaseTaskTests.test_task_set_methods
 */
static void only_its_coroutine_completes_a_task(void)
{
    static int value = 7;
    struct weft_task *task;

    world_open(&world);
    task = SPAWN(job, .name = "mine", .turns = 1);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(weft_future_set_result(&task->future, &value),
                  WEFT_EINVALIDSTATE);
        CHECK_INT(weft_future_set_error(&task->future, WEFT_EUSER),
                  WEFT_EINVALIDSTATE);
        CHECK(!weft_task_done(task));
        turn();
    }
    CHECK_INT(weft_task_error(task), 0);
    CHECK_INT(WEFT_RESULT(task, job), 4);
    CHECK_TRACE("mine, mine");
    weft_task_release(task);
    world_close(&world);
}

static void cancelling_its_future_is_cancelling_the_task(void)
{
    struct weft_task *task;

    world_open(&world);
    task = SPAWN(job, .name = "a", .turns = 3);
    turn();
    CHECK(weft_future_cancel(&task->future));
    CHECK_INT(weft_task_cancelling(task), 1);
    CHECK(!weft_task_done(task));
    turn();
    CHECK(weft_task_cancelled(task));
    CHECK(!weft_future_cancel(&task->future));
    CHECK_TRACE("a");
    weft_task_release(task);
    world_close(&world);
}

struct waiting {
    struct weft_frame frame;
    struct weft_task *task;
};

static async waiting(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiting);
    AWAIT(weft_future_wait(&self->task->future));
    trace("never");
    ASYNC_FINALLY
    trace("%s", weft_error_name(frame->outcome));
    ASYNC_END;
}

static void one_that_waits_for_its_future_cancels_it_properly(void)
{
    struct weft_task *task, *waiter;

    world_open(&world);
    task = SPAWN(job, .name = "a", .turns = 9);
    waiter = SPAWN(waiting, .task = task);
    turn();
    CHECK(weft_task_cancel(waiter));
    turn();
    CHECK(weft_task_cancelled(task) && !weft_task_done(waiter));
    turn();
    CHECK(weft_task_cancelled(waiter));
    CHECK_TRACE("a, ECANCELLED");
    weft_task_release(task);
    weft_task_release(waiter);
    world_close(&world);
}

struct failing {
    struct weft_frame frame;
};

static async failing(struct weft_frame *frame)
{
    ASYNC_BEGIN(failing);
    AWAIT(weft_sleep(0));
    trace("inner");
    ASYNC_RAISE(-5);
    ASYNC_END;
}

/* An error climbs one task in a turn.
 *
 * python3.13 prints "1, inner, 2, middle, 3, outer, 4":
 *
 *     async def inner():
 *         await asyncio.sleep(0)
 *         log("inner")
 *         raise ValueError
 *
 *     async def joiner(task, name):
 *         try:
 *             await task
 *         finally:
 *             log(name)
 *
 *     async def main():
 *         a = asyncio.create_task(inner())
 *         b = asyncio.create_task(joiner(a, "middle"))
 *         c = asyncio.create_task(joiner(b, "outer"))
 *         for i in range(1, 5):
 *             await asyncio.sleep(0)
 *             log(i)
 *         c.exception()
 *
 *     asyncio.run(main())
 */
static void an_error_climbs_one_task_a_turn(void)
{
    struct weft_task *a, *b, *c;

    world_open(&world);
    a = SPAWN(failing);
    b = SPAWN(joiner, .task = a, .name = "middle");
    c = SPAWN(joiner, .task = b, .name = "outer");
    for (int i = 1; i < 5; i++) {
        turn();
        trace("%d", i);
    }
    CHECK_TRACE("1, inner, 2, middle, 3, outer, 4");
    CHECK_INT(weft_task_error(c), -5);
    weft_task_release(a);
    weft_task_release(b);
    weft_task_release(c);
    CHECK_INT(world.reports, 0); /* each was looked at by the next */
    world_close(&world);
}

/* ---- Release ---- */

static void a_running_task_is_kept_by_its_loop(void)
{
    world_open(&world);
    weft_task_release(SPAWN(job, .name = "alone", .turns = 2));
    CHECK_INT(world.loop.task_count, 1);
    turn();
    turn();
    CHECK_INT(world.loop.task_count, 1);
    turn();
    CHECK_INT(world.loop.task_count, 0);
    CHECK_INT(world.blocks, 1); /* the alarms: the task is freed */
    CHECK_TRACE("alone, alone, alone");
    world_close(&world);
}

/* CPython: test_futures.BaseFutureTests.test_tb_logger_exception_unretrieved
 * CPython: test_futures.BaseFutureTests.test_future_exception_never_retrieved
 */
static void an_error_nobody_saw_is_reported_at_the_release(void)
{
    struct weft_task *task;

    world_open(&world);
    task = SPAWN(job, .name = "bad", .error = WEFT_ELIMIT);
    turn();
    CHECK_TRACE("bad");
    weft_task_release(task);
    CHECK_TRACE("report ELIMIT");
    weft_task_release(SPAWN(job, .name = "detached", .error = WEFT_EUSER));
    turn();
    CHECK_TRACE("detached, report EUSER");
    world_close(&world);
}

/* CPython: test_futures.BaseFutureTests.test_tb_logger_exception_retrieved
 * CPython: test_futures.BaseFutureTests.test_tb_logger_result_unretrieved
 * CPython: test_tasks.BaseTaskTests.test_tb_logger_not_called_after_cancel
 */
static void an_error_that_was_seen_is_not_reported(void)
{
    struct weft_task *task;

    world_open(&world);
    task = SPAWN(job, .name = "bad", .error = WEFT_ELIMIT);
    turn();
    CHECK_INT(weft_task_error(task), WEFT_ELIMIT);
    weft_task_release(task);
    task = SPAWN(job, .name = "cancelled");
    weft_task_cancel(task);
    turn();
    weft_task_release(task);
    weft_task_release(SPAWN(job, .name = "fine"));
    turn();
    CHECK_INT(world.reports, 0);
    CHECK_TRACE("bad, fine");
    world_close(&world);
}

static void a_loop_without_on_error_is_silent(void)
{
    world_open(&world);
    world.loop.on_error = NULL;
    weft_task_release(SPAWN(job, .name = "bad", .error = WEFT_ELIMIT));
    turn();
    CHECK_TRACE("bad");
    world_close(&world);
}

static void a_closing_loop_releases_what_nobody_released(void)
{
    struct weft_task task = {0};
    struct job slot = {.frame = {0}};

    world_open(&world);
    CHECK(SPAWN(job, .name = "forgotten") != NULL);
    CHECK(SPAWN(job, .name = "failed", .error = WEFT_EUSER) != NULL);
    CHECK_INT(START(&task, &slot, job, .name = "mine"), 0);
    turn();
    CHECK_TRACE("forgotten, failed, mine");
    CHECK_INT(weft_loop_close(&world.loop), 0);
    CHECK_TRACE("report EUSER");
    CHECK_INT(world.blocks, 0);
    weft_task_release(&task); /* harmless: the loop did */
    CHECK_INT(weft_task_error(&task), 0);
}

#define TESTS(X)                                         \
    X(a_result_and_an_error_are_kept_until_the_release)  \
    X(done_callbacks_run_a_turn_after_the_end)           \
    X(only_its_coroutine_completes_a_task)               \
    X(cancelling_its_future_is_cancelling_the_task)      \
    X(one_that_waits_for_its_future_cancels_it_properly) \
    X(an_error_climbs_one_task_a_turn)                   \
    X(a_running_task_is_kept_by_its_loop)                \
    X(an_error_nobody_saw_is_reported_at_the_release)    \
    X(an_error_that_was_seen_is_not_reported)            \
    X(a_loop_without_on_error_is_silent)                 \
    X(a_closing_loop_releases_what_nobody_released)
TEST_MAIN(TESTS)
