/* datagram.h - messages without a connection, handed to functions of yours.
 *
 * Python   loop.create_datagram_endpoint, asyncio.DatagramTransport and
 *          asyncio.DatagramProtocol
 * Memory   one struct; a buffer from the loop's allocator while something is
 *          unsent; 64 KiB of the C stack while something is received
 * Moving   not while open
 * Errors   WEFT_EALREADY for an open endpoint; WEFT_EINVAL for a stream's
 *          socket, for an address beside the peer's, for addresses of different
 *          families; WEFT_ENAME; -errno; WEFT_ECLOSED; WEFT_ENOMEM; -ENOTSUP
 *
 *     struct echo {
 *         struct weft_datagram endpoint;
 *     };
 *
 *     static void send_back(struct weft_datagram *endpoint, const char *data,
 *                           size_t size, const struct weft_address *from)
 *     {
 *         weft_datagram_sendto(endpoint, data, size, from);
 *     }
 *
 *     static const struct weft_datagram_protocol echo =
 *         {.datagram_received = send_back};
 *
 *     AWAIT(CALL(&self->create, weft_create_datagram_endpoint,
 *                .endpoint = &echo->endpoint, .protocol = &echo,
 *                .local_host = "127.0.0.1", .local_port = "9999"));
 *
 * Tasks that would rather await their datagrams give no protocol, and use the
 * endpoint's descriptor with sock.h: the kernel's queue is the buffer.
 */
#ifndef WEFT_DATAGRAM_H
#define WEFT_DATAGRAM_H

#include "weft/address.h"
#include "weft/buffer.h"
#include "weft/io.h"
#include "weft/resolve.h"

#ifdef __cplusplus
extern "C" {
#endif

/* pause_writing comes when more than the first is unsent, and resume_writing
 * when at most the second is: asyncio's 64 KiB, and a quarter of it. */
#define WEFT_DATAGRAM_HIGH 65536
#define WEFT_DATAGRAM_LOW 16384

struct weft_datagram;

/* Each function may be missing. All but pause_writing are called by the loop,
 * never out of a function of yours. */
struct weft_datagram_protocol {
    /* In the turn after the opening. */
    void (*connection_made)(struct weft_datagram *endpoint);

    /* One datagram, perhaps empty. All is good during the call. */
    void (*datagram_received)(struct weft_datagram *endpoint, const char *data,
                              size_t size, const struct weft_address *from);

    /* The system told of an error: of something sent before, most often. The
     * endpoint stays open. -EMSGSIZE for a datagram of more than 64 KiB. */
    void (*error_received)(struct weft_datagram *endpoint, int error);

    /* It is closed, and its memory yours. Comes once and last; `error` is 0. Its
     * descriptor is still open during the call. */
    void (*connection_lost)(struct weft_datagram *endpoint, int error);

    /* More than `high` bytes are unsent: stop sending, if you can. Called
     * inside of sendto. Then: at most `low` are left. */
    void (*pause_writing)(struct weft_datagram *endpoint);
    void (*resume_writing)(struct weft_datagram *endpoint);
};

struct weft_datagram {        /* all zero: closed */
    struct weft_loop *loop;   /* read-only: NULL when closed                 */
    int fd;                   /* read-only                                   */
    size_t high, low;         /* read-only: see WEFT_DATAGRAM_HIGH           */
    struct weft_address peer; /* read-only: where all goes to; or none       */
    void *user;               /* public: yours; kept by an opening           */

    /* private */
    const struct weft_datagram_protocol *protocol; /* NULL: tasks receive   */
    struct weft_entry readable, writable;          /* what the driver reports */
    struct weft_entry soon; /* connection_made, later connection_lost */
    struct weft_buffer out; /* not sent yet, each with its address     */
    size_t unsent;          /* bytes in it, by asyncio's count         */
    bool is_connected;      /* the kernel knows the peer               */
    bool is_made;           /* connection_made was called              */
    bool is_full;           /* above `high`, and not yet below `low`   */
    bool is_closing;
    bool is_lost; /* connection_lost is on its way */
};

/* Take over a datagram socket, bound and connected as you like. It becomes
 * non-blocking, and is closed with the endpoint. When this fails it is still
 * yours. */
int weft_datagram_open(struct weft_datagram *endpoint, int fd,
                       const struct weft_datagram_protocol *protocol);

static inline bool weft_datagram_is_closed(const struct weft_datagram *endpoint)
{
    return endpoint->loop == NULL;
}

/* Closed, or on the way to it? */
static inline bool weft_datagram_is_closing(
    const struct weft_datagram *endpoint)
{
    return endpoint->loop == NULL || endpoint->is_closing;
}

/* Send one datagram, also an empty one, now or in the background. `to` NULL is
 * the peer; no other address is allowed where there is one. 0; WEFT_EINVAL;
 * WEFT_ECLOSED after close; WEFT_ENOMEM; or the -errno of sending it now, after
 * which it is gone and the endpoint as before. Never waits. */
int weft_datagram_sendto(struct weft_datagram *endpoint, const void *data,
                         size_t size, const struct weft_address *to);

/* When to pause who sends, and when to let it go on; each datagram counts as 8
 * bytes more than it has. WEFT_EINVAL when low is above high. */
int weft_datagram_set_write_buffer_limits(struct weft_datagram *endpoint,
                                          size_t high, size_t low);

static inline size_t weft_datagram_get_write_buffer_size(
    const struct weft_datagram *endpoint)
{
    return endpoint->unsent;
}

/* Receive no more, send the rest in the background, then close. Harmless when
 * closed. */
void weft_datagram_close(struct weft_datagram *endpoint);

/* Close, and drop what is unsent. */
void weft_datagram_abort(struct weft_datagram *endpoint);

/* Make a socket and open an endpoint on it, which then has had its
 * connection_made. Bound to a local address, or connected to a remote one, or
 * both; with neither, of `family` alone. A Unix socket's file of that name that
 * nobody uses is replaced. */
struct weft_create_datagram_endpoint {
    struct weft_frame frame;

    /* public */
    struct weft_datagram *endpoint;
    const struct weft_datagram_protocol *protocol; /* NULL: see above        */
    const char *local_host, *local_port;   /* names or numbers; NULL, NULL: do
                                              not bind                       */
    const char *remote_host, *remote_port; /* NULL, NULL: do not connect     */
    const char *local_path, *remote_path;  /* of Unix sockets                */
    int family;                            /* AF_INET, AF_INET6, AF_UNIX; 0:
                                              of the addresses               */
    bool reuse_port;                       /* SO_REUSEPORT                   */
    bool allow_broadcast;                  /* SO_BROADCAST; a remote address is
                                              sent to, but not connected     */

    /* private */
    struct weft_lookup local, remote;
    int error;
};

/* A coroutine: for CALL, SPAWN or START. */
struct weft_async weft_create_datagram_endpoint(struct weft_frame *frame);

/* Between files: connection_lost is to come; error_received; what the driver
 * reports; and an opening with a peer that the kernel does not know. */
void weft_datagram_lose_(struct weft_datagram *endpoint);
void weft_datagram_tell_error_(struct weft_datagram *endpoint, int error);
extern const struct weft_kind weft_datagram_writable_;
int weft_datagram_open_(struct weft_datagram *endpoint, int fd,
                        const struct weft_datagram_protocol *protocol,
                        const struct weft_address *peer);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_DATAGRAM_H */
