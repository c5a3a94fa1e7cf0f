/* test_tls_session.c - a server that knows its client again. */
#include <openssl/ssl.h>

#include "parties.h"

static struct weft_tls_session session;

static void open_both(int version)
{
    open_contexts();
    SSL_CTX_set_max_proto_version(near_context.native, version);
    near.session = &session;
    near.does = asks;
    away.does = answers;
    near.is_silent = away.is_silent = true;
}

static void meet_well(void)
{
    meet();
    CHECK_TRACE("away heard hello, near heard hello, away end");
}

static void close_both(void)
{
    weft_tls_session_close(&session);
    close_contexts();
}

static void a_second_handshake_is_shorter(void)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

    for (int i = 0; i < 2; i++) {
        open_both(versions[i]);
        meet_well();
        CHECK(!near.tls.is_resumed && !away.tls.is_resumed);
        CHECK(session.native != NULL);
        for (int j = 0; j < 3; j++) {
            meet_well();
            CHECK(near.tls.is_resumed && away.tls.is_resumed);
        }
        close_both();
    }
}

static void a_client_with_a_certificate_is_known_again(void)
{
    open_both(TLS1_3_VERSION);
    CHECK_INT(weft_tls_context_verify_clients(&away_context, authority), 0);
    CHECK_INT(weft_tls_context_load_cert_chain(&near_context, client, NULL), 0);
    meet_well();
    meet_well();
    CHECK(near.tls.is_resumed && away.tls.is_resumed);
    close_both();
}

/* No goodbye has been heard, and yet. */
static void a_connection_that_was_cut_off_is_known_again(void)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

    for (int i = 0; i < 2; i++) {
        open_both(versions[i]);
        near.aborts = true;
        meet();
        CHECK_TRACE("away heard hello, near heard hello, away ETRUNCATED");
        near.aborts = false;
        meet_well();
        CHECK(near.tls.is_resumed);
        close_both();
    }
}

static void without_a_place_for_it_there_is_no_session(void)
{
    open_both(TLS1_3_VERSION);
    near.session = NULL;
    meet_well();
    meet_well();
    CHECK(!near.tls.is_resumed && session.native == NULL);
    close_both();
}

static void another_server_makes_a_full_handshake(void)
{
    open_both(TLS1_3_VERSION);
    meet_well();
    weft_tls_context_close(&away_context);
    CHECK_INT(weft_tls_context_open_server(&away_context, good, NULL), 0);
    meet_well();
    CHECK(!near.tls.is_resumed);
    close_both();
}

/* The certificate is not looked at again: so it must be of the same host. */
static void a_session_is_no_way_around_the_name(void)
{
    open_both(TLS1_3_VERSION);
    meet_well();
    near.host = "example.org";
    meet();
    CHECK_TRACE("near ETLS, hostname mismatch, away ETLS");
    near.host = "127.0.0.1";
    meet_well();
    CHECK(near.tls.is_resumed); /* one of the certificate's */
    close_both();
}

static void a_session_is_no_way_around_the_authority(void)
{
    open_both(TLS1_3_VERSION);
    weft_tls_context_close(&away_context);
    CHECK_INT(weft_tls_context_open_server(&away_context, alone, NULL), 0);
    SSL_CTX_set_verify(near_context.native, SSL_VERIFY_NONE, NULL);
    meet_well();
    CHECK(session.native != NULL);

    /* The context has become strict. */
    SSL_CTX_set_verify(near_context.native, SSL_VERIFY_PEER, NULL);
    meet();
    CHECK_TRACE("near ETLS, self-signed certificate, away ETRUNCATED");
    CHECK(near.tls.is_resumed);
    close_both();
}

static void a_session_is_good_for_one_context(void)
{
    struct weft_tls_context first;

    open_both(TLS1_3_VERSION);
    meet_well();
    CHECK(session.native != NULL);

    /* This one trusts somebody else. */
    first = near_context;
    near_context = (struct weft_tls_context){.native = NULL};
    CHECK_INT(weft_tls_context_open_client(&near_context, alone), 0);
    meet();
    CHECK_TRACE("near ETLS, unable to get local issuer certificate, "
                "away ETLS");
    CHECK(!near.tls.is_resumed);
    weft_tls_context_close(&near_context);
    near_context = first;
    meet_well();
    CHECK(near.tls.is_resumed);
    close_both();
}

#define TESTS(X)                                    \
    X(a_second_handshake_is_shorter)                \
    X(a_client_with_a_certificate_is_known_again)   \
    X(a_connection_that_was_cut_off_is_known_again) \
    X(without_a_place_for_it_there_is_no_session)   \
    X(another_server_makes_a_full_handshake)        \
    X(a_session_is_no_way_around_the_name)          \
    X(a_session_is_no_way_around_the_authority)     \
    X(a_session_is_good_for_one_context)
TEST_MAIN(TESTS)
