/* test_tls_trust.c - whose certificate is good enough, and for whom. */
#include <openssl/ssl.h>

#include "parties.h"

/* A server with this certificate, asked for under this name. */
static void try_with(const char *certificate, const char *host)
{
    open_contexts();
    weft_tls_context_close(&away_context);
    CHECK_INT(weft_tls_context_open_server(&away_context, certificate, NULL),
              0);
    near.host = host;
    near.does = asks;
    away.does = answers;
    meet();
}

#define ALL_IS_WELL                                              \
    "near open, away open, away heard hello, near heard hello, " \
    "away end"

static void every_name_of_the_certificate_is_good(void)
{
    static const char *const names[] = {"localhost", "LOCALHOST",
                                        "www.weft.test", "127.0.0.1"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        try_with(good, names[i]);
        CHECK_TRACE(ALL_IS_WELL);
        CHECK_INT(near.tls.verify_error, 0);
        close_contexts();
    }
}

static void another_name_is_not(void)
{
    static const char *const names[] = {"example.org",    "weft.test",
                                        "a.b.weft.test",  "localhost.",
                                        "localhost.weft", "ab.part.test"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        try_with(good, names[i]);
        CHECK_TRACE("near ETLS, hostname mismatch, away ETLS");
        CHECK_INT(near.tls.verify_error, X509_V_ERR_HOSTNAME_MISMATCH);
        close_contexts();
    }
    try_with(good, "127.0.0.2");
    CHECK_TRACE("near ETLS, IP address mismatch, away ETLS");
    close_contexts();
}

/* CPython: test_sslproto.BaseStartTLS.test_create_connection_ssl_failed_certificate
 * CPython: test_ssl.TestSSL.test_create_connection_ssl_failed_certificate
 */
static void one_that_nobody_vouches_for_is_not(void)
{
    try_with(alone, "localhost");
    CHECK_TRACE("near ETLS, self-signed certificate, away ETLS");
    CHECK(!near.tls.is_open);
    close_contexts();
}

static void one_that_has_expired_is_not(void)
{
    try_with(expired, "localhost");
    CHECK_TRACE("near ETLS, certificate has expired, away ETLS");
    CHECK_INT(near.tls.verify_error, X509_V_ERR_CERT_HAS_EXPIRED);
    close_contexts();
}

/* CPython: test_events.EventLoopTestsMixin.test_create_server_ssl_verify_failed
 */
static void the_system_does_not_know_our_authority(void)
{
    open_contexts();
    weft_tls_context_close(&near_context);
    CHECK_INT(weft_tls_context_open_client(&near_context, NULL), 0);
    meet();
    CHECK_INT(near.error, WEFT_ETLS);
    CHECK(near.tls.verify_error != 0);
    check_trace[0] = '\0';
    close_contexts();
}

static void the_name_need_not_be_looked_at(void)
{
    open_contexts();
    near_context.check_hostname = false;
    near.host = NULL;
    near.does = asks;
    away.does = answers;
    meet();
    CHECK_TRACE(ALL_IS_WELL);
    near.host = "example.org";
    meet();
    CHECK_TRACE(ALL_IS_WELL);
    close_contexts();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_connection_ssl_server_hostname_errors
 * CPython: test_unix_events.SelectorEventLoopUnixSocketTests.test_create_unix_connection_ssl_noserverhost
 */
static void without_a_name_there_is_nothing_to_look_at(void)
{
    static const char *const names[] = {NULL, ""};

    for (int i = 0; i < 2; i++) {
        open_contexts();
        near.host = names[i];
        near.stays = away.stays = away.is_plain = away.is_silent = true;
        meet();
        CHECK_TRACE("near EINVAL");
        close_contexts();
    }
}

static void all_can_be_switched_off_with_openssl(void)
{
    open_contexts();
    weft_tls_context_close(&away_context);
    CHECK_INT(weft_tls_context_open_server(&away_context, alone, NULL), 0);
    near_context.check_hostname = false;
    SSL_CTX_set_verify(near_context.native, SSL_VERIFY_NONE, NULL);
    near.does = asks;
    away.does = answers;
    meet();
    CHECK_TRACE(ALL_IS_WELL);
    close_contexts();
}

/* ---- Which of its names ---- */

static struct weft_async tells_whom_it_was_asked_for(struct weft_frame *frame)
{
    const char *name;

    ASYNC_BEGIN(doing);
    name =
        SSL_get_servername(self->party->tls.native, TLSEXT_NAMETYPE_host_name);
    trace("asked for %s", name != NULL ? name : "nobody");
    ASYNC_END;
}

static void a_server_is_told_whom_the_client_wants(void)
{
    open_contexts();
    near.is_silent = away.is_silent = true;
    away.does = tells_whom_it_was_asked_for;
    near.host = "www.weft.test";
    meet();
    CHECK_TRACE("asked for www.weft.test");
    near.host = "127.0.0.1"; /* no name */
    meet();
    CHECK_TRACE("asked for nobody");
    close_contexts();
}

/* ---- Clients ---- */

static struct weft_async tells_who_it_is(struct weft_frame *frame)
{
    X509 *peer;

    ASYNC_BEGIN(doing);
    peer = SSL_get0_peer_certificate(self->party->tls.native);
    X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName,
                              self->data, sizeof self->data);
    trace("it is %s", self->data);
    AWAIT(
        weft_stream_read(&self->party->stream, self->data, sizeof self->data));
    ASYNC_END;
}

static void a_server_can_ask_who_the_client_is(void)
{
    open_contexts();
    CHECK_INT(weft_tls_context_verify_clients(&away_context, authority), 0);
    CHECK_INT(weft_tls_context_load_cert_chain(&near_context, client, NULL), 0);
    away.does = tells_who_it_is;
    meet();
    CHECK_TRACE("near open, away open, it is client");
    close_contexts();
}

/* In TLS 1.3 the client is done before the server has seen who it is. */
static void a_client_without_a_certificate_is_refused(void)
{
    open_contexts();
    CHECK_INT(weft_tls_context_verify_clients(&away_context, authority), 0);
    near.does = asks;
    meet();
    CHECK_TRACE("near open, away ETLS, near ETLS");
    CHECK_STR(away.tls.reason, "peer did not return a certificate");
    CHECK_STR(near.tls.reason, "tlsv13 alert certificate required");
    close_contexts();
}

static void a_client_that_nobody_vouches_for_is_refused(void)
{
    open_contexts();
    CHECK_INT(weft_tls_context_verify_clients(&away_context, authority), 0);
    CHECK_INT(weft_tls_context_load_cert_chain(&near_context, alone, NULL), 0);
    near.does = asks;
    meet();
    CHECK_TRACE("near open, away ETLS, self-signed certificate, near ETLS");
    close_contexts();
}

#define TESTS(X)                                  \
    X(every_name_of_the_certificate_is_good)      \
    X(another_name_is_not)                        \
    X(one_that_nobody_vouches_for_is_not)         \
    X(one_that_has_expired_is_not)                \
    X(the_system_does_not_know_our_authority)     \
    X(the_name_need_not_be_looked_at)             \
    X(without_a_name_there_is_nothing_to_look_at) \
    X(all_can_be_switched_off_with_openssl)       \
    X(a_server_is_told_whom_the_client_wants)     \
    X(a_server_can_ask_who_the_client_is)         \
    X(a_client_without_a_certificate_is_refused)  \
    X(a_client_that_nobody_vouches_for_is_refused)
TEST_MAIN(TESTS)
