/* tls_wire.c - plaintext, between a transport and OpenSSL. */
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "weft/tls.h"

enum { TLS_RECORD_SIZE = 16384 }; /* what TLS encrypts at once, at most */

static struct weft_tls *tls_of(const struct weft_transport *transport)
{
    return WEFT_OWNER(transport->wire, struct weft_tls, wire);
}

struct weft_tls *weft_tls_of(const struct weft_transport *transport)
{
    return transport->wire != NULL &&
                   transport->wire->receive == weft_tls_wire_.receive
               ? tls_of(transport)
               : NULL;
}

/* ---- Errors ---- */

/* The peer's certificate says more than "certificate verify failed". */
static void explain_certificate(struct weft_tls *tls)
{
    long error = SSL_get_verify_result(tls->native);

    if (error != X509_V_OK) {
        tls->verify_error = error;
        tls->reason = X509_verify_cert_error_string(error);
    }
}

int weft_tls_explain_(struct weft_tls *tls, int result)
{
    unsigned long why = ERR_peek_error();
    int kind = SSL_get_error(tls->native, result);
    int code;

    if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) {
        return WEFT_PENDING_;
    }
    if (kind == SSL_ERROR_ZERO_RETURN) {
        return 0;
    }
    /* Not only where nothing else is wrong: OpenSSL answers an early end with
     * an alert, which nobody may be there to take. */
    if (tls->has_ended &&
        (kind == SSL_ERROR_SYSCALL ||
         ERR_GET_REASON(why) == SSL_R_UNEXPECTED_EOF_WHILE_READING)) {
        ERR_clear_error();
        tls->reason = tls->is_open ? "the peer hung up without a goodbye"
                                   : "the peer hung up during the handshake";
        return tls->is_open ? WEFT_ETRUNCATED : -ECONNRESET;
    }
    if (kind == SSL_ERROR_SYSCALL && tls->error < 0) {
        ERR_clear_error();
        if (tls->reason == NULL) {
            tls->reason = "the connection broke";
        }
        return tls->error;
    }
    code = weft_tls_failure_(&tls->reason);
    if (ERR_GET_REASON(why) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        explain_certificate(tls);
    }
    return code;
}

/* ---- Above: plaintext ---- */

bool weft_tls_read_(struct weft_tls *tls, char *data, size_t size,
                    size_t *count)
{
    bool has_read;

    tls->is_reading = true;
    tls->reads = 0;
    has_read = SSL_read_ex(tls->native, data, size, count) == 1;
    tls->is_reading = false;
    return has_read;
}

static int receive_plain(struct weft_transport *transport, char *data,
                         size_t size)
{
    struct weft_tls *tls = tls_of(transport);
    size_t total = 0;
    size_t some;
    int status;

    if (!tls->is_open) {
        status = weft_tls_shake_hands_(tls);
        return status == 0 ? WEFT_PENDING_ : status;
    }
    if (tls->is_over) {
        return tls->outcome;
    }
    if (size > INT_MAX) {
        size = INT_MAX;
    }
    ERR_clear_error();
    while (total < size &&
           weft_tls_read_(tls, data + total, size - total, &some)) {
        total += some;
    }
    if (total == size) {
        if (SSL_has_pending(tls->native)) {
            transport->may_read = true;
        }
        return (int)total;
    }
    status = weft_tls_explain_(tls, 0);
    if (status != WEFT_PENDING_) {
        tls->is_over = true;
        tls->outcome = status;
    }
    if (total == 0) {
        return status;
    }
    if (tls->is_over) {
        transport->may_read = true; /* the end is for the next time */
    }
    return (int)total;
}

static int send_encrypted(struct weft_tls *tls, const char *data, size_t size)
{
    size_t written;
    int status;

    ERR_clear_error();
    if (size == 0 || SSL_write_ex(tls->native, data, size, &written)) {
        return 0;
    }
    status = weft_tls_explain_(tls, 0);
    return status == 0 || status == WEFT_PENDING_ ? WEFT_ETLS : status;
}

/* Small parts go into one record together. */
static int send_encrypted_parts(struct weft_tls *tls, const struct iovec *parts,
                                size_t count)
{
    char record[TLS_RECORD_SIZE];
    size_t used = 0;
    int status = 0;

    for (size_t i = 0; i < count && status == 0; i++) {
        const char *data = parts[i].iov_base;
        size_t size = parts[i].iov_len;

        if (size > TLS_RECORD_SIZE - used) {
            status = send_encrypted(tls, record, used);
            used = 0;
        }
        if (size > TLS_RECORD_SIZE) {
            status = status < 0 ? status : send_encrypted(tls, data, size);
        } else if (size > 0) {
            memcpy(record + used, data, size);
            used += size;
        }
    }
    return status < 0 ? status : send_encrypted(tls, record, used);
}

static int send_plain(struct weft_transport *transport,
                      const struct iovec *parts, size_t count)
{
    struct weft_tls *tls = tls_of(transport);
    int status = 0;

    if (tls->is_open) {
        return count == 1 ? send_encrypted(tls, parts->iov_base, parts->iov_len)
                          : send_encrypted_parts(tls, parts, count);
    }
    for (size_t i = 0; i < count && status == 0; i++) {
        status = weft_buffer_append(&tls->backlog, transport->loop->allocator,
                                    parts[i].iov_base, parts[i].iov_len);
    }
    tls->wire.kept = tls->backlog.size;
    return status;
}

int weft_tls_send_backlog_(struct weft_tls *tls)
{
    int status = 0;

    if (tls->backlog.size > 0) {
        status = send_encrypted(tls, weft_buffer_data(&tls->backlog),
                                tls->backlog.size);
        weft_buffer_close(&tls->backlog, tls->transport->loop->allocator);
        tls->wire.kept = 0;
    }
    return status;
}

const struct weft_wire weft_tls_wire_ = {.receive = receive_plain,
                                         .send = send_plain,
                                         .end = weft_tls_end_,
                                         .close = weft_tls_close_};
