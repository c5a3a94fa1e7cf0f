/* stream_write.c - writing: at once what the kernel takes, the rest later. */
#include "weft/stream.h"

#include <errno.h>
#include <sys/socket.h>

#if !defined(MSG_NOSIGNAL)
#define MSG_NOSIGNAL 0
#endif

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
        weft_stream_break_(stream, -errno);
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
        while (weft_task_wake_first_(&stream->drainers)) {
        }
    }
    if (out->size > 0) {
        return;
    }
    weft_loop_unwatch_(loop, stream->fd, WEFT_WRITE, entry);
    if (stream->ends_writing) {
        shutdown(stream->fd, SHUT_WR);
    }
    if (stream->is_closing) {
        weft_stream_close_now_(stream);
    }
}

const struct weft_kind weft_stream_writable_ = {on_writable, "writable", NULL};

/* Keep the rest for the background. */
static int send_later(struct weft_stream *stream, const char *data, size_t size)
{
    bool is_first = stream->out.size == 0;
    int status =
        weft_buffer_append(&stream->out, stream->loop->allocator, data, size);

    if (status == 0 && is_first) {
        status = weft_loop_watch_(stream->loop, stream->fd, WEFT_WRITE,
                                  &stream->writable);
    }
    if (status < 0) {
        weft_stream_break_(stream,
                           status); /* a part is sent, the rest is not */
        return status;
    }
    stream->is_full = stream->is_full || stream->out.size > stream->high;
    return 0;
}

int weft_stream_write(struct weft_stream *stream, const void *data, size_t size)
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
    {weft_task_run_, "stream drain", weft_task_itself_},
    resume_drain,
    weft_task_withdraw_};

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
