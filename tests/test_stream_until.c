/* test_stream_until.c - reading up to a separator, or the first of several. */
#include "streams.h"

struct until {
    struct weft_frame frame;
    const char *separator;
    const struct iovec *several;
    size_t count;
    size_t size;
    int times;
    int error;
    char data[64];
};

static async until(struct weft_frame *frame)
{
    ASYNC_BEGIN(until);
    for (; self->times > 0; self->times--) {
        memset(self->data, '#', sizeof self->data);
        ASYNC_TRY {
            if (self->separator != NULL) {
                AWAIT(weft_stream_readuntil(&near, self->data, self->size,
                                            self->separator));
            } else {
                AWAIT(weft_stream_readuntil_any(&near, self->data, self->size,
                                                self->several, self->count));
            }
            CHECK_INT(self->data[frame->value], '#');
            trace("[%.*s]", frame->value, self->data);
        }
        ASYNC_CATCH(self->error) {
            trace("%s", weft_error_name(self->error));
            if (self->error == WEFT_EINCOMPLETEREAD) {
                trace("[%.*s]", (int)near.partial, self->data);
            }
        }
    }
    ASYNC_END;
}

#define RUN_UNTIL(separator_, size_, times_)                                   \
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, until, .separator = (separator_), \
                           .size = (size_), .times = (times_)),                \
              0)
#define RUN_UNTIL_ANY(several_, count_, size_, times_)                     \
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, until, .several = (several_), \
                           .count = (count_), .size = (size_),             \
                           .times = (times_)),                             \
              0)

static void a_part_ends_with_its_separator(void)
{
    reset();
    put("lineAAAotherAAArest");
    close_far();
    RUN_UNTIL("AAA", 32, 3);
    CHECK_TRACE("[lineAAA], [otherAAA], EINCOMPLETEREAD, [rest]");
    RUN_UNTIL("AAA", 32, 1);
    CHECK_TRACE("EINCOMPLETEREAD, []");
    CHECK(weft_stream_at_eof(&near));
    finish();
}

/* CPython: test_streams.StreamTests.test_readuntil_separator */
static void a_separator_may_not_be_empty(void)
{
    static const struct iovec several[] = {{"a", 1}, {"", 0}};

    reset();
    RUN_UNTIL("", 8, 1);
    RUN_UNTIL_ANY(several, 2, 8, 1);
    RUN_UNTIL_ANY(several, 0, 8, 1);
    CHECK_TRACE("EINVAL, EINVAL, EINVAL");
    finish();
}

/* Every byte by itself, and all other ways to cut the text.
 *
 * CPython: test_streams.StreamTests.test_readuntil_multi_chunks
 * CPython: test_streams.StreamTests.test_readuntil_multi_chunks_1
 */
static void a_separator_is_found_however_it_arrives(void)
{
    static const char text[] = "QWaaBaaa$!";
    static const struct {
        const char *separator;
        const char *expected;
    } cases[] = {{"aaa", "[QWaaBaaa], EINCOMPLETEREAD, [$!]"},
                 {"aa", "[QWaa], [Baa]"},
                 {"aaB", "[QWaaB], EINCOMPLETEREAD, [aaa$!]"},
                 {"$!", "[QWaaBaaa$!], EINCOMPLETEREAD, []"}};

    for (size_t i = 0; i < 4; i++) {
        for (unsigned cuts = 0; cuts < 512 && check_failures == 0; cuts++) {
            struct weft_task *task;

            reset();
            task = SPAWN(until, .separator = cases[i].separator, .size = 16,
                         .times = 2);
            turns(1);
            for (size_t at = 0, start = 0; at < sizeof text - 1; at++) {
                if (at + 1 == sizeof text - 1 || (cuts >> at & 1) != 0) {
                    CHECK_INT(write(far, text + start, at + 1 - start),
                              at + 1 - start);
                    start = at + 1;
                    turns(1);
                }
            }
            close_far();
            turns(1);
            CHECK(weft_task_done(task));
            CHECK_TRACE(cases[i].expected);
            weft_task_release(task);
            finish();
        }
    }
}

/* CPython: test_streams.StreamTests.test_readuntil_limit_found_sep
 */
static void what_does_not_fit_stays_for_the_next_read(void)
{
    reset();
    put("some dataAA");
    RUN_UNTIL("AAA", 8, 2);
    CHECK_TRACE("ELIMIT, ELIMIT");
    put("A");
    RUN_UNTIL("AAA", 11, 1);
    CHECK_TRACE("ELIMIT");
    RUN_UNTIL("AAA", 12, 1);
    CHECK_TRACE("[some dataAAA]");
    finish();
}

static void a_part_that_just_fits_is_not_too_long(void)
{
    reset();
    put("abc;abcd;");
    RUN_UNTIL(";", 4, 2);
    CHECK_TRACE("[abc;], ELIMIT");
    RUN_UNTIL(";", 5, 1);
    CHECK_TRACE("[abcd;]");
    finish();
}

/* CPython: test_streams.StreamTests.test_readuntil_eof
 */
static void the_end_gives_what_there_is(void)
{
    reset();
    put("some data");
    close_far();
    RUN_UNTIL("\n", 32, 2);
    CHECK_TRACE("EINCOMPLETEREAD, [some data], EINCOMPLETEREAD, []");
    finish();
}

/* CPython: test_streams.StreamTests.test_readuntil_multi_separator
 * CPython: test_streams.StreamTests.test_readuntil_multi_separator_negative_offset
 */
static void of_several_separators_the_first_end_counts(void)
{
    static const struct iovec ends[] = {{"AAA", 3}, {"B", 1}, {"\0\n", 2}};
    static const struct iovec inside[] = {{"xab", 3}, {"a", 1}, {"bcd", 3}};
    static const struct iovec longer[] = {{"DEF", 3}, {"BCDE", 4}};

    reset();
    put("lineAAAotherBrest");
    CHECK_INT(write(far, "z\0\n", 3), 3);
    RUN_UNTIL_ANY(ends, 3, 32, 2);
    CHECK_TRACE("[lineAAA], [otherB]");
    RUN_UNTIL_ANY(ends + 2, 1, 32, 1);
    CHECK_TRACE("[restz]"); /* trace stops at the NUL */
    put("xabcd");
    RUN_UNTIL_ANY(inside, 3, 32, 1);
    RUN_UNTIL_ANY(inside, 3, 32, 1);
    CHECK_TRACE("[xa], [bcd]");
    put("ABCDEFG");
    RUN_UNTIL_ANY(longer, 2, 32, 1);
    RUN_UNTIL("G", 32, 1);
    CHECK_TRACE("[ABCDE], [FG]");
    finish();
}

/* CPython: test_streams.StreamTests.test_readuntil_multi_separator_limit */
static void several_separators_have_one_limit(void)
{
    static const struct iovec ends[] = {{"A", 1}, {"long end", 8}};

    reset();
    put("some dataA");
    RUN_UNTIL_ANY(ends, 2, 3, 1);
    CHECK_TRACE("ELIMIT");
    RUN_UNTIL_ANY(ends, 2, 10, 1);
    CHECK_TRACE("[some dataA]");
    finish();
}

static void a_second_reader_is_refused(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(until, .separator = "end", .size = 16, .times = 1);
    turns(1);
    RUN_UNTIL("x", 16, 1);
    CHECK_TRACE("EBUSY");
    put("x end");
    turns(1);
    CHECK_TRACE("[x end]");
    weft_task_release(task);
    finish();
}

static void a_cancelled_search_loses_nothing(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(until, .separator = "--", .size = 16, .times = 1);
    turns(1);
    put("ab-");
    turns(1);
    CHECK(weft_task_cancel(task));
    turns(1);
    CHECK(weft_task_cancelled(task));
    weft_task_release(task);
    put("-cd");
    RUN_UNTIL("--", 16, 1);
    CHECK_TRACE("[ab--]");
    finish();
}

#define TESTS(X)                                  \
    X(a_part_ends_with_its_separator)             \
    X(a_separator_may_not_be_empty)               \
    X(a_separator_is_found_however_it_arrives)    \
    X(what_does_not_fit_stays_for_the_next_read)  \
    X(a_part_that_just_fits_is_not_too_long)      \
    X(the_end_gives_what_there_is)                \
    X(of_several_separators_the_first_end_counts) \
    X(several_separators_have_one_limit)          \
    X(a_second_reader_is_refused)                 \
    X(a_cancelled_search_loses_nothing)
TEST_MAIN(TESTS)
