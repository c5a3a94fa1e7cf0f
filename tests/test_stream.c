/* test_stream.c - reading, writing and closing, over a pair of sockets.
 *
 * `near` is the stream that is tested. Its peer is the plain socket far, or
 * the stream `away` on it.
 */
#include "real.h"
#include "sweep.h"

static struct real real;
static struct weft_stream near;
static struct weft_stream away;
static int far;

static void reset_with(void (*make_pair)(int fds[2]))
{
    int fds[2];

    real_open(&real);
    real.world.loop.poll_turns = 1;
    memset(&near, 0, sizeof near);
    memset(&away, 0, sizeof away);
    make_pair(fds);
    CHECK_INT(weft_stream_open(&near, fds[0]), 0);
    far = fds[1];
}

static void reset(void)
{
    reset_with(real_pair);
}

static void open_away(void)
{
    CHECK_INT(weft_stream_open(&away, far), 0);
    far = -1;
}

static void close_far(void)
{
    if (far >= 0) {
        close(far);
        far = -1;
    }
}

static void finish(void)
{
    weft_stream_abort(&near);
    weft_stream_abort(&away);
    close_far();
    real_close(&real);
}

static void turns(int count)
{
    while (count-- > 0) {
        real_turn(&real);
    }
}

static void put(const char *text)
{
    CHECK_INT(write(far, text, strlen(text)), strlen(text));
}

/* Fill the kernel's memory, so that what is written next stays in `near`. */
static size_t fill(void)
{
    static char block[65536];
    size_t before = near.transport.out.size;
    size_t count = 0;

    while (near.transport.out.size == before) {
        CHECK_INT(weft_stream_write(&near, block, sizeof block), 0);
        count += sizeof block;
    }
    return count;
}

/* ---- Reading ---- */

enum how { READ, EXACTLY, LINE };

struct reader {
    struct weft_frame frame;
    struct weft_stream *stream;
    enum how how;
    size_t size;
    int times;
    int error;
    char data[64];
};

static struct weft_op start_reading(struct reader *self)
{
    switch (self->how) {
    case EXACTLY:
        return weft_stream_readexactly(self->stream, self->data, self->size);
    case LINE:
        return weft_stream_readline(self->stream, self->data, self->size);
    case READ:
    default:
        return weft_stream_read(self->stream, self->data, self->size);
    }
}

static async reader(struct weft_frame *frame)
{
    ASYNC_BEGIN(reader);
    for (; self->times > 0; self->times--) {
        memset(self->data, '#', sizeof self->data);
        ASYNC_TRY {
            AWAIT(start_reading(self));
            CHECK(self->how != LINE || self->data[frame->value] == '\0');
            CHECK_INT(self->data[frame->value + (self->how == LINE)], '#');
            trace("[%.*s]", frame->value, self->data);
        }
        ASYNC_CATCH(self->error) {
            trace("%s", weft_error_name(self->error));
            if (self->error == WEFT_EINCOMPLETEREAD) {
                trace("[%.*s]", (int)self->stream->partial, self->data);
            }
        }
    }
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s", weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

#define START_READER(how_, size_, times_)                          \
    SPAWN(reader, .stream = &near, .how = (how_), .size = (size_), \
          .times = (times_))
#define RUN_READER(how_, size_, times_)                                        \
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, reader, .stream = &near,          \
                           .how = (how_), .size = (size_), .times = (times_)), \
              0)

/* Bit i of `cuts` set: a pause between bytes i and i + 1. */
static void feed(const char *text, unsigned cuts)
{
    size_t size = strlen(text);
    size_t start = 0;

    for (size_t i = 0; i < size; i++) {
        if (i + 1 == size || (cuts >> i & 1) != 0) {
            CHECK_INT(write(far, text + start, i + 1 - start), i + 1 - start);
            start = i + 1;
            turns(1);
        }
    }
    close_far();
    turns(1);
}

static void read_in_all_splits(enum how how, size_t size, int times,
                               const char *expected)
{
    static const char text[] = "ab\ncd\n\nxyz";
    unsigned all = 1u << (sizeof text - 2);

    for (unsigned cuts = 0; cuts < all && check_failures == 0; cuts++) {
        struct weft_task *task;

        reset();
        task = START_READER(how, size, times);
        turns(1);
        feed(text, cuts);
        CHECK(weft_task_done(task));
        CHECK_INT(weft_task_error(task), 0);
        CHECK_TRACE(expected);
        weft_task_release(task);
        finish();
        if (check_failures > 0) {
            printf("  cut at %x\n", cuts);
        }
    }
}

static void lines_are_the_same_however_they_arrive(void)
{
    read_in_all_splits(LINE, 16, 6, "[ab\n], [cd\n], [\n], [xyz], [], []");
    read_in_all_splits(LINE, 4, 5, "[ab\n], [cd\n], [\n], [xyz], []");
}

static void exact_reads_are_the_same_however_their_bytes_arrive(void)
{
    read_in_all_splits(EXACTLY, 4, 4,
                       "[ab\nc], [d\n\nx], EINCOMPLETEREAD, [yz], "
                       "EINCOMPLETEREAD, []");
    read_in_all_splits(EXACTLY, 5, 3,
                       "[ab\ncd], [\n\nxyz], EINCOMPLETEREAD, []");
    read_in_all_splits(EXACTLY, 1, 2, "[a], [b]");
}

static void read_gives_what_has_come_at_most_what_is_asked_for(void)
{
    struct weft_task *task;

    reset();
    task = START_READER(READ, 4, 6);
    turns(1);
    put("ab");
    turns(1);
    CHECK_TRACE("[ab]");
    put("c");
    turns(2);
    CHECK_TRACE("[c]");
    put("0123456789");
    turns(3);
    CHECK_TRACE("[0123], [4567], [89]");
    put("x");
    turns(1);
    CHECK_TRACE("[x]");
    CHECK(weft_task_done(task));
    weft_task_release(task);
    finish();
}

static void the_three_reads_share_what_has_come(void)
{
    reset();
    put("one\ntwo\nthree");
    close_far();
    RUN_READER(EXACTLY, 2, 1);
    RUN_READER(LINE, 16, 1);
    RUN_READER(READ, 1, 2);
    RUN_READER(READ, 3, 1);
    RUN_READER(LINE, 16, 1);
    CHECK_TRACE("[on], [e\n], [t], [w], [o\nt], [hree]");
    finish();
}

static void a_line_fits_with_its_nul_or_not_at_all(void)
{
    reset();
    put("abc\nabcd\nab\n");
    RUN_READER(LINE, 5, 3);
    CHECK_TRACE("[abc\n], ELIMIT, [ab\n]");
    finish();
}

static void what_has_come_of_a_line_that_is_too_long_is_dropped(void)
{
    struct weft_task *task;

    reset();
    task = START_READER(LINE, 5, 4);
    turns(1);
    put("abcd");
    turns(1);
    CHECK_TRACE("");
    put("e");
    turns(1);
    CHECK_TRACE("ELIMIT");
    put("fg\nhi\n");
    turns(1);
    CHECK_TRACE("[fg\n], [hi\n]");
    put("last");
    close_far();
    turns(2);
    CHECK_TRACE("[last]");
    CHECK(weft_task_done(task));
    weft_task_release(task);
    finish();
}

static void a_last_line_may_be_too_long_as_well(void)
{
    reset();
    put("abcde");
    close_far();
    RUN_READER(LINE, 5, 2);
    CHECK_TRACE("ELIMIT, []");
    finish();
}

static void memory_for_a_nul_alone_takes_no_line(void)
{
    reset();
    put("\n\n");
    RUN_READER(LINE, 1, 1);
    RUN_READER(LINE, 0, 1);
    close_far();
    RUN_READER(LINE, 2, 1);
    RUN_READER(LINE, 1, 1);
    CHECK_TRACE("ELIMIT, EINVAL, [\n], []");
    finish();
}

static void reading_nothing_does_not_wait(void)
{
    reset();
    RUN_READER(READ, 0, 1);
    RUN_READER(EXACTLY, 0, 1);
    CHECK_TRACE("[], []");
    finish();
}

static void the_end_is_there_as_often_as_it_is_asked_for(void)
{
    reset();
    CHECK(!weft_stream_at_eof(&near));
    put("ab");
    close_far();
    RUN_READER(EXACTLY, 2, 1);
    CHECK(!weft_stream_at_eof(&near));
    RUN_READER(READ, 8, 3);
    CHECK(weft_stream_at_eof(&near));
    RUN_READER(LINE, 8, 2);
    RUN_READER(EXACTLY, 3, 2);
    RUN_READER(EXACTLY, 0, 1);
    RUN_READER(READ, 8, 1);
    CHECK_TRACE("[ab], [], [], [], [], [], EINCOMPLETEREAD, [], "
                "EINCOMPLETEREAD, [], [], []");
    finish();
}

/* Without any buffer yet: the first thing it learns is the end. */
static void a_stream_that_ends_at_once_is_empty(void)
{
    reset();
    close_far();
    RUN_READER(READ, 8, 1);
    RUN_READER(EXACTLY, 8, 1);
    RUN_READER(LINE, 8, 1);
    CHECK_TRACE("[], EINCOMPLETEREAD, [], []");
    finish();
}

static void bytes_before_the_end_are_read_first(void)
{
    reset();
    put("abc\nd");
    close_far();
    RUN_READER(LINE, 16, 1);
    CHECK(!weft_stream_at_eof(&near));
    RUN_READER(READ, 16, 2);
    CHECK(weft_stream_at_eof(&near));
    CHECK_TRACE("[abc\n], [d], []");
    finish();
}

static void a_closed_stream_cannot_be_read(void)
{
    reset();
    put("abc");
    weft_stream_close(&near);
    CHECK(weft_stream_is_closed(&near));
    for (enum how how = READ; how <= LINE; how++) {
        RUN_READER(how, 8, 1);
    }
    memset(&near, 0, sizeof near);
    CHECK(weft_stream_is_closed(&near));
    RUN_READER(READ, 8, 1);
    CHECK_TRACE("ECLOSED, ECLOSED, ECLOSED, ECLOSED");
    finish();
}

static void a_second_reader_is_refused(void)
{
    struct weft_task *task;

    reset();
    task = START_READER(LINE, 16, 1);
    turns(1);
    put("a");
    turns(1);
    for (enum how how = READ; how <= LINE; how++) {
        RUN_READER(how, 8, 1);
    }
    CHECK_TRACE("EBUSY, EBUSY, EBUSY");
    put("b\n");
    turns(1);
    CHECK_TRACE("[ab\n]");
    CHECK(weft_task_done(task));
    weft_task_release(task);
    put("c");
    RUN_READER(READ, 8, 1);
    CHECK_TRACE("[c]");
    finish();
}

static void a_reset_ends_the_read_and_stays(void)
{
    struct weft_task *task;

    reset_with(real_tcp_pair);
    task = START_READER(LINE, 16, 2);
    turns(1);
    put("abc");
    turns(2);
    real_reset(far);
    far = -1;
    while (!weft_task_done(task)) {
        turns(1);
    }
    weft_task_release(task);
    RUN_READER(EXACTLY, 4, 1);
    CHECK_TRACE("ECONNRESET, ECONNRESET, ECONNRESET");
    CHECK_INT(near.transport.error, -ECONNRESET);
    CHECK_INT(weft_stream_write(&near, "x", 1), -ECONNRESET);
    CHECK_INT(weft_stream_write_eof(&near), -ECONNRESET);
    CHECK_INT(weft_stream_drain(&near).status, -ECONNRESET);
    weft_stream_close(&near);
    CHECK(weft_stream_is_closed(&near));
    CHECK_INT(weft_stream_wait_closed(&near).status, -ECONNRESET);
    finish();
}

static void reading_outside_of_a_task_is_an_error(void)
{
    char byte;

    reset();
    CHECK_INT(weft_stream_read(&near, &byte, 1).status, WEFT_ENOTASK);
    put("ab");
    turns(2);
    RUN_READER(READ, 8, 1);
    CHECK_TRACE("[ab]");
    finish();
}

/* ---- Cancelled reads ---- */

/* Feed byte by byte. At byte `when` the reader is cancelled, either while it
 * waits for it or (`late`) when the byte is there and the reader is about to
 * run; then another one begins. */
static void cancel_at(enum how how, size_t when, bool late,
                      const char *expected)
{
    static const char text[] = "ab\ncd\n";
    struct weft_task *tasks[2] = {NULL, NULL};

    reset();
    tasks[0] = START_READER(how, 3, 2);
    turns(1);
    for (size_t i = 0; text[i] != '\0'; i++) {
        char byte[2] = {text[i], '\0'};

        if (late) {
            put(byte);
        }
        if (i == when) {
            size_t left =
                ((struct reader *)(void *)weft_task_frame(tasks[0]))->times > 1
                    ? 2
                    : 1;

            CHECK(weft_task_cancel(tasks[0]));
            tasks[1] = SPAWN(reader, .stream = &near, .how = how, .size = 4,
                             .times = (int)left);
        }
        if (!late) {
            put(byte);
        }
        turns(2);
    }
    close_far();
    turns(2);
    CHECK(weft_task_cancelled(tasks[0]));
    CHECK(weft_task_done(tasks[1]));
    CHECK_TRACE(expected);
    weft_task_release(tasks[0]);
    weft_task_release(tasks[1]);
    finish();
}

static void a_cancelled_read_loses_nothing(void)
{
    for (int late = 0; late < 2; late++) {
        cancel_at(EXACTLY, 0, late,
                  "ECANCELLED, [ab\nc], EINCOMPLETEREAD, "
                  "[d\n]");
        cancel_at(EXACTLY, 1, late,
                  "ECANCELLED, [ab\nc], EINCOMPLETEREAD, "
                  "[d\n]");
        cancel_at(EXACTLY, 2, late,
                  "ECANCELLED, [ab\nc], EINCOMPLETEREAD, "
                  "[d\n]");
        cancel_at(EXACTLY, 3, late,
                  "[ab\n], ECANCELLED, EINCOMPLETEREAD, "
                  "[cd\n]");
        cancel_at(EXACTLY, 5, late,
                  "[ab\n], ECANCELLED, EINCOMPLETEREAD, "
                  "[cd\n]");
        cancel_at(LINE, 0, late, "ECANCELLED, [ab\n], [cd\n]");
        cancel_at(LINE, 1, late, "ECANCELLED, [ab\n], [cd\n]");
        cancel_at(LINE, 2, late, "ECANCELLED, [ab\n], [cd\n]");
    }
}

static void cancel_task(void *arg)
{
    trace("cancel");
    weft_task_cancel(arg);
}

/* The read is over, but the task has not run: it is cancelled all the same,
 * and the bytes are there for the next. */
static void a_read_cancelled_in_the_turn_of_its_bytes_loses_nothing(void)
{
    struct weft_handle handle = {0};
    struct weft_task *task;
    int other[2];

    reset();
    real_pair(other);
    weft_add_reader(&real.world.loop, other[0], &handle, cancel_task, NULL);
    task = START_READER(READ, 8, 1);
    handle.arg = task;
    turns(2);
    CHECK_INT(write(other[1], "x", 1), 1);
    put("abc");
    turns(1);
    weft_remove_reader(&real.world.loop, other[0]);
    real_close_pair(other);
    turns(2);
    CHECK(weft_task_cancelled(task));
    weft_task_release(task);
    RUN_READER(READ, 8, 1);
    CHECK_TRACE("cancel, ECANCELLED, [abc]");
    finish();
}

struct impatient {
    struct weft_frame frame;
    struct weft_wait_for limit;
    char line[16];
};

static async impatient(struct weft_frame *frame)
{
    ASYNC_BEGIN(impatient);
    AWAIT(weft_wait_for(
        &self->limit,
        weft_stream_readline(&near, self->line, sizeof self->line), 1e-4));
    ASYNC_END;
}

static void a_read_with_a_deadline_loses_nothing(void)
{
    reset();
    put("ab");
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, impatient), WEFT_ETIMEOUT);
    put("c\n");
    RUN_READER(LINE, 16, 1);
    CHECK_TRACE("[abc\n]");
    finish();
}

/* A peer that is faster than its reader does not keep the loop to itself. */
static void a_fast_sender_lets_other_tasks_run(void)
{
    char bytes[1000];
    struct weft_task *task;
    int count = 0;

    reset();
    memset(bytes, 'x', sizeof bytes);
    CHECK_INT(write(far, bytes, sizeof bytes), sizeof bytes);
    task = START_READER(READ, 1, 1000);
    while (!weft_task_done(task)) {
        turns(1);
        count++;
        check_trace[0] = '\0';
    }
    weft_task_release(task);
    CHECK(count >= 20);
    finish();
}

/* ---- Writing ---- */

enum { MUCH = 4 << 20 };

static unsigned char byte_at(size_t position)
{
    return (unsigned char)(position * 2654435761u >> 13);
}

/* Reads all of `away`, and compares. */
struct sink {
    struct weft_frame frame;
    size_t count;
    size_t wrong;
    size_t chunk;
    char data[10000];
};

static async sink(struct weft_frame *frame)
{
    ASYNC_BEGIN(sink);
    for (;;) {
        AWAIT(weft_stream_read(&away, self->data, self->chunk));
        if (frame->value == 0) {
            break;
        }
        for (int i = 0; i < frame->value; i++) {
            self->wrong +=
                (unsigned char)self->data[i] != byte_at(self->count++);
        }
    }
    trace("end");
    ASYNC_END;
}

static char much[MUCH];

static void fill_much(void)
{
    for (size_t i = 0; i < MUCH; i++) {
        much[i] = (char)byte_at(i);
    }
}

struct drainer {
    struct weft_frame frame;
};

static async drainer(struct weft_frame *frame)
{
    ASYNC_BEGIN(drainer);
    trace("drain");
    AWAIT(weft_stream_drain(&near));
    trace("drained");
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s", weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

struct closer {
    struct weft_frame frame;
};

static async closer(struct weft_frame *frame)
{
    ASYNC_BEGIN(closer);
    AWAIT(weft_stream_wait_closed(&near));
    trace("closed");
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s", weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

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

static void a_descriptor_that_is_watched_already_is_busy(void)
{
    struct weft_handle handle = {0};

    reset();
    CHECK_INT(weft_add_reader(&real.world.loop, near.transport.fd, &handle,
                              cancel_task, NULL),
              0);
    RUN_READER(READ, 8, 1);
    CHECK_TRACE("EBUSY");
    CHECK(weft_remove_reader(&real.world.loop, near.transport.fd));
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

/* ---- An exchange, disturbed in every way ---- */

struct echo {
    struct weft_frame frame;
    struct weft_stream *stream;
    char line[16];
};

static async echo(struct weft_frame *frame)
{
    ASYNC_BEGIN(echo);
    for (;;) {
        AWAIT(
            weft_stream_readline(self->stream, self->line, sizeof self->line));
        if (frame->value == 0) {
            break;
        }
        weft_stream_write(self->stream, self->line, (size_t)frame->value);
        AWAIT(weft_stream_drain(self->stream));
    }
    weft_stream_close(self->stream);
    AWAIT(weft_stream_wait_closed(self->stream));
    trace("served");
    ASYNC_END;
}

struct asker {
    struct weft_frame frame;
    struct weft_stream *stream;
    char line[16];
    int i;
};

static async asker(struct weft_frame *frame)
{
    ASYNC_BEGIN(asker);
    for (self->i = 0; self->i < 3; self->i++) {
        weft_stream_write(self->stream, "a line\n", 7);
        AWAIT(weft_stream_drain(self->stream));
        AWAIT(weft_stream_readexactly(self->stream, self->line, 7));
        CHECK(memcmp(self->line, "a line\n", 7) == 0);
    }
    weft_stream_write_eof(self->stream);
    AWAIT(weft_stream_read(self->stream, self->line, 1));
    CHECK_INT(frame->value, 0);
    trace("asked");
    ASYNC_FINALLY
    weft_stream_close(self->stream);
    AWAIT(weft_stream_wait_closed(self->stream));
    ASYNC_END;
}

static void two_streams_talk_to_each_other(void)
{
    struct weft_task *task;

    reset();
    open_away();
    task = SPAWN(echo, .stream = &away);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, asker, .stream = &near), 0);
    turns(2);
    CHECK_TRACE("served, asked");
    CHECK_INT(weft_task_error(task), 0);
    weft_task_release(task);
    finish();
}

/* sweep.h makes worlds with a virtual clock: put libev's driver in its place
 * for the length of the scenario. All descriptors belong to this thread, so
 * nothing ready and nothing due is a deadlock. */
static int (*sim_poll_function)(struct weft_driver *driver, weft_ticks timeout,
                                struct weft_list *events);
static int (*ev_poll_function)(struct weft_driver *driver, weft_ticks timeout,
                               struct weft_list *events);
static struct weft_ev sweep_ev;
static int sweep_fds;
static int completed;

static int poll_without_waiting(struct weft_driver *driver, weft_ticks timeout,
                                struct weft_list *events)
{
    struct weft_list found = {{NULL, NULL}};
    int status;

    status =
        ev_poll_function(driver, timeout == WEFT_FOREVER ? 0 : timeout, &found);
    if (status == 0 && timeout == WEFT_FOREVER && weft_list_is_empty(&found)) {
        status = WEFT_EDEADLOCK;
    }
    weft_list_splice(events, &found);
    return status;
}

static void start_exchange(struct world *world)
{
    int fds[2];

    alarm(30);
    sweep_fds = real_count_fds();
    CHECK_INT(weft_ev_open(&sweep_ev, weft_allocator_libc()), 0);
    ev_poll_function = sweep_ev.driver.poll;
    sim_poll_function = sweep_saboteur.poll;
    sweep_saboteur.poll = poll_without_waiting;
    sweep_ev.driver.poll =
        sim_poll_function != NULL ? sweep_poll : poll_without_waiting;
    world->loop.driver = &sweep_ev.driver;
    real_pair(fds);
    memset(&near, 0, sizeof near);
    memset(&away, 0, sizeof away);
    CHECK_INT(weft_stream_open(&near, fds[0]), 0);
    CHECK_INT(weft_stream_open(&away, fds[1]), 0);
    weft_task_release(SPAWN(echo, .stream = &away));
    weft_task_release(SPAWN(asker, .stream = &near));
}

static void verify_exchange(struct world *world)
{
    CHECK(near.reader == NULL && away.reader == NULL);
    CHECK(weft_list_is_empty(&near.drainers));
    CHECK(weft_list_is_empty(&near.closers));
    CHECK(weft_list_is_empty(&away.closers));
    weft_stream_abort(&near);
    weft_stream_abort(&away);
    completed += strcmp(check_trace, "served, asked") == 0;
    world->loop.driver = &world->sim.driver;
    if (sim_poll_function != NULL) {
        sweep_saboteur.poll = sim_poll_function;
    }
    weft_ev_close(&sweep_ev);
    CHECK_INT(real_count_fds(), sweep_fds);
}

static void an_exchange_survives_a_cancellation_at_every_point(void)
{
    completed = 0;
    CHECK(sweep_cancel(start_exchange, verify_exchange) > 50);
    CHECK(completed > 0);
}

static void an_exchange_survives_a_lack_of_memory_at_every_point(void)
{
    completed = 0;
    CHECK(sweep_memory(start_exchange, verify_exchange) > 4);
    CHECK(completed > 0);
}

/* The driver's memory as well, and more bytes than the kernel takes. */
static void start_flood(struct real *world)
{
    int fds[2];
    struct weft_task *tasks[2];

    world->finds_deadlocks = true;
    memset(&near, 0, sizeof near);
    memset(&away, 0, sizeof away);
    real_pair(fds);
    CHECK_INT(weft_stream_open(&near, fds[0]), 0);
    CHECK_INT(weft_stream_open(&away, fds[1]), 0);
    tasks[0] = SPAWN(sink, .chunk = 10000);
    tasks[1] = SPAWN(drainer);
    CHECK(tasks[0] != NULL || tasks[1] != NULL);
    for (int i = 0; i < 16; i++) {
        int status = weft_stream_write(&near, much + i * 65536, 65536);

        CHECK(status == 0 || status == WEFT_ENOMEM);
    }
    weft_stream_close(&near);
    for (int i = 0; i < 2; i++) {
        if (tasks[i] != NULL) {
            int status =
                weft_loop_run_until_complete(&world->world.loop, tasks[i]);

            /* Without the sink nobody reads. */
            CHECK(status == 0 || status == WEFT_ENOMEM ||
                  (i == 1 && status == WEFT_EDEADLOCK &&
                   (tasks[0] == NULL ||
                    weft_task_error(tasks[0]) == WEFT_ENOMEM)));
        }
    }
    if (tasks[0] != NULL && weft_task_error(tasks[0]) == 0) {
        struct sink *result = (struct sink *)(void *)weft_task_frame(tasks[0]);

        CHECK_INT(result->wrong, 0);
        CHECK(result->count == 16 * 65536 ||
              near.transport.error == WEFT_ENOMEM);
        completed += near.transport.error == 0;
    }
    weft_task_release(tasks[0]);
    weft_task_release(tasks[1]);
    weft_stream_abort(&near);
    weft_stream_abort(&away);
}

static void a_flood_survives_a_lack_of_memory_at_every_point(void)
{
    fill_much();
    completed = 0;
    CHECK(real_sweep_memory(start_flood) > 8);
    CHECK(completed > 0);
}

#define TESTS(X)                                               \
    X(lines_are_the_same_however_they_arrive)                  \
    X(exact_reads_are_the_same_however_their_bytes_arrive)     \
    X(read_gives_what_has_come_at_most_what_is_asked_for)      \
    X(the_three_reads_share_what_has_come)                     \
    X(a_line_fits_with_its_nul_or_not_at_all)                  \
    X(what_has_come_of_a_line_that_is_too_long_is_dropped)     \
    X(a_last_line_may_be_too_long_as_well)                     \
    X(memory_for_a_nul_alone_takes_no_line)                    \
    X(reading_nothing_does_not_wait)                           \
    X(the_end_is_there_as_often_as_it_is_asked_for)            \
    X(a_stream_that_ends_at_once_is_empty)                     \
    X(bytes_before_the_end_are_read_first)                     \
    X(a_closed_stream_cannot_be_read)                          \
    X(a_second_reader_is_refused)                              \
    X(a_reset_ends_the_read_and_stays)                         \
    X(reading_outside_of_a_task_is_an_error)                   \
    X(a_cancelled_read_loses_nothing)                          \
    X(a_read_cancelled_in_the_turn_of_its_bytes_loses_nothing) \
    X(a_read_with_a_deadline_loses_nothing)                    \
    X(a_fast_sender_lets_other_tasks_run)                      \
    X(drain_waits_for_a_peer_that_does_not_read)               \
    X(many_small_writes_and_small_reads_keep_their_order)      \
    X(drain_does_not_wait_while_there_is_little)               \
    X(drain_goes_by_the_high_and_the_low_mark)                 \
    X(a_cancelled_drain_leaves_the_stream_as_it_is)            \
    X(write_eof_ends_one_direction_only)                       \
    X(write_eof_comes_after_what_is_unsent)                    \
    X(close_sends_the_rest_first)                              \
    X(abort_drops_what_is_unsent)                              \
    X(closing_wakes_everybody)                                 \
    X(each_kind_of_reader_gets_the_end_when_it_is_closed)      \
    X(a_closed_stream_takes_no_more)                           \
    X(a_peer_that_is_gone_is_an_error)                         \
    X(a_peer_that_goes_wakes_everybody)                        \
    X(a_peer_that_goes_while_we_close_ends_the_closing)        \
    X(opening_says_what_is_wrong)                              \
    X(a_stream_can_be_opened_again)                            \
    X(a_descriptor_that_is_watched_already_is_busy)            \
    X(the_virtual_clock_has_no_streams)                        \
    X(a_write_without_memory_breaks_the_stream_and_tells_all)  \
    X(a_read_without_memory_can_be_repeated)                   \
    X(two_streams_talk_to_each_other)                          \
    X(an_exchange_survives_a_cancellation_at_every_point)      \
    X(an_exchange_survives_a_lack_of_memory_at_every_point)    \
    X(a_flood_survives_a_lack_of_memory_at_every_point)
TEST_MAIN(TESTS)
