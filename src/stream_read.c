/* stream_read.c - reading on demand: the kernel is asked when a task reads. */
#include "weft/stream.h"

#include <errno.h>
#include <sys/socket.h>

/* How much to ask the kernel for when a line or a part is not complete. */
enum { READ_CHUNK = 4096 };

/* Times in a row that the kernel is asked without a look at the driver: a peer
 * that sends faster than it is read must not keep the loop to itself. */
enum { READS_IN_A_ROW = 16 };

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
        weft_stream_break_(stream, -errno);
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
        const char *end = in->size > searched
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
    {weft_task_run_, "stream read", weft_task_itself_},
    resume_read,
    weft_task_withdraw_};
static const struct weft_wait_kind readexactly_wait = {
    {weft_task_run_, "stream readexactly", weft_task_itself_},
    resume_readexactly,
    weft_task_withdraw_};
static const struct weft_wait_kind readline_wait = {
    {weft_task_run_, "stream readline", weft_task_itself_},
    resume_readline,
    weft_task_withdraw_};

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

const struct weft_kind weft_stream_readable_ = {on_readable, "readable", NULL};

static struct weft_op start_read(struct weft_stream *stream, void *data,
                                 size_t size, const struct weft_wait_kind *wait,
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
