/* sendfile.c - let the kernel send a file, or copy it piece by piece. */
#include "weft/sendfile.h"

#include <errno.h>
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

/* One call: 0 at the end, WEFT_PENDING_ when there is more to do, or a negative
 * code. Where the kernel knows no way, 0 and self->copies. */
static int send_natively(struct weft_sendfile *self, int to)
{
    size_t size = next_of_file(self, SENT_AT_ONCE);
    ssize_t count;

    if (size == 0) {
        return 0;
    }
    count = call_sendfile(to, self->fd, self->offset + self->sent, size);
    if (count > 0) {
        self->sent += count;
        return next_of_file(self, 1) > 0 ? WEFT_PENDING_ : 0;
    }
    if (count == 0 || errno == EAGAIN || errno == EWOULDBLOCK) {
        return count == 0 ? 0 : WEFT_PENDING_;
    }
    if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) {
        self->copies = true;
        return 0;
    }
    return -errno;
}

/* What went wrong with the file, and not with the connection. */
static bool is_of_file(int error)
{
    return error == -EIO || error == -EBADF || error == -EOVERFLOW ||
           error == -ESPIPE || error == -EISDIR || error == -ENOMEM;
}

/* ---- Of a transport ---- */

static void go_on_with_sendfile(struct weft_loop *loop,
                                struct weft_entry *entry);

static const struct weft_kind sendfile_writable = {go_on_with_sendfile,
                                                   "sendfile", NULL};

static struct weft_sendfile *sendfile_of(struct weft_transport *transport)
{
    return WEFT_OWNER(transport->protocol, struct weft_sendfile, protocol);
}

static void stop_sending_natively(struct weft_transport *transport)
{
    weft_loop_unwatch_(transport->loop, transport->fd, WEFT_WRITE,
                       &transport->writable);
    transport->writable.kind = &weft_transport_writable_;
}

/* It is full only if it was so without us. Who waits for it to drain must not
 * wait for ever. */
static void stop_emptying(struct weft_sendfile *self)
{
    struct weft_transport *transport = self->transport;

    self->is_emptying = false;
    transport->low = self->low;
    if (transport->is_full && !self->was_full) {
        transport->is_full = false;
        if (transport->is_pulled) {
            self->before->resume_writing(transport);
        }
    }
}

/* The transport is as it was, and no longer ours. */
static void give_transport_back(struct weft_sendfile *self)
{
    struct weft_transport *transport = self->transport;

    if (!self->is_begun) {
        return;
    }
    self->is_begun = false;
    transport->protocol = self->before;
    transport->can_write = true;
    if (transport->writable.kind == &sendfile_writable) {
        stop_sending_natively(transport);
    }
    if (self->is_emptying) {
        stop_emptying(self);
    }
    if (self->was_reading) {
        weft_transport_resume_reading(transport);
    }
}

static void lose_in_sendfile(struct weft_transport *transport, int error)
{
    struct weft_sendfile *self = sendfile_of(transport);

    self->was_reading = false; /* there is nothing more to read */
    self->error = error < 0 ? error : WEFT_ECLOSED;
    weft_task_wake_first_(&self->waiters);
    give_transport_back(self);
    if (self->before->connection_lost != NULL) {
        self->before->connection_lost(transport, error);
    }
}

static void pause_in_sendfile(struct weft_transport *transport)
{
    struct weft_sendfile *self = sendfile_of(transport);

    self->was_full = true;
    if (self->before->pause_writing != NULL) {
        self->before->pause_writing(transport);
    }
}

static void resume_in_sendfile(struct weft_transport *transport)
{
    struct weft_sendfile *self = sendfile_of(transport);
    bool tells = self->was_full || transport->is_pulled;

    self->was_full = false;
    if (self->is_emptying) {
        self->is_emptying = false;
        transport->low = self->low;
    }
    weft_task_wake_first_(&self->waiters);
    if (tells && self->before->resume_writing != NULL) {
        self->before->resume_writing(transport);
    }
}

/* For as long as it lasts, the transport refuses to write, since it cannot, and
 * tells us what happens to it. */
static int take_transport(struct weft_sendfile *self)
{
    struct weft_transport *transport = self->transport;

    if (transport->error < 0) {
        return transport->error;
    }
    if (weft_transport_is_closing(transport)) {
        return WEFT_ECLOSED;
    }
    if (transport->protocol->connection_lost == lose_in_sendfile) {
        return WEFT_EBUSY;
    }
    if (transport->ends_writing || !transport->can_write) {
        return WEFT_EINVALIDSTATE;
    }
    self->copies = transport->wire != NULL || !transport->is_socket;
    if (self->copies && self->native_only) {
        return -ENOTSUP;
    }
    self->before = transport->protocol;
    self->protocol = *self->before;
    self->protocol.connection_lost = lose_in_sendfile;
    self->protocol.pause_writing = pause_in_sendfile;
    self->protocol.resume_writing = resume_in_sendfile;
    self->was_full = transport->is_full;
    self->was_reading =
        !transport->is_pulled && weft_transport_is_reading(transport);
    if (self->was_reading) { /* an end would close it before all is sent */
        weft_transport_pause_reading(transport);
    }
    transport->protocol = &self->protocol;
    transport->can_write = false;
    self->is_begun = true;
    return 0;
}

static int resume_sendfile(struct weft_task *task, int status)
{
    struct weft_sendfile *self = task->object;

    return status < 0 ? status : self->error;
}

static const struct weft_wait_kind sendfile_wait = {
    {weft_task_run_, "sendfile", weft_task_itself_},
    resume_sendfile,
    weft_task_withdraw_};

static struct weft_op wait_in_sendfile(struct weft_sendfile *self)
{
    return weft_task_park_(&sendfile_wait, &self->waiters, self, NULL);
}

/* Until the transport has sent what it had. To be told of that, let it be full,
 * and find room again when nothing is left. */
static struct weft_op wait_until_sent(struct weft_sendfile *self)
{
    struct weft_transport *transport = self->transport;

    if (transport == NULL || transport->out.size == 0) {
        return weft_op_(0);
    }
    self->is_emptying = true;
    self->low = transport->low;
    transport->low = 0;
    transport->is_full = true;
    return wait_in_sendfile(self);
}

static void break_in_sendfile(struct weft_sendfile *self, int error)
{
    self->error = error;
    if (!is_of_file(error)) {
        weft_transport_lose_(self->transport, error);
    }
}

static void go_on_with_sendfile(struct weft_loop *loop,
                                struct weft_entry *entry)
{
    struct weft_transport *transport =
        WEFT_OWNER(entry, struct weft_transport, writable);
    struct weft_sendfile *self = sendfile_of(transport);
    int status = send_natively(self, transport->fd);

    loop->task = NULL;
    if (status != WEFT_PENDING_) {
        stop_sending_natively(transport);
        weft_task_wake_first_(&self->waiters);
    }
    if (status < 0 && status != WEFT_PENDING_) {
        break_in_sendfile(self, status);
    }
}

/* By the kernel, what it can. */
static struct weft_op send_to_transport(struct weft_sendfile *self)
{
    struct weft_transport *transport = self->transport;
    int status = send_natively(self, transport->fd);

    if (status == 0) {
        return weft_op_(0);
    }
    if (status == WEFT_PENDING_) {
        status = weft_loop_watch_(transport->loop, transport->fd, WEFT_WRITE,
                                  &transport->writable);
        if (status == 0) {
            transport->writable.kind = &sendfile_writable;
            return wait_in_sendfile(self);
        }
        return weft_op_(status);
    }
    break_in_sendfile(self, status);
    return weft_op_(status);
}

/* ---- Of a socket ---- */

static int take_sock(struct weft_sendfile *self)
{
    int status = weft_sock_refuse_(self->sock, WEFT_WRITE);

    if (status == 0) {
        self->sock->sent = 0;
        self->is_begun = true;
    }
    return status;
}

static void count_sent_by_sock(struct weft_sendfile *self)
{
    if (self->is_begun) {
        self->sent += (int64_t)self->sock->sent;
        self->sock->sent = 0;
    }
}

/* ---- Copying ---- */

/* In a thread. */
static int read_for_sendfile(void *arg)
{
    struct weft_sendfile *self = arg;
    ssize_t count;

    do {
        count = pread(self->fd, self->piece, self->wanted,
                      (off_t)(self->offset + self->sent));
    } while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : (int)count;
}

static struct weft_op write_for_sendfile(struct weft_sendfile *self, int size)
{
    struct weft_transport *transport = self->transport;
    struct iovec part = {self->piece, (size_t)size};
    int status = self->error;

    if (status == 0 && weft_transport_is_closing(transport)) {
        status = transport->error < 0 ? transport->error : WEFT_ECLOSED;
    }
    if (status == 0) {
        status = weft_transport_send_(transport, &part, 1);
    }
    if (status < 0) {
        return weft_op_(status);
    }
    self->sent += size;
    return transport->is_full ? wait_in_sendfile(self) : weft_op_(0);
}

/* ---- The coroutine ---- */

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
    return self->sock != NULL ? take_sock(self) : take_transport(self);
}

struct weft_async weft_sendfile(struct weft_frame *frame)
{
    int status;

    ASYNC_BEGIN(weft_sendfile);
    status = begin_sendfile(self);
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    ASYNC_AWAIT(wait_until_sent(self));
    if (self->sock == NULL && !self->copies) {
        ASYNC_AWAIT(send_to_transport(self));
    }
    while (self->sock != NULL && !self->copies) {
        status = send_natively(self, self->sock->fd);
        if (status < 0 && status != WEFT_PENDING_) {
            ASYNC_RAISE(status);
        }
        if (status == 0) {
            break;
        }
        ASYNC_AWAIT(weft_wait_writable(self->sock->fd));
    }
    if (!self->copies) {
        ASYNC_EXIT;
    }
    if (self->native_only) {
        ASYNC_RAISE(-ENOTSUP);
    }
    self->piece =
        weft_allocate_(weft_loop_current_->allocator, WEFT_SENDFILE_PIECE);
    if (self->piece == NULL) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    while ((self->wanted = next_of_file(self, WEFT_SENDFILE_PIECE)) > 0) {
        ASYNC_AWAIT(
            weft_run_in_executor(&self->job, NULL, read_for_sendfile, self));
        if (frame->value == 0) {
            break;
        }
        if (self->sock == NULL) {
            ASYNC_AWAIT(write_for_sendfile(self, frame->value));
            continue;
        }
        ASYNC_AWAIT(
            weft_sock_sendall(self->sock, self->piece, (size_t)frame->value));
        count_sent_by_sock(self);
    }
    ASYNC_FINALLY
    weft_free_(weft_loop_current_->allocator, self->piece, WEFT_SENDFILE_PIECE);
    if (self->sock != NULL) {
        count_sent_by_sock(self);
    } else {
        give_transport_back(self);
    }
    ASYNC_END;
}
