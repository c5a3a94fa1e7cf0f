/* datagram_send.c - sending at once, or later and in order. */
#include "weft/datagram.h"

#include <errno.h>
#include <sys/socket.h>

#if !defined(MSG_NOSIGNAL)
#define MSG_NOSIGNAL 0
#endif

/* What asyncio adds to the count of each unsent datagram. */
enum { DATAGRAM_OVERHEAD = 8 };

/* In the buffer, before the bytes of a datagram. */
struct unsent_datagram {
    size_t size;
    struct weft_address to; /* none: the peer */
};

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
        weft_datagram_tell_error_(
            endpoint, status); /* the others go on in the next turn */
    }
    if (!endpoint->is_lost) {
        resume_datagram_sender(endpoint);
    }
    if (!endpoint->is_lost && endpoint->unsent == 0) {
        weft_loop_unwatch_(loop, endpoint->fd, WEFT_WRITE, entry);
        if (endpoint->is_closing) {
            weft_datagram_lose_(endpoint);
        }
    }
}

const struct weft_kind weft_datagram_writable_ = {on_datagram_room,
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
