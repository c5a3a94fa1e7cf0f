/* stream_read.c - reading on demand: the kernel is asked when a task reads. */
#include "weft/stream.h"

#include "weft/wire.h"

/* How much to ask the kernel for when a line or a part is not complete. */
enum { READ_CHUNK = 4096 };

/* Times in a row that the kernel is asked without a look at the driver: a peer
 * that sends faster than it is read must not keep the loop to itself. */
enum { READS_IN_A_ROW = 16 };

static int receive(struct weft_stream *stream, char *data, size_t size)
{
    struct weft_transport *transport = &stream->transport;
    int count;

    if (transport->is_closing) { /* by us: that is the end */
        return transport->error;
    }
    count = weft_transport_receive_(transport, data, size);

    if (count > 0 && transport->may_read &&
        ++stream->streak >= READS_IN_A_ROW) {
        transport->may_read = false;
        if (transport->wire != NULL &&
            !weft_node_is_linked(&transport->readable.node)) {
            /* of what the wire has, the driver knows nothing */
            weft_loop_ready_(transport->loop, &transport->readable);
        }
    }
    return count;
}

int weft_stream_fill_(struct weft_stream *stream)
{
    size_t room = weft_buffer_room(&stream->in);
    char *place;
    int count;

    if (stream->transport.error < 0 || stream->transport.at_end ||
        stream->transport.is_closing) {
        return stream->transport.error; /* 0 is the end; it may be closed */
    }
    if (!stream->transport.may_read) {
        return WEFT_PENDING_; /* who waits has no memory yet */
    }
    if (room < READ_CHUNK / 4) {
        room = READ_CHUNK;
    }
    place = weft_buffer_reserve(&stream->in, stream->transport.loop->allocator,
                                room);
    if (place == NULL) {
        return WEFT_ENOMEM;
    }
    count = receive(stream, place, room);
    if (count > 0) {
        weft_buffer_added(&stream->in, (size_t)count);
    }
    return count;
}

int weft_stream_take_(struct weft_stream *stream, void *data, size_t size)
{
    if (size > 0) { /* else there may be no buffer */
        memcpy(data, weft_buffer_data(&stream->in), size);
        weft_buffer_consume(&stream->in, size);
    }
    return (int)size;
}

/* The reads, each until done or WEFT_PENDING_. */

static int try_some(struct weft_stream *stream, void *data, size_t size)
{
    if (stream->in.size > 0) {
        return weft_stream_take_(
            stream, data, size < stream->in.size ? size : stream->in.size);
    }
    return size > 0 ? receive(stream, data, size) : 0;
}

static int try_readexactly(struct weft_stream *stream, void *data, size_t size)
{
    while (stream->in.size < size) {
        int count = weft_stream_fill_(stream);

        if (count == 0) {
            stream->partial = stream->in.size;
            weft_stream_take_(stream, data, stream->in.size);
            return WEFT_EINCOMPLETEREAD;
        }
        if (count < 0) {
            return count;
        }
    }
    return size > 0 ? weft_stream_take_(stream, data, size) : 0;
}

static int try_readline(struct weft_stream *stream, void *data, size_t size)
{
    struct weft_buffer *in = &stream->in;
    char *line = data;

    for (;;) {
        const char *start = weft_buffer_data(in);
        const char *end = in->size > stream->searched
                              ? memchr(start + stream->searched, '\n',
                                       in->size - stream->searched)
                              : NULL;
        size_t length = end != NULL ? (size_t)(end - start) + 1 : in->size;
        int count;

        if (length >= size) {
            weft_buffer_consume(in, length);
            return WEFT_ELIMIT;
        }
        stream->searched = in->size;
        count = end != NULL ? 0 : weft_stream_fill_(stream);
        if (count == 0) {
            line[length] = '\0';
            return length > 0 ? weft_stream_take_(stream, line, length) : 0;
        }
        if (count < 0) {
            return count;
        }
    }
}

/* A read that has to wait is tried again when the kernel has something. */

int weft_stream_resume_read_(struct weft_task *task, int status,
                             const struct weft_wait_kind *wait,
                             weft_stream_try_ *try_read)
{
    struct weft_stream *stream = task->object;

    stream->reader = NULL;
    if (status == 0) {
        status = try_read(stream, task->wait.out, stream->wanted);
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
    struct weft_stream *stream = task->object;

    if (status == 0 && stream->in.size == 0) { /* what is frequent */
        stream->reader = NULL; /* it is awake: see wake_reader */
        status = receive(stream, task->wait.out, stream->wanted);
        if (status != WEFT_PENDING_) {
            return status;
        }
        status = 0;
    }
    return weft_stream_resume_read_(task, status, &read_wait, try_some);
}

static int resume_readexactly(struct weft_task *task, int status)
{
    return weft_stream_resume_read_(task, status, &readexactly_wait,
                                    try_readexactly);
}

static int resume_readline(struct weft_task *task, int status)
{
    return weft_stream_resume_read_(task, status, &readline_wait, try_readline);
}

/* A reader that waits goes on in this very turn. It may be gone, or on its way
 * out already; then the bytes stay in the kernel, and the driver is told to
 * stop reporting them. */
static void on_readable(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_stream *stream =
        WEFT_OWNER(entry, struct weft_stream, transport.readable);
    struct weft_task *task = stream->reader;

    stream->transport.may_read = true;
    stream->streak = 0;
    if (task == NULL) {
        weft_transport_unwatch_(&stream->transport);
    } else if (!weft_node_is_linked(&task->alarm.entry.node)) {
        weft_task_run_(loop, &task->alarm.entry);
    }
}

const struct weft_kind weft_stream_readable_ = {on_readable, "readable", NULL};

static inline struct weft_op park_reader(struct weft_stream *stream, void *data,
                                         size_t size,
                                         const struct weft_wait_kind *wait)
{
    struct weft_op op = weft_task_park_(wait, NULL, stream, data);

    if (op.status == WEFT_PENDING_) {
        stream->reader = weft_loop_current_->task;
        stream->wanted = size;
    }
    return op;
}

struct weft_op weft_stream_start_read_(struct weft_stream *stream, void *data,
                                       size_t size,
                                       const struct weft_wait_kind *wait,
                                       weft_stream_try_ *try_read)
{
    int status;

    if (weft_transport_is_closing(&stream->transport)) {
        return weft_op_(WEFT_ECLOSED);
    }
    if (!stream->transport.can_read) {
        return weft_op_(WEFT_EINVALIDSTATE);
    }
    if (stream->reader != NULL) {
        return weft_op_(WEFT_EBUSY);
    }
    if (stream->transport.error < 0) {
        return weft_op_(stream->transport.error); /* also before what is left */
    }
    stream->searched = 0;
    status = try_read(stream, data, size);
    if (status == WEFT_PENDING_) {
        status = weft_transport_watch_(&stream->transport);
        if (status == 0) {
            status = WEFT_PENDING_;
        }
    }
    if (status != WEFT_PENDING_) {
        return weft_op_(status);
    }
    return park_reader(stream, data, size, wait);
}

struct weft_op weft_stream_read(struct weft_stream *stream, void *data,
                                size_t size)
{
    const struct weft_transport *transport = &stream->transport;

    /* The short way for what is frequent: there is nothing yet. */
    if (transport->is_watched && !transport->may_read && !transport->at_end &&
        !transport->is_closing && stream->reader == NULL &&
        stream->in.size == 0 && size > 0) {
        return park_reader(stream, data, size, &read_wait);
    }
    return weft_stream_start_read_(stream, data, size, &read_wait, try_some);
}

struct weft_op weft_stream_readexactly(struct weft_stream *stream, void *data,
                                       size_t size)
{
    stream->partial = 0;
    return weft_stream_start_read_(stream, data, size, &readexactly_wait,
                                   try_readexactly);
}

struct weft_op weft_stream_readline(struct weft_stream *stream, char *line,
                                    size_t size)
{
    if (size == 0) {
        return weft_op_(WEFT_EINVAL);
    }
    return weft_stream_start_read_(stream, line, size, &readline_wait,
                                   try_readline);
}
