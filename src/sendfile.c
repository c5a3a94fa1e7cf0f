/* sendfile.c - let the kernel send a file, or copy it piece by piece. */
#include "weft/sendfile.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/sendfile.h>
#endif

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"
#include "weft/wire.h"

/* What one system call may send: other tasks have their turns in between. */
enum { SENT_AT_ONCE = 1 << 20 };

/* How much to send next, at most `most`: 0 when all is sent. */
static size_t next_of_file(const struct weft_sendfile *self, size_t most)
{
    int64_t left = self->count - self->sent;

    return self->count == 0 || left > (int64_t)most ? most : (size_t)left;
}

/* ---- By the kernel ---- */

/* As sendfile(2): it has no flag against SIGPIPE. */
static ssize_t call_sendfile(int to, int from, int64_t offset, size_t size)
{
#if defined(__linux__)
    struct weft_held_sigpipe_ held;
    off_t position = (off_t)offset;
    ssize_t count;

    weft_sigpipe_hold_(&held);
    do {
        count = sendfile(to, from, &position, size);
    } while (count < 0 && errno == EINTR);
    weft_sigpipe_let_go_(&held, count < 0 && errno == EPIPE);
    return count;
#else
    (void)to, (void)from, (void)offset, (void)size;
    errno = ENOSYS;
    return -1;
#endif
}

int weft_sendfile_natively_(struct weft_sendfile *self, int to)
{
    ssize_t count = call_sendfile(to, self->fd, self->offset + self->sent,
                                  next_of_file(self, SENT_AT_ONCE));

    if (count >= 0) {
        self->sent += count;
        self->is_done = count == 0 || next_of_file(self, 1) == 0;
        return self->is_done ? 0 : WEFT_PENDING_;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
        return WEFT_PENDING_;
    }
    if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) {
        self->copies = true;
        return 0;
    }
    return -errno;
}

static struct weft_op send_by_kernel(struct weft_sendfile *self)
{
    int status;

    if (self->sock == NULL) {
        return weft_sendfile_to_transport_(self);
    }
    status = weft_sendfile_natively_(self, self->sock->fd);
    return status == WEFT_PENDING_ ? weft_wait_writable(self->sock->fd)
                                   : weft_op_(status);
}

/* ---- Copying ---- */

/* In a thread. */
static int read_for_sendfile(void *arg)
{
    struct weft_sendfile *self = arg;
    ssize_t count;

    do {
        count = pread(self->fd, self->piece,
                      next_of_file(self, WEFT_SENDFILE_PIECE),
                      (off_t)(self->offset + self->sent));
    } while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : (int)count;
}

static int begin_copying(struct weft_sendfile *self)
{
    if (self->native_only) {
        return -ENOTSUP;
    }
    self->piece =
        weft_allocate_(weft_loop_current_->allocator, WEFT_SENDFILE_PIECE);
    return self->piece == NULL ? WEFT_ENOMEM : 0;
}

static struct weft_op send_piece_of_file(struct weft_sendfile *self, int size)
{
    return self->sock != NULL
               ? weft_sock_sendall(self->sock, self->piece, (size_t)size)
               : weft_sendfile_copy_(self, (size_t)size);
}

/* The socket has counted what sendall has sent: all of it, or less than that
 * when it was cancelled or has failed. */
static void count_sent_by_sock(struct weft_sendfile *self)
{
    if (self->sock != NULL && self->is_begun) {
        self->sent += (int64_t)self->sock->sent;
        self->sock->sent = 0;
    }
}

/* ---- The coroutine ---- */

static int take_sock(struct weft_sendfile *self)
{
    int status = weft_sock_refuse_(self->sock, WEFT_WRITE);
    int type = SOCK_STREAM;
    socklen_t size = sizeof type;

    if (getsockopt(self->sock->fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0) {
        return -errno;
    }
    if (type != SOCK_STREAM) {
        return WEFT_EINVAL; /* nobody wants a file in datagrams */
    }
    if (status == 0) {
        self->sock->sent = 0;
        self->is_begun = true;
    }
    return status;
}

static int begin_sendfile(struct weft_sendfile *self)
{
    struct stat file;

    if (self->offset < 0 || self->count < 0 ||
        (self->transport == NULL) == (self->sock == NULL)) {
        return WEFT_EINVAL;
    }
    if (weft_loop_current_->task == NULL) {
        return WEFT_ENOTASK;
    }
    if (fstat(self->fd, &file) < 0) {
        return -errno;
    }
    return self->sock != NULL ? take_sock(self) : weft_sendfile_borrow_(self);
}

struct weft_async weft_sendfile(struct weft_frame *frame)
{
    int status;

    ASYNC_BEGIN(weft_sendfile);
    status = begin_sendfile(self);
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    ASYNC_AWAIT(weft_sendfile_drain_(self));
    while (!self->is_done && !self->copies) {
        ASYNC_AWAIT(send_by_kernel(self));
    }
    status = self->is_done ? 0 : begin_copying(self);
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    while (!self->is_done && next_of_file(self, 1) > 0) {
        ASYNC_AWAIT(
            weft_run_in_executor(&self->job, NULL, read_for_sendfile, self));
        if (frame->value == 0) {
            break;
        }
        ASYNC_AWAIT(send_piece_of_file(self, frame->value));
        count_sent_by_sock(self);
    }
    ASYNC_FINALLY
    weft_free_(weft_loop_current_->allocator, self->piece, WEFT_SENDFILE_PIECE);
    count_sent_by_sock(self);
    weft_sendfile_give_back_(self);
    ASYNC_END;
}
