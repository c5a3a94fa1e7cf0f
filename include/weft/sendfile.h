/* sendfile.h - a file, or a part of it, to a transport, a stream or a socket.
 *
 * Python   loop.sendfile, loop.sock_sendfile
 * Memory   a coroutine's struct of the caller's, for the length of the call;
 *          64 KiB of the loop's allocator where the kernel cannot do it alone
 * Moving   not during the await
 * Errors   WEFT_ECLOSED; WEFT_EBUSY while another one is under way;
 *          WEFT_EINVALIDSTATE after write_eof; WEFT_EINVAL for a negative
 *          offset or count, or for datagrams; -ENOTSUP with native_only; -errno
 *          of the file or the connection; WEFT_ENOMEM
 *
 *     struct weft_sendfile sendfile;            in the coroutine's struct
 *
 *     AWAIT(CALL(&self->sendfile, weft_sendfile, .transport =
 *                &self->stream.transport, .fd = self->fd));
 *     printf("%lld bytes\n", (long long)self->sendfile.sent);
 *
 * With sendfile(2) the bytes go from the file to the socket without a copy of
 * ours. Where that is not possible, with TLS or to a pipe, they are read in a
 * thread, piece by piece, and written.
 */
#ifndef WEFT_SENDFILE_H
#define WEFT_SENDFILE_H

#include "weft/executor.h"
#include "weft/sock.h"
#include "weft/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WEFT_SENDFILE_PIECE = 65536 }; /* read at once, where it is copied */

struct weft_sendfile {
    struct weft_frame frame;
    struct weft_transport *transport; /* public: where to, or ...          */
    struct weft_sock *sock;           /* public: ... where to              */
    int fd;           /* public: the file; its own place in it is not used */
    bool native_only; /* public: fail rather than copy                     */
    int64_t offset;   /* public: from here on                              */
    int64_t count;    /* public: so much at most; 0 for all up to the end  */
    int64_t sent;     /* read-only: so much of it has gone out, or will: also
                         after a failure or a cancellation                 */

    /* private */
    bool copies; /* the kernel cannot do it alone            */
    bool is_begun;
    bool is_done;     /* the kernel has all of it                */
    bool was_reading; /* the transport, ...                      */
    bool was_full;
    size_t high, low;                   /* ... its own limits, ...        */
    const struct weft_protocol *before; /* ... its own protocol, ...      */
    struct weft_protocol protocol;      /* ... and the one it has instead */
    int error;                          /* what it was lost with          */
    struct weft_list waiters;           /* the task                       */
    struct weft_job job;
    char *piece;
};

/* A coroutine: for CALL, SPAWN or START. Sends what is unsent first. Until it
 * is over, a write to the transport is refused with WEFT_EINVALIDSTATE, and a
 * protocol is given no data. A file that ends early is no error: look at
 * `sent`. */
struct weft_async weft_sendfile(struct weft_frame *frame);

/* ---- Between files ---- */

/* The transport is ours until it is given back, which is idempotent. */
int weft_sendfile_borrow_(struct weft_sendfile *self);
void weft_sendfile_give_back_(struct weft_sendfile *self);

/* Under AWAIT: until nothing is unsent; by the kernel, what it can; or so much
 * of self->piece. */
struct weft_op weft_sendfile_drain_(struct weft_sendfile *self)
    WEFT_MUST_AWAIT_;
struct weft_op weft_sendfile_to_transport_(struct weft_sendfile *self)
    WEFT_MUST_AWAIT_;
struct weft_op weft_sendfile_copy_(struct weft_sendfile *self, size_t size)
    WEFT_MUST_AWAIT_;

/* One system call: WEFT_PENDING_ when there is more to do, 0 and self->is_done,
 * or a negative code. Where the kernel knows no way, 0 and self->copies. */
int weft_sendfile_natively_(struct weft_sendfile *self, int to);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_SENDFILE_H */
