/* test_stream_cancel.c - a read that is cancelled loses nothing. */
#include "streams.h"

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

/* CPython: test_streams.StreamTests.test_exception_cancel */
static void an_error_after_the_cancellation_finds_no_reader(void)
{
    struct weft_task *task;

    reset_with(real_tcp_pair);
    task = START_READER(LINE, 16, 1);
    turns(1);
    CHECK(weft_task_cancel(task));
    turns(1);
    CHECK_TRACE("ECANCELLED");
    weft_task_release(task);
    real_reset(far);
    far = -1;
    RUN_READER(READ, 8, 1);
    CHECK_TRACE("ECONNRESET");
    CHECK(near.reader == NULL);
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

#define TESTS(X)                                               \
    X(a_cancelled_read_loses_nothing)                          \
    X(a_read_cancelled_in_the_turn_of_its_bytes_loses_nothing) \
    X(an_error_after_the_cancellation_finds_no_reader)         \
    X(a_read_with_a_deadline_loses_nothing)                    \
    X(a_fast_sender_lets_other_tasks_run)
TEST_MAIN(TESTS)
