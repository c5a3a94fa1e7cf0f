/* test_faults.c - system calls that fail, at every place where they can.
 *
 * A stream asks, a transport with a protocol answers. Which calls they make is
 * found out by a run without a fault; then there is one run for each of them,
 * and for each error.
 */
#include "faults.h"
#include "transports.h"

static bool has_finished;

static void answer(struct weft_transport *transport, const char *data,
                   size_t size)
{
    struct iovec parts[] = {
        {(void *)(uintptr_t)data, size / 2},
        {(void *)(uintptr_t)(data + size / 2), size - size / 2}};

    weft_transport_writelines(transport, parts, 2);
}

static bool say_the_rest(struct weft_transport *transport)
{
    weft_transport_write(transport, "bye", 3);
    return false;
}

static const struct weft_protocol answering = {.data_received = answer,
                                               .eof_received = say_the_rest};

struct asker {
    struct weft_frame frame;
    struct weft_stream stream;
    char line[32];
    int fd;
    int i;
};

static async asker(struct weft_frame *frame)
{
    ASYNC_BEGIN(asker);
    CHECK_INT(weft_stream_open(&self->stream, self->fd), 0);
    for (self->i = 0; self->i < 2; self->i++) {
        weft_stream_write(&self->stream, "a line\n", 7);
        AWAIT(weft_stream_drain(&self->stream));
        AWAIT(
            weft_stream_readline(&self->stream, self->line, sizeof self->line));
        if (frame->value == 0) {
            ASYNC_RAISE(WEFT_EINCOMPLETEREAD);
        }
        CHECK_STR(self->line, "a line\n");
    }
    weft_stream_write(&self->stream, "0123456789", 10);
    AWAIT(weft_stream_readexactly(&self->stream, self->line, 10));
    CHECK(memcmp(self->line, "0123456789", 10) == 0);
    weft_stream_write_eof(&self->stream);
    AWAIT(weft_stream_readuntil(&self->stream, self->line, sizeof self->line,
                                "ye"));
    CHECK(memcmp(self->line, "bye", 3) == 0);
    AWAIT(weft_stream_read(&self->stream, self->line, sizeof self->line));
    CHECK_INT(frame->value, 0);
    has_finished = true;
    ASYNC_FINALLY
    weft_stream_close(&self->stream);
    AWAIT(weft_stream_wait_closed(&self->stream));
    ASYNC_END;
}

/* Gives what the asker got; WEFT_EDEADLOCK would be a call that was forgotten. */
static int converse(long n, int error, size_t limit)
{
    struct weft_transport transport = {0};
    int fds[2];
    int status;

    real_open(&real);
    real.world.loop.poll_turns = 1;
    real.finds_deadlocks = true;
    has_finished = false;
    real_pair(fds);
    CHECK_INT(weft_transport_open(&transport, fds[0], &answering), 0);
    faults_over();
    fault_nth(n, error);
    fault_limit = limit;
    status = ASYNC_RUN_IN(&real.world.loop, asker, .fd = fds[1]);
    CHECK(status != WEFT_EDEADLOCK);
    weft_transport_abort(&transport);
    turns(2);
    CHECK(weft_transport_is_closed(&transport));
    real_close(&real);
    return status;
}

static long count_calls(void)
{
    CHECK_INT(converse(0, 0, 0), 0);
    CHECK(has_finished);
    CHECK(fault_count > 10);
    return fault_count;
}

static void a_call_that_would_block_or_was_interrupted_is_made_again(void)
{
    static const int errors[] = {EINTR, EAGAIN, EWOULDBLOCK};
    long count = count_calls();

    for (int i = 0; i < 3; i++) {
        for (long n = 1; n <= count; n++) {
            CHECK_INT(converse(n, errors[i], 0), 0);
            CHECK(has_finished);
            CHECK(faults_over());
        }
    }
}

/* Every error of the connection comes out, once it has struck the stream; the
 * stream sees the end when it has struck the other side. Nothing is left open
 * either way, which real_close checks. */
static void a_connection_that_breaks_ends_both_sides(void)
{
    static const int errors[] = {ECONNRESET, EPIPE,  ETIMEDOUT,
                                 ENOBUFS,    ENOMEM, EHOSTUNREACH};
    long count = count_calls();
    bool came_out = false;

    for (int i = 0; i < 6; i++) {
        for (long n = 1; n <= count; n++) {
            int status = converse(n, errors[i], 0);

            came_out = came_out || status == -errors[i];
            CHECK(status == 0 || status == -errors[i] ||
                  status == WEFT_EINCOMPLETEREAD || status == -EPIPE ||
                  status == -ECONNRESET || !has_finished);
            CHECK(faults_over());
        }
        CHECK(came_out);
    }
}

static void calls_that_move_a_few_bytes_only_are_enough(void)
{
    for (size_t limit = 1; limit < 12; limit++) {
        CHECK_INT(converse(0, 0, limit), 0);
        CHECK(has_finished);
    }
}

static void few_bytes_and_an_interruption_together(void)
{
    for (long n = 1; n < 60; n++) {
        CHECK_INT(converse(n, EAGAIN, 3), 0);
        CHECK(has_finished);
    }
}

/* ---- A transport alone ---- */

static char place[16];

static char *get_place(struct weft_transport *transport, size_t hint,
                       size_t *size)
{
    (void)transport, (void)hint;
    *size = sizeof place;
    return place;
}

static void place_updated(struct weft_transport *transport, size_t size)
{
    end_data(transport, place, size);
}

static const struct weft_protocol buffered = {.get_buffer = get_place,
                                              .buffer_updated = place_updated,
                                              .connection_lost = end_lost};

/* CPython: test_selector_events.SelectorSocketTransportTests.test_read_ready_tryagain
 * CPython: test_selector_events.SelectorSocketTransportTests.test_read_ready_tryagain_interrupted
 * CPython: test_selector_events.SelectorSocketTransportBufferedProtocolTests.test_read_ready_tryagain
 * CPython: test_selector_events.SelectorSocketTransportBufferedProtocolTests.test_read_ready_tryagain_interrupted
 */
static void a_read_that_finds_nothing_is_no_event(void)
{
    static const int errors[] = {EAGAIN, EINTR};

    for (int i = 0; i < 4; i++) {
        reset_far();
        if (i / 2 == 1) {
            weft_transport_set_protocol(&near.transport, &buffered);
        }
        put("abc");
        fault(FAULT_RECV, errors[i % 2]);
        turns(2);
        CHECK(faults_over());
        CHECK_TRACE("near [abc]");
        finish();
    }
}

/* CPython: test_selector_events.SelectorSocketTransportTests.test_read_ready_err
 * CPython: test_selector_events.SelectorSocketTransportBufferedProtocolTests.test_read_ready_err
 * CPython: test_selector_events.SelectorSocketTransportBufferedProtocolTests.test_read_ready_conn_reset
 */
static void a_read_that_fails_breaks_the_connection(void)
{
    static const struct {
        int error;
        const char *lost;
    } cases[] = {{EHOSTUNREACH, "near lost EHOSTUNREACH"},
                 {ECONNRESET, "near lost ECONNRESET"}};

    for (int i = 0; i < 4; i++) {
        reset_far();
        if (i / 2 == 1) {
            weft_transport_set_protocol(&near.transport, &buffered);
        }
        put("abc");
        fault(FAULT_RECV, cases[i % 2].error);
        turns(1);
        CHECK(faults_over());
        CHECK(weft_transport_is_closing(&near.transport));
        CHECK_TRACE("");
        turns(1);
        CHECK_TRACE(cases[i % 2].lost);
        finish();
    }
}

/* CPython: test_selector_events.SelectorSocketTransportTests.test_write_tryagain
 * CPython: test_selector_events.SelectorSocketTransportTests.test_write_ready_tryagain
 * CPython: test_selector_events.SelectorSocketTransportTests.test_write_partial_none
 * CPython: test_selector_events.SelectorSocketTransportTests.test_write_ready_partial_none
 */
static void a_write_that_would_block_is_kept(void)
{
    static const int errors[] = {EAGAIN, EINTR, 0};

    for (int i = 0; i < 3; i++) {
        char text[8] = "";

        reset_far();
        fault(FAULT_SEND, errors[i]);
        CHECK_INT(say(&near, "abc"), 0);
        CHECK(faults_over());
        CHECK_INT(weft_transport_get_write_buffer_size(&near.transport), 3);
        fault(FAULT_SEND, errors[i] == EINTR ? EAGAIN : errors[i]);
        turns(1);
        CHECK(faults_over());
        CHECK_INT(weft_transport_get_write_buffer_size(&near.transport), 3);
        turns(1);
        CHECK_INT(weft_transport_get_write_buffer_size(&near.transport), 0);
        CHECK_INT(read(far, text, sizeof text), 3);
        CHECK_STR(text, "abc");
        finish();
    }
}

/* CPython: test_selector_events.SelectorSocketTransportTests.test_write_sendmsg_OSError
 */
static void a_write_that_fails_in_the_background_breaks_the_connection(void)
{
    reset_far();
    fill();
    CHECK_TRACE("near pause");
    fault(FAULT_SEND, ENOBUFS);
    empty_far();
    turns(1);
    CHECK(faults_over());
    CHECK_INT(weft_transport_get_write_buffer_size(&near.transport), 0);
    turns(1);
    CHECK_TRACE("near lost ENOBUFS");
    finish();
}

/* CPython: test_unix_events.UnixWritePipeTransportTests.test_write_again
 * CPython: test_unix_events.UnixWritePipeTransportTests.test__write_ready_again
 * CPython: test_unix_events.UnixWritePipeTransportTests.test__write_ready_err
 */
static void a_pipe_that_would_block_is_written_to_later(void)
{
    char text[8] = "";
    int fds[2];

    reset_far();
    CHECK_INT(pipe(fds), 0);
    CHECK_INT(weft_connect_write_pipe(&away.transport, fds[1], &end_protocol),
              0);
    fault(FAULT_WRITEV, EAGAIN);
    CHECK_INT(say(&away, "abc"), 0);
    CHECK(faults_over());
    CHECK_INT(weft_transport_get_write_buffer_size(&away.transport), 3);
    turns(2);
    CHECK_INT(read(fds[0], text, sizeof text), 3);
    CHECK_TRACE("away made");
    fault(FAULT_WRITEV, EIO);
    CHECK_INT(say(&away, "abc"), -EIO);
    CHECK(faults_over());
    turns(1);
    CHECK_TRACE("away lost EIO");
    close(fds[0]);
    finish();
}

/* ---- A stream alone ---- */

struct sleeper {
    struct weft_frame frame;
    struct weft_stream stream;
    char byte;
    int error;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    ASYNC_TRY {
        AWAIT(weft_stream_read(&self->stream, &self->byte, 1));
    }
    ASYNC_CATCH(self->error) {
        trace("%s", weft_error_name(self->error));
    }
    AWAIT(weft_sleep(3600));
    trace("woken");
    ASYNC_FINALLY
    weft_stream_abort(&self->stream);
    ASYNC_END;
}

/* It is told by the read itself, and not a second time in its next wait. */
static void a_reader_is_told_of_an_error_once(void)
{
    struct weft_task *task;
    struct sleeper *self;
    int fds[2];

    reset_far();
    real_pair(fds);
    task = SPAWN(sleeper, .error = 0);
    self = (struct sleeper *)(void *)weft_task_frame(task);
    CHECK_INT(weft_stream_open(&self->stream, fds[0]), 0);
    turns(1);
    CHECK_INT(write(fds[1], "x", 1), 1);
    fault(FAULT_RECV, ETIMEDOUT);
    turns(4);
    CHECK(faults_over());
    CHECK_TRACE("ETIMEDOUT");
    CHECK(weft_task_cancel(task));
    turns(1);
    CHECK(weft_task_cancelled(task));
    weft_task_release(task);
    close(fds[1]);
    finish();
}

#define TESTS(X)                                                  \
    X(a_call_that_would_block_or_was_interrupted_is_made_again)   \
    X(a_connection_that_breaks_ends_both_sides)                   \
    X(calls_that_move_a_few_bytes_only_are_enough)                \
    X(few_bytes_and_an_interruption_together)                     \
    X(a_read_that_finds_nothing_is_no_event)                      \
    X(a_read_that_fails_breaks_the_connection)                    \
    X(a_write_that_would_block_is_kept)                           \
    X(a_write_that_fails_in_the_background_breaks_the_connection) \
    X(a_pipe_that_would_block_is_written_to_later)                \
    X(a_reader_is_told_of_an_error_once)
TEST_MAIN(TESTS)
