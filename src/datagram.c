/* datagram.c - an endpoint from its opening to connection_lost. */
#include "weft/datagram.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DATAGRAM_ROOM = 65536 };

/* Datagrams handed over in one turn: who sends faster than they are worked off
 * must not keep the loop to itself. */
enum { DATAGRAMS_IN_A_ROW = 16 };

static struct weft_datagram *datagram_by_soon(struct weft_entry *entry)
{
    return WEFT_OWNER(entry, struct weft_datagram, soon);
}

/* ---- The end ---- */

static void stop_datagrams(struct weft_datagram *endpoint)
{
    struct weft_loop *loop = endpoint->loop;

    weft_loop_unwatch_(loop, endpoint->fd, WEFT_READ, &endpoint->readable);
    weft_loop_unwatch_(loop, endpoint->fd, WEFT_WRITE, &endpoint->writable);
    weft_buffer_close(&endpoint->out, loop->allocator);
    endpoint->unsent = 0;
}

/* connection_lost comes in the next turn, but not before connection_made. */
void weft_datagram_lose_(struct weft_datagram *endpoint)
{
    if (endpoint->is_lost) {
        return;
    }
    endpoint->is_closing = true;
    endpoint->is_lost = true;
    stop_datagrams(endpoint);
    if (endpoint->is_made) {
        weft_loop_ready_(endpoint->loop, &endpoint->soon);
    }
}

void weft_datagram_abort(struct weft_datagram *endpoint)
{
    if (!weft_datagram_is_closed(endpoint)) {
        weft_datagram_lose_(endpoint);
    }
}

void weft_datagram_close(struct weft_datagram *endpoint)
{
    if (weft_datagram_is_closing(endpoint)) {
        return;
    }
    endpoint->is_closing = true;
    weft_loop_unwatch_(endpoint->loop, endpoint->fd, WEFT_READ,
                       &endpoint->readable);
    if (endpoint->unsent == 0) {
        weft_datagram_lose_(endpoint);
    }
}

/* Behind connection_lost its memory may be anything. */
static void finish_datagram(struct weft_datagram *endpoint)
{
    const struct weft_datagram_protocol *protocol = endpoint->protocol;
    int fd = endpoint->fd;

    weft_loop_disown_(endpoint->loop, fd);
    endpoint->loop = NULL;
    if (protocol != NULL && protocol->connection_lost != NULL) {
        protocol->connection_lost(endpoint, 0);
    }
    close(fd);
}

static void run_datagram_soon(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_datagram *endpoint = datagram_by_soon(entry);
    const struct weft_datagram_protocol *protocol = endpoint->protocol;

    loop->task = NULL;
    if (endpoint->is_made) {
        finish_datagram(endpoint);
        return;
    }
    if (endpoint->is_lost) {
        weft_loop_ready_(loop, entry); /* for connection_lost */
    }
    endpoint->is_made = true;
    if (protocol != NULL && protocol->connection_made != NULL) {
        protocol->connection_made(endpoint);
    }
}

static const struct weft_kind datagram_soon = {run_datagram_soon,
                                               "datagram endpoint", NULL};

/* ---- Receiving ---- */

/* The size of the next one, WEFT_PENDING_, or a negative code. */
static int receive_datagram(struct weft_datagram *endpoint, char *data,
                            struct weft_address *from)
{
    struct iovec place = {data, DATAGRAM_ROOM};
    struct msghdr message;
    ssize_t count;

    do {
        memset(&message, 0, sizeof message);
        message.msg_name = &from->room;
        message.msg_namelen = sizeof from->room;
        message.msg_iov = &place;
        message.msg_iovlen = 1;
        count = recvmsg(endpoint->fd, &message, 0);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        return errno == EAGAIN || errno == EWOULDBLOCK ? WEFT_PENDING_ : -errno;
    }
    from->size = message.msg_namelen;
    return (message.msg_flags & MSG_TRUNC) != 0 ? -EMSGSIZE : (int)count;
}

void weft_datagram_tell_error_(struct weft_datagram *endpoint, int error)
{
    if (endpoint->protocol->error_received != NULL) {
        endpoint->protocol->error_received(endpoint, error);
    }
}

static void on_datagram(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_datagram *endpoint =
        WEFT_OWNER(entry, struct weft_datagram, readable);
    char data[DATAGRAM_ROOM];
    struct weft_address from;

    loop->task = NULL;
    for (int i = 0; i < DATAGRAMS_IN_A_ROW; i++) {
        const struct weft_datagram_protocol *protocol = endpoint->protocol;
        int count;

        if (endpoint->is_closing) {
            return;
        }
        count = receive_datagram(endpoint, data, &from);
        if (count == WEFT_PENDING_) {
            return;
        }
        if (count < 0) {
            weft_datagram_tell_error_(endpoint, count);
        } else if (protocol->datagram_received != NULL) {
            protocol->datagram_received(endpoint, data, (size_t)count, &from);
        }
    }
}

static const struct weft_kind datagram_readable = {on_datagram,
                                                   "datagram readable", NULL};

/* ---- Opening ---- */

static int examine_datagram_socket(int fd)
{
    int type = 0;
    socklen_t size = sizeof type;
    int flags;

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0) {
        return -errno;
    }
    if (type == SOCK_STREAM) {
        return WEFT_EINVAL;
    }
    flags = fcntl(fd, F_GETFL);
    return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int weft_datagram_open_(struct weft_datagram *endpoint, int fd,
                        const struct weft_datagram_protocol *protocol,
                        const struct weft_address *peer)
{
    struct weft_loop *loop = weft_loop_current();
    void *user = endpoint->user;
    int status;

    if (!weft_datagram_is_closed(endpoint)) {
        return WEFT_EALREADY;
    }
    if (loop == NULL) {
        return WEFT_ENOLOOP;
    }
    status = examine_datagram_socket(fd);
    if (status < 0) {
        return status;
    }
    memset(endpoint, 0, sizeof *endpoint);
    endpoint->user = user;
    endpoint->fd = fd;
    endpoint->protocol = protocol;
    endpoint->high = WEFT_DATAGRAM_HIGH;
    endpoint->low = WEFT_DATAGRAM_LOW;
    endpoint->readable.kind = &datagram_readable;
    endpoint->writable.kind = &weft_datagram_writable_;
    endpoint->soon.kind = &datagram_soon;
    if (peer != NULL) {
        endpoint->peer = *peer;
    } else {
        endpoint->is_connected = weft_address_of_peer(&endpoint->peer, fd) == 0;
    }
    if (protocol != NULL) {
        status = weft_loop_watch_(loop, fd, WEFT_READ, &endpoint->readable);
    }
    if (status == 0) {
        endpoint->loop = loop;
        weft_loop_own_(loop, fd);
        weft_loop_ready_(loop, &endpoint->soon);
    }
    return status;
}

int weft_datagram_open(struct weft_datagram *endpoint, int fd,
                       const struct weft_datagram_protocol *protocol)
{
    return weft_datagram_open_(endpoint, fd, protocol, NULL);
}
