/* tls_below.c - ciphertext, between OpenSSL and the descriptor. */
#include <openssl/bio.h>

#include "weft/tls.h"

enum { ANSWERS_UNREAD = 16384, READS_AT_ONCE = 4 };

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

/* Of records that hold nothing for a reader OpenSSL takes as many as come. The
 * driver tells again of what the kernel still has. */
static bool has_had_its_turn(struct weft_tls *tls)
{
    return tls->is_reading && tls->below == NULL &&
           ++tls->reads > READS_AT_ONCE;
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
    } else if (tls->transport->may_read && !has_had_its_turn(tls)) {
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

/* OpenSSL answers a peer that asks for new keys, and no drain is in between:
 * the peer must not fill our memory by not taking the answers. It takes
 * something when nothing is unsent, or when more is written and not too much
 * is. */
static int count_answer(struct weft_tls *tls, int size)
{
    const struct weft_transport *transport = tls->transport;

    if (transport->out.size == 0 ||
        (!tls->is_reading && transport->out.size <= transport->high)) {
        tls->answers = 0;
    }
    if (tls->is_reading) {
        tls->answers += (unsigned)size;
    }
    if (tls->answers > ANSWERS_UNREAD) {
        tls->reason = "the peer asks, and does not take the answers";
        return WEFT_ETLS;
    }
    return 0;
}

/* Takes everything: the transport keeps what the kernel does not. */
static int write_below(BIO *bio, const char *data, int size)
{
    struct weft_tls *tls = BIO_get_data(bio);
    struct iovec part = {(void *)(uintptr_t)data, (size_t)size};
    int status = count_answer(tls, size);

    BIO_clear_retry_flags(bio);
    if (status == 0) {
        status = send_below(tls, &part);
    }
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
