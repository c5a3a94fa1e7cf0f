/* test_tls_close.c - goodbyes, and ends without one. */
#include <openssl/ssl.h>

#include "parties.h"

static struct doing listening;

static struct weft_async says_hello(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    CHECK_INT(say_line(self, "hello"), 0);
    ASYNC_END;
}

static struct weft_async reads_to_the_end(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    for (;;) {
        AWAIT(weft_stream_read(&self->party->stream, self->data,
                               sizeof self->data));
        if (frame->value == 0) {
            break;
        }
        trace("%s read %d", self->party->name, frame->value);
    }
    trace("%s end", self->party->name);
    ASYNC_END;
}

/* ---- With ---- */

/* CPython: test_ssl.TestSSL.test_shutdown_cleanly */
static void a_goodbye_is_the_end_and_is_answered(void)
{
    open_contexts();
    near.does = says_hello;
    away.does = reads_to_the_end;
    meet();
    CHECK_TRACE("near open, away open, away read 5, away end");
    CHECK_INT(near.closing, 0);
    CHECK(near.tls.reason == NULL && away.tls.reason == NULL);
    close_contexts();
}

static struct weft_async waits_before_its_goodbye(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    for (self->i = 0; self->i < 10; self->i++) {
        AWAIT(weft_sleep(0));
    }
    trace("near %s", weft_stream_is_closed(&near.stream) ? "closed" : "waits");
    ASYNC_END;
}

static void closing_waits_for_the_answer(void)
{
    open_contexts();
    away.does = waits_before_its_goodbye;
    meet();
    CHECK_TRACE("near open, away open, near waits");
    close_contexts();
}

static struct weft_async waits_too_long(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    AWAIT(weft_sleep(0));
    skip_seconds(near_context.shutdown_timeout - 1);
    for (self->i = 0; self->i < 10; self->i++) {
        AWAIT(weft_sleep(0));
    }
    trace("near %s", weft_stream_is_closed(&near.stream) ? "closed" : "waits");
    skip_seconds(2);
    for (self->i = 0; self->i < 10; self->i++) {
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

static void it_waits_for_half_a_minute_at_most(void)
{
    open_contexts();
    away.does = waits_too_long;
    meet();
    CHECK_TRACE("near open, away open, near waits, near closing ETIMEOUT");
    CHECK_STR(near.tls.reason, "the peer does not say goodbye");
    close_contexts();
}

static void it_waits_as_long_as_the_context_says(void)
{
    open_contexts();
    near_context.shutdown_timeout = 5;
    away.does = waits_too_long;
    meet();
    CHECK_TRACE("near open, away open, near waits, near closing ETIMEOUT");
    close_contexts();
}

static struct weft_async talks_on(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    for (self->i = 0; self->i < 100; self->i++) {
        CHECK_INT(weft_stream_write(&self->party->stream, self->data,
                                    sizeof self->data),
                  0);
        AWAIT(weft_stream_drain(&self->party->stream));
        AWAIT(weft_sleep(0));
    }
    trace("said all");
    ASYNC_END;
}

/* CPython: test_sslproto.SslProtoHandshakeTests.test_data_received_after_closing
 */
static void what_comes_after_closing_is_passed_over(void)
{
    open_contexts();
    away.does = talks_on;
    meet();
    CHECK_TRACE("near open, away open, said all");
    close_contexts();
}

static struct weft_async hears_the_end_and_talks_on(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    AWAIT(weft_stream_read(&self->party->stream, self->data, 1));
    CHECK_INT(frame->value, 0);
    CHECK_INT(say_line(self, "by the way"), 0);
    ASYNC_END;
}

static void one_can_talk_on_after_the_peer_s_goodbye(void)
{
    open_contexts();
    away.does = hears_the_end_and_talks_on;
    meet();
    CHECK_TRACE("near open, away open");
    CHECK_INT(away.closing, 0);
    close_contexts();
}

static struct weft_async counts_to_the_end(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    do {
        AWAIT(weft_stream_read(&self->party->stream, self->data,
                               sizeof self->data));
        self->i += (size_t)frame->value;
    } while (frame->value > 0);
    trace("%s read %zu", self->party->name, self->i);
    ASYNC_END;
}

static struct weft_async says_goodbye_and_listens(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    CHECK_INT(SSL_shutdown(self->party->tls.native), 0);
    AWAIT(weft_task_call_(&listening.frame, counts_to_the_end));
    ASYNC_END;
}

static struct weft_async says_goodbye_and_stays(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    CHECK_INT(say_line(self, "xyz"), 0);
    CHECK_INT(SSL_shutdown(self->party->tls.native), 0);
    for (self->i = 0; self->i < 20; self->i++) {
        AWAIT(weft_sleep(0));
    }
    trace("near %s", weft_stream_is_closed(&near.stream) ? "closed" : "waits");
    ASYNC_END;
}

static struct weft_async reads_one_byte(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    AWAIT(weft_stream_read(&self->party->stream, self->data, 1));
    CHECK_INT(frame->value, 1);
    ASYNC_END;
}

/* OpenSSL has read it together with the rest: the kernel does not tell. */
static void a_goodbye_that_is_here_already_is_heard(void)
{
    open_contexts();
    near.does = reads_one_byte;
    away.does = says_goodbye_and_stays;
    meet();
    CHECK_TRACE("near open, away open, near closed");
    close_contexts();
}

static struct weft_async hears_the_end_and_writes_much(struct weft_frame *frame)
{
    static char much[1 << 20];

    ASYNC_BEGIN(doing);
    AWAIT(weft_stream_read(&self->party->stream, self->data, 1));
    CHECK_INT(frame->value, 0);
    CHECK_INT(weft_stream_write(&self->party->stream, much, sizeof much), 0);
    ASYNC_END;
}

/* As a peer has it that is done with talking, but not with listening. */
static void a_goodbye_is_for_one_direction(void)
{
    open_contexts();
    listening = (struct doing){.party = &away};
    near.does = hears_the_end_and_writes_much;
    away.does = says_goodbye_and_listens;
    meet();
    CHECK_TRACE("near open, away open, away read 1048576");
    CHECK_INT(near.closing, 0);
    CHECK_INT(away.closing, 0);
    close_contexts();
}

static struct weft_async writes_much_and_closes(struct weft_frame *frame)
{
    static char much[1 << 20];

    ASYNC_BEGIN(doing);
    CHECK_INT(weft_stream_write(&self->party->stream, much, sizeof much), 0);
    weft_stream_close(&self->party->stream);
    CHECK_INT(weft_stream_write(&self->party->stream, much, 1), WEFT_ECLOSED);
    CHECK_INT(weft_transport_write(&self->party->stream.transport, much, 1),
              WEFT_ECLOSED);
    weft_stream_close(&self->party->stream);
    ASYNC_END;
}

/* CPython: test_ssl.TestSSL.test_flush_before_shutdown
 * CPython: test_sslproto.SslProtoHandshakeTests.test_write_after_closing
 */
static void the_rest_is_sent_before_the_goodbye(void)
{
    open_contexts();
    near.does = writes_much_and_closes;
    away.does = counts_to_the_end;
    meet();
    CHECK_TRACE("near open, away open, away read 1048576");
    CHECK_INT(away.error, 0);
    CHECK_INT(near.closing, 0);
    close_contexts();
}

static void the_rest_has_half_a_minute_as_well(void)
{
    open_contexts();
    near.does = writes_much_and_closes;
    away.does = waits_too_long;
    meet();
    CHECK_TRACE("near open, away open, near waits, near closing ETIMEOUT");
    close_contexts();
}

/* ---- Without ---- */

static void an_end_without_a_goodbye_is_an_error(void)
{
    open_contexts();
    near.does = says_hello;
    near.aborts = true;
    away.does = reads_to_the_end;
    meet();
    CHECK_TRACE("near open, away open, away read 5, away ETRUNCATED");
    CHECK_STR(away.tls.reason, "the peer hung up without a goodbye");
    CHECK_INT(away.closing, WEFT_ETRUNCATED);
    close_contexts();
}

static struct weft_async hangs_up_after_the_goodbye(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    AWAIT(weft_stream_read(&self->party->stream, self->data, 1));
    weft_stream_abort(&self->party->stream);
    ASYNC_END;
}

static void hanging_up_is_answer_enough(void)
{
    open_contexts();
    away.does = hangs_up_after_the_goodbye;
    meet();
    CHECK_TRACE("near open, away open");
    CHECK_INT(near.closing, 0);
    close_contexts();
}

static struct weft_async aborts_while_it_closes(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    weft_stream_close(&self->party->stream);
    CHECK(!weft_stream_is_closed(&self->party->stream));
    weft_stream_abort(&self->party->stream);
    CHECK(weft_stream_is_closed(&self->party->stream));
    ASYNC_END;
}

static void aborting_waits_for_nothing(void)
{
    open_contexts();
    near.does = aborts_while_it_closes;
    away.does = reads_to_the_end;
    meet();
    CHECK_TRACE("near open, away open, away end");
    close_contexts();
}

/* ---- Tampered with ---- */

static struct weft_async tampers(struct weft_frame *frame)
{
    static const char text[] = "please corrupt the TLS connection";

    ASYNC_BEGIN(doing);
    CHECK_INT(say_line(self, "A\n"), 0);
    AWAIT(weft_stream_readexactly(&self->party->stream, self->data, 1));
    CHECK_INT(write(self->party->stream.transport.fd, text, sizeof text),
              sizeof text);
    AWAIT(weft_stream_read(&self->party->stream, self->data, 1));
    ASYNC_END;
}

static struct weft_async reads_two_lines(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    AWAIT(weft_stream_readline(&self->party->stream, self->data, 100));
    trace("near heard %.1s", self->data);
    CHECK_INT(say_line(self, "B"), 0);
    AWAIT(weft_stream_readline(&self->party->stream, self->data, 100));
    ASYNC_END;
}

/* CPython: test_ssl.TestSSL.test_start_tls_client_corrupted_ssl
 * CPython: test_sslproto.BaseStartTLS.test_start_tls_client_corrupted_ssl
 */
static void tampering_is_noticed(void)
{
    open_contexts();
    near.does = reads_two_lines;
    away.does = tampers;
    meet();
    CHECK_TRACE("near open, away open, near heard A, near ETLS, away ETLS");
    CHECK_STR(near.tls.reason, "wrong version number");
    CHECK_INT(near.closing, WEFT_ETLS);
    close_contexts();
}

#define TESTS(X)                                \
    X(a_goodbye_is_the_end_and_is_answered)     \
    X(closing_waits_for_the_answer)             \
    X(it_waits_for_half_a_minute_at_most)       \
    X(it_waits_as_long_as_the_context_says)     \
    X(what_comes_after_closing_is_passed_over)  \
    X(one_can_talk_on_after_the_peer_s_goodbye) \
    X(a_goodbye_that_is_here_already_is_heard)  \
    X(a_goodbye_is_for_one_direction)           \
    X(the_rest_is_sent_before_the_goodbye)      \
    X(the_rest_has_half_a_minute_as_well)       \
    X(an_end_without_a_goodbye_is_an_error)     \
    X(hanging_up_is_answer_enough)              \
    X(aborting_waits_for_nothing)               \
    X(tampering_is_noticed)
TEST_MAIN(TESTS)
