/* sendfile_transport.c - a transport, borrowed until a file is sent.
 *
 * Meanwhile it refuses to write, since it cannot, and its protocol is one of
 * ours, which passes on what happens. Its limits are 0: it is full as long as
 * anything is unsent, and tells when nothing is.
 */
#include <errno.h>

#include "weft/sendfile.h"
#include "weft/wire.h"

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

/* ---- Borrowing ---- */

/* It is full, or not, as its own protocol knows it. A task that has begun to
 * drain meanwhile goes on. What is still unsent tells later. */
static void give_limits_back(struct weft_sendfile *self)
{
    struct weft_transport *transport = self->transport;

    transport->is_full = self->was_full && !transport->is_lost;
    weft_transport_set_write_buffer_limits(transport, self->high, self->low);
    if (transport->is_pulled && !transport->is_full) {
        self->before->resume_writing(transport);
    }
}

void weft_sendfile_give_back_(struct weft_sendfile *self)
{
    struct weft_transport *transport = self->transport;

    if (transport == NULL || !self->is_begun) {
        return;
    }
    self->is_begun = false;
    transport->protocol = self->before;
    transport->can_write = true;
    if (transport->writable.kind == &sendfile_writable) {
        stop_sending_natively(transport);
    }
    give_limits_back(self);
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
    weft_sendfile_give_back_(self);
    if (self->before->connection_lost != NULL) {
        self->before->connection_lost(transport, error);
    }
}

static void resume_in_sendfile(struct weft_transport *transport)
{
    struct weft_sendfile *self = sendfile_of(transport);
    bool tells = self->was_full || transport->is_pulled;

    self->was_full = false;
    weft_task_wake_first_(&self->waiters);
    if (tells && self->before->resume_writing != NULL) {
        self->before->resume_writing(transport);
    }
}

static int refuse_transport(const struct weft_transport *transport)
{
    if (transport->error < 0) {
        return transport->error;
    }
    if (weft_transport_is_closing(transport)) {
        return WEFT_ECLOSED;
    }
    if (transport->protocol->connection_lost == lose_in_sendfile) {
        return WEFT_EBUSY;
    }
    return transport->ends_writing || !transport->can_write ? WEFT_EINVALIDSTATE
                                                            : 0;
}

int weft_sendfile_borrow_(struct weft_sendfile *self)
{
    struct weft_transport *transport = self->transport;
    int status = refuse_transport(transport);

    if (status < 0) {
        return status;
    }
    self->copies = transport->wire != NULL || !transport->is_socket;
    if (self->copies && self->native_only) {
        return -ENOTSUP;
    }
    self->is_begun = true;
    self->before = transport->protocol;
    self->protocol = *self->before;
    self->protocol.connection_lost = lose_in_sendfile;
    self->protocol.pause_writing = NULL;
    self->protocol.resume_writing = resume_in_sendfile;
    transport->protocol = &self->protocol;
    transport->can_write = false;
    self->was_full = transport->is_full;
    self->high = transport->high;
    self->low = transport->low;
    weft_transport_set_write_buffer_limits(transport, 0, 0);
    self->was_reading =
        !transport->is_pulled && weft_transport_is_reading(transport);
    if (self->was_reading) { /* an end would close it before all is sent */
        weft_transport_pause_reading(transport);
    }
    return 0;
}

/* ---- Sending ---- */

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

struct weft_op weft_sendfile_drain_(struct weft_sendfile *self)
{
    return self->transport != NULL && self->transport->is_full
               ? wait_in_sendfile(self)
               : weft_op_(0);
}

/* What went wrong with the file, and not with the connection. */
static bool is_of_file(int error)
{
    return error == -EIO || error == -EBADF || error == -EOVERFLOW ||
           error == -ESPIPE || error == -EISDIR || error == -ENOMEM;
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
    int status = weft_sendfile_natively_(self, transport->fd);

    loop->task = NULL;
    if (status == WEFT_PENDING_) {
        return;
    }
    stop_sending_natively(transport);
    weft_task_wake_first_(&self->waiters);
    if (status < 0) {
        break_in_sendfile(self, status);
    }
}

struct weft_op weft_sendfile_to_transport_(struct weft_sendfile *self)
{
    struct weft_transport *transport = self->transport;
    int status = weft_sendfile_natively_(self, transport->fd);

    if (status == WEFT_PENDING_) {
        status = weft_loop_watch_(transport->loop, transport->fd, WEFT_WRITE,
                                  &transport->writable);
        if (status == 0) {
            transport->writable.kind = &sendfile_writable;
            return wait_in_sendfile(self);
        }
    } else if (status < 0) {
        break_in_sendfile(self, status);
    }
    return weft_op_(status);
}

struct weft_op weft_sendfile_copy_(struct weft_sendfile *self, size_t size)
{
    struct weft_transport *transport = self->transport;
    struct iovec part = {self->piece, size};
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
    self->sent += (int64_t)size;
    return weft_sendfile_drain_(self);
}
