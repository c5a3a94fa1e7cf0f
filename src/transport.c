/* transport.c - a transport from its opening to connection_lost. */
#include "weft/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "weft/wire.h"

/* ---- Opening ---- */

/* Small writes go out at once, as asyncio's do. Other sockets than TCP's do not
 * know the option. */
static void set_nodelay(int fd)
{
    int one = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
#if defined(SO_NOSIGPIPE)
    setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &one, sizeof one);
#endif
}

int weft_transport_open_(struct weft_transport *transport, int fd,
                         const struct weft_protocol *protocol, int directions,
                         bool is_pulled)
{
    struct weft_loop *loop = weft_loop_current();
    struct weft_transport fresh = {0};
    int status = weft_transport_examine_(&fresh, fd, directions);
    int flags = status < 0 ? 0 : fcntl(fd, F_GETFL);

    if (!weft_transport_is_closed(transport)) {
        return WEFT_EALREADY;
    }
    if (loop == NULL) {
        return WEFT_ENOLOOP;
    }
    if (status < 0) {
        return status;
    }
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
        return -errno;
    }
    if (!weft_loop_own_(loop, fd)) {
        return WEFT_EBUSY;
    }
    if (fresh.is_socket) {
        set_nodelay(fd);
    }
    fresh.loop = loop;
    fresh.fd = fd;
    fresh.high = WEFT_TRANSPORT_HIGH;
    fresh.low = WEFT_TRANSPORT_LOW;
    fresh.user = transport->user;
    fresh.protocol = protocol;
    fresh.is_pulled = is_pulled;
    fresh.readable.kind = &weft_transport_readable_;
    fresh.writable.kind = &weft_transport_writable_;
    *transport = fresh;
    return 0;
}

/* Reading is watched from the start, so that what is wrong with the descriptor
 * is known here. What the driver reports is passed over while the entry is on
 * its way to connection_made. */
static int open_pushed(struct weft_transport *transport, int fd,
                       const struct weft_protocol *protocol, int directions)
{
    int status =
        weft_transport_open_(transport, fd, protocol, directions, false);

    if (status < 0) {
        return status;
    }
    /* A terminal that is written to may have input: it is not ours. */
    if (transport->can_read || !transport->is_device) {
        status = weft_transport_watch_(transport);
    }
    if (status < 0) {
        weft_loop_disown_(transport->loop, fd);
        transport->loop = NULL;
        return status;
    }
    transport->readable.kind = &weft_transport_made_;
    weft_loop_ready_(transport->loop, &transport->readable);
    return 0;
}

int weft_transport_open(struct weft_transport *transport, int fd,
                        const struct weft_protocol *protocol)
{
    return open_pushed(transport, fd, protocol, WEFT_READS_ | WEFT_WRITES_);
}

int weft_connect_read_pipe(struct weft_transport *transport, int fd,
                           const struct weft_protocol *protocol)
{
    return open_pushed(transport, fd, protocol, WEFT_READS_);
}

int weft_connect_write_pipe(struct weft_transport *transport, int fd,
                            const struct weft_protocol *protocol)
{
    return open_pushed(transport, fd, protocol, WEFT_WRITES_);
}

static void call_made(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_transport *transport =
        WEFT_OWNER(entry, struct weft_transport, readable);

    entry->kind = &weft_transport_readable_;
    loop->task = NULL;
    if (transport->protocol->connection_made != NULL) {
        transport->protocol->connection_made(transport);
    }
}

const struct weft_kind weft_transport_made_ = {call_made, "connection_made",
                                               NULL};

/* ---- Closing ---- */

/* No more is reported by the driver, and no more is sent. A connection_made
 * that is on its way stays so. */
static void detach(struct weft_transport *transport)
{
    struct weft_loop *loop = transport->loop;
    bool is_new = transport->readable.kind == &weft_transport_made_;

    weft_transport_unwatch_(transport);
    weft_loop_unwatch_(loop, transport->fd, WEFT_WRITE, &transport->writable);
    weft_node_unlink(&transport->readable.node);
    if (is_new) {
        weft_loop_ready_(loop, &transport->readable);
    }
    weft_buffer_close(&transport->out, loop->allocator);
    transport->is_full = false;
}

void weft_transport_finish_(struct weft_transport *transport)
{
    const struct weft_protocol *protocol = transport->protocol;
    struct weft_roster_ *roster = transport->roster;
    int fd = transport->fd;

    detach(transport);
    weft_loop_disown_(transport->loop, fd);
    if (transport->wire != NULL && transport->wire->close != NULL) {
        transport->wire->close(transport);
    }
    weft_node_unlink(&transport->node);
    transport->wire = NULL;
    transport->at_end = true;
    transport->is_lost = true;
    if (transport->is_pulled) {
        protocol->connection_lost(transport, transport->error);
        transport->fd = -1;
        transport->loop = NULL;
    } else {
        transport->loop = NULL;
        if (protocol->connection_lost != NULL) {
            protocol->connection_lost(transport, transport->error);
        } /* from here on its memory may be anything */
    }
    close(fd);
    if (roster != NULL) {
        roster->count--;
        roster->on_leave(roster);
    }
}

static void call_lost(struct weft_loop *loop, struct weft_entry *entry)
{
    loop->task = NULL;
    weft_transport_finish_(WEFT_OWNER(entry, struct weft_transport, writable));
}

const struct weft_kind weft_transport_lost_ = {call_lost, "connection_lost",
                                               NULL};

/* A task that reads is told of an error at once, and closes the stream in its
 * own time. */
void weft_transport_lose_(struct weft_transport *transport, int error)
{
    if (transport->is_lost) {
        return;
    }
    if (error < 0) {
        transport->error = error;
    }
    if (!transport->is_pulled) {
        transport->is_closing = true;
        transport->is_lost = true;
        detach(transport);
        transport->writable.kind = &weft_transport_lost_;
        weft_loop_ready_(transport->loop, &transport->writable);
    } else if (transport->is_closing) {
        weft_transport_finish_(transport);
    } else {
        detach(transport);
        transport->at_end = true;
        transport->ends_writing = true;
        transport->protocol->connection_lost(transport, error);
    }
}

void weft_transport_abort(struct weft_transport *transport)
{
    if (!weft_transport_is_closed(transport)) {
        transport->is_closing = true;
        weft_transport_lose_(transport, 0);
    }
}

void weft_transport_close(struct weft_transport *transport)
{
    if (weft_transport_is_closing(transport)) {
        return;
    }
    transport->is_closing = true;
    transport->has_moved = true;
    if (!transport->is_pulled &&
        transport->readable.kind != &weft_transport_made_) {
        weft_transport_unwatch_(transport);
    }
    if (transport->wire != NULL && transport->wire->end != NULL &&
        !transport->ends_writing && transport->error == 0) {
        transport->wire->end(transport);
    }
    if (transport->out.size == 0 && !transport->is_held) {
        weft_transport_lose_(transport, 0);
    }
}

void weft_transport_sweep_(struct weft_transport *transport)
{
    if (transport->is_closing && !transport->has_moved &&
        weft_transport_get_write_buffer_size(transport) > 0) {
        weft_transport_lose_(transport, WEFT_ETIMEOUT);
    } else {
        transport->has_moved = false;
    }
}

void weft_transport_let_go_(struct weft_transport *transport)
{
    transport->is_held = false;
    if (transport->out.size == 0) {
        weft_transport_lose_(transport, 0);
    }
}

void weft_roster_enter_(struct weft_roster_ *roster,
                        struct weft_transport *transport)
{
    transport->roster = roster;
    weft_list_push(&roster->transports, &transport->node);
    roster->count++;
}
