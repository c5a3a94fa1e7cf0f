/* test_transport_pipe_close.c - the end of a pipe, from either side. */
#include "pipes.h"

/* CPython: test_events.EventLoopTestsMixin.test_write_pipe
 * CPython: test_unix_events.UnixWritePipeTransportTests.test_close
 */
static void close_ends_a_pipe_that_writes(void)
{
    char text[8] = "";

    reset_pipe(false);
    CHECK_INT(say(&near, "1"), 0);
    CHECK_INT(read(far, text, sizeof text), 1);
    CHECK_INT(say(&near, "2345"), 0);
    CHECK_INT(read(far, text, sizeof text), 4);
    CHECK_STR(text, "2345");
    weft_transport_close(&near.transport);
    CHECK(weft_transport_is_closing(&near.transport));
    weft_transport_close(&near.transport);
    turns(2);
    CHECK_TRACE("near lost OK");
    CHECK_INT(read(far, text, sizeof text), 0);
    weft_transport_close(&near.transport);
    finish();
}

/* CPython: test_unix_events.UnixWritePipeTransportTests.test_close_closing */
static void closing_again_changes_nothing_about_the_rest(void)
{
    size_t size;
    size_t count = 0;

    reset_pipe(false);
    size = fill();
    CHECK_TRACE("near pause");
    weft_transport_close(&near.transport);
    turns(2);
    weft_transport_close(&near.transport);
    CHECK_INT(weft_transport_write_eof(&near.transport), WEFT_ECLOSED);
    turns(2);
    CHECK_TRACE("");
    while (!weft_transport_is_closed(&near.transport)) {
        count += empty_far();
        turns(1);
    }
    CHECK_INT(count + empty_far(), size);
    CHECK_TRACE("near resume, near lost OK");
    finish();
}

/* CPython: test_unix_events.UnixWritePipeTransportTests.test_abort */
static void abort_drops_what_the_pipe_has_not_taken(void)
{
    size_t size;

    reset_pipe(false);
    size = fill();
    CHECK_TRACE("near pause");
    weft_transport_abort(&near.transport);
    CHECK(weft_transport_is_closing(&near.transport));
    CHECK_INT(weft_transport_get_write_buffer_size(&near.transport), 0);
    turns(1);
    CHECK_TRACE("near lost OK");
    CHECK(empty_far() < size);
    finish();
}

/* CPython: test_unix_events.UnixWritePipeTransportTests.test_write_no_data */
static void writing_nothing_does_nothing(void)
{
    char byte;

    reset_pipe(false);
    CHECK_INT(say(&near, ""), 0);
    CHECK_INT(weft_transport_get_write_buffer_size(&near.transport), 0);
    CHECK_INT(fcntl(far, F_SETFL, O_NONBLOCK), 0);
    CHECK_INT(read(far, &byte, 1), -1);
    CHECK_INT(errno, EAGAIN);
    fill();
    CHECK_TRACE("near pause");
    CHECK_INT(say(&near, ""), 0);
    CHECK_TRACE("");
    finish();
}

/* A socket that is taken for a pipe.
 *
 * CPython: test_events.EventLoopTestsMixin.test_write_pipe_disconnect_on_close
 */
static void a_socket_that_only_writes_is_lost_with_its_reader(void)
{
    char byte = 0;
    int fds[2];

    reset_pipe(true);
    real_pair(fds);
    CHECK_INT(weft_connect_write_pipe(&away.transport, fds[0], &end_protocol),
              0);
    turns(1);
    CHECK_INT(say(&away, "1"), 0);
    CHECK_INT(read(fds[1], &byte, 1), 1);
    CHECK_INT(byte, '1');
    turns(1);
    CHECK_TRACE("away made");
    close(fds[1]);
    while (!weft_transport_is_closed(&away.transport)) {
        turns(1);
    }
    CHECK_TRACE("away lost OK");
    finish();
}

static void take_it_away(void *arg)
{
    char byte;

    (void)arg;
    CHECK_INT(read(near.transport.fd, &byte, 1), 1);
    trace("taken");
}

/* Between the report of the kernel and the read, somebody else was quicker.
 *
 * CPython: test_unix_events.UnixReadPipeTransportTests.test__read_ready_blocked
 */
static void bytes_that_are_gone_are_waited_for_again(void)
{
    struct weft_handle thief = {0};

    reset_pipe(true);
    turns(1);
    put("x");
    CHECK_INT(weft_call_soon(&real.world.loop, &thief, take_it_away, NULL), 0);
    turns(2);
    CHECK_TRACE("taken");
    CHECK(weft_transport_is_reading(&near.transport));
    put("y");
    turns(1);
    CHECK_TRACE("near [y]");
    finish();
}

#define TESTS(X)                                         \
    X(close_ends_a_pipe_that_writes)                     \
    X(closing_again_changes_nothing_about_the_rest)      \
    X(abort_drops_what_the_pipe_has_not_taken)           \
    X(writing_nothing_does_nothing)                      \
    X(a_socket_that_only_writes_is_lost_with_its_reader) \
    X(bytes_that_are_gone_are_waited_for_again)
TEST_MAIN(TESTS)
