/* stream.c - a stream from its opening to its close. */
#include "weft/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

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
    stream->readable.kind = &weft_stream_readable_;
    stream->writable.kind = &weft_stream_writable_;
    return 0;
}

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

void weft_stream_close_now_(struct weft_stream *stream)
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
void weft_stream_break_(struct weft_stream *stream, int error)
{
    stream->error = error;
    stream->at_end = true;
    stream->is_full = false;
    weft_buffer_consume(&stream->out, stream->out.size);
    weft_loop_unwatch_(stream->loop, stream->fd, WEFT_WRITE, &stream->writable);
    if (stream->is_closing) {
        weft_stream_close_now_(stream);
    } else {
        wake_reader(stream);
        wake_all_of(&stream->drainers);
    }
}

void weft_stream_abort(struct weft_stream *stream)
{
    if (!weft_stream_is_closed(stream)) {
        stream->is_closing = true;
        weft_stream_close_now_(stream);
    }
}

void weft_stream_close(struct weft_stream *stream)
{
    if (weft_stream_is_closed(stream)) {
        return;
    }
    stream->is_closing = true;
    if (stream->out.size == 0 || stream->error < 0) {
        weft_stream_close_now_(stream);
    }
}

static int resume_wait_closed(struct weft_task *task, int status)
{
    struct weft_stream *stream = task->object;

    return status < 0 ? status : stream->error;
}

static const struct weft_wait_kind closed_wait = {
    {weft_task_run_, "stream wait_closed", weft_task_itself_},
    resume_wait_closed,
    weft_task_withdraw_};

struct weft_op weft_stream_wait_closed(struct weft_stream *stream)
{
    if (weft_stream_is_closed(stream)) {
        return weft_op_(stream->error);
    }
    return weft_task_park_(&closed_wait, &stream->closers, stream, NULL);
}
