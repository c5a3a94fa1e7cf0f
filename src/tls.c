/* tls.c - from the first byte to the end of the handshake. */
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

static bool is_number(const char *host)
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
    if (!is_number(host)) {
        good = SSL_set_tlsext_host_name(native, host) == 1;
    }
    if (good && tls->context->check_hostname) {
        SSL_set_hostflags(native, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        good = is_number(host) ? X509_VERIFY_PARAM_set1_ip_asc(
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
    return is_number(host)
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
        session->context == tls->context &&
        (!tls->context->check_hostname ||
         is_certificate_of(SSL_SESSION_get0_peer(session->native), host))) {
        SSL_set_session(tls->native, session->native);
    }
}

/* ---- The handshake ---- */

static void wake_waiters(struct weft_tls *tls)
{
    while (weft_task_wake_first_(&tls->waiters)) {
    }
}

static void note_alpn_protocol(struct weft_tls *tls)
{
    const unsigned char *name;
    unsigned int length;

    SSL_get0_alpn_selected(tls->native, &name, &length);
    if (length < sizeof tls->alpn_protocol) {
        memcpy(tls->alpn_protocol, length > 0 ? (const char *)name : "",
               length);
        tls->alpn_protocol[length] = '\0';
    }
}

static int finish_handshake(struct weft_tls *tls)
{
    struct weft_transport *transport = tls->transport;
    const struct weft_protocol *protocol = transport->protocol;
    int status;

    tls->is_resumed = SSL_session_reused(tls->native) == 1;
    if (tls->is_resumed &&
        SSL_get_verify_mode(tls->native) != SSL_VERIFY_NONE &&
        SSL_get_verify_result(tls->native) != X509_V_OK) {
        tls->verify_error = SSL_get_verify_result(tls->native);
        tls->reason = X509_verify_cert_error_string(tls->verify_error);
        return WEFT_ETLS;
    }
    weft_timer_cancel(&tls->timer);
    note_alpn_protocol(tls);
    tls->is_open = true;
    status = weft_tls_send_backlog_(tls);
    if (status < 0) {
        return status;
    }
    wake_waiters(tls);
    if (SSL_has_pending(tls->native)) {
        transport->may_read = true;
    }
    if (!transport->is_pulled) {
        transport->readable.kind = &weft_transport_readable_;
    }
    if (tls->is_new && protocol->connection_made != NULL) {
        protocol->connection_made(transport);
    }
    return 0;
}

int weft_tls_shake_hands_(struct weft_tls *tls)
{
    int result;
    int status;

    ERR_clear_error();
    result = SSL_do_handshake(tls->native);
    if (result == 1) {
        return finish_handshake(tls);
    }
    status = weft_tls_explain_(tls, result);
    return status == 0 ? -ECONNRESET : status;
}

/* With a protocol, which is told nothing of this. A stream reads instead. */
static void shake_pushed(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_transport *transport =
        WEFT_OWNER(entry, struct weft_transport, readable);

    loop->task = NULL;
    transport->may_read = true;
    weft_transport_receive_(transport, NULL, 0);
    if (entry->kind == &weft_transport_readable_ && transport->may_read &&
        weft_transport_is_reading(transport) &&
        !weft_node_is_linked(&entry->node)) {
        weft_loop_ready_(loop, entry); /* the kernel knows nothing of it */
    }
}

static const struct weft_kind handshake_kind = {shake_pushed, "tls handshake",
                                                NULL};

static void give_up(void *arg)
{
    struct weft_tls *tls = arg;

    tls->reason = "the handshake takes too long";
    weft_transport_lose_(tls->transport, -ECONNABORTED);
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

static int make_native(struct weft_tls *tls, const char *server_hostname)
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
static void take_transport(struct weft_tls *tls)
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
        transport->readable.kind = &handshake_kind;
    }
    tls->below = transport->wire;
    transport->wire = &tls->wire;
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
    status = make_native(tls, server_hostname);
    if (status == 0) {
        status = weft_call_later(transport->loop, &tls->timer,
                                 context->handshake_timeout, give_up, tls);
    }
    if (status < 0) {
        SSL_free(tls->native);
        tls->native = NULL;
        return status;
    }
    take_transport(tls);
    status = weft_tls_shake_hands_(tls);
    if (status == WEFT_PENDING_ && !transport->is_pulled) {
        status = weft_transport_watch_(transport);
    }
    if (status < 0 && status != WEFT_PENDING_) {
        weft_transport_lose_(transport, status);
    }
    return 0;
}

/* ---- Waiting for its end ---- */

static int try_handshake(struct weft_stream *stream, void *data, size_t size)
{
    struct weft_tls *tls = data;
    int status;

    if (tls->is_open) {
        return 0;
    }
    status = weft_transport_receive_(&stream->transport, NULL, size);
    if (tls->is_open) {
        return 0;
    }
    return status == 0 ? WEFT_ECLOSED : status;
}

static int resume_handshake(struct weft_task *task, int status);

static const struct weft_wait_kind stream_handshake_wait = {
    {weft_task_run_, "tls handshake", weft_task_itself_},
    resume_handshake,
    weft_task_withdraw_};

static int resume_handshake(struct weft_task *task, int status)
{
    return weft_stream_resume_read_(task, status, &stream_handshake_wait,
                                    try_handshake);
}

static int handshake_status(const struct weft_tls *tls)
{
    return tls->is_open ? 0 : tls->error < 0 ? tls->error : WEFT_ECLOSED;
}

static int resume_pushed_handshake(struct weft_task *task, int status)
{
    return status < 0 ? status : handshake_status(task->object);
}

static const struct weft_wait_kind pushed_handshake_wait = {
    {weft_task_run_, "tls handshake", weft_task_itself_},
    resume_pushed_handshake,
    weft_task_withdraw_};

struct weft_op weft_tls_wait_(struct weft_tls *tls)
{
    struct weft_transport *transport = tls->transport;

    if (tls->is_open) {
        return weft_op_(0);
    }
    if (transport->is_pulled) {
        return weft_stream_start_read_(
            WEFT_OWNER(transport, struct weft_stream, transport), tls, 0,
            &stream_handshake_wait, try_handshake);
    }
    return weft_task_park_(&pushed_handshake_wait, &tls->waiters, tls, NULL);
}
