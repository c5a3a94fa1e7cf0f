/* test_io.c - callbacks and waits for descriptors. */
#include "real.h"

static struct real real;
static struct weft_handle handles[8];
static int pair[2];
static int other[2];

static void reset(void)
{
    memset(handles, 0, sizeof handles);
    real_open(&real);
    real.world.loop.poll_turns = 1; /* events come in the turn they are due */
    real_pair(pair);
    real_pair(other);
}

static void finish(void)
{
    for (int i = 0; i < 2; i++) {
        weft_remove_reader(&real.world.loop, pair[i]);
        weft_remove_writer(&real.world.loop, pair[i]);
        weft_remove_reader(&real.world.loop, other[i]);
        weft_remove_writer(&real.world.loop, other[i]);
    }
    real_close_pair(pair);
    real_close_pair(other);
    real_close(&real);
}

static void say(void *arg)
{
    trace("%s", (const char *)arg);
}

static int add_reader(int which, int fd, const char *word)
{
    return weft_add_reader(&real.world.loop, fd, &handles[which], say,
                           (void *)(uintptr_t)word);
}

static int add_writer(int which, int fd, const char *word)
{
    return weft_add_writer(&real.world.loop, fd, &handles[which], say,
                           (void *)(uintptr_t)word);
}

static void put(int fd)
{
    CHECK_INT(write(fd, "x", 1), 1);
}

static void get(int fd)
{
    char byte;

    CHECK_INT(read(fd, &byte, 1), 1);
}

/* ---- Callbacks ---- */

/* CPython: test_selector_events.BaseSelectorEventLoopTests.test_add_reader
 * CPython: test_selector_events.BaseSelectorEventLoopTests.test_process_events_read
 */
static void a_reader_is_called_in_each_turn_while_there_are_bytes(void)
{
    reset();
    CHECK_INT(add_reader(0, pair[0], "read"), 0);
    real_turn(&real);
    CHECK_TRACE("");
    put(pair[1]);
    real_turn(&real);
    real_turn(&real);
    CHECK_TRACE("read, read");
    get(pair[0]);
    real_turn(&real);
    CHECK_TRACE("");
    finish();
}

/* CPython: test_selector_events.BaseSelectorEventLoopTests.test_add_writer
 * CPython: test_selector_events.BaseSelectorEventLoopTests.test_process_events_write
 */
static void a_writer_is_called_while_there_is_room(void)
{
    static char block[4096];

    reset();
    CHECK_INT(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
    CHECK_INT(add_writer(0, pair[0], "write"), 0);
    real_turn(&real);
    CHECK_TRACE("write");
    while (write(pair[0], block, sizeof block) > 0) {
        continue;
    }
    CHECK_INT(errno, EAGAIN);
    real_turn(&real);
    CHECK_TRACE("");
    finish();
}

/* CPython: test_selector_events.BaseSelectorEventLoopTests.test_add_reader_existing
 */
static void a_second_callback_takes_the_place_of_the_first(void)
{
    reset();
    put(pair[1]);
    CHECK_INT(add_reader(0, pair[0], "first"), 0);
    CHECK_INT(add_reader(1, pair[0], "second"), 0);
    real_turn(&real);
    CHECK_TRACE("second");
    CHECK_INT(add_reader(1, pair[0], "the same handle"), 0);
    real_turn(&real);
    CHECK_TRACE("the same handle");
    CHECK_INT(add_reader(0, other[0], "the first is free"), 0);
    finish();
}

/* CPython: test_selector_events.BaseSelectorEventLoopTests.test_remove_reader
 * CPython: test_selector_events.BaseSelectorEventLoopTests.test_remove_writer
 * CPython: test_selector_events.BaseSelectorEventLoopTests.test_remove_reader_unknown
 * CPython: test_selector_events.BaseSelectorEventLoopTests.test_remove_writer_unknown
 */
static void remove_says_whether_there_was_one(void)
{
    reset();
    CHECK(!weft_remove_reader(&real.world.loop, pair[0]));
    CHECK_INT(add_reader(0, pair[0], "read"), 0);
    CHECK(!weft_remove_writer(&real.world.loop, pair[0]));
    CHECK(weft_remove_reader(&real.world.loop, pair[0]));
    CHECK(!weft_remove_reader(&real.world.loop, pair[0]));
    CHECK(!weft_remove_reader(&real.world.loop, -1));
    CHECK(!weft_remove_reader(&real.world.loop, 1000000));
    put(pair[1]);
    real_turn(&real);
    CHECK_TRACE("");
    finish();
}

static void remove_both(void *arg)
{
    say(arg);
    CHECK(weft_remove_reader(&real.world.loop, pair[0]));
    CHECK(weft_remove_reader(&real.world.loop, other[0]));
}

/* Both are reported in one turn; the one that runs removes the other.
 *
 * CPython: test_selector_events.BaseSelectorEventLoopTests.test_process_events_read_cancelled
 */
static void a_callback_that_was_reported_and_removed_does_not_run(void)
{
    reset();
    put(pair[1]);
    put(other[1]);
    weft_add_reader(&real.world.loop, pair[0], &handles[0], remove_both,
                    (void *)(uintptr_t) "one");
    weft_add_reader(&real.world.loop, other[0], &handles[1], remove_both,
                    (void *)(uintptr_t) "one");
    real_turn(&real);
    real_turn(&real);
    CHECK_TRACE("one");
    finish();
}

static void replace_other(void *arg)
{
    say(arg);
    CHECK_INT(add_reader(2, other[0], "new"), 0);
    CHECK(weft_remove_reader(&real.world.loop, pair[0]));
}

static void a_callback_that_was_reported_and_replaced_does_not_run(void)
{
    reset();
    weft_add_reader(&real.world.loop, pair[0], &handles[0], replace_other,
                    (void *)(uintptr_t) "replace");
    CHECK_INT(add_reader(1, other[0], "old"), 0);
    real_turn(&real); /* the kernel knows both */
    put(pair[1]);
    put(other[1]);
    real_turn(&real);
    CHECK_TRACE("replace");
    real_turn(&real);
    CHECK_TRACE("new");
    finish();
}

/* CPython: test_selector_events.BaseSelectorEventLoopTests.test_add_reader_existing_writer
 * CPython: test_selector_events.BaseSelectorEventLoopTests.test_remove_reader_read_write
 */
static void a_reader_and_a_writer_of_one_descriptor_are_apart(void)
{
    reset();
    put(pair[1]);
    CHECK_INT(add_reader(0, pair[0], "read"), 0);
    CHECK_INT(add_writer(1, pair[0], "write"), 0);
    real_turn(&real);
    CHECK_TRACE("read, write");
    CHECK(weft_remove_reader(&real.world.loop, pair[0]));
    real_turn(&real);
    CHECK_TRACE("write");
    CHECK_INT(add_reader(0, pair[0], "read"), 0);
    CHECK(weft_remove_writer(&real.world.loop, pair[0]));
    real_turn(&real);
    CHECK_TRACE("read");
    finish();
}

static void a_handle_that_is_scheduled_is_refused_and_nothing_changes(void)
{
    reset();
    put(pair[1]);
    CHECK_INT(add_reader(0, pair[0], "before"), 0);
    weft_call_soon(&real.world.loop, &handles[1], say,
                   (void *)(uintptr_t) "soon");
    CHECK_INT(add_reader(1, pair[0], "refused"), WEFT_EALREADY);
    real_turn(&real);
    CHECK_TRACE("soon, before");
    finish();
}

static void the_descriptor_may_be_closed_and_come_back(void)
{
    int old;

    reset();
    CHECK_INT(add_reader(0, pair[0], "old"), 0);
    real_turn(&real);
    old = pair[0];
    CHECK(weft_remove_reader(&real.world.loop, pair[0]));
    real_close_pair(pair);
    real_pair(pair);
    CHECK_INT(pair[0], old);
    put(pair[1]);
    CHECK_INT(add_reader(1, pair[0], "new"), 0);
    real_turn(&real);
    CHECK_TRACE("new");
    finish();
}

static void a_bad_descriptor_is_an_error(void)
{
    reset();
    CHECK_INT(add_reader(0, -1, "read"), -EBADF);
    CHECK_INT(add_writer(0, -1, "write"), -EBADF);
    finish();
}

/* CPython: test_selector_events.BaseSelectorEventLoopTests.test_close */
static void a_closed_loop_is_an_error(void)
{
    reset();
    real_close_pair(pair);
    real_close_pair(other);
    real_close(&real);
    CHECK_INT(add_reader(0, 0, "read"), WEFT_ECLOSED);
    CHECK(!weft_remove_reader(&real.world.loop, 0));
}

static void the_virtual_clock_has_no_descriptors(void)
{
    struct world world;

    world_open(&world);
    memset(handles, 0, sizeof handles);
    CHECK_INT(weft_add_reader(&world.loop, 0, &handles[0], say, NULL),
              -ENOTSUP);
    CHECK_INT(weft_add_writer(&world.loop, 0, &handles[0], say, NULL),
              -ENOTSUP);
    CHECK(!weft_remove_reader(&world.loop, 0));
    CHECK(!weft_remove_writer(&world.loop, 0));
    world_close(&world);
}

/* ---- Waits ---- */

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
    X(a_reader_is_called_in_each_turn_while_there_are_bytes)     \
    X(a_writer_is_called_while_there_is_room)                    \
    X(a_second_callback_takes_the_place_of_the_first)            \
    X(remove_says_whether_there_was_one)                         \
    X(a_callback_that_was_reported_and_removed_does_not_run)     \
    X(a_callback_that_was_reported_and_replaced_does_not_run)    \
    X(a_reader_and_a_writer_of_one_descriptor_are_apart)         \
    X(a_handle_that_is_scheduled_is_refused_and_nothing_changes) \
    X(the_descriptor_may_be_closed_and_come_back)                \
    X(a_bad_descriptor_is_an_error)                              \
    X(a_closed_loop_is_an_error)                                 \
    X(the_virtual_clock_has_no_descriptors)                      \
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
