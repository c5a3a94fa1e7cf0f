/* test_stream.c - opening and closing, with and without memory. */
#include "streams.h"

/* ---- Closing ---- */

static void close_sends_the_rest_first(void)
{
    struct weft_task *closes;
    struct weft_task *reads;
    struct sink *result;

    reset();
    open_away();
    fill_much();
    CHECK_INT(weft_stream_write(&near, much, MUCH), 0);
    weft_stream_close(&near);
    weft_stream_close(&near);
    CHECK(!weft_stream_is_closed(&near));
    closes = SPAWN(closer);
    turns(3);
    CHECK_TRACE("");
    CHECK_INT(weft_stream_write(&near, "x", 1), WEFT_ECLOSED);
    CHECK_INT(weft_stream_write_eof(&near), WEFT_ECLOSED);
    RUN_READER(READ, 8, 1);
    CHECK_TRACE("ECLOSED");
    reads = SPAWN(sink, .chunk = 10000);
    result = (struct sink *)(void *)weft_task_frame(reads);
    while (!weft_task_done(closes)) {
        turns(1);
    }
    CHECK(weft_stream_is_closed(&near));
    while (!weft_task_done(reads)) {
        turns(1);
    }
    CHECK_TRACE("closed, end");
    CHECK_INT(result->count, MUCH);
    CHECK_INT(result->wrong, 0);
    weft_task_release(closes);
    weft_task_release(reads);
    finish();
}

static void abort_drops_what_is_unsent(void)
{
    size_t written;
    size_t count = 0;
    char block[4096];
    ssize_t size;

    reset();
    written = fill();
    CHECK(near.transport.out.size > 0);
    weft_stream_abort(&near);
    CHECK(weft_stream_is_closed(&near));
    weft_stream_abort(&near);
    while ((size = read(far, block, sizeof block)) > 0) {
        count += (size_t)size;
    }
    CHECK(count > 0 && count < written);
    CHECK_INT(weft_stream_wait_closed(&near).status, 0);
    finish();
}

static void closing_wakes_everybody(void)
{
    struct weft_task *tasks[4];

    reset();
    fill();
    fill();
    tasks[0] = START_READER(READ, 8, 1);
    tasks[1] = SPAWN(drainer);
    tasks[2] = SPAWN(closer);
    tasks[3] = SPAWN(closer);
    turns(2);
    CHECK_TRACE("drain");
    weft_stream_abort(&near);
    turns(1);
    CHECK_TRACE("[], drained, closed, closed");
    for (int i = 0; i < 4; i++) {
        CHECK_INT(weft_task_error(tasks[i]), 0);
        weft_task_release(tasks[i]);
    }
    finish();
}

static void each_kind_of_reader_gets_the_end_when_it_is_closed(void)
{
    for (enum how how = READ; how <= LINE; how++) {
        struct weft_task *task;

        reset();
        put("abc");
        task = START_READER(how, 8, 2);
        turns(how == READ ? 3 : 2);
        weft_stream_close(&near);
        turns(1);
        CHECK_TRACE(how == READ      ? "[abc], []"
                    : how == EXACTLY ? "EINCOMPLETEREAD, [], ECLOSED"
                                     : "[], ECLOSED");
        CHECK(weft_task_done(task));
        weft_task_release(task);
        finish();
    }
}

static void close_with_a_rest(enum how how, bool has_more)
{
    struct weft_task *task;

    reset();
    task = START_READER(how, 8, 2);
    turns(1);
    fill();
    weft_stream_close(&near);
    if (has_more) {
        put("abc\n5678");
    }
    turns(1);
    CHECK_TRACE(how == EXACTLY ? "EINCOMPLETEREAD, [], ECLOSED"
                               : "[], ECLOSED");
    CHECK(weft_task_done(task));
    CHECK(!weft_stream_is_closed(&near));
    weft_task_release(task);
    finish();
}

static void a_reader_gets_the_end_also_while_a_rest_is_unsent(void)
{
    for (enum how how = READ; how <= LINE; how++) {
        close_with_a_rest(how, false);
        close_with_a_rest(how, true);
    }
}

/* CPython: test_streams.StreamTests.test_async_writer_api_exception_after_close
 */
static void a_closed_stream_takes_no_more(void)
{
    reset();
    weft_stream_close(&near);
    CHECK_INT(weft_stream_write(&near, "x", 1), WEFT_ECLOSED);
    CHECK_INT(weft_stream_write_eof(&near), WEFT_ECLOSED);
    CHECK_INT(weft_stream_drain(&near).status, WEFT_ECLOSED);
    CHECK_INT(weft_stream_wait_closed(&near).status, 0);
    weft_stream_close(&near);
    weft_stream_abort(&near);
    finish();
}

/* EPIPE, and no SIGPIPE, which would end the program. */
static void a_peer_that_is_gone_is_an_error(void)
{
    reset();
    close_far();
    CHECK_INT(weft_stream_write(&near, "x", 1), -EPIPE);
    CHECK_INT(weft_stream_write(&near, "x", 1), -EPIPE);
    CHECK_INT(weft_stream_drain(&near).status, -EPIPE);
    RUN_READER(READ, 8, 1);
    CHECK_TRACE("EPIPE");
    finish();
}

static void a_peer_that_goes_wakes_everybody(void)
{
    struct weft_task *tasks[3];

    reset();
    fill();
    fill();
    tasks[0] = START_READER(READ, 8, 2);
    tasks[1] = SPAWN(drainer);
    tasks[2] = SPAWN(closer);
    turns(2);
    close_far();
    turns(2);
    weft_stream_close(&near);
    CHECK(weft_stream_is_closed(&near));
    turns(1);
    CHECK_INT(near.transport.error, weft_task_error(tasks[1]));
    CHECK_INT(near.transport.error, weft_task_error(tasks[2]));
    CHECK(near.transport.error == -EPIPE ||
          near.transport.error == -ECONNRESET);
    CHECK_INT(near.transport.out.size, 0);
    check_trace[0] = '\0';
    for (int i = 0; i < 3; i++) {
        CHECK(weft_task_done(tasks[i]));
        weft_task_release(tasks[i]);
    }
    finish();
}

static void a_peer_that_goes_while_we_close_ends_the_closing(void)
{
    struct weft_task *task;

    reset();
    fill();
    weft_stream_close(&near);
    task = SPAWN(closer);
    turns(2);
    CHECK(!weft_stream_is_closed(&near));
    close_far();
    turns(2);
    CHECK(weft_stream_is_closed(&near));
    CHECK(weft_task_error(task) == -EPIPE ||
          weft_task_error(task) == -ECONNRESET);
    check_trace[0] = '\0';
    weft_task_release(task);
    finish();
}

/* ---- Opening ---- */

static void opening_says_what_is_wrong(void)
{
    struct weft_stream stream = {0};
    int fds[2];

    reset();
    CHECK_INT(weft_stream_open(&near, far), WEFT_EALREADY);
    CHECK_INT(weft_stream_open(&stream, -1), -EBADF);
    CHECK(weft_stream_is_closed(&stream));
    finish();
    real_pair(fds);
    CHECK_INT(weft_stream_open(&stream, fds[0]), WEFT_ENOLOOP);
    CHECK(weft_stream_is_closed(&stream));
    real_close_pair(fds);
}

static void a_stream_can_be_opened_again(void)
{
    struct weft_task *task;
    int fds[2];

    reset();
    task = START_READER(READ, 8, 1);
    turns(1);
    weft_stream_close(&near);
    real_pair(fds);
    CHECK_INT(weft_stream_open(&near, fds[0]), WEFT_EBUSY);
    turns(1);
    CHECK_TRACE("[]");
    weft_task_release(task);
    CHECK_INT(weft_stream_open(&near, fds[0]), 0);
    CHECK_INT(write(fds[1], "new", 3), 3);
    RUN_READER(READ, 8, 1);
    CHECK_TRACE("[new]");
    close(fds[1]);
    finish();
}

struct watcher {
    struct weft_frame frame;
};

static async watcher(struct weft_frame *frame)
{
    ASYNC_BEGIN(watcher);
    AWAIT(weft_wait_readable(near.transport.fd));
    ASYNC_END;
}

static void a_descriptor_that_is_watched_already_is_busy(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(watcher);
    turns(1);
    RUN_READER(READ, 8, 1);
    CHECK_TRACE("EBUSY");
    weft_task_cancel(task);
    turns(1);
    weft_task_release(task);
    put("ab");
    RUN_READER(READ, 8, 1);
    CHECK_TRACE("[ab]");
    finish();
}

static void the_virtual_clock_has_no_streams(void)
{
    struct world world;
    int fds[2];

    world_open(&world);
    real_pair(fds);
    memset(&near, 0, sizeof near);
    CHECK_INT(weft_stream_open(&near, fds[0]), 0);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, reader, .stream = &near, .size = 8,
                           .times = 1),
              0);
    CHECK_TRACE("ENOTSUP");
    weft_stream_close(&near);
    close(fds[1]);
    world_close(&world);
}

/* ---- Without memory ---- */

static void a_write_without_memory_breaks_the_stream_and_tells_all(void)
{
    struct weft_task *tasks[2];
    static char block[1 << 20];

    reset();
    fill();
    fill();
    tasks[0] = START_READER(READ, 8, 1);
    tasks[1] = SPAWN(drainer);
    turns(2);
    real.world.fail_at = real.world.allocations + 1;
    CHECK_INT(weft_stream_write(&near, block, sizeof block), WEFT_ENOMEM);
    CHECK_INT(near.transport.error, WEFT_ENOMEM);
    turns(1);
    CHECK_TRACE("drain, ENOMEM, ENOMEM");
    CHECK_INT(weft_task_error(tasks[0]), 0);
    CHECK_INT(weft_task_error(tasks[1]), WEFT_ENOMEM);
    weft_task_release(tasks[0]);
    weft_task_release(tasks[1]);
    finish();
}

static void a_read_without_memory_can_be_repeated(void)
{
    reset();
    put("ab\n");
    RUN_READER(READ, 1, 1);
    /* The first is the task's own memory, had by another; then the buffer. */
    real.world.fail_at = real.world.allocations + 1;
    RUN_READER(LINE, 8, 2);
    CHECK_TRACE("[a], ENOMEM, [b\n]");
    finish();
}

#define TESTS(X)                                              \
    X(close_sends_the_rest_first)                             \
    X(abort_drops_what_is_unsent)                             \
    X(closing_wakes_everybody)                                \
    X(each_kind_of_reader_gets_the_end_when_it_is_closed)     \
    X(a_reader_gets_the_end_also_while_a_rest_is_unsent)      \
    X(a_closed_stream_takes_no_more)                          \
    X(a_peer_that_is_gone_is_an_error)                        \
    X(a_peer_that_goes_wakes_everybody)                       \
    X(a_peer_that_goes_while_we_close_ends_the_closing)       \
    X(opening_says_what_is_wrong)                             \
    X(a_stream_can_be_opened_again)                           \
    X(a_descriptor_that_is_watched_already_is_busy)           \
    X(the_virtual_clock_has_no_streams)                       \
    X(a_write_without_memory_breaks_the_stream_and_tells_all) \
    X(a_read_without_memory_can_be_repeated)
TEST_MAIN(TESTS)
