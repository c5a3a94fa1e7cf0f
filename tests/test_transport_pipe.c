/* test_transport_pipe.c - pipes and FIFOs. */
#include <signal.h>

#include "pipes.h"

/* CPython: test_unix_events.UnixReadPipeTransportTests.test_ctor
 * CPython: test_unix_events.UnixReadPipeTransportTests.test__read_ready
 * CPython: test_unix_events.UnixReadPipeTransportTests.test__read_ready_eof
 * CPython: test_unix_events.UnixReadPipeTransportTests.test__call_connection_lost
 * CPython: test_events.EventLoopTestsMixin.test_read_pipe
 */
static void a_pipe_is_read_to_its_end(void)
{
    reset_pipe(true);
    CHECK(weft_transport_is_reading(&near.transport));
    put("abc");
    turns(1);
    CHECK_TRACE("near [abc]");
    near.stays_open = true; /* there is no other direction to keep open */
    close_far();
    turns(2);
    CHECK_TRACE("near eof, near lost OK");
    finish();
}

static void a_pipe_that_reads_cannot_be_written_to(void)
{
    reset_pipe(true);
    CHECK_INT(say(&near, "x"), WEFT_EINVALIDSTATE);
    CHECK(!weft_transport_can_write_eof(&near.transport));
    CHECK_INT(weft_transport_write_eof(&near.transport), WEFT_EINVALIDSTATE);
    finish();
}

/* CPython: test_unix_events.UnixReadPipeTransportTests.test_pause_reading
 * CPython: test_unix_events.UnixReadPipeTransportTests.test_resume_reading
 * CPython: test_unix_events.UnixReadPipeTransportTests.test_close
 * CPython: test_unix_events.UnixReadPipeTransportTests.test_close_already_closing
 * CPython: test_unix_events.UnixReadPipeTransportTests.test__close
 * CPython: test_unix_events.UnixReadPipeTransportTests.test_pause_reading_on_paused_pipe
 * CPython: test_unix_events.UnixReadPipeTransportTests.test_resume_reading_on_paused_pipe
 * CPython: test_unix_events.UnixReadPipeTransportTests.test_pause_reading_on_closed_pipe
 * CPython: test_unix_events.UnixReadPipeTransportTests.test_resume_reading_on_closed_pipe
 */
static void a_pipe_can_be_paused_and_closed(void)
{
    reset_pipe(true);
    weft_transport_pause_reading(&near.transport);
    put("abc");
    turns(2);
    CHECK_TRACE("");
    weft_transport_resume_reading(&near.transport);
    turns(1);
    CHECK_TRACE("near [abc]");
    weft_transport_close(&near.transport);
    turns(1);
    CHECK_TRACE("near lost OK");
    finish();
}

/* CPython: test_unix_events.UnixWritePipeTransportTests.test_write
 * CPython: test_unix_events.UnixWritePipeTransportTests.test_write_eof
 * CPython: test_unix_events.UnixWritePipeTransportTests.test_ctor
 * CPython: test_unix_events.UnixWritePipeTransportTests.test_can_write_eof
 * CPython: test_unix_events.UnixWritePipeTransportTests.test_write_close
 * CPython: test_unix_events.UnixWritePipeTransportTests.test__call_connection_lost
 */
static void a_pipe_is_written_to_and_its_end_closes_it(void)
{
    char text[8] = "";

    reset_pipe(false);
    CHECK(!weft_transport_is_reading(&near.transport));
    CHECK(weft_transport_can_write_eof(&near.transport));
    CHECK_INT(say(&near, "abc"), 0);
    CHECK_INT(weft_transport_write_eof(&near.transport), 0);
    CHECK_INT(say(&near, "def"), WEFT_ECLOSED);
    CHECK_INT(weft_transport_write_eof(&near.transport), WEFT_ECLOSED);
    turns(1);
    CHECK_TRACE("near lost OK");
    CHECK_INT(read(far, text, sizeof text), 3);
    CHECK_INT(read(far, text, sizeof text), 0);
    finish();
}

/* CPython: test_unix_events.UnixWritePipeTransportTests.test_write_partial
 * CPython: test_unix_events.UnixWritePipeTransportTests.test_write_eof_pending
 * CPython: test_unix_events.UnixWritePipeTransportTests.test_write_buffer
 * CPython: test_unix_events.UnixWritePipeTransportTests.test__write_ready
 * CPython: test_unix_events.UnixWritePipeTransportTests.test__write_ready_partial
 * CPython: test_unix_events.UnixWritePipeTransportTests.test__write_ready_closing
 */
static void what_a_pipe_does_not_take_is_sent_later(void)
{
    size_t size;
    size_t count = 0;

    reset_pipe(false);
    size = fill();
    CHECK_TRACE("near pause");
    CHECK_INT(weft_transport_write_eof(&near.transport), 0);
    while (!weft_transport_is_closed(&near.transport)) {
        count += empty_far();
        turns(1);
    }
    count += empty_far();
    CHECK_INT(count, size);
    CHECK_TRACE("near resume, near lost OK");
    finish();
}

/* CPython: test_unix_events.UnixWritePipeTransportTests.test__read_ready
 * CPython: test_unix_events.UnixWritePipeTransportTests.test__call_connection_lost_with_err
 */
static void who_writes_is_told_when_the_reader_goes(void)
{
    reset_pipe(false);
    close_far();
    turns(2);
    CHECK_TRACE("near lost OK");
    finish();
    reset_pipe(false);
    fill();
    CHECK_TRACE("near pause");
    close_far();
    turns(2);
    CHECK_TRACE("near lost EPIPE");
    finish();
}

/* No signal ends the process, and none is left for later, unless it was sent
 * by somebody else.
 *
 * CPython: test_unix_events.UnixWritePipeTransportTests.test_write_err
 */
static void a_pipe_without_a_reader_is_an_error_and_no_signal(void)
{
    sigset_t pipe_only;
    sigset_t pending;

    reset_pipe(false);
    close_far();
    CHECK_INT(say(&near, "abc"), -EPIPE);
    sigpending(&pending);
    CHECK(!sigismember(&pending, SIGPIPE));
    turns(1);
    CHECK_TRACE("near lost EPIPE");
    finish();

    reset_pipe(false);
    close_far();
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigprocmask(SIG_BLOCK, &pipe_only, NULL);
    raise(SIGPIPE);
    CHECK_INT(say(&near, "abc"), -EPIPE);
    sigpending(&pending);
    CHECK(sigismember(&pending, SIGPIPE));
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_UNBLOCK, &pipe_only, NULL);
    signal(SIGPIPE, SIG_DFL);
    turns(1);
    CHECK_TRACE("near lost EPIPE");
    finish();
}

static void several_places_go_into_a_pipe_at_once(void)
{
    struct iovec parts[] = {{"abc", 3}, {"d", 1}, {"efgh", 4}};
    char text[16] = "";

    reset_pipe(false);
    CHECK_INT(weft_transport_writelines(&near.transport, parts, 3), 0);
    CHECK_INT(read(far, text, sizeof text), 8);
    CHECK_STR(text, "abcdefgh");
    finish();
}

/* By the way it was opened. */
static void the_general_opening_finds_the_direction(void)
{
    int fds[2];

    reset_pipe(true);
    CHECK_INT(pipe(fds), 0);
    CHECK_INT(weft_transport_open(&away.transport, fds[1], &end_protocol), 0);
    turns(1);
    CHECK_TRACE("away made");
    CHECK(!weft_transport_is_reading(&away.transport));
    CHECK_INT(say(&away, "abc"), 0);
    close(fds[0]);
    turns(2);
    CHECK_TRACE("away lost OK");
    CHECK_INT(pipe(fds), 0);
    CHECK_INT(weft_connect_write_pipe(&away.transport, fds[0], &end_protocol),
              WEFT_EINVAL);
    CHECK_INT(weft_connect_read_pipe(&away.transport, fds[1], &end_protocol),
              WEFT_EINVAL);
    real_close_pair(fds);
    finish();
}

/* A stream takes pipes, too. */
struct copier {
    struct weft_frame frame;
    struct weft_stream from, to;
    char line[16];
};

static async copier(struct weft_frame *frame)
{
    ASYNC_BEGIN(copier);
    AWAIT(weft_stream_readline(&self->from, self->line, sizeof self->line));
    CHECK_INT(weft_stream_write(&self->to, self->line, (size_t)frame->value),
              0);
    AWAIT(weft_stream_read(&self->from, self->line, sizeof self->line));
    trace("end %d", frame->value);
    weft_stream_close(&self->to);
    AWAIT(weft_stream_wait_closed(&self->to));
    AWAIT(weft_stream_read(&self->to, self->line, 1));
    ASYNC_FINALLY
    weft_stream_abort(&self->from);
    trace("%s", weft_error_name(frame->outcome));
    ASYNC_END;
}

/* CPython: test_streams.StreamTests.test_read_all_from_pipe_reader */
static void streams_stand_on_pipes_as_well(void)
{
    struct weft_task *task;
    struct copier *self;
    char text[16] = "";
    int in[2];
    int out[2];

    reset_pipe(true);
    CHECK_INT(pipe(in), 0);
    CHECK_INT(pipe(out), 0);
    task = SPAWN(copier, .line = "");
    self = (struct copier *)(void *)weft_task_frame(task);
    CHECK_INT(weft_stream_open(&self->from, in[0]), 0);
    CHECK_INT(weft_stream_open(&self->to, out[1]), 0);
    CHECK_INT(weft_stream_write(&self->from, "x", 1), WEFT_EINVALIDSTATE);
    CHECK_INT(weft_stream_read(&self->to, text, 1).status, WEFT_EINVALIDSTATE);
    CHECK_INT(write(in[1], "line\n", 5), 5);
    close(in[1]);
    turns(4);
    CHECK_INT(weft_task_error(task), WEFT_ECLOSED);
    weft_task_release(task);
    CHECK_TRACE("end 0, ECLOSED");
    CHECK_INT(read(out[0], text, sizeof text), 5);
    CHECK_STR(text, "line\n");
    CHECK_INT(read(out[0], text, sizeof text), 0);
    close(out[0]);
    finish();
}

#define TESTS(X)                                         \
    X(a_pipe_is_read_to_its_end)                         \
    X(a_pipe_that_reads_cannot_be_written_to)            \
    X(a_pipe_can_be_paused_and_closed)                   \
    X(a_pipe_is_written_to_and_its_end_closes_it)        \
    X(what_a_pipe_does_not_take_is_sent_later)           \
    X(who_writes_is_told_when_the_reader_goes)           \
    X(a_pipe_without_a_reader_is_an_error_and_no_signal) \
    X(several_places_go_into_a_pipe_at_once)             \
    X(the_general_opening_finds_the_direction)           \
    X(streams_stand_on_pipes_as_well)
TEST_MAIN(TESTS)
