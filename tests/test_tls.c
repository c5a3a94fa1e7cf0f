/* test_tls.c - streams that nobody else can read. */
#include <openssl/ssl.h>

#include "parties.h"

/* CPython: test_sslproto.SslProtoHandshakeTests.test_get_extra_info_on_closed_connection
 */
static void what_one_says_the_other_hears(void)
{
    open_contexts();
    CHECK(near.tls.native == NULL);
    near.does = asks;
    away.does = answers;
    meet();
    CHECK_TRACE("near open, away open, away heard hello, near heard hello, "
                "away end");
    CHECK(near.tls.native == NULL && !near.tls.is_open);
    CHECK(near.tls.reason == NULL);
    CHECK_INT(near.tls.verify_error, 0);
    CHECK_INT(near.stream.transport.fd, -1);
    CHECK_STR(near.tls.alpn_protocol, "");
    close_contexts();
}

static void both_versions_are_spoken_and_no_older_one(void)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

    for (int i = 0; i < 2; i++) {
        open_contexts();
        SSL_CTX_set_min_proto_version(near_context.native, versions[i]);
        SSL_CTX_set_max_proto_version(near_context.native, versions[i]);
        near.does = asks;
        away.does = answers;
        near.is_silent = away.is_silent = true;
        meet();
        CHECK_TRACE("away heard hello, near heard hello, away end");
        close_contexts();
    }
    open_contexts();
    SSL_CTX_set_min_proto_version(near_context.native, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(near_context.native, TLS1_1_VERSION);
    SSL_CTX_set_security_level(near_context.native, 0);
    meet();
    CHECK_TRACE("away ETLS, near ETLS");
    close_contexts();
}

/* ---- ALPN ---- */

static void speak_with(const char *near_names, const char *away_names)
{
    open_contexts();
    if (near_names != NULL) {
        CHECK_INT(
            weft_tls_context_set_alpn_protocols(&near_context, near_names), 0);
    }
    if (away_names != NULL) {
        CHECK_INT(
            weft_tls_context_set_alpn_protocols(&away_context, away_names), 0);
    }
    meet();
    close_contexts();
}

static void the_server_chooses_what_both_speak(void)
{
    speak_with("http/1.1,h2", "h2,http/1.1");
    CHECK_TRACE("near open, away open");
    CHECK_STR(near.tls.alpn_protocol, "h2");
    CHECK_STR(away.tls.alpn_protocol, "h2");
    speak_with("http/1.1", "h2,http/1.1");
    CHECK_TRACE("near open, away open");
    CHECK_STR(near.tls.alpn_protocol, "http/1.1");
    speak_with("http/1.1", NULL);
    CHECK_TRACE("near open, away open");
    CHECK_STR(near.tls.alpn_protocol, "");
    speak_with(NULL, "http/1.1");
    CHECK_TRACE("near open, away open");
    CHECK_STR(away.tls.alpn_protocol, "");
}

static void without_a_protocol_in_common_they_do_not_speak(void)
{
    speak_with("imap", "h2,http/1.1");
    CHECK_TRACE("away ETLS, near ETLS");
    CHECK_STR(near.tls.reason, "tlsv1 alert no application protocol");
}

/* ---- Writing ---- */

static struct weft_async writes_in_pieces(struct weft_frame *frame)
{
    static const struct iovec parts[] = {
        {"one ", 4}, {NULL, 0}, {"two ", 4}, {"three\n", 6}};

    ASYNC_BEGIN(doing);
    CHECK_INT(
        weft_transport_writelines(&self->party->stream.transport, parts, 4), 0);
    CHECK_INT(weft_stream_write(&self->party->stream, "x", 0), 0);
    CHECK_INT(
        weft_transport_writelines(&self->party->stream.transport, parts, 0), 0);
    ASYNC_END;
}

static void pieces_are_put_together(void)
{
    open_contexts();
    near.does = writes_in_pieces;
    away.does = answers;
    meet();
    CHECK_TRACE("near open, away open, away heard one two three, away end");
    close_contexts();
}

static struct weft_async reads_a_little(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    for (self->i = 0; self->i < 3; self->i++) {
        AWAIT(weft_stream_readexactly(&self->party->stream, self->data, 4));
        trace("[%.4s]", self->data);
    }
    AWAIT(
        weft_stream_read(&self->party->stream, self->data, sizeof self->data));
    trace("[%.*s]", frame->value, self->data);
    AWAIT(
        weft_stream_read(&self->party->stream, self->data, sizeof self->data));
    CHECK_INT(frame->value, 0);
    CHECK(weft_stream_at_eof(&self->party->stream));
    AWAIT(weft_stream_readexactly(&self->party->stream, self->data, 1));
    ASYNC_END;
}

/* What OpenSSL has deciphered is read without the kernel, which has no more. */
static void a_record_is_read_in_pieces(void)
{
    open_contexts();
    near.does = writes_in_pieces;
    away.does = reads_a_little;
    meet();
    CHECK_TRACE("near open, away open, [one ], [two ], [thre], [e\n], "
                "away EINCOMPLETEREAD");
    close_contexts();
}

static struct weft_async looks_at_its_wire(struct weft_frame *frame)
{
    struct weft_transport *transport;

    ASYNC_BEGIN(doing);
    transport = &self->party->stream.transport;
    CHECK(weft_tls_of(transport) == &self->party->tls);
    CHECK(self->party->tls.native != NULL && transport->fd >= 0);
    CHECK(!weft_transport_can_write_eof(transport));
    CHECK_INT(weft_stream_write_eof(&self->party->stream), -ENOTSUP);
    CHECK_STR(SSL_get_version(self->party->tls.native), "TLSv1.3");
    ASYNC_END;
}

static void one_direction_cannot_be_closed(void)
{
    open_contexts();
    near.does = away.does = looks_at_its_wire;
    meet();
    CHECK_TRACE("near open, away open");
    CHECK(weft_tls_of(&near.stream.transport) == NULL);
    close_contexts();
}

#define TESTS(X)                                      \
    X(what_one_says_the_other_hears)                  \
    X(both_versions_are_spoken_and_no_older_one)      \
    X(the_server_chooses_what_both_speak)             \
    X(without_a_protocol_in_common_they_do_not_speak) \
    X(pieces_are_put_together)                        \
    X(a_record_is_read_in_pieces)                     \
    X(one_direction_cannot_be_closed)
TEST_MAIN(TESTS)
