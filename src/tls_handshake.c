/* tls_handshake.c - from the first byte to the first one that is secret. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "weft/tls.h"

static void wake_handshake_waiters(struct weft_tls *tls)
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
    wake_handshake_waiters(tls);
    if (SSL_has_pending(tls->native)) {
        transport->may_read = true;
    }
    if (!transport->is_pulled) {
        transport->readable.kind = &weft_transport_readable_;
    }
    if (tls->is_new && protocol->connection_made != NULL) {
        protocol->connection_made(transport);
    }
    weft_transport_sent_(transport); /* the backlog, or nearly */
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

const struct weft_kind weft_tls_handshake_ = {shake_pushed, "tls handshake",
                                              NULL};

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
