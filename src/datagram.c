/* datagram.c - an endpoint from its opening to connection_lost. */
#include "weft/datagram.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#if !defined(MSG_NOSIGNAL)
#define MSG_NOSIGNAL 0
#endif

enum { DATAGRAM_ROOM = 65536 };

/* Datagrams handed over in one turn: who sends faster than they are worked off
 * must not keep the loop to itself. */
enum { DATAGRAMS_IN_A_ROW = 16 };

/* What asyncio adds to the count of each unsent datagram. */
enum { DATAGRAM_OVERHEAD = 8 };

/* In the buffer, before the bytes of a datagram. */
struct unsent_datagram {
    size_t size;
    struct weft_address to; /* none: the peer */
};

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
static void lose_datagram(struct weft_datagram *endpoint)
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
        lose_datagram(endpoint);
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
        lose_datagram(endpoint);
    }
}

/* Behind connection_lost its memory may be anything. */
static void finish_datagram(struct weft_datagram *endpoint)
{
    const struct weft_datagram_protocol *protocol = endpoint->protocol;
    int fd = endpoint->fd;

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

static void tell_datagram_error(struct weft_datagram *endpoint, int error)
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

        if (endpoint->is_closing || !endpoint->is_made) {
            return; /* reported again, if it is early */
        }
        count = receive_datagram(endpoint, data, &from);
        if (count == WEFT_PENDING_) {
            return;
        }
        if (count < 0) {
            tell_datagram_error(endpoint, count);
        } else if (protocol->datagram_received != NULL) {
            protocol->datagram_received(endpoint, data, (size_t)count, &from);
        }
    }
}

static const struct weft_kind datagram_readable = {on_datagram,
                                                   "datagram readable", NULL};

/* ---- Sending ---- */

/* 0, WEFT_PENDING_, or a negative code. */
static int send_datagram(struct weft_datagram *endpoint, const char *data,
                         size_t size, const struct weft_address *to)
{
    ssize_t count;

    do {
        count = sendto(endpoint->fd, data, size, MSG_NOSIGNAL,
                       to->size > 0 ? WEFT_SOCKADDR(to) : NULL, to->size);
    } while (count < 0 && errno == EINTR);
    if (count >= 0) {
        return 0;
    }
    return errno == EAGAIN || errno == EWOULDBLOCK ? WEFT_PENDING_ : -errno;
}

/* The first of the buffer, which is not aligned. */
static int send_first_datagram(struct weft_datagram *endpoint)
{
    const char *place = weft_buffer_data(&endpoint->out);
    struct unsent_datagram header;
    int status;

    memcpy(&header, place, sizeof header);
    status =
        send_datagram(endpoint, place + sizeof header, header.size, &header.to);
    if (status != WEFT_PENDING_) {
        weft_buffer_consume(&endpoint->out, sizeof header + header.size);
        endpoint->unsent -= header.size + DATAGRAM_OVERHEAD;
    }
    return status;
}

static void resume_datagram_sender(struct weft_datagram *endpoint)
{
    const struct weft_datagram_protocol *protocol = endpoint->protocol;

    if (endpoint->is_full && endpoint->unsent <= endpoint->low) {
        endpoint->is_full = false;
        if (protocol != NULL && protocol->resume_writing != NULL) {
            protocol->resume_writing(endpoint); /* may send more */
        }
    }
}

static void on_datagram_room(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_datagram *endpoint =
        WEFT_OWNER(entry, struct weft_datagram, writable);
    int status = 0;

    loop->task = NULL;
    while (status == 0 && endpoint->unsent > 0) {
        status = send_first_datagram(endpoint);
    }
    if (status < 0 && status != WEFT_PENDING_ && endpoint->protocol != NULL) {
        tell_datagram_error(endpoint,
                            status); /* the others go on in the next turn */
    }
    if (!endpoint->is_lost) {
        resume_datagram_sender(endpoint);
    }
    if (!endpoint->is_lost && endpoint->unsent == 0) {
        weft_loop_unwatch_(loop, endpoint->fd, WEFT_WRITE, entry);
        if (endpoint->is_closing) {
            lose_datagram(endpoint);
        }
    }
}

static const struct weft_kind datagram_writable = {on_datagram_room,
                                                   "datagram writable", NULL};

static int keep_datagram(struct weft_datagram *endpoint, const void *data,
                         size_t size, const struct weft_address *to)
{
    struct unsent_datagram header;
    char *place = weft_buffer_reserve(&endpoint->out, endpoint->loop->allocator,
                                      sizeof header + size);
    int status = 0;

    if (place == NULL) {
        return WEFT_ENOMEM;
    }
    if (endpoint->unsent == 0) {
        status = weft_loop_watch_(endpoint->loop, endpoint->fd, WEFT_WRITE,
                                  &endpoint->writable);
    }
    if (status < 0) {
        return status;
    }
    memset(&header, 0, sizeof header);
    header.size = size;
    header.to = *to;
    memcpy(place, &header, sizeof header);
    if (size > 0) { /* else `data` may be NULL */
        memcpy(place + sizeof header, data, size);
    }
    weft_buffer_added(&endpoint->out, sizeof header + size);
    endpoint->unsent += size + DATAGRAM_OVERHEAD;
    return 0;
}

static void pause_datagram_sender(struct weft_datagram *endpoint)
{
    const struct weft_datagram_protocol *protocol = endpoint->protocol;

    if (!endpoint->is_full && endpoint->unsent > endpoint->high) {
        endpoint->is_full = true;
        if (protocol != NULL && protocol->pause_writing != NULL) {
            protocol->pause_writing(endpoint);
        }
    }
}

int weft_datagram_sendto(struct weft_datagram *endpoint, const void *data,
                         size_t size, const struct weft_address *to)
{
    static const struct weft_address nowhere; /* the kernel's peer */
    bool has_peer = endpoint->peer.size > 0;
    int status = WEFT_PENDING_;

    if (weft_datagram_is_closing(endpoint)) {
        return WEFT_ECLOSED;
    }
    if (to == NULL ? !has_peer
                   : has_peer && !weft_address_equal(to, &endpoint->peer)) {
        return WEFT_EINVAL;
    }
    if (has_peer) {
        to = endpoint->is_connected ? &nowhere : &endpoint->peer;
    }
    if (endpoint->unsent == 0) {
        status = send_datagram(endpoint, data, size, to);
    }
    if (status == WEFT_PENDING_) {
        status = keep_datagram(endpoint, data, size, to);
        if (status == 0) {
            pause_datagram_sender(endpoint);
        }
    }
    return status;
}

int weft_datagram_set_write_buffer_limits(struct weft_datagram *endpoint,
                                          size_t high, size_t low)
{
    if (low > high) {
        return WEFT_EINVAL;
    }
    endpoint->high = high;
    endpoint->low = low;
    if (!weft_datagram_is_closed(endpoint)) {
        pause_datagram_sender(endpoint);
    }
    return 0;
}

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
    endpoint->writable.kind = &datagram_writable;
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
        weft_loop_ready_(loop, &endpoint->soon);
    }
    return status;
}

int weft_datagram_open(struct weft_datagram *endpoint, int fd,
                       const struct weft_datagram_protocol *protocol)
{
    return weft_datagram_open_(endpoint, fd, protocol, NULL);
}
