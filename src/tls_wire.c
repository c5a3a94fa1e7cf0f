/* tls_wire.c - between a transport, OpenSSL, and what is below. */
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "weft/tls.h"

enum { RECORD_SIZE = 16384 }; /* what TLS encrypts at once, at most */

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

/* ---- Below: ciphertext ---- */

/* What is below may be TLS as well: it finds itself where it expects to. */

static int receive_below(struct weft_tls *tls, char *data, size_t size)
{
    struct weft_transport *transport = tls->transport;
    int count;

    if (tls->below == NULL) {
        return weft_wire_receive_(transport, data, size);
    }
    transport->wire = tls->below;
    count = tls->below->receive(transport, data, size);
    transport->wire = &tls->wire;
    return count;
}

static int send_below(struct weft_tls *tls, const struct iovec *part)
{
    struct weft_transport *transport = tls->transport;
    int status;

    if (tls->below == NULL) {
        return weft_wire_send_(transport, part, 1);
    }
    transport->wire = tls->below;
    status = tls->below->send(transport, part, 1);
    transport->wire = &tls->wire;
    return status;
}

static int take_before(struct weft_tls *tls, char *data, size_t size)
{
    if (size > tls->before.size) {
        size = tls->before.size;
    }
    memcpy(data, weft_buffer_data(&tls->before), size);
    weft_buffer_consume(&tls->before, size);
    if (tls->before.size == 0) {
        weft_buffer_close(&tls->before, tls->transport->loop->allocator);
    }
    tls->transport->may_read = true; /* nobody has asked the kernel */
    return (int)size;
}

/* Asked although may_read is false, when OpenSSL wants the rest of something:
 * then the kernel has just said that it has no more. */
static int read_below(BIO *bio, char *data, int size)
{
    struct weft_tls *tls = BIO_get_data(bio);
    int count = WEFT_PENDING_;

    BIO_clear_retry_flags(bio);
    if (tls->has_ended) {
        return 0;
    }
    if (tls->before.size > 0) {
        count = take_before(tls, data, (size_t)size);
    } else if (tls->transport->may_read) {
        count = receive_below(tls, data, (size_t)size);
    }
    if (count == WEFT_PENDING_) {
        BIO_set_retry_read(bio);
        return -1;
    }
    if (count < 0) {
        tls->error = count;
        return -1;
    }
    tls->has_ended = count == 0;
    return count;
}

/* Takes everything: the transport keeps what the kernel does not. */
static int write_below(BIO *bio, const char *data, int size)
{
    struct weft_tls *tls = BIO_get_data(bio);
    struct iovec part = {(void *)(uintptr_t)data, (size_t)size};
    int status = send_below(tls, &part);

    BIO_clear_retry_flags(bio);
    if (status < 0) {
        tls->error = status;
        return -1;
    }
    return size;
}

static long control_below(BIO *bio, int command, long number, void *pointer)
{
    struct weft_tls *tls = BIO_get_data(bio);

    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ||
           (command == BIO_CTRL_EOF && tls->has_ended);
}

static int begin_below(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

struct bio_method_st *weft_tls_method_(void)
{
    BIO_METHOD *method =
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "weft wire");

    if (method != NULL) {
        BIO_meth_set_read(method, read_below);
        BIO_meth_set_write(method, write_below);
        BIO_meth_set_ctrl(method, control_below);
        BIO_meth_set_create(method, begin_below);
    }
    return method;
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
        tls->reason = "the connection broke";
        return tls->error;
    }
    code = weft_tls_failure_(&tls->reason);
    if (ERR_GET_REASON(why) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        explain_certificate(tls);
    }
    return code;
}

/* ---- Above: plaintext ---- */

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
           SSL_read_ex(tls->native, data + total, size - total, &some)) {
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
    transport->may_read = tls->is_over; /* the end is for the next time */
    return (int)total;
}

static int encrypt(struct weft_tls *tls, const char *data, size_t size)
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
static int encrypt_gathered(struct weft_tls *tls, const struct iovec *parts,
                            size_t count)
{
    char record[RECORD_SIZE];
    size_t used = 0;
    int status = 0;

    for (size_t i = 0; i < count && status == 0; i++) {
        const char *data = parts[i].iov_base;
        size_t size = parts[i].iov_len;

        if (size > RECORD_SIZE - used) {
            status = encrypt(tls, record, used);
            used = 0;
        }
        if (size > RECORD_SIZE) {
            status = status < 0 ? status : encrypt(tls, data, size);
        } else if (size > 0) {
            memcpy(record + used, data, size);
            used += size;
        }
    }
    return status < 0 ? status : encrypt(tls, record, used);
}

static int send_plain(struct weft_transport *transport,
                      const struct iovec *parts, size_t count)
{
    struct weft_tls *tls = tls_of(transport);
    int status = 0;

    if (tls->is_open) {
        return count == 1 ? encrypt(tls, parts->iov_base, parts->iov_len)
                          : encrypt_gathered(tls, parts, count);
    }
    for (size_t i = 0; i < count && status == 0; i++) {
        status = weft_buffer_append(&tls->backlog, transport->loop->allocator,
                                    parts[i].iov_base, parts[i].iov_len);
    }
    return status;
}

int weft_tls_send_backlog_(struct weft_tls *tls)
{
    int status = 0;

    if (tls->backlog.size > 0) {
        status =
            encrypt(tls, weft_buffer_data(&tls->backlog), tls->backlog.size);
        weft_buffer_close(&tls->backlog, tls->transport->loop->allocator);
    }
    return status;
}

const struct weft_wire weft_tls_wire_ = {.receive = receive_plain,
                                         .send = send_plain,
                                         .end = weft_tls_end_,
                                         .close = weft_tls_close_};
