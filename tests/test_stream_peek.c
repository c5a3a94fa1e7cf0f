/* test_stream_peek.c - looking at what has come, and hearing of the end. */
#include "streams.h"

struct peeker {
    struct weft_frame frame;
    size_t size;
    bool only_counts;
    char data[64];
};

static async peeker(struct weft_frame *frame)
{
    ASYNC_BEGIN(peeker);
    memset(self->data, '#', sizeof self->data);
    AWAIT(weft_stream_peek(&near, self->only_counts ? NULL : self->data,
                           self->size));
    trace("%d [%.*s]", frame->value, self->only_counts ? 1 : frame->value,
          self->data);
    CHECK_INT(self->data[frame->value], '#');
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s", weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

#define RUN_PEEKER(size_) \
    ASYNC_RUN_IN(&real.world.loop, peeker, .size = (size_))

static void it_shows_what_has_come_and_leaves_it(void)
{
    reset();
    put("hello\n");
    CHECK_INT(weft_stream_buffered(&near), 0); /* it is in the kernel */
    CHECK_INT(RUN_PEEKER(3), 0);
    CHECK_INT(weft_stream_buffered(&near), 6);
    CHECK_INT(RUN_PEEKER(5), 0);
    CHECK_INT(RUN_PEEKER(0), 0);
    RUN_READER(READ, 2, 1);
    CHECK_INT(weft_stream_buffered(&near), 4);
    CHECK_INT(RUN_PEEKER(3), 0);
    RUN_READER(LINE, 8, 1);
    CHECK_INT(weft_stream_buffered(&near), 0);
    CHECK_TRACE("3 [hel], 5 [hello], 0 [], [he], 3 [llo], [llo\n]");
    finish();
}

static void it_waits_for_so_many(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(peeker, .size = 4);
    turns(2);
    put("ab");
    turns(2);
    put("c");
    turns(2);
    CHECK(!weft_task_done(task));
    CHECK_INT(weft_stream_buffered(&near), 3);
    put("def");
    turns(2);
    CHECK(weft_task_done(task));
    CHECK_INT(weft_stream_buffered(&near), 6);
    CHECK_TRACE("4 [abcd]");
    weft_task_release(task);
    finish();
}

/* So a task hears of the end that has no wish to read. */
static void it_gives_less_when_the_peer_has_gone(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(peeker, .size = 1000, .only_counts = true);
    put("abc");
    turns(3);
    CHECK(!weft_task_done(task));
    close_far();
    turns(2);
    CHECK(weft_task_done(task));
    weft_task_release(task);
    CHECK_TRACE("3 [#]"); /* nothing was copied */
    CHECK(!weft_stream_at_eof(&near));
    RUN_READER(READ, 8, 2);
    CHECK_TRACE("[abc], []");
    CHECK(weft_stream_at_eof(&near));
    CHECK_INT(RUN_PEEKER(1), 0);
    CHECK_TRACE("0 []");
    finish();
}

static void it_fails_as_reads_do(void)
{
    struct weft_task *task;

    reset_with(real_tcp_pair);
    task = START_READER(READ, 8, 1);
    turns(1);
    CHECK_INT(RUN_PEEKER(1), WEFT_EBUSY);
    weft_task_cancel(task);
    turns(1);
    weft_task_release(task);
    task = SPAWN(peeker, .size = 4);
    turns(1);
    RUN_READER(READ, 8, 1);
    CHECK_TRACE("EBUSY, ECANCELLED, EBUSY");
    real_reset(far);
    far = -1;
    turns(2);
    CHECK_INT(weft_task_error(task), -ECONNRESET);
    weft_task_release(task);
    weft_stream_abort(&near);
    CHECK_INT(RUN_PEEKER(1), WEFT_ECLOSED);
    CHECK_TRACE("ECONNRESET, ECLOSED");
    finish();
}

static void a_cancelled_one_loses_nothing(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(peeker, .size = 4);
    turns(1);
    put("ab");
    turns(2);
    weft_task_cancel(task);
    turns(1);
    CHECK(weft_task_cancelled(task));
    weft_task_release(task);
    put("cd");
    RUN_READER(EXACTLY, 4, 1);
    CHECK_TRACE("ECANCELLED, [abcd]");
    finish();
}

/* ---- An end that is made ---- */

/* CPython: test_streams.StreamTests.test_at_eof */
static void what_has_come_is_read_before_the_end(void)
{
    reset();
    CHECK(!weft_stream_at_eof(&near));
    put("some data\n");
    RUN_READER(LINE, 16, 1);
    CHECK(!weft_stream_at_eof(&near));
    put("some data\n");
    CHECK_INT(RUN_PEEKER(1), 0);
    weft_stream_feed_eof(&near);
    CHECK(!weft_stream_at_eof(&near));
    RUN_READER(LINE, 16, 1);
    CHECK(weft_stream_at_eof(&near));
    CHECK_TRACE("[some data\n], 1 [s], [some data\n]");
    CHECK_INT(weft_stream_write(&near, "still", 5), 0);
    finish();
}

static void a_task_that_reads_gets_an_end_that_is_made(void)
{
    struct weft_task *task;

    reset();
    task = START_READER(READ, 8, 2);
    turns(1);
    weft_stream_feed_eof(&near);
    put("late");
    turns(2);
    CHECK(weft_task_done(task));
    CHECK_TRACE("[], []");
    weft_task_release(task);
    weft_stream_close(&near);
    turns(1);
    weft_stream_feed_eof(&near); /* harmless */
    finish();
}

#define TESTS(X)                            \
    X(it_shows_what_has_come_and_leaves_it) \
    X(it_waits_for_so_many)                 \
    X(it_gives_less_when_the_peer_has_gone) \
    X(it_fails_as_reads_do)                 \
    X(a_cancelled_one_loses_nothing)        \
    X(what_has_come_is_read_before_the_end) \
    X(a_task_that_reads_gets_an_end_that_is_made)
TEST_MAIN(TESTS)
