/* transport_write.c - writing: at once what the kernel takes, the rest later.
 */
#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

#include "weft/transport.h"
#include "weft/wire.h"

#if !defined(MSG_NOSIGNAL)
#define MSG_NOSIGNAL 0
#endif

/* How many places the kernel gathers from: every system takes so many. */
enum { GATHERED = 16 };

static bool is_for_later(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static ssize_t send_to_socket(int fd, const struct iovec *parts, size_t count)
{
    struct msghdr message = {0};

    if (count == 1) {
        return send(fd, parts->iov_base, parts->iov_len, MSG_NOSIGNAL);
    }
    message.msg_iov = (struct iovec *)(uintptr_t)parts; /* is not changed */
    message.msg_iovlen = count;
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

/* Send what the kernel takes: the count, or a negative code. */
static ssize_t send_some(struct weft_transport *transport,
                         const struct iovec *parts, size_t count)
{
    ssize_t sent;

    do {
        sent = transport->is_socket
                   ? send_to_socket(transport->fd, parts, count)
                   : weft_pipe_send_(transport->fd, parts, count);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        return is_for_later(errno) ? 0 : -errno;
    }
    return sent;
}

/* Keep for the background all but the first `sent` bytes. */
static int send_later(struct weft_transport *transport,
                      const struct iovec *parts, size_t count, size_t sent)
{
    bool is_first = transport->out.size == 0;

    for (size_t i = 0; i < count; i++) {
        size_t size = parts[i].iov_len;
        size_t skipped = sent < size ? sent : size;
        int status = 0;

        if (size > skipped) {
            status = weft_buffer_append(
                &transport->out, transport->loop->allocator,
                (const char *)parts[i].iov_base + skipped, size - skipped);
        }
        if (status < 0) {
            return status;
        }
        sent -= skipped;
    }
    return is_first && transport->out.size > 0
               ? weft_loop_watch_(transport->loop, transport->fd, WEFT_WRITE,
                                  &transport->writable)
               : 0;
}

static size_t size_of_parts(const struct iovec *parts, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++) {
        size += parts[i].iov_len;
    }
    return size;
}

int weft_wire_send_(struct weft_transport *transport, const struct iovec *parts,
                    size_t count)
{
    size_t sent = 0;
    size_t size = 0;

    while (transport->out.size == 0 && sent == size && count > 0) {
        size_t some = count < GATHERED ? count : GATHERED;
        ssize_t result;

        size = size_of_parts(parts, some);
        result = size > 0 ? send_some(transport, parts, some) : 0;
        if (result < 0) {
            return (int)result;
        }
        sent = (size_t)result;
        if (sent == size) {
            parts += some;
            count -= some;
            sent = size = 0;
        }
    }
    return count > 0 ? send_later(transport, parts, count, sent) : 0;
}

/* ---- How much is unsent ---- */

size_t weft_transport_get_write_buffer_size(
    const struct weft_transport *transport)
{
    return transport->out.size +
           (transport->wire != NULL ? transport->wire->kept : 0);
}

static void pause_if_full(struct weft_transport *transport)
{
    if (!transport->is_full &&
        weft_transport_get_write_buffer_size(transport) > transport->high) {
        transport->is_full = true;
        if (transport->protocol->pause_writing != NULL) {
            transport->protocol->pause_writing(transport);
        }
    }
}

void weft_transport_sent_(struct weft_transport *transport)
{
    if (transport->is_full &&
        weft_transport_get_write_buffer_size(transport) <= transport->low) {
        transport->is_full = false;
        if (transport->protocol->resume_writing != NULL) {
            transport->protocol->resume_writing(transport);
        }
    }
}

/* ---- In the background ---- */

static void go_on_sending(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_transport *transport =
        WEFT_OWNER(entry, struct weft_transport, writable);
    struct weft_buffer *out = &transport->out;
    struct iovec part = {weft_buffer_data(out), out->size};
    ssize_t sent = send_some(transport, &part, 1);

    loop->task = NULL;
    if (sent < 0) {
        weft_transport_lose_(transport, (int)sent);
        return;
    }
    weft_buffer_consume(out, (size_t)sent);
    transport->has_moved = transport->has_moved || sent > 0;
    weft_transport_sent_(transport);
    if (transport->is_lost || out->size > 0) {
        return;
    }
    weft_loop_unwatch_(loop, transport->fd, WEFT_WRITE, entry);
    weft_buffer_close(out, loop->allocator);
    if (transport->is_held) {
        return;
    }
    if (transport->is_closing) {
        weft_transport_finish_(transport);
    } else if (transport->ends_writing) {
        shutdown(transport->fd, SHUT_WR);
    }
}

const struct weft_kind weft_transport_writable_ = {go_on_sending, "writable",
                                                   NULL};

/* ---- For everybody ---- */

static int check_writable(const struct weft_transport *transport)
{
    if (transport->error < 0) {
        return transport->error;
    }
    if (weft_transport_is_closing(transport)) {
        return WEFT_ECLOSED;
    }
    return transport->ends_writing || !transport->can_write ? WEFT_EINVALIDSTATE
                                                            : 0;
}

/* After sending: an error means that a part is sent, and the rest is not. */
static int settle(struct weft_transport *transport, int status)
{
    if (status < 0) {
        weft_transport_lose_(transport, status);
        return status;
    }
    pause_if_full(transport);
    return 0;
}

int weft_transport_send_(struct weft_transport *transport,
                         const struct iovec *parts, size_t count)
{
    return settle(transport,
                  transport->wire == NULL
                      ? weft_wire_send_(transport, parts, count)
                      : transport->wire->send(transport, parts, count));
}

int weft_transport_writelines(struct weft_transport *transport,
                              const struct iovec *parts, size_t count)
{
    int status = check_writable(transport);

    return status < 0 ? status : weft_transport_send_(transport, parts, count);
}

WEFT_APART_ static int write_in_any_state(struct weft_transport *transport,
                                          const struct iovec *part)
{
    int status = check_writable(transport);

    return status < 0 || part->iov_len == 0
               ? status
               : weft_transport_send_(transport, part, 1);
}

/* The kernel has not taken all of it. */
WEFT_APART_ static int write_rest(struct weft_transport *transport,
                                  const struct iovec *part, ssize_t sent)
{
    if (sent < 0 && !is_for_later(errno)) {
        return settle(transport, -errno);
    }
    return settle(transport,
                  send_later(transport, part, 1, sent < 0 ? 0 : (size_t)sent));
}

/* The short way for what is frequent: an open socket with nothing unsent. */
int weft_transport_write(struct weft_transport *transport, const void *data,
                         size_t size)
{
    struct iovec part = {(void *)(uintptr_t)data, size};
    ssize_t sent;

    if (!transport->can_write || !transport->is_socket ||
        transport->ends_writing || transport->is_closing ||
        transport->wire != NULL || transport->out.size > 0 || size == 0) {
        return write_in_any_state(transport, &part);
    }
    sent = send(transport->fd, data, size, MSG_NOSIGNAL);
    return WEFT_LIKELY_(sent == (ssize_t)size)
               ? 0
               : write_rest(transport, &part, sent);
}

bool weft_transport_can_write_eof(const struct weft_transport *transport)
{
    return transport->wire != NULL
               ? transport->wire->can_write_eof
               : transport->can_write &&
                     (transport->is_socket || !transport->can_read);
}

int weft_transport_write_eof(struct weft_transport *transport)
{
    int status = check_writable(transport);

    if (transport->ends_writing || status < 0) {
        return transport->ends_writing && status == WEFT_EINVALIDSTATE
                   ? 0 /* twice is once */
                   : status;
    }
    if (!weft_transport_can_write_eof(transport)) {
        return -ENOTSUP;
    }
    if (!transport->can_read) {
        weft_transport_close(transport);
        return 0;
    }
    transport->ends_writing = true;
    if (transport->wire != NULL && transport->wire->end != NULL) {
        transport->wire->end(transport);
    }
    if (transport->out.size == 0) {
        shutdown(transport->fd, SHUT_WR);
    }
    return 0;
}

int weft_transport_set_write_buffer_limits(struct weft_transport *transport,
                                           size_t high, size_t low)
{
    if (low > high) {
        return WEFT_EINVAL;
    }
    transport->high = high;
    transport->low = low;
    if (!weft_transport_is_closing(transport)) {
        pause_if_full(transport);
    }
    return 0;
}
