/* stream.c - reading on demand, writing in the background. */
#include "weft/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#if !defined(MSG_NOSIGNAL)
#define MSG_NOSIGNAL 0
#endif

/* How much to ask the kernel for when a line or a part is not complete. */
enum { READ_CHUNK = 4096 };

/* Times in a row that the kernel is asked without a look at the driver: a peer
 * that sends faster than it is read must not keep the loop to itself. */
enum { READS_IN_A_ROW = 16 };

static void wake_all_of(struct weft_list *waiters)
{
    while (weft_task_wake_first_(waiters)) {
    }
}

static void wake_reader(struct weft_stream *stream)
{
    struct weft_task *task = stream->reader;

    if (task != NULL && !weft_node_is_linked(&task->alarm.entry.node)) {
        weft_task_wake_(task);
    }
}

static void close_now(struct weft_stream *stream)
{
    struct weft_loop *loop = stream->loop;

    weft_loop_unwatch_(loop, stream->fd, WEFT_READ, &stream->readable);
    weft_loop_unwatch_(loop, stream->fd, WEFT_WRITE, &stream->writable);
    close(stream->fd);
    weft_buffer_close(&stream->in, loop->allocator);
    weft_buffer_close(&stream->out, loop->allocator);
    stream->at_end = true;
    stream->fd = -1;
    stream->loop = NULL;
    wake_reader(stream);
    wake_all_of(&stream->drainers);
    wake_all_of(&stream->closers);
}

/* Nothing more can be sent or received: whoever waits is told. */
static void break_stream(struct weft_stream *stream, int error)
{
    stream->error = error;
    stream->at_end = true;
    stream->is_full = false;
    weft_buffer_consume(&stream->out, stream->out.size);
    weft_loop_unwatch_(stream->loop, stream->fd, WEFT_WRITE,
                       &stream->writable);
    if (stream->is_closing) {
        close_now(stream);
    } else {
        wake_reader(stream);
        wake_all_of(&stream->drainers);
    }
}

/* ---- Reading ---- */

/* Ask the kernel, if it may have something: the count, 0 at the end,
 * WEFT_PENDING_ when it has nothing yet, a negative code. Fewer bytes than
 * there was room for means that it has no more for now. */
static int receive(struct weft_stream *stream, char *data, size_t size)
{
    ssize_t count;

    if (stream->error < 0) {
        return stream->error;
    }
    if (stream->at_end) {
        return 0;
    }
    if (!stream->may_read) {
        return WEFT_PENDING_;
    }
    do {
        count = recv(stream->fd, data, size < INT_MAX ? size : INT_MAX, 0);
    } while (count < 0 && errno == EINTR);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        stream->may_read = false;
        return WEFT_PENDING_;
    }
    if (count < 0) {
        break_stream(stream, -errno);
        return stream->error;
    }
    stream->may_read =
        (size_t)count == size && ++stream->streak < READS_IN_A_ROW;
    stream->at_end = count == 0;
    return (int)count;
}

static int receive_into_buffer(struct weft_stream *stream)
{
    size_t room = weft_buffer_room(&stream->in);
    char *place;
    int count;

    if (stream->error < 0 || stream->at_end) {
        return stream->error; /* 0 is the end; the stream may be closed */
    }
    if (room < READ_CHUNK / 4) {
        room = READ_CHUNK;
    }
    place = weft_buffer_reserve(&stream->in, stream->loop->allocator, room);
    if (place == NULL) {
        return WEFT_ENOMEM;
    }
    count = receive(stream, place, room);
    if (count > 0) {
        weft_buffer_added(&stream->in, (size_t)count);
    }
    return count;
}

static int take(struct weft_stream *stream, void *data, size_t size)
{
    if (size > 0) { /* else there may be no buffer */
        memcpy(data, weft_buffer_data(&stream->in), size);
        weft_buffer_consume(&stream->in, size);
    }
    return (int)size;
}

/* The three reads, each until done or WEFT_PENDING_. */

static int try_read(struct weft_stream *stream, void *data, size_t size)
{
    if (stream->in.size > 0) {
        return take(stream, data,
                    size < stream->in.size ? size : stream->in.size);
    }
    return size > 0 ? receive(stream, data, size) : 0;
}

static int try_readexactly(struct weft_stream *stream, void *data, size_t size)
{
    while (stream->in.size < size) {
        int count = receive_into_buffer(stream);

        if (count == 0) {
            stream->partial = stream->in.size;
            take(stream, data, stream->in.size);
            return WEFT_EINCOMPLETEREAD;
        }
        if (count < 0) {
            return count;
        }
    }
    return size > 0 ? take(stream, data, size) : 0;
}

static int try_readline(struct weft_stream *stream, void *data, size_t size)
{
    struct weft_buffer *in = &stream->in;
    char *line = data;
    size_t searched = 0;

    for (;;) {
        const char *end =
            in->size > searched
                ? memchr(weft_buffer_data(in) + searched, '\n',
                         in->size - searched)
                : NULL;
        size_t length =
            end != NULL ? (size_t)(end - weft_buffer_data(in)) + 1 : in->size;
        int count;

        if (length >= size) {
            weft_buffer_consume(in, length);
            return WEFT_ELIMIT;
        }
        searched = in->size;
        count = end != NULL ? 0 : receive_into_buffer(stream);
        if (count == 0) {
            line[length] = '\0';
            return length > 0 ? take(stream, line, length) : 0;
        }
        if (count < 0) {
            return count;
        }
    }
}

/* A read that has to wait is tried again when the kernel has something. */

typedef int try_function(struct weft_stream *stream, void *data, size_t size);

static int finish_read(struct weft_task *task, int status,
                       const struct weft_wait_kind *wait, try_function *try)
{
    struct weft_stream *stream = task->object;

    stream->reader = NULL;
    if (status == 0) {
        status = try(stream, task->wait.out, stream->wanted);
        if (status == WEFT_PENDING_) {
            task->alarm.entry.kind = &wait->kind;
            stream->reader = task;
        }
    }
    return status;
}

static int resume_read(struct weft_task *task, int status);
static int resume_readexactly(struct weft_task *task, int status);
static int resume_readline(struct weft_task *task, int status);

static const struct weft_wait_kind read_wait = {
    {weft_task_run_, "stream read"}, resume_read, weft_task_withdraw_};
static const struct weft_wait_kind readexactly_wait = {
    {weft_task_run_, "stream readexactly"},
    resume_readexactly,
    weft_task_withdraw_};
static const struct weft_wait_kind readline_wait = {
    {weft_task_run_, "stream readline"}, resume_readline, weft_task_withdraw_};

static int resume_read(struct weft_task *task, int status)
{
    return finish_read(task, status, &read_wait, try_read);
}

static int resume_readexactly(struct weft_task *task, int status)
{
    return finish_read(task, status, &readexactly_wait, try_readexactly);
}

static int resume_readline(struct weft_task *task, int status)
{
    return finish_read(task, status, &readline_wait, try_readline);
}

/* A reader that waits goes on in this very turn. It may be gone, or on its way
 * out already; then the bytes stay in the kernel, and the driver is told to
 * stop reporting them. */
static void on_readable(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_stream *stream =
        WEFT_OWNER(entry, struct weft_stream, readable);
    struct weft_task *task = stream->reader;

    stream->may_read = true;
    stream->streak = 0;
    if (task == NULL) {
        weft_loop_unwatch_(loop, stream->fd, WEFT_READ, entry);
        stream->is_watched = false;
    } else if (!weft_node_is_linked(&task->alarm.entry.node)) {
        weft_task_run_(loop, &task->alarm.entry);
    }
}

static const struct weft_kind readable_kind = {on_readable, "readable"};

static struct weft_op start_read(struct weft_stream *stream, void *data,
                                 size_t size,
                                 const struct weft_wait_kind *wait,
                                 try_function *try)
{
    struct weft_op op;
    int status;

    if (weft_stream_is_closed(stream) || stream->is_closing) {
        return weft_op_(WEFT_ECLOSED);
    }
    if (stream->reader != NULL) {
        return weft_op_(WEFT_EBUSY);
    }
    status = try(stream, data, size);
    if (status != WEFT_PENDING_) {
        return weft_op_(status);
    }
    if (!stream->is_watched) {
        status = weft_loop_watch_(stream->loop, stream->fd, WEFT_READ,
                                  &stream->readable);
        if (status < 0) {
            return weft_op_(status);
        }
        stream->is_watched = true;
    }
    op = weft_task_park_(wait, NULL, stream, data);
    if (op.status == WEFT_PENDING_) {
        stream->reader = weft_current_task();
        stream->wanted = size;
    }
    return op;
}

struct weft_op weft_stream_read(struct weft_stream *stream, void *data,
                                size_t size)
{
    return start_read(stream, data, size, &read_wait, try_read);
}

struct weft_op weft_stream_readexactly(struct weft_stream *stream, void *data,
                                       size_t size)
{
    stream->partial = 0;
    return start_read(stream, data, size, &readexactly_wait, try_readexactly);
}

struct weft_op weft_stream_readline(struct weft_stream *stream, char *line,
                                    size_t size)
{
    if (size == 0) {
        return weft_op_(WEFT_EINVAL);
    }
    return start_read(stream, line, size, &readline_wait, try_readline);
}

/* ---- Closing ---- */

void weft_stream_abort(struct weft_stream *stream)
{
    if (!weft_stream_is_closed(stream)) {
        stream->is_closing = true;
        close_now(stream);
    }
}

void weft_stream_close(struct weft_stream *stream)
{
    if (weft_stream_is_closed(stream)) {
        return;
    }
    stream->is_closing = true;
    if (stream->out.size == 0 || stream->error < 0) {
        close_now(stream);
    }
}

/* ---- Writing ---- */

/* Send what the kernel takes: the count, or a negative code. */
static int send_some(struct weft_stream *stream, const char *data, size_t size)
{
    ssize_t count;

    do {
        count = send(stream->fd, data, size < INT_MAX ? size : INT_MAX,
                     MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return 0;
    }
    if (count < 0) {
        break_stream(stream, -errno);
        return stream->error;
    }
    return (int)count;
}

static void on_writable(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_stream *stream =
        WEFT_OWNER(entry, struct weft_stream, writable);
    struct weft_buffer *out = &stream->out;
    int count = send_some(stream, weft_buffer_data(out), out->size);

    if (count < 0) {
        return; /* it is broken, and perhaps closed */
    }
    weft_buffer_consume(out, (size_t)count);
    if (stream->is_full && out->size <= stream->low) {
        stream->is_full = false;
        wake_all_of(&stream->drainers);
    }
    if (out->size > 0) {
        return;
    }
    weft_loop_unwatch_(loop, stream->fd, WEFT_WRITE, entry);
    if (stream->ends_writing) {
        shutdown(stream->fd, SHUT_WR);
    }
    if (stream->is_closing) {
        close_now(stream);
    }
}

static const struct weft_kind writable_kind = {on_writable, "writable"};

/* Keep the rest for the background. */
static int send_later(struct weft_stream *stream, const char *data,
                      size_t size)
{
    bool is_first = stream->out.size == 0;
    int status = weft_buffer_append(&stream->out, stream->loop->allocator,
                                    data, size);

    if (status == 0 && is_first) {
        status = weft_loop_watch_(stream->loop, stream->fd, WEFT_WRITE,
                                  &stream->writable);
    }
    if (status < 0) {
        break_stream(stream, status); /* a part is sent, the rest is not */
        return status;
    }
    stream->is_full = stream->is_full || stream->out.size > stream->high;
    return 0;
}

int weft_stream_write(struct weft_stream *stream, const void *data,
                      size_t size)
{
    const char *rest = data;
    int count = 0;

    if (weft_stream_is_closed(stream) || stream->is_closing) {
        return WEFT_ECLOSED;
    }
    if (stream->error < 0) {
        return stream->error;
    }
    if (stream->ends_writing) {
        return WEFT_EINVALIDSTATE;
    }
    if (stream->out.size == 0 && size > 0) {
        count = send_some(stream, rest, size);
        if (count < 0) {
            return count;
        }
    }
    return (size_t)count < size
               ? send_later(stream, rest + count, size - (size_t)count)
               : 0;
}

int weft_stream_write_eof(struct weft_stream *stream)
{
    int status = weft_stream_write(stream, "", 0);

    if (status == 0) {
        stream->ends_writing = true;
        if (stream->out.size == 0) {
            shutdown(stream->fd, SHUT_WR);
        }
    }
    return status == WEFT_EINVALIDSTATE ? 0 : status; /* twice is once */
}

static int resume_drain(struct weft_task *task, int status)
{
    struct weft_stream *stream = task->object;

    return status < 0 ? status : stream->error;
}

static const struct weft_wait_kind drain_wait = {
    {weft_task_run_, "stream drain"}, resume_drain, weft_task_withdraw_};
static const struct weft_wait_kind closed_wait = {
    {weft_task_run_, "stream wait_closed"}, resume_drain, weft_task_withdraw_};

struct weft_op weft_stream_drain(struct weft_stream *stream)
{
    if (stream->error < 0) {
        return weft_op_(stream->error);
    }
    if (weft_stream_is_closed(stream)) {
        return weft_op_(WEFT_ECLOSED);
    }
    if (!stream->is_full) {
        return weft_op_(0);
    }
    return weft_task_park_(&drain_wait, &stream->drainers, stream, NULL);
}

struct weft_op weft_stream_wait_closed(struct weft_stream *stream)
{
    if (weft_stream_is_closed(stream)) {
        return weft_op_(stream->error);
    }
    return weft_task_park_(&closed_wait, &stream->closers, stream, NULL);
}

/* ---- Opening ---- */

int weft_stream_open(struct weft_stream *stream, int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (!weft_stream_is_closed(stream)) {
        return WEFT_EALREADY;
    }
    if (stream->reader != NULL) {
        return WEFT_EBUSY; /* has not seen the end of the last one yet */
    }
    if (weft_loop_current() == NULL) {
        return WEFT_ENOLOOP;
    }
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
        return -errno;
    }
    memset(stream, 0, sizeof *stream);
    stream->loop = weft_loop_current();
    stream->fd = fd;
    stream->high = WEFT_STREAM_HIGH;
    stream->low = WEFT_STREAM_LOW;
    stream->readable.kind = &readable_kind;
    stream->writable.kind = &writable_kind;
    return 0;
}
