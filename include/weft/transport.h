/* transport.h - a connection whose bytes are handed to functions of yours.
 *
 * Python   asyncio.Transport, ReadTransport and WriteTransport; of the loop,
 *          connect_accepted_socket, connect_read_pipe and connect_write_pipe
 * Memory   one struct; a buffer from the loop's allocator while something is
 *          unsent; 64 KiB of the C stack while something is received
 * Moving   not while open
 * Errors   WEFT_EINVAL for a descriptor that is neither a stream socket nor a
 *          pipe nor a character device; WEFT_EALREADY for an open transport;
 *          WEFT_ECLOSED; WEFT_EINVALIDSTATE after write_eof; WEFT_EBUSY where
 *          something else reads; WEFT_ENOLOOP; -ENOTSUP; -errno; WEFT_ENOMEM
 *
 *     static const struct weft_protocol echo = {.data_received = send_back};
 *
 *     weft_transport_open(&connection->transport, fd, &echo);
 *
 * See protocol.h for what is called when. A stream stands on a transport of its
 * own, and reads when a task asks it to.
 */
#ifndef WEFT_TRANSPORT_H
#define WEFT_TRANSPORT_H

#include <sys/uio.h>

#include "weft/address.h"
#include "weft/buffer.h"
#include "weft/io.h"
#include "weft/protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

/* pause_writing comes when more than the first is unsent, and resume_writing
 * when at most the second is: asyncio's 64 KiB, and a quarter of it. */
#define WEFT_TRANSPORT_HIGH 65536
#define WEFT_TRANSPORT_LOW 16384

struct weft_wire;
struct weft_roster_;

struct weft_transport {     /* all zero: closed */
    struct weft_loop *loop; /* read-only: NULL when closed                   */
    int fd;                 /* read-only                                     */
    int error;              /* read-only: 0, or what broke the connection    */
    size_t high, low;       /* read-only: see WEFT_TRANSPORT_HIGH            */
    void *user;             /* public: yours; kept by an opening             */

    /* private */
    const struct weft_protocol *protocol;
    const struct weft_wire *wire;         /* NULL: bytes pass as they are   */
    struct weft_entry readable, writable; /* what the driver reports        */
    struct weft_buffer out;               /* not sent yet                   */
    struct weft_roster_ *roster;          /* who counts it, or NULL         */
    struct weft_node node;                /* in the roster                  */

    /* In one word, so that several are asked at once. */
    bool can_read : 1;
    bool can_write : 1;
    bool is_socket : 1;
    bool is_device : 1;
    bool is_pulled : 1;    /* read by tasks: nothing is handed over         */
    bool is_watched : 1;   /* for reading                                   */
    bool is_paused : 1;    /* pause_reading was called                      */
    bool may_read : 1;     /* the kernel may have bytes: ask before waiting */
    bool at_end : 1;       /* no more is received: the peer's end, or ours  */
    bool is_full : 1;      /* above `high`, and not yet below `low`         */
    bool ends_writing : 1; /* write_eof was called, or it is broken         */
    bool is_closing : 1;   /* close was called, or it is lost               */
    bool is_held : 1;      /* by the wire: closing waits for it             */
    bool is_lost : 1;      /* connection_lost is on its way                 */
    bool has_moved : 1;    /* has sent or was closed since the last look    */
};

/* Take over a connected stream socket, a pipe or a character device such as a
 * terminal. It becomes non-blocking, and is closed with the transport. A socket
 * goes both ways, the others as they were opened. connection_made comes in the
 * next turn. When this fails the descriptor is still yours. */
int weft_transport_open(struct weft_transport *transport, int fd,
                        const struct weft_protocol *protocol);

/* The same, and use one direction only, whatever it was opened for. The one
 * that writes is lost when the reader at the other end goes. */
int weft_connect_read_pipe(struct weft_transport *transport, int fd,
                           const struct weft_protocol *protocol);
int weft_connect_write_pipe(struct weft_transport *transport, int fd,
                            const struct weft_protocol *protocol);

static inline bool weft_transport_is_closed(
    const struct weft_transport *transport)
{
    return transport->loop == NULL;
}

/* Closed, or on the way to it? */
static inline bool weft_transport_is_closing(
    const struct weft_transport *transport)
{
    return transport->loop == NULL || transport->is_closing;
}

/* Send now what the kernel takes, and keep a copy of the rest to send it in
 * the background. 0; WEFT_ECLOSED after close; WEFT_EINVALIDSTATE after
 * write_eof; or what broke the connection. */
int weft_transport_write(struct weft_transport *transport, const void *data,
                         size_t size);

/* The same with bytes from several places, gathered by the kernel. */
int weft_transport_writelines(struct weft_transport *transport,
                              const struct iovec *parts, size_t count);

/* Send the rest, then tell the peer that no more will come; reading goes on. A
 * pipe that only writes is closed. 0, as write, or -ENOTSUP where can_write_eof
 * says no. */
int weft_transport_write_eof(struct weft_transport *transport);
bool weft_transport_can_write_eof(const struct weft_transport *transport);

/* When to pause who writes, and when to let it go on. WEFT_EINVAL when low is
 * above high. */
int weft_transport_set_write_buffer_limits(struct weft_transport *transport,
                                           size_t high, size_t low);

/* How many bytes are unsent. */
size_t weft_transport_get_write_buffer_size(
    const struct weft_transport *transport);

/* Receive nothing for now, and go on; both idempotent. Where something else has
 * begun to watch the descriptor in between, resuming breaks the connection. */
void weft_transport_pause_reading(struct weft_transport *transport);
void weft_transport_resume_reading(struct weft_transport *transport);

static inline bool weft_transport_is_reading(
    const struct weft_transport *transport)
{
    return !weft_transport_is_closing(transport) && transport->can_read &&
           !transport->is_paused && !transport->at_end;
}

/* Receive no more, send the rest in the background, then close. Harmless when
 * closed. */
void weft_transport_close(struct weft_transport *transport);

/* Close, and drop what is unsent. */
void weft_transport_abort(struct weft_transport *transport);

/* asyncio's get_extra_info: the address of the peer, and its own. 0, -errno, or
 * WEFT_ECLOSED. As a text: weft_address_text. */
static inline int weft_transport_get_peername(
    const struct weft_transport *transport, struct weft_address *address)
{
    return transport->loop == NULL
               ? WEFT_ECLOSED
               : weft_address_of_peer(address, transport->fd);
}

static inline int weft_transport_get_sockname(
    const struct weft_transport *transport, struct weft_address *address)
{
    return transport->loop == NULL
               ? WEFT_ECLOSED
               : weft_address_of_socket(address, transport->fd);
}

/* Who is called from now on. */
static inline void weft_transport_set_protocol(
    struct weft_transport *transport, const struct weft_protocol *protocol)
{
    transport->protocol = protocol;
}

static inline const struct weft_protocol *weft_transport_get_protocol(
    const struct weft_transport *transport)
{
    return transport->protocol;
}

#ifdef __cplusplus
}
#endif

#endif /* WEFT_TRANSPORT_H */
