/* test_tls_handshake.c - handshakes that do not come to a good end. */
#include <math.h>

#include "parties.h"

/* The peer is plain, and does this. */
static void shake_hands_with(struct weft_async (*does)(struct weft_frame *),
                             void (*make_pair)(int fds[2]))
{
    open_contexts();
    away.is_plain = away.is_silent = true;
    away.does = does;
    meet_over(make_pair);
    CHECK(!near.tls.is_open);
    CHECK(near.tls.native == NULL);
    CHECK(weft_stream_is_closed(&near.stream));
    close_contexts();
}

static struct weft_async hangs_up(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    AWAIT(
        weft_stream_read(&self->party->stream, self->data, sizeof self->data));
    CHECK(frame->value > 100);
    ASYNC_END;
}

/* CPython: test_sslproto.SslProtoHandshakeTests.test_eof_received_waiter
 * CPython: test_sslproto.SslProtoHandshakeTests.test_connection_lost
 */
static void a_peer_that_hangs_up_has_reset_it(void)
{
    shake_hands_with(NULL, real_pair);
    CHECK_TRACE("near ECONNRESET");
    shake_hands_with(hangs_up, real_pair);
    CHECK_TRACE("near ECONNRESET");
    CHECK_STR(near.tls.reason, "the peer hung up during the handshake");
}

static struct weft_async resets(struct weft_frame *frame)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    ASYNC_BEGIN(doing);
    AWAIT(weft_sleep(0));
    CHECK_INT(setsockopt(self->party->stream.transport.fd, SOL_SOCKET,
                         SO_LINGER, &linger, sizeof linger),
              0);
    weft_stream_abort(&self->party->stream);
    ASYNC_END;
}

static void a_reset_is_told_as_it_is(void)
{
    shake_hands_with(resets, real_tcp_pair);
    CHECK_TRACE("near ECONNRESET");
}

static struct weft_async talks_nonsense(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    CHECK_INT(say_line(self, "220 mail.example.org ESMTP\r\n"), 0);
    AWAIT(
        weft_stream_read(&self->party->stream, self->data, sizeof self->data));
    ASYNC_END;
}

static void a_server_that_speaks_no_tls_is_found_out(void)
{
    shake_hands_with(talks_nonsense, real_pair);
    CHECK_TRACE("near ETLS");
    CHECK_STR(near.tls.reason, "wrong version number");
}

static struct weft_async asks_for_a_page(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    CHECK_INT(say_line(self, "GET / HTTP/1.0\r\n\r\n"), 0);
    AWAIT(
        weft_stream_read(&self->party->stream, self->data, sizeof self->data));
    ASYNC_END;
}

static void a_client_that_speaks_no_tls_is_found_out(void)
{
    open_contexts();
    near.is_plain = near.is_silent = true;
    near.does = asks_for_a_page;
    meet();
    CHECK_TRACE("away ETLS");
    CHECK_STR(away.tls.reason, "http request");
    close_contexts();
}

/* ---- Time ---- */

static struct weft_async says_nothing(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    AWAIT(weft_sleep(0));
    skip_seconds(near_context.handshake_timeout - 1);
    for (self->i = 0; self->i < 5; self->i++) {
        AWAIT(weft_sleep(0));
    }
    CHECK(near.tls.native != NULL);
    skip_seconds(2);
    for (;;) {
        AWAIT(weft_stream_read(&self->party->stream, self->data,
                               sizeof self->data));
        if (frame->value == 0) {
            break;
        }
    }
    trace("away end");
    ASYNC_END;
}

/* CPython: test_ssl.TestSSL.test_create_connection_ssl_slow_handshake
 * CPython: test_sslproto.BaseStartTLS.test_create_connection_ssl_slow_handshake
 */
static void it_takes_a_minute_at_most(void)
{
    shake_hands_with(says_nothing, real_pair);
    CHECK_TRACE("near ECONNABORTED, away end");
    CHECK_STR(near.tls.reason, "the handshake takes too long");
}

static void it_takes_as_long_as_the_context_says(void)
{
    open_contexts();
    near_context.handshake_timeout = 5;
    away.is_plain = away.is_silent = true;
    away.does = says_nothing;
    meet();
    CHECK_TRACE("near ECONNABORTED, away end");
    close_contexts();
}

/* CPython: test_sslproto.SslProtoHandshakeTests.test_handshake_timeout_zero
 * CPython: test_sslproto.SslProtoHandshakeTests.test_handshake_timeout_negative
 */
static void its_time_must_be_a_time(void)
{
    static const double times[] = {0, -10, NAN};

    for (int i = 0; i < 6; i++) {
        open_contexts();
        if (i % 2) {
            near_context.handshake_timeout = times[i / 2];
        } else {
            near_context.shutdown_timeout = times[i / 2];
        }
        away.is_plain = away.is_silent = true;
        meet();
        CHECK_TRACE("near EINVAL");
        close_contexts();
    }
}

/* ---- Ended from here ---- */

static struct weft_async cancels_the_other(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    AWAIT(weft_sleep(0));
    CHECK(near.tls.native != NULL && !near.tls.is_open);
    weft_task_cancel(&near.task);
    for (;;) {
        AWAIT(weft_stream_read(&self->party->stream, self->data,
                               sizeof self->data));
        if (frame->value == 0) {
            break;
        }
    }
    trace("away end");
    ASYNC_END;
}

/* It leaves no timer behind.
 *
 * CPython: test_ssl.TestSSL.test_ssl_handshake_timeout
 * CPython: test_ssl.TestSSL.test_handshake_timeout_handler_leak
 * CPython: test_ssl.TestSSL.test_start_tls_slow_client_cancel
 * CPython: test_sslproto.BaseStartTLS.test_handshake_timeout
 * CPython: test_sslproto.BaseStartTLS.test_start_tls_slow_client_cancel
 */
static void one_that_is_cancelled_closes_the_connection(void)
{
    shake_hands_with(cancels_the_other, real_pair);
    CHECK_TRACE("away end");
    CHECK(near.tls.reason == NULL);
}

static struct weft_async closes_the_other(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    AWAIT(weft_sleep(0));
    weft_stream_close(&near.stream);
    for (;;) {
        AWAIT(weft_stream_read(&self->party->stream, self->data,
                               sizeof self->data));
        if (frame->value == 0) {
            break;
        }
    }
    trace("away end");
    ASYNC_END;
}

/* CPython: test_sslproto.SslProtoHandshakeTests.test_close_during_handshake */
static void closing_ends_it_at_once(void)
{
    shake_hands_with(closes_the_other, real_pair);
    CHECK_TRACE("near ECLOSED, away end");
}

/* ---- Not even begun ---- */

struct begun {
    struct weft_frame frame;
    struct weft_stream stream, other;
    struct weft_tls tls, second;
    struct weft_start_tls start;
    struct weft_start_tls again;
    struct weft_join join;
    int fds[2];
    char data[8];
    int error;
};

ASYNC_OPERATION(reads_a_byte, weft_stream_read(self->stream, self->data, 1),
                struct weft_stream *stream;
                char *data;);

#define TRY_TO_START(...)                                                 \
    ASYNC_TRY {                                                           \
        AWAIT(CALL(&self->again, weft_start_tls, .stream = &self->stream, \
                   .server_hostname = "localhost", __VA_ARGS__));         \
        trace("started");                                                 \
    }                                                                     \
    ASYNC_CATCH(self->error) {                                            \
        trace("%s", weft_error_name(self->error));                        \
    }

static struct weft_async begun(struct weft_frame *frame)
{
    static struct weft_tls_context closed;

    ASYNC_BEGIN(begun);
    closed.handshake_timeout = closed.shutdown_timeout = 1;
    TRY_TO_START(.tls = &self->tls, .context = &near_context)
    real_pair(self->fds);
    CHECK_INT(weft_stream_open(&self->stream, self->fds[0]), 0);
    TRY_TO_START(.tls = &self->tls, .context = NULL)
    TRY_TO_START(.tls = &self->tls, .context = &closed)
    self->join.task =
        SPAWN(reads_a_byte, .stream = &self->stream, .data = self->data);
    AWAIT(weft_sleep(0));
    TRY_TO_START(.tls = &self->tls, .context = &near_context)
    CHECK_INT(write(self->fds[1], "x", 1), 1);
    AWAIT(weft_join(self->join.task));
    weft_join_release(&self->join, 1);
    CHECK(!weft_stream_is_closed(&self->stream));

    /* It is closed when a handshake has failed. */
    self->join.task =
        SPAWN(weft_start_tls, .tls = &self->tls, .stream = &self->stream,
              .context = &near_context, .server_hostname = "localhost");
    AWAIT(weft_sleep(0));
    TRY_TO_START(.tls = &self->tls, .context = &near_context)
    TRY_TO_START(.tls = &self->second, .context = &near_context)
    close(self->fds[1]);
    AWAIT(weft_gather(&self->join, 1, WEFT_RETURN_ERRORS));
    CHECK_INT(weft_task_error(self->join.task), -ECONNRESET);
    weft_join_release(&self->join, 1);
    CHECK(weft_stream_is_closed(&self->stream));

    /* It must go both ways. */
    real_pair(self->fds);
    CHECK_INT(weft_stream_open(&self->stream, self->fds[0]), 0);
    CHECK_INT(weft_stream_write_eof(&self->stream), 0);
    TRY_TO_START(.tls = &self->tls, .context = &near_context)
    weft_stream_abort(&self->stream);
    close(self->fds[1]);
    CHECK_INT(pipe(self->fds), 0);
    CHECK_INT(weft_stream_open(&self->stream, self->fds[0]), 0);
    TRY_TO_START(.tls = &self->tls, .context = &near_context)
    weft_stream_abort(&self->stream);
    close(self->fds[1]);
    ASYNC_END;
}

/* CPython: test_sslproto.BaseStartTLS.test_start_tls_wrong_args */
static void what_cannot_begin_leaves_the_stream_as_it_is(void)
{
    open_contexts();
    CHECK_INT(REAL_RUN(begun), 0);
    CHECK_TRACE("ECLOSED, EINVAL, ECLOSED, EBUSY, EALREADY, EBUSY, "
                "EINVALIDSTATE, EINVALIDSTATE");
    close_contexts();
}

#define TESTS(X)                                   \
    X(a_peer_that_hangs_up_has_reset_it)           \
    X(a_reset_is_told_as_it_is)                    \
    X(a_server_that_speaks_no_tls_is_found_out)    \
    X(a_client_that_speaks_no_tls_is_found_out)    \
    X(it_takes_a_minute_at_most)                   \
    X(it_takes_as_long_as_the_context_says)        \
    X(its_time_must_be_a_time)                     \
    X(one_that_is_cancelled_closes_the_connection) \
    X(closing_ends_it_at_once)                     \
    X(what_cannot_begin_leaves_the_stream_as_it_is)
TEST_MAIN(TESTS)
