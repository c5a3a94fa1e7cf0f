/* test_stream_read.c - the three reads, however their bytes arrive. */
#include "streams.h"

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

/* CPython: test_streams.StreamTests.test_readline
 * CPython: test_streams.StreamTests.test_readline_eof
 */
static void lines_are_the_same_however_they_arrive(void)
{
    read_in_all_splits(LINE, 16, 6, "[ab\n], [cd\n], [\n], [xyz], [], []");
    read_in_all_splits(LINE, 4, 5, "[ab\n], [cd\n], [\n], [xyz], []");
}

/* CPython: test_streams.StreamTests.test_readexactly
 * CPython: test_streams.StreamTests.test_readexactly_eof
 * CPython: test_streams.StreamTests.test_read_until_eof
 */
static void exact_reads_are_the_same_however_their_bytes_arrive(void)
{
    read_in_all_splits(EXACTLY, 4, 4,
                       "[ab\nc], [d\n\nx], EINCOMPLETEREAD, [yz], "
                       "EINCOMPLETEREAD, []");
    read_in_all_splits(EXACTLY, 5, 3,
                       "[ab\ncd], [\n\nxyz], EINCOMPLETEREAD, []");
    read_in_all_splits(EXACTLY, 1, 2, "[a], [b]");
}

/* CPython: test_streams.StreamTests.test_read
 * CPython: test_streams.StreamTests.test_read_line_breaks
 */
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

/* CPython: test_streams.StreamTests.test_readline_nolimit_nowait
 * CPython: test_streams.StreamTests.test_readline_read_byte_count
 */
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

/* CPython: test_streams.StreamTests.test_readline_limit_with_existing_data
 */
static void a_line_fits_with_its_nul_or_not_at_all(void)
{
    reset();
    put("abc\nabcd\nab\n");
    RUN_READER(LINE, 5, 3);
    CHECK_TRACE("[abc\n], ELIMIT, [ab\n]");
    finish();
}

/* CPython: test_streams.StreamTests.test_readline_limit */
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

/* CPython: test_streams.StreamTests.test_invalid_limit */
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

/* CPython: test_streams.StreamTests.test_read_zero
 * CPython: test_streams.StreamTests.test_readexactly_zero_or_less
 */
static void reading_nothing_does_not_wait(void)
{
    reset();
    RUN_READER(READ, 0, 1);
    RUN_READER(EXACTLY, 0, 1);
    put("abc");
    RUN_READER(READ, 0, 1);
    RUN_READER(EXACTLY, 1, 1);
    RUN_READER(EXACTLY, 0, 1);
    RUN_READER(READ, 0, 1);
    RUN_READER(READ, 8, 1);
    CHECK_TRACE("[], [], [], [a], [], [], [bc]");
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

/* Without any buffer yet: the first thing it learns is the end.
 *
 * CPython: test_streams.StreamTests.test_read_eof
 * CPython: test_streams.StreamTests.test_readline_empty_eof
 */
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

/* CPython: test_streams.StreamTests.test_wait_closed_on_close_with_unread_data
 */
static void a_closed_stream_cannot_be_read(void)
{
    reset();
    put("abc");
    weft_stream_close(&near);
    CHECK(weft_stream_is_closed(&near));
    CHECK_INT(weft_stream_wait_closed(&near).status, 0);
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

/* CPython: test_streams.StreamTests.test_read_exception
 * CPython: test_streams.StreamTests.test_readline_exception
 * CPython: test_streams.StreamTests.test_readexactly_exception
 * CPython: test_streams.StreamTests.test_exception
 * CPython: test_streams.StreamTests.test_exception_waiter
 * CPython: test_streams.StreamTests.test_open_connection_error
 */
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
    RUN_READER(READ, 4, 1);
    CHECK_TRACE("ECONNRESET, ECONNRESET, ECONNRESET, ECONNRESET");
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

#define TESTS(X)                                           \
    X(lines_are_the_same_however_they_arrive)              \
    X(exact_reads_are_the_same_however_their_bytes_arrive) \
    X(read_gives_what_has_come_at_most_what_is_asked_for)  \
    X(the_three_reads_share_what_has_come)                 \
    X(a_line_fits_with_its_nul_or_not_at_all)              \
    X(what_has_come_of_a_line_that_is_too_long_is_dropped) \
    X(a_last_line_may_be_too_long_as_well)                 \
    X(memory_for_a_nul_alone_takes_no_line)                \
    X(reading_nothing_does_not_wait)                       \
    X(the_end_is_there_as_often_as_it_is_asked_for)        \
    X(a_stream_that_ends_at_once_is_empty)                 \
    X(bytes_before_the_end_are_read_first)                 \
    X(a_closed_stream_cannot_be_read)                      \
    X(a_second_reader_is_refused)                          \
    X(a_reset_ends_the_read_and_stays)                     \
    X(reading_outside_of_a_task_is_an_error)
TEST_MAIN(TESTS)
