/* tls.c - whom to expect, and the first byte to them. */
#include "weft/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#if defined(__has_include)
#if !__has_include(<openssl/ssl.h>)
#error "weft: TLS needs OpenSSL 3: install libssl-dev (or openssl-devel)"
#endif
#endif
#include <openssl/err.h>
#include <openssl/ssl.h>
#if OPENSSL_VERSION_NUMBER < 0x30000000L
#error "weft: TLS needs OpenSSL 3 or later"
#endif
#include <openssl/x509v3.h>

/* ---- The name of the peer ---- */

static bool is_ip_number(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, host, address) == 1 ||
           inet_pton(AF_INET6, host, address) == 1;
}

/* Whom to ask for, and whose certificate to accept. */
static int expect_host(struct weft_tls *tls, const char *host)
{
    SSL *native = tls->native;
    bool good = true;

    if (host == NULL || host[0] == '\0') {
        return tls->context->check_hostname ? WEFT_EINVAL : 0;
    }
    if (!is_ip_number(host)) {
        good = SSL_set_tlsext_host_name(native, host) == 1;
    }
    if (good && tls->context->check_hostname) {
        SSL_set_hostflags(native, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        good = is_ip_number(host) ? X509_VERIFY_PARAM_set1_ip_asc(
                                        SSL_get0_param(native), host) == 1
                                  : SSL_set1_host(native, host) == 1;
    }
    ERR_clear_error();
    return good ? 0 : WEFT_EINVAL;
}

static bool is_certificate_of(X509 *certificate, const char *host)
{
    if (host == NULL || certificate == NULL) {
        return false;
    }
    return is_ip_number(host)
               ? X509_check_ip_asc(certificate, host, 0) == 1
               : X509_check_host(certificate, host, 0,
                                 X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
                                 NULL) == 1;
}

/* A session stands for a certificate that was looked at when it began: by this
 * context, and it must be that of the same host. */
static void offer_session(struct weft_tls *tls, const char *host)
{
    struct weft_tls_session *session = tls->session;

    if (session != NULL && session->native != NULL &&
        session->serial == tls->context->serial &&
        (!tls->context->check_hostname ||
         is_certificate_of(SSL_SESSION_get0_peer(session->native), host))) {
        SSL_set_session(tls->native, session->native);
    }
}

/* ---- The beginning ---- */

static int check_beginning(const struct weft_tls *tls,
                           const struct weft_transport *transport,
                           const struct weft_tls_context *context)
{
    if (tls->native != NULL) {
        return WEFT_EALREADY;
    }
    if (context == NULL || !(context->handshake_timeout > 0) ||
        !(context->shutdown_timeout > 0)) {
        return WEFT_EINVAL;
    }
    if (transport->error < 0) {
        return transport->error;
    }
    if (context->native == NULL || weft_transport_is_closing(transport)) {
        return WEFT_ECLOSED;
    }
    if (!transport->can_read || !transport->can_write ||
        transport->ends_writing) {
        return WEFT_EINVALIDSTATE;
    }
    return transport->is_pulled &&
                   WEFT_OWNER(transport, struct weft_stream, transport)
                           ->reader != NULL
               ? WEFT_EBUSY
               : 0;
}

static int make_tls_native(struct weft_tls *tls, const char *server_hostname)
{
    BIO *bio;
    int status;

    ERR_clear_error();
    tls->native = SSL_new(tls->context->native);
    bio = tls->native != NULL ? BIO_new(tls->context->method) : NULL;
    if (bio == NULL) {
        return WEFT_ENOMEM;
    }
    BIO_set_data(bio, tls);
    SSL_set_bio(tls->native, bio, bio);
    SSL_set_app_data(tls->native, tls);
    if (tls->context->is_server) {
        SSL_set_accept_state(tls->native);
        return 0;
    }
    SSL_set_connect_state(tls->native);
    status = expect_host(tls, server_hostname);
    if (status == 0) {
        offer_session(tls, server_hostname);
    }
    return status;
}

/* From here on the transport is ours. What a stream has read ahead of its
 * readers is the beginning of the peer's handshake; or somebody put words into
 * the peer's mouth, and then the handshake fails. */
static void take_over_transport(struct weft_tls *tls)
{
    struct weft_transport *transport = tls->transport;
    struct weft_stream *stream =
        WEFT_OWNER(transport, struct weft_stream, transport);

    if (transport->is_pulled) {
        tls->before = stream->in;
        stream->in = (struct weft_buffer){NULL, 0, 0, 0};
    } else {
        tls->is_new = transport->readable.kind == &weft_transport_made_;
        weft_node_unlink(&transport->readable.node);
        transport->readable.kind = &weft_tls_handshake_;
    }
    tls->below = transport->wire;
    transport->wire = &tls->wire;
}

static void abort_handshake(void *arg)
{
    struct weft_tls *tls = arg;

    tls->reason = "the handshake takes too long";
    weft_transport_lose_(tls->transport, -ECONNABORTED);
}

int weft_tls_begin_(struct weft_tls *tls, struct weft_transport *transport,
                    struct weft_tls_context *context,
                    const char *server_hostname,
                    struct weft_tls_session *session)
{
    int status = check_beginning(tls, transport, context);

    if (status < 0) {
        return status;
    }
    *tls = (struct weft_tls){.wire = weft_tls_wire_,
                             .transport = transport,
                             .context = context,
                             .session = session};
    status = make_tls_native(tls, server_hostname);
    if (status == 0) {
        status =
            weft_call_later(transport->loop, &tls->timer,
                            context->handshake_timeout, abort_handshake, tls);
    }
    if (status < 0) {
        SSL_free(tls->native);
        tls->native = NULL;
        return status;
    }
    take_over_transport(tls);
    status = weft_tls_shake_hands_(tls);
    if (status == WEFT_PENDING_ && !transport->is_pulled) {
        status = weft_transport_watch_(transport);
    }
    if (status < 0 && status != WEFT_PENDING_) {
        weft_transport_lose_(transport, status);
    }
    return 0;
}
