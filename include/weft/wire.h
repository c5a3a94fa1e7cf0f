/* wire.h - what may stand between a transport and its descriptor. You need this
 * to write TLS, and not to use a transport.
 *
 * Python   the half of asyncio.sslproto that faces the socket
 * Memory   one table of functions, alone or inside of a wire's own struct
 * Moving   a wire's struct not while a transport uses it
 * Errors   each function's are those of the connection, and break it
 *
 *     struct secret {
 *         struct weft_wire wire;                from transport->wire to this:
 *         ...                                   WEFT_OWNER
 *     };
 *
 *     static int receive_secret(struct weft_transport *transport, char *data,
 *                               size_t size)
 *     {
 *         int count = weft_wire_receive_(transport, cipher, sizeof cipher);
 *         ...
 *     }
 *
 *     transport->wire = &secret->wire;          after the opening
 *
 * Transports and streams call the functions of their wire, which call those
 * below in turn. Without a wire these are called at once.
 */
#ifndef WEFT_WIRE_H
#define WEFT_WIRE_H

#include "weft/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_wire {
    /* At most `size` bytes: their count, 0 at the end, WEFT_PENDING_ when there
     * are none for now, or a negative code. Asked only while
     * transport->may_read, and sets it: may there be more, in the wire or in
     * the kernel? */
    int (*receive)(struct weft_transport *transport, char *data, size_t size);

    /* Send all of it, now or in the background. 0 or a negative code. */
    int (*send)(struct weft_transport *transport, const struct iovec *parts,
                size_t count);

    /* write_eof or close was called: the last that is sent comes from here. May
     * be NULL. The error of a peer that is gone already is nobody's. When the
     * close has to wait for an answer: set transport->is_held, and call
     * weft_transport_let_go_ later; abort does not wait. */
    void (*end)(struct weft_transport *transport);

    /* The transport is closed, and forgets the wire. May be NULL. */
    void (*close)(struct weft_transport *transport);

    bool can_write_eof; /* the end of one direction can be told */

    /* What it has taken and cannot send yet counts as unsent. When that becomes
     * less: weft_transport_sent_. */
    size_t kept;
};

/* The descriptor as it is. To receive gives what the function above gives. To
 * send keeps the rest in transport->out; 0 or a negative code. */
int weft_wire_receive_(struct weft_transport *transport, char *data,
                       size_t size);
int weft_wire_send_(struct weft_transport *transport, const struct iovec *parts,
                    size_t count);

/* Less is unsent than before: who was paused may go on. */
void weft_transport_sent_(struct weft_transport *transport);

/* ---- Between files ---- */

enum { WEFT_READS_ = 1, WEFT_WRITES_ = 2 };

/* Open in these directions, or in those of the descriptor: 0. A pulled one
 * calls nothing but connection_lost and resume_writing, both at once:
 * connection_lost when it breaks, and again, with is_lost set, before it is
 * closed. */
int weft_transport_open_(struct weft_transport *transport, int fd,
                         const struct weft_protocol *protocol, int directions,
                         bool is_pulled);

/* What kind of descriptor it is: fills in is_socket, can_read, can_write. */
int weft_transport_examine_(struct weft_transport *transport, int fd,
                            int directions);

/* Through the wire: as its functions, but an error breaks the connection. */
int weft_transport_receive_(struct weft_transport *transport, char *data,
                            size_t size);
int weft_transport_send_(struct weft_transport *transport,
                         const struct iovec *parts, size_t count);

/* For reading; 0 when it is watched. */
int weft_transport_watch_(struct weft_transport *transport);
void weft_transport_unwatch_(struct weft_transport *transport);

/* The transport has broken, or has nothing left to do: no more is received or
 * sent, and connection_lost comes. */
void weft_transport_lose_(struct weft_transport *transport, int error);

/* Called now and then: when it is closed, and its peer has taken nothing of the
 * rest since the last call, it is lost with WEFT_ETIMEOUT. */
void weft_transport_sweep_(struct weft_transport *transport);

/* The wire that held the closing has its answer, or wants it no more. */
void weft_transport_let_go_(struct weft_transport *transport);

/* Close it here and now, and call connection_lost. */
void weft_transport_finish_(struct weft_transport *transport);

/* As sendmsg, to a pipe, and without SIGPIPE. */
int weft_pipe_send_(int fd, const struct iovec *parts, size_t count);

/* Around a system call that has no flag against SIGPIPE: hold it back in this
 * thread; let it through again, without the one that the call has raised. */
struct weft_held_sigpipe_ {
    bool was_there;
    bool was_blocked;
};
void weft_sigpipe_hold_(struct weft_held_sigpipe_ *held);
void weft_sigpipe_let_go_(const struct weft_held_sigpipe_ *held,
                          bool is_raised);

/* What the driver reports of a transport. */
extern const struct weft_kind weft_transport_made_;
extern const struct weft_kind weft_transport_readable_;
extern const struct weft_kind weft_transport_writable_;
extern const struct weft_kind weft_transport_lost_;

/* Who is told when one of its transports has closed: a server. */
struct weft_roster_ {
    struct weft_list transports;
    size_t count;
    void (*on_leave)(struct weft_roster_ *roster);
};
void weft_roster_enter_(struct weft_roster_ *roster,
                        struct weft_transport *transport);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_WIRE_H */
