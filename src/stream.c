/* stream.c - a stream from its opening to its close. */
#include "weft/stream.h"

#include "weft/wire.h"

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

/* The transport is broken, or it is closed: whoever waits is told. */
static void tell_waiters(struct weft_transport *transport, int error)
{
    struct weft_stream *stream =
        WEFT_OWNER(transport, struct weft_stream, transport);

    (void)error; /* it stays in the transport */
    wake_reader(stream);
    wake_all_of(&stream->drainers);
    if (transport->is_lost) { /* there are no more reads */
        weft_buffer_close(&stream->in, transport->loop->allocator);
        wake_all_of(&stream->closers);
    }
}

void weft_stream_feed_eof(struct weft_stream *stream)
{
    stream->transport.at_end = true;
    wake_reader(stream);
}

static void wake_drainers(struct weft_transport *transport)
{
    wake_all_of(
        &WEFT_OWNER(transport, struct weft_stream, transport)->drainers);
}

static const struct weft_protocol stream_protocol = {
    .connection_lost = tell_waiters, .resume_writing = wake_drainers};

int weft_stream_open(struct weft_stream *stream, int fd)
{
    struct weft_stream fresh = {.transport = stream->transport};
    int status;

    if (weft_stream_is_closed(stream) && stream->reader != NULL) {
        return WEFT_EBUSY; /* has not seen the end of the last one yet */
    }
    status = weft_transport_open_(&fresh.transport, fd, &stream_protocol,
                                  WEFT_READS_ | WEFT_WRITES_, true);
    if (status == 0) {
        fresh.transport.readable.kind = &weft_stream_readable_;
        *stream = fresh;
    }
    return status;
}

void weft_stream_abort(struct weft_stream *stream)
{
    weft_transport_abort(&stream->transport);
}

void weft_stream_close(struct weft_stream *stream)
{
    weft_transport_close(&stream->transport);
    wake_reader(stream);
}

static int resume_wait_closed(struct weft_task *task, int status)
{
    struct weft_stream *stream = task->object;

    return status < 0 ? status : stream->transport.error;
}

static const struct weft_wait_kind closed_wait = {
    {weft_task_run_, "stream wait_closed", weft_task_itself_},
    resume_wait_closed,
    weft_task_withdraw_};

struct weft_op weft_stream_wait_closed(struct weft_stream *stream)
{
    if (weft_stream_is_closed(stream)) {
        return weft_op_(stream->transport.error);
    }
    return weft_task_park_(&closed_wait, &stream->closers, stream, NULL);
}
