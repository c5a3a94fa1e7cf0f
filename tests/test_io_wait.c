/* test_io_wait.c - tasks that wait for descriptors. */
#include "descriptors.h"

struct waiter {
    struct weft_frame frame;
    int fd;
    enum weft_direction direction;
    const char *name;
};

static async waiter(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiter);
    trace("%s waits", self->name);
    AWAIT(self->direction == WEFT_READ ? weft_wait_readable(self->fd)
                                       : weft_wait_writable(self->fd));
    trace("%s runs", self->name);
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s: %s", self->name, weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

static void a_task_waits_until_it_can_read(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(waiter, .fd = pair[0], .name = "a");
    real_turn(&real);
    real_turn(&real);
    CHECK_TRACE("a waits");
    put(pair[1]);
    real_turn(&real);
    CHECK_TRACE("a runs");
    CHECK(weft_task_done(task));
    weft_task_release(task);
    /* It does not watch any more: a callback may. */
    CHECK_INT(add_reader(0, pair[0], "read"), 0);
    finish();
}

static void a_task_waits_until_it_can_write(void)
{
    reset();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, waiter, .fd = pair[0],
                           .direction = WEFT_WRITE, .name = "a"),
              0);
    CHECK_TRACE("a waits, a runs");
    finish();
}

static void one_reads_and_one_writes_but_no_two_do_the_same(void)
{
    struct weft_task *tasks[4];

    reset();
    put(pair[1]);
    tasks[0] = SPAWN(waiter, .fd = pair[0], .name = "a");
    tasks[1] = SPAWN(waiter, .fd = pair[0], .name = "b");
    tasks[2] =
        SPAWN(waiter, .fd = pair[0], .direction = WEFT_WRITE, .name = "c");
    tasks[3] =
        SPAWN(waiter, .fd = pair[0], .direction = WEFT_WRITE, .name = "d");
    real_turn(&real);
    CHECK_TRACE("a waits, b waits, b: EBUSY, c waits, d waits, d: EBUSY");
    real_turn(&real);
    CHECK_TRACE("a runs, c runs");
    CHECK_INT(weft_task_error(tasks[1]), WEFT_EBUSY);
    CHECK_INT(weft_task_error(tasks[3]), WEFT_EBUSY);
    for (int i = 0; i < 4; i++) {
        weft_task_release(tasks[i]);
    }
    finish();
}

static void a_callback_does_not_push_a_task_out_nor_a_task_a_callback(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(waiter, .fd = pair[0], .name = "a");
    real_turn(&real);
    CHECK_TRACE("a waits");
    CHECK_INT(add_reader(0, pair[0], "read"), WEFT_EBUSY);
    CHECK(!weft_remove_reader(&real.world.loop, pair[0]));
    put(pair[1]);
    real_turn(&real);
    CHECK_TRACE("a runs");
    weft_task_release(task);
    get(pair[0]);
    CHECK_INT(add_reader(0, pair[0], "read"), 0);
    CHECK_INT(
        ASYNC_RUN_IN(&real.world.loop, waiter, .fd = pair[0], .name = "b"),
        WEFT_EBUSY);
    CHECK_TRACE("b waits, b: EBUSY");
    put(pair[1]);
    put(pair[1]);
    real_turn(&real);
    CHECK_TRACE("read");
    finish();
}

static void a_cancelled_wait_lets_go_at_once(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(waiter, .fd = pair[0], .name = "a");
    real_turn(&real);
    CHECK(weft_task_cancel(task));
    CHECK_INT(add_reader(0, pair[0], "read"), 0);
    put(pair[1]);
    real_turn(&real);
    CHECK_TRACE("a waits, a: ECANCELLED, read");
    CHECK(weft_task_cancelled(task));
    weft_task_release(task);
    finish();
}

static void cancel_and_remove(void *arg)
{
    struct weft_task *task = arg;

    trace("cancel");
    CHECK(weft_task_cancel(task));
    CHECK(!weft_remove_reader(&real.world.loop, other[0]));
    CHECK(weft_remove_reader(&real.world.loop, pair[0]));
}

/* The task is ready to go on when it is cancelled, and what it waited for is
 * cleaned up at the same time. It must neither run on nor be lost. */
static void a_wait_that_is_over_can_be_cancelled_until_the_task_runs(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(waiter, .fd = other[0], .name = "a");
    weft_add_reader(&real.world.loop, pair[0], &handles[0], cancel_and_remove,
                    task);
    real_turn(&real);
    CHECK_TRACE("a waits");
    real_turn(&real);
    put(pair[1]);
    put(other[1]);
    real_turn(&real);
    real_turn(&real);
    CHECK_TRACE("cancel, a: ECANCELLED");
    CHECK(weft_task_cancelled(task));
    weft_task_release(task);
    finish();
}

static void waiting_for_a_bad_descriptor_is_an_error(void)
{
    reset();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, waiter, .fd = -1, .name = "a"),
              -EBADF);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, waiter, .fd = -1,
                           .direction = WEFT_WRITE, .name = "b"),
              -EBADF);
    CHECK_TRACE("a waits, a: EBADF, b waits, b: EBADF");
    finish();
}

static void waiting_on_the_virtual_clock_is_an_error(void)
{
    CHECK_INT(WORLD_RUN(waiter, .fd = 0, .name = "a"), -ENOTSUP);
    CHECK_INT(WORLD_RUN(waiter, .fd = 0, .direction = WEFT_WRITE, .name = "b"),
              -ENOTSUP);
    CHECK_TRACE("a waits, a: ENOTSUP, b waits, b: ENOTSUP");
}

static void waiting_outside_of_a_task_is_an_error(void)
{
    reset();
    CHECK_INT(weft_wait_readable(pair[0]).status, WEFT_ENOTASK);
    CHECK_INT(weft_wait_writable(pair[0]).status, WEFT_ENOTASK);
    finish();
    CHECK_INT(weft_wait_readable(0).status, WEFT_ENOTASK);
}

struct limited {
    struct weft_frame frame;
    struct weft_wait_for limit;
};

static async limited(struct weft_frame *frame)
{
    ASYNC_BEGIN(limited);
    AWAIT(weft_wait_for(&self->limit, weft_wait_readable(pair[0]), 1e-6));
    ASYNC_END;
}

static void a_wait_with_a_deadline_lets_go_when_time_is_up(void)
{
    reset();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, limited), WEFT_ETIMEOUT);
    CHECK_INT(add_reader(0, pair[0], "read"), 0);
    put(pair[1]);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, limited), WEFT_EBUSY);
    CHECK(weft_remove_reader(&real.world.loop, pair[0]));
    check_trace[0] = '\0';
    finish();
}

static void busy_tasks_do_not_starve_a_waiting_one(void)
{
    struct weft_task *task;
    int turns = 0;

    reset();
    task = SPAWN(waiter, .fd = pair[0], .name = "a");
    real_turn(&real);
    put(pair[1]);
    real.world.loop.poll_turns = 64;
    while (!weft_task_done(task) && turns < 1000) {
        weft_call_soon(&real.world.loop, &handles[0], say,
                       (void *)(uintptr_t) "");
        weft_loop_stop(&real.world.loop);
        CHECK_INT(weft_loop_run_forever(&real.world.loop), 0);
        turns++;
    }
    CHECK(turns <= 65);
    check_trace[0] = '\0';
    weft_task_release(task);
    finish();
}

#define TESTS(X)                                                 \
    X(a_task_waits_until_it_can_read)                            \
    X(a_task_waits_until_it_can_write)                           \
    X(one_reads_and_one_writes_but_no_two_do_the_same)           \
    X(a_callback_does_not_push_a_task_out_nor_a_task_a_callback) \
    X(a_cancelled_wait_lets_go_at_once)                          \
    X(a_wait_that_is_over_can_be_cancelled_until_the_task_runs)  \
    X(waiting_for_a_bad_descriptor_is_an_error)                  \
    X(waiting_on_the_virtual_clock_is_an_error)                  \
    X(waiting_outside_of_a_task_is_an_error)                     \
    X(a_wait_with_a_deadline_lets_go_when_time_is_up)            \
    X(busy_tasks_do_not_starve_a_waiting_one)
TEST_MAIN(TESTS)
