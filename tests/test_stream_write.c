/* test_stream_write.c - what is sent at once and what later; drain; the end. */
#include "streams.h"

static void drain_waits_for_a_peer_that_does_not_read(void)
{
    struct weft_task *drain;
    struct weft_task *reads;
    struct sink *result;

    reset();
    open_away();
    fill_much();
    CHECK_INT(weft_stream_write(&near, much, MUCH), 0);
    CHECK(near.transport.out.size > WEFT_TRANSPORT_HIGH);
    drain = SPAWN(drainer);
    turns(5);
    CHECK_TRACE("drain");
    reads = SPAWN(sink, .chunk = 10000);
    while (!weft_task_done(drain)) {
        turns(1);
    }
    CHECK_TRACE("drained");
    CHECK(near.transport.out.size <= WEFT_TRANSPORT_LOW);
    weft_stream_close(&near);
    while (!weft_task_done(reads)) {
        turns(1);
    }
    CHECK_TRACE("end");
    result = (struct sink *)(void *)weft_task_frame(reads);
    CHECK_INT(result->count, MUCH);
    CHECK_INT(result->wrong, 0);
    weft_task_release(drain);
    weft_task_release(reads);
    finish();
}

static void many_small_writes_and_small_reads_keep_their_order(void)
{
    struct weft_task *reads;
    struct sink *result;
    size_t written = 0;
    unsigned random = 1;

    reset();
    open_away();
    fill_much();
    reads = SPAWN(sink, .chunk = 777);
    result = (struct sink *)(void *)weft_task_frame(reads);
    while (written < MUCH) {
        size_t size;

        random = random * 1103515245 + 12345;
        size = random / 65536 % 30000;
        size = size < MUCH - written ? size : MUCH - written;
        CHECK_INT(weft_stream_write(&near, much + written, size), 0);
        written += size;
        turns(1);
    }
    CHECK_INT(weft_stream_write_eof(&near), 0);
    while (!weft_task_done(reads)) {
        turns(1);
    }
    CHECK_TRACE("end");
    CHECK_INT(result->count, MUCH);
    CHECK_INT(result->wrong, 0);
    weft_task_release(reads);
    finish();
}

static void drain_does_not_wait_while_there_is_little(void)
{
    reset();
    CHECK_INT(weft_stream_drain(&near).status, 0);
    CHECK_INT(weft_stream_write(&near, "abc", 3), 0);
    CHECK_INT(weft_stream_drain(&near).status, 0);
    CHECK_INT(near.transport.out.size, 0);
    finish();
}

static void drain_goes_by_the_high_and_the_low_mark(void)
{
    struct weft_task *drain;
    size_t full;

    reset();
    near.transport.high = SIZE_MAX;
    fill();
    full = near.transport.out.size;
    near.transport.high = full + 10;
    near.transport.low = 0;
    CHECK_INT(weft_stream_write(&near, "0123456789", 10), 0);
    CHECK_INT(weft_stream_drain(&near).status, 0);
    CHECK_INT(weft_stream_write(&near, "0", 1), 0);
    drain = SPAWN(drainer);
    turns(1);
    CHECK_TRACE("drain");
    /* Less than high is not enough any more: it has to be low. */
    while (near.transport.out.size > 0) {
        char block[4096];

        CHECK_TRACE("");
        CHECK(read(far, block, sizeof block) > 0);
        turns(1);
    }
    turns(1);
    CHECK_TRACE("drained");
    CHECK(weft_task_done(drain));
    weft_task_release(drain);
    finish();
}

/* CPython: test_streams.StreamTests.test_multiple_drain */
static void all_who_drain_go_on(void)
{
    struct weft_task *drains[10];

    reset();
    fill();
    fill();
    for (int i = 0; i < 10; i++) {
        drains[i] = SPAWN(drainer);
    }
    turns(1);
    check_trace[0] = '\0';
    for (int done = 0; done == 0; done = weft_task_done(drains[0])) {
        static char block[65536];

        CHECK(read(far, block, sizeof block) > 0);
        turns(1);
    }
    for (int i = 0; i < 10; i++) {
        CHECK(weft_task_done(drains[i]));
        CHECK_INT(weft_task_error(drains[i]), 0);
        weft_task_release(drains[i]);
    }
    check_trace[0] = '\0';
    finish();
}

struct talker {
    struct weft_frame frame;
};

static async talker(struct weft_frame *frame)
{
    ASYNC_BEGIN(talker);
    for (;;) {
        weft_stream_write(&near, "foo\n", 4);
        AWAIT(weft_stream_drain(&near));
    }
    ASYNC_END;
}

/* It never reads, and never waits.
 *
 * CPython: test_streams.StreamTests.test_drain_raises
 */
static void who_only_writes_is_told_that_the_peer_has_gone(void)
{
    reset_with(real_tcp_pair);
    close_far();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, talker), -EPIPE);
    finish();
}

static void a_cancelled_drain_leaves_the_stream_as_it_is(void)
{
    struct weft_task *drain;

    reset();
    fill();
    fill();
    drain = SPAWN(drainer);
    turns(1);
    CHECK(weft_task_cancel(drain));
    turns(1);
    CHECK_TRACE("drain, ECANCELLED");
    weft_task_release(drain);
    CHECK(weft_list_is_empty(&near.drainers));
    CHECK_INT(weft_stream_write(&near, "x", 1), 0);
    finish();
}

static void write_eof_ends_one_direction_only(void)
{
    char text[8] = "";

    reset();
    CHECK_INT(weft_stream_write(&near, "abc", 3), 0);
    CHECK_INT(weft_stream_write_eof(&near), 0);
    CHECK_INT(weft_stream_write_eof(&near), 0);
    CHECK_INT(weft_stream_write(&near, "d", 1), WEFT_EINVALIDSTATE);
    CHECK_INT(read(far, text, sizeof text), 3);
    CHECK_INT(read(far, text, sizeof text), 0);
    put("answer\n");
    RUN_READER(LINE, 16, 1);
    CHECK_TRACE("[answer\n]");
    finish();
}

static void write_eof_comes_after_what_is_unsent(void)
{
    struct weft_task *reads;
    struct sink *result;

    reset();
    open_away();
    fill_much();
    CHECK_INT(weft_stream_write(&near, much, MUCH), 0);
    CHECK_INT(weft_stream_write_eof(&near), 0);
    CHECK(near.transport.out.size > 0);
    reads = SPAWN(sink, .chunk = 10000);
    result = (struct sink *)(void *)weft_task_frame(reads);
    while (!weft_task_done(reads)) {
        turns(1);
    }
    CHECK_TRACE("end");
    CHECK_INT(result->count, MUCH);
    CHECK_INT(result->wrong, 0);
    CHECK(!weft_stream_is_closed(&near));
    CHECK_INT(weft_stream_write(&away, "yes\n", 4), 0);
    RUN_READER(LINE, 16, 1);
    CHECK_TRACE("[yes\n]");
    weft_task_release(reads);
    finish();
}

#define TESTS(X)                                          \
    X(drain_waits_for_a_peer_that_does_not_read)          \
    X(many_small_writes_and_small_reads_keep_their_order) \
    X(drain_does_not_wait_while_there_is_little)          \
    X(drain_goes_by_the_high_and_the_low_mark)            \
    X(all_who_drain_go_on)                                \
    X(who_only_writes_is_told_that_the_peer_has_gone)     \
    X(a_cancelled_drain_leaves_the_stream_as_it_is)       \
    X(write_eof_ends_one_direction_only)                  \
    X(write_eof_comes_after_what_is_unsent)
TEST_MAIN(TESTS)
