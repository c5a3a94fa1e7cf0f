/* transport_read.c - receiving, and handing over what has come. */
#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

#include "weft/transport.h"
#include "weft/wire.h"

/* What is received at once, into the C stack: an idle connection has no
 * memory for it. */
enum { RECEIVE_SIZE = 65536 };

/* What the system call has given, as weft_wire_receive_ gives it. */
static int outcome_of_recv(struct weft_transport *transport, ssize_t count,
                           size_t size)
{
    /* Fewer bytes than there was room for: it has no more for now. */
    transport->may_read = count == (ssize_t)size;
    if (count < 0) {
        return errno == EAGAIN || errno == EWOULDBLOCK ? WEFT_PENDING_ : -errno;
    }
    return (int)count;
}

int weft_wire_receive_(struct weft_transport *transport, char *data,
                       size_t size)
{
    ssize_t count;

    if (size > INT_MAX) {
        size = INT_MAX;
    }
    do {
        count = transport->is_socket ? recv(transport->fd, data, size, 0)
                                     : read(transport->fd, data, size);
    } while (count < 0 && errno == EINTR);
    return outcome_of_recv(transport, count, size);
}

/* The end and errors change the transport. */
static int note_end(struct weft_transport *transport, int count)
{
    if (count == 0) {
        transport->at_end = true;
    } else if (count < 0 && count != WEFT_PENDING_) {
        weft_transport_lose_(transport, count);
    }
    return count;
}

WEFT_APART_ static int receive_in_any_state(struct weft_transport *transport,
                                            char *data, size_t size)
{
    if (transport->error < 0) {
        return transport->error;
    }
    if (transport->at_end) {
        return 0;
    }
    if (!transport->may_read) {
        return WEFT_PENDING_;
    }
    return note_end(transport,
                    transport->wire == NULL
                        ? weft_wire_receive_(transport, data, size)
                        : transport->wire->receive(transport, data, size));
}

/* The short way for what is frequent: a socket that has bytes. */
int weft_transport_receive_(struct weft_transport *transport, char *data,
                            size_t size)
{
    ssize_t count;

    if (!transport->may_read || !transport->is_socket || transport->at_end ||
        transport->wire != NULL || size > INT_MAX) {
        return receive_in_any_state(transport, data, size);
    }
    count = recv(transport->fd, data, size, 0);
    if (WEFT_LIKELY_(count > 0)) {
        transport->may_read = count == (ssize_t)size;
        return (int)count;
    }
    if (count < 0 && errno == EINTR) {
        return receive_in_any_state(transport, data, size);
    }
    return note_end(transport, outcome_of_recv(transport, count, size));
}

int weft_transport_watch_(struct weft_transport *transport)
{
    int status = 0;

    if (!transport->is_watched) {
        status = weft_loop_watch_(transport->loop, transport->fd, WEFT_READ,
                                  &transport->readable);
        transport->is_watched = status == 0;
    }
    return status;
}

void weft_transport_unwatch_(struct weft_transport *transport)
{
    if (transport->is_watched) {
        weft_loop_unwatch_(transport->loop, transport->fd, WEFT_READ,
                           &transport->readable);
        transport->is_watched = false;
    }
}

/* The peer has finished. */
static void end_receiving(struct weft_transport *transport)
{
    bool stays_open = transport->protocol->eof_received != NULL &&
                      transport->protocol->eof_received(transport);

    if (stays_open && transport->can_write) {
        if (!transport->is_closing) {
            weft_transport_unwatch_(transport);
        }
    } else {
        weft_transport_close(transport);
    }
}

/* The one who reads this pipe, which only writes, has gone. */
static void lose_reader(struct weft_transport *transport)
{
    weft_transport_lose_(transport, transport->out.size > 0 ? -EPIPE : 0);
}

static int receive_and_hand_over(struct weft_transport *transport)
{
    char data[RECEIVE_SIZE];
    int count = weft_transport_receive_(transport, data, sizeof data);

    if (count > 0 && transport->protocol->data_received != NULL) {
        transport->protocol->data_received(transport, data, (size_t)count);
    }
    return count;
}

static int receive_into_place(struct weft_transport *transport)
{
    size_t size = 0;
    char *place =
        transport->protocol->get_buffer(transport, RECEIVE_SIZE, &size);
    int count;

    if (transport->is_closing) {
        return WEFT_PENDING_;
    }
    if (place == NULL || size == 0) {
        weft_transport_lose_(transport, WEFT_EINVAL);
        return WEFT_EINVAL;
    }
    count = weft_transport_receive_(transport, place, size);
    if (count > 0 && transport->protocol->buffer_updated != NULL) {
        transport->protocol->buffer_updated(transport, (size_t)count);
    }
    return count;
}

static void hand_over(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_transport *transport =
        WEFT_OWNER(entry, struct weft_transport, readable);
    int count;

    loop->task = NULL;
    if (!transport->can_read) {
        lose_reader(transport);
        return;
    }
    transport->may_read = true;
    if (transport->is_paused) { /* told only now that it may not be again */
        weft_transport_unwatch_(transport);
        return;
    }
    count = transport->protocol->get_buffer != NULL
                ? receive_into_place(transport)
                : receive_and_hand_over(transport);
    if (count == 0) {
        end_receiving(transport);
    } else if (transport->wire != NULL && transport->may_read &&
               weft_transport_is_reading(transport) &&
               !weft_node_is_linked(&entry->node)) {
        weft_loop_ready_(loop, entry); /* the kernel knows nothing of it */
    }
}

const struct weft_kind weft_transport_readable_ = {hand_over, "readable", NULL};

void weft_transport_pause_reading(struct weft_transport *transport)
{
    if (weft_transport_is_reading(transport)) {
        transport->is_paused = true;
    }
}

void weft_transport_resume_reading(struct weft_transport *transport)
{
    int status;

    if (weft_transport_is_closing(transport) || !transport->is_paused) {
        return;
    }
    transport->is_paused = false;
    if (transport->at_end) {
        return;
    }
    status = weft_transport_watch_(transport);
    if (status < 0) {
        weft_transport_lose_(transport, status);
    } else if (transport->wire != NULL && transport->may_read &&
               !weft_node_is_linked(&transport->readable.node)) {
        weft_loop_ready_(transport->loop, &transport->readable);
    }
}
