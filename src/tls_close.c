/* tls_close.c - saying goodbye, and hearing it. */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "weft/tls.h"

enum { GOODBYE_CHUNK = 16384, GOODBYE_CHUNKS = 16 };

void weft_tls_close_(struct weft_transport *transport)
{
    struct weft_tls *tls = weft_tls_of(transport);
    const struct weft_wire *below = tls->below;

    weft_timer_cancel(&tls->timer);
    /* A session outlives a connection that is cut off; not one that was
     * tampered with. */
    if (transport->error != WEFT_ETLS) {
        SSL_set_shutdown(tls->native, SSL_SENT_SHUTDOWN);
    }
    SSL_free(tls->native);
    tls->native = NULL;
    if (!tls->is_open && tls->error == 0) {
        tls->error = transport->error;
    }
    tls->is_open = false;
    weft_buffer_close(&tls->before, transport->loop->allocator);
    weft_buffer_close(&tls->backlog, transport->loop->allocator);
    while (weft_task_wake_first_(&tls->waiters)) {
    }
    transport->wire = below;
    if (below != NULL && below->close != NULL) {
        below->close(transport);
    }
}

/* The goodbye of this layer is over; the one below says its own. */
static void end_below(struct weft_tls *tls)
{
    struct weft_transport *transport = tls->transport;
    const struct weft_wire *below = tls->below;

    if (below != NULL) {
        tls->below = NULL; /* it is not closed yet */
        weft_tls_close_(transport);
        transport->wire = below;
        if (below->end != NULL) {
            below->end(transport);
        }
    }
}

static void stop_hearing(struct weft_tls *tls)
{
    struct weft_transport *transport = tls->transport;

    weft_timer_cancel(&tls->timer);
    weft_transport_unwatch_(transport);
    weft_node_unlink(&transport->readable.node);
    transport->is_held = false;
    end_below(tls);
    if (!transport->is_held) {
        weft_transport_let_go_(transport);
    }
}

/* Whatever else the peer still sends is nobody's; that it just hangs up is good
 * enough by now. */
static void hear_goodbye(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_transport *transport =
        WEFT_OWNER(entry, struct weft_transport, readable);
    struct weft_tls *tls = weft_tls_of(transport);
    char waste[GOODBYE_CHUNK];
    size_t size;

    loop->task = NULL;
    transport->may_read = true;
    ERR_clear_error();
    for (int i = 0; i < GOODBYE_CHUNKS; i++) {
        if (!weft_tls_read_(tls, waste, sizeof waste, &size)) {
            if (weft_tls_explain_(tls, 0) != WEFT_PENDING_) {
                stop_hearing(tls);
            }
            return;
        }
    }
    if (!weft_node_is_linked(&entry->node)) {
        weft_loop_ready_(loop, entry); /* after the others had a turn */
    }
}

static const struct weft_kind goodbye_kind = {hear_goodbye, "tls goodbye",
                                              NULL};

static void stop_waiting(void *arg)
{
    struct weft_tls *tls = arg;

    tls->reason = "the peer does not say goodbye";
    weft_transport_lose_(tls->transport, WEFT_ETIMEOUT);
}

/* Wait for the peer's goodbye: false when that is not possible. */
static bool wait_for_goodbye(struct weft_tls *tls)
{
    struct weft_transport *transport = tls->transport;
    struct weft_entry *entry = &transport->readable;

    if (weft_call_later(transport->loop, &tls->timer,
                        tls->context->shutdown_timeout, stop_waiting,
                        tls) < 0) {
        return false;
    }
    if (weft_transport_watch_(transport) < 0) {
        weft_timer_cancel(&tls->timer);
        return false;
    }
    transport->is_held = true;
    entry->kind = &goodbye_kind;
    if (!weft_node_is_linked(&entry->node)) {
        weft_loop_ready_(transport->loop, entry); /* it may be here already */
    }
    return true;
}

/* Also during the handshake, when there is nobody yet to say it to. */
void weft_tls_end_(struct weft_transport *transport)
{
    struct weft_tls *tls = weft_tls_of(transport);

    ERR_clear_error();
    if (tls->is_open && SSL_shutdown(tls->native) == 0 &&
        wait_for_goodbye(tls)) {
        return;
    }
    end_below(tls);
}
