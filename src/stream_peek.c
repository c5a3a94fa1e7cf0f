/* stream_peek.c - what has come, left where it is. */
#include "weft/stream.h"

/* Less than `size` is all there will be. */
static int try_peek(struct weft_stream *stream, void *data, size_t size)
{
    int count = 1;

    while (stream->in.size < size && count > 0) {
        count = weft_stream_fill_(stream);
    }
    if (count < 0) {
        return count;
    }
    if (stream->in.size < size) {
        size = stream->in.size;
    }
    if (data != NULL && size > 0) {
        memcpy(data, weft_buffer_data(&stream->in), size);
    }
    return (int)size;
}

static int resume_peek(struct weft_task *task, int status);

static const struct weft_wait_kind peek_wait = {
    {weft_task_run_, "stream peek", weft_task_itself_},
    resume_peek,
    weft_task_withdraw_};

static int resume_peek(struct weft_task *task, int status)
{
    return weft_stream_resume_read_(task, status, &peek_wait, try_peek);
}

struct weft_op weft_stream_peek(struct weft_stream *stream, void *data,
                                size_t size)
{
    return weft_stream_start_read_(stream, data, size, &peek_wait, try_peek);
}
