/* test_tls_context.c - whom to trust, and who to be. */
#include <openssl/ssl.h>

#include "parties.h"

static void it_has_safe_defaults(void)
{
    struct weft_tls_context context = {0};

    CHECK_INT(weft_tls_context_open_client(&context, NULL), 0);
    CHECK(context.check_hostname && !context.is_server);
    CHECK_INT(SSL_CTX_get_verify_mode(context.native), SSL_VERIFY_PEER);
    CHECK_INT(SSL_CTX_get_min_proto_version(context.native), TLS1_2_VERSION);
    CHECK(context.handshake_timeout > 59 && context.handshake_timeout < 61);
    CHECK(context.shutdown_timeout > 29 && context.shutdown_timeout < 31);
    CHECK(context.reason == NULL);
    weft_tls_context_close(&context);
    make_certificates();
    CHECK_INT(weft_tls_context_open_server(&context, good, NULL), 0);
    CHECK(!context.check_hostname && context.is_server);
    CHECK_INT(SSL_CTX_get_verify_mode(context.native), SSL_VERIFY_NONE);
    CHECK_INT(SSL_CTX_get_min_proto_version(context.native), TLS1_2_VERSION);
    weft_tls_context_close(&context);
}

static void it_is_opened_once_and_closed_as_often_as_one_likes(void)
{
    struct weft_tls_context context = {0};

    weft_tls_context_close(&context);
    CHECK_INT(weft_tls_context_open_client(&context, NULL), 0);
    CHECK_INT(weft_tls_context_open_client(&context, NULL), WEFT_EALREADY);
    CHECK_INT(weft_tls_context_open_server(&context, good, NULL),
              WEFT_EALREADY);
    CHECK(context.native != NULL);
    weft_tls_context_close(&context);
    weft_tls_context_close(&context);
    CHECK(context.native == NULL);
}

static void what_cannot_be_read_is_named(void)
{
    struct weft_tls_context context = {0};

    make_certificates();
    CHECK_INT(weft_tls_context_open_client(&context, missing), -ENOENT);
    CHECK(context.native == NULL && context.reason != NULL);
    CHECK_INT(weft_tls_context_open_client(&context, garbage), WEFT_ETLS);
    CHECK(context.native == NULL && context.reason != NULL);
    CHECK_INT(weft_tls_context_open_server(&context, missing, NULL), -ENOENT);
    CHECK_INT(weft_tls_context_open_server(&context, garbage, NULL), WEFT_ETLS);
    CHECK_INT(weft_tls_context_open_server(&context, NULL, NULL), WEFT_EINVAL);
    CHECK_INT(weft_tls_context_open_server(&context, good, missing), -ENOENT);
    CHECK_INT(weft_tls_context_open_server(&context, good, another), WEFT_ETLS);
    CHECK_STR(context.reason, "key values mismatch");
    CHECK(context.native == NULL);
}

static void a_closed_one_cannot_be_set_up(void)
{
    struct weft_tls_context context = {0};

    CHECK_INT(weft_tls_context_load_cert_chain(&context, good, NULL),
              WEFT_ECLOSED);
    CHECK_INT(weft_tls_context_verify_clients(&context, authority),
              WEFT_ECLOSED);
    CHECK_INT(weft_tls_context_set_alpn_protocols(&context, "h2"),
              WEFT_ECLOSED);
}

static void only_a_server_has_clients_to_verify(void)
{
    open_contexts();
    CHECK_INT(weft_tls_context_verify_clients(&near_context, authority),
              WEFT_EINVAL);
    CHECK_INT(weft_tls_context_verify_clients(&away_context, NULL),
              WEFT_EINVAL);
    CHECK_INT(weft_tls_context_verify_clients(&away_context, missing), -ENOENT);
    CHECK_INT(weft_tls_context_verify_clients(&away_context, authority), 0);
    close_contexts();
}

static void names_of_protocols_are_looked_at(void)
{
    struct weft_tls_context context = {0};
    char many[200] = "";

    CHECK_INT(weft_tls_context_open_client(&context, NULL), 0);
    CHECK_INT(weft_tls_context_set_alpn_protocols(&context, NULL), WEFT_EINVAL);
    CHECK_INT(weft_tls_context_set_alpn_protocols(&context, ""), WEFT_EINVAL);
    CHECK_INT(weft_tls_context_set_alpn_protocols(&context, "h2,"),
              WEFT_EINVAL);
    CHECK_INT(weft_tls_context_set_alpn_protocols(&context, ",h2"),
              WEFT_EINVAL);
    CHECK_INT(weft_tls_context_set_alpn_protocols(
                  &context, "0123456789012345678901234567890"),
              0);
    CHECK_INT(weft_tls_context_set_alpn_protocols(
                  &context, "01234567890123456789012345678901"),
              WEFT_ELIMIT);
    for (int i = 0; i < 64; i++) {
        strcat(many, i > 0 ? ",x" : "x");
    }
    CHECK_INT(weft_tls_context_set_alpn_protocols(&context, many), 0);
    strcat(many, ",x");
    CHECK_INT(weft_tls_context_set_alpn_protocols(&context, many), WEFT_ELIMIT);
    weft_tls_context_close(&context);
}

static void a_session_is_closed_as_often_as_one_likes(void)
{
    struct weft_tls_session session = {.native = NULL};

    weft_tls_session_close(&session);
    session.native = SSL_SESSION_new();
    CHECK(session.native != NULL);
    weft_tls_session_close(&session);
    CHECK(session.native == NULL);
    weft_tls_session_close(&session);
}

#define TESTS(X)                                          \
    X(it_has_safe_defaults)                               \
    X(it_is_opened_once_and_closed_as_often_as_one_likes) \
    X(what_cannot_be_read_is_named)                       \
    X(a_closed_one_cannot_be_set_up)                      \
    X(only_a_server_has_clients_to_verify)                \
    X(names_of_protocols_are_looked_at)                   \
    X(a_session_is_closed_as_often_as_one_likes)
TEST_MAIN(TESTS)
