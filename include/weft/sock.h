/* sock.h - system calls on a socket of yours, waiting where they would block.
 *
 * Python   loop.sock_recv, sock_recv_into, sock_recvfrom, sock_recvfrom_into,
 *          sock_sendall, sock_sendto, sock_connect, sock_accept
 * Memory   80 bytes (64-bit) a socket, the caller's
 * Moving   not during an await
 * Errors   -errno of the system call; WEFT_EBUSY where something else waits for
 *          the descriptor already; WEFT_ENOTASK; -ENOTSUP from a driver without
 *          descriptors; in debug mode WEFT_EINVAL for a descriptor that blocks
 *
 *     self->sock = WEFT_SOCK(fd);               in the coroutine's struct
 *
 *     AWAIT(weft_sock_sendall(&self->sock, "ping", 4));
 *     AWAIT(weft_sock_recv(&self->sock, self->data, sizeof self->data));
 *     printf("%d bytes\n", frame->value);
 *
 * The descriptor is yours: non-blocking, and yours to close. Each call is tried
 * at once, and the task waits only if it would block. One task may receive
 * while another sends.
 */
#ifndef WEFT_SOCK_H
#define WEFT_SOCK_H

#include "weft/address.h"
#include "weft/io.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_sock_verb_;

struct weft_sock {
    int fd;      /* public                                               */
    size_t sent; /* read-only: how many bytes the latest sendall has sent,
                    also when it was cancelled or has failed             */
    struct weft_sock_side_ { /* private: by enum weft_direction */
        const struct weft_sock_verb_ *verb;
        void *data;
        size_t size;
        struct weft_address *address;
    } sides[2];
};

#define WEFT_SOCK(descriptor) ((struct weft_sock){.fd = (descriptor)})

/* Under AWAIT: what has come, at most `size` bytes; frame->value is the count.
 * Of a stream, 0 at the end; of datagrams, one, and what does not fit of it is
 * lost. A cancelled call has taken nothing. */
struct weft_op weft_sock_recv(struct weft_sock *sock, void *data, size_t size)
    WEFT_MUST_AWAIT_;

/* The same, and where it comes from: `from` may be NULL. */
struct weft_op weft_sock_recvfrom(struct weft_sock *sock, void *data,
                                  size_t size, struct weft_address *from)
    WEFT_MUST_AWAIT_;

/* Under AWAIT: all of it. Look at sock->sent after a failure. */
struct weft_op weft_sock_sendall(struct weft_sock *sock, const void *data,
                                 size_t size) WEFT_MUST_AWAIT_;

/* Under AWAIT: one datagram; frame->value is its size. */
struct weft_op weft_sock_sendto(struct weft_sock *sock, const void *data,
                                size_t size, const struct weft_address *to)
    WEFT_MUST_AWAIT_;

/* Under AWAIT: until it is connected. A cancelled call leaves the socket on its
 * way; call again to go on waiting, or close it. */
struct weft_op weft_sock_connect(struct weft_sock *sock,
                                 const struct weft_address *to)
    WEFT_MUST_AWAIT_;

/* Under AWAIT: the next connection of a listening socket; frame->value is its
 * descriptor, non-blocking and yours. `from` may be NULL. */
struct weft_op weft_sock_accept(struct weft_sock *sock,
                                struct weft_address *from) WEFT_MUST_AWAIT_;

/* Between files: 0, or WEFT_EBUSY or WEFT_EINVAL as above. */
int weft_sock_refuse_(const struct weft_sock *sock,
                      enum weft_direction direction);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_SOCK_H */
