/* stream_write.c - writing, and waiting until that is sent. */
#include "weft/stream.h"

int weft_stream_write(struct weft_stream *stream, const void *data, size_t size)
{
    return weft_transport_write(&stream->transport, data, size);
}

int weft_stream_writelines(struct weft_stream *stream,
                           const struct iovec *parts, size_t count)
{
    return weft_transport_writelines(&stream->transport, parts, count);
}

int weft_stream_write_eof(struct weft_stream *stream)
{
    return weft_transport_write_eof(&stream->transport);
}

static int resume_drain(struct weft_task *task, int status)
{
    struct weft_stream *stream = task->object;

    return status < 0 ? status : stream->transport.error;
}

static const struct weft_wait_kind drain_wait = {
    {weft_task_run_, "stream drain", weft_task_itself_},
    resume_drain,
    weft_task_withdraw_};

struct weft_op weft_stream_drain(struct weft_stream *stream)
{
    if (stream->transport.error < 0) {
        return weft_op_(stream->transport.error);
    }
    if (weft_stream_is_closed(stream)) {
        return weft_op_(WEFT_ECLOSED);
    }
    if (!stream->transport.is_full) {
        return weft_op_(0);
    }
    return weft_task_park_(&drain_wait, &stream->drainers, stream, NULL);
}
