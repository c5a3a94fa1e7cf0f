/* stream.h - bytes in order, both ways, over a connected socket.
 *
 * Python   asyncio.StreamReader and asyncio.StreamWriter, as one object
 * Memory   one struct; buffers from the loop's allocator as they are needed
 * Moving   not while open
 * Errors   -errno of the connection, which stays; WEFT_EINCOMPLETEREAD when it
 *          ends too early; WEFT_ELIMIT for a line that does not fit;
 *          WEFT_EBUSY for a second reader; WEFT_ECLOSED after close;
 *          WEFT_ENOMEM
 *
 *     char line[256];                           in the coroutine's struct
 *
 *     AWAIT(weft_stream_readline(&self->stream, self->line,
 *                                sizeof self->line));
 *     weft_stream_write(&self->stream, self->line, (size_t)frame->value);
 *     AWAIT(weft_stream_drain(&self->stream));
 *     weft_stream_close(&self->stream);
 *     AWAIT(weft_stream_wait_closed(&self->stream));
 *
 * A stream comes from weft_open_connection, from a server, or from
 * weft_stream_open. Each read gives its count in frame->value, and 0 at the
 * end of the stream, as often as it is asked. A read that is cancelled loses
 * nothing: what has arrived is there for the next one.
 *
 * A read fills your memory in the step in which its await ends, never before.
 * So all coroutines of a loop may read into one static buffer, if they are done
 * with it at their next await: an idle connection then has no buffer at all,
 * and with thousands of them the one buffer stays in the processor's cache.
 */
#ifndef WEFT_STREAM_H
#define WEFT_STREAM_H

#include "weft/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_stream {                 /* all zero: closed */
    struct weft_transport transport; /* public: its limits, descriptor, error */
    size_t partial;                  /* read-only: bytes that
                                        WEFT_EINCOMPLETEREAD left in the buffer
                                        of the caller                         */

    /* private */
    struct weft_task *reader; /* who waits in a read                    */
    size_t wanted;            /* the size it gave                       */
    size_t searched;          /* so many bytes of `in` it has looked at */
    const void *separators;   /* what it looks for: one text, or ...    */
    size_t separator_count;   /* ... an array of so many                */
    struct weft_list drainers;
    struct weft_list closers;
    struct weft_buffer in;
    unsigned char streak; /* reads since the driver reported bytes      */
};

/* Take over a connected socket, a pipe or a character device, which becomes
 * non-blocking and is closed with the stream. 0, WEFT_EBUSY for a closed stream
 * whose reader has not gone on yet, or as weft_transport_open. */
int weft_stream_open(struct weft_stream *stream, int fd);

static inline bool weft_stream_is_closed(const struct weft_stream *stream)
{
    return weft_transport_is_closed(&stream->transport);
}

/* No more bytes, neither in the buffer nor to come? */
static inline bool weft_stream_at_eof(const struct weft_stream *stream)
{
    return stream->transport.at_end && stream->in.size == 0;
}

/* How many bytes have come that nobody has read: kept here, beside those in the
 * kernel. */
static inline size_t weft_stream_buffered(const struct weft_stream *stream)
{
    return stream->in.size;
}

/* Receive no more: who reads gets what is here, and the end. */
void weft_stream_feed_eof(struct weft_stream *stream);

/* Under AWAIT: what there is, at most `size` bytes, waiting for the first one.
 * frame->value is the count; 0 at the end. */
struct weft_op weft_stream_read(struct weft_stream *stream, void *data,
                                size_t size) WEFT_MUST_AWAIT_;

/* Under AWAIT: exactly `size` bytes. When the stream ends before that, fails
 * with WEFT_EINCOMPLETEREAD; `data` has what came, stream->partial bytes. */
struct weft_op weft_stream_readexactly(struct weft_stream *stream, void *data,
                                       size_t size) WEFT_MUST_AWAIT_;

/* Under AWAIT: a line with its '\n', and a NUL behind it. The last line may
 * lack the '\n'; frame->value is the length, 0 at the end. A line of `size`
 * bytes or more fails with WEFT_ELIMIT, and what has arrived of it is
 * dropped. */
struct weft_op weft_stream_readline(struct weft_stream *stream, char *line,
                                    size_t size) WEFT_MUST_AWAIT_;

/* Under AWAIT: up to and with the first `separator`, a text; frame->value is
 * the length. Several of them: up to the first end of any, which is the
 * shortest. They must last as long as the await, and may not be empty:
 * WEFT_EINVAL. When there is none in `size` bytes, fails with WEFT_ELIMIT, and
 * the bytes stay for the next read; when the stream ends before, with
 * WEFT_EINCOMPLETEREAD, as readexactly. */
struct weft_op weft_stream_readuntil(struct weft_stream *stream, void *data,
                                     size_t size, const char *separator)
    WEFT_MUST_AWAIT_;
struct weft_op weft_stream_readuntil_any(struct weft_stream *stream, void *data,
                                         size_t size,
                                         const struct iovec *separators,
                                         size_t count) WEFT_MUST_AWAIT_;

/* Under AWAIT: until `size` bytes have come that nobody has read, or the end.
 * They stay for the next read, and are copied to `data` unless that is NULL.
 * frame->value is their count: if it is less than `size`, the peer is at its
 * end, or has gone. */
struct weft_op weft_stream_peek(struct weft_stream *stream, void *data,
                                size_t size) WEFT_MUST_AWAIT_;

/* Send now what the kernel takes, and keep a copy of the rest to send it in
 * the background. 0, WEFT_ECLOSED, WEFT_EINVALIDSTATE after write_eof, the
 * connection's error. When memory for the rest is missing, WEFT_ENOMEM breaks
 * the connection. Never waits: use drain between writes. */
int weft_stream_write(struct weft_stream *stream, const void *data,
                      size_t size);

/* The same with bytes from several places, gathered by the kernel. */
int weft_stream_writelines(struct weft_stream *stream,
                           const struct iovec *parts, size_t count);

/* Under AWAIT: while more than transport.high bytes are unsent, until at most
 * transport.low are. Does not yield when there is little. Raises the
 * connection's error. */
struct weft_op weft_stream_drain(struct weft_stream *stream) WEFT_MUST_AWAIT_;

/* Send the rest, then tell the peer that no more will come; reading goes on.
 * 0, as write, or -ENOTSUP where that cannot be told, as with TLS. */
int weft_stream_write_eof(struct weft_stream *stream);

/* Send the rest in the background, then close. Who is reading gets the end.
 * Harmless when closed. */
void weft_stream_close(struct weft_stream *stream);

/* Close now, and drop what is unsent. */
void weft_stream_abort(struct weft_stream *stream);

/* Under AWAIT, after close: until it is closed. Raises the error that broke
 * the connection before that. */
struct weft_op weft_stream_wait_closed(struct weft_stream *stream)
    WEFT_MUST_AWAIT_;

/* ---- Between files ---- */

/* What the driver reports of a stream. */
extern const struct weft_kind weft_stream_readable_;

/* What a read tries when it is called, and again whenever bytes have come:
 * what it gives, or WEFT_PENDING_. */
typedef int weft_stream_try_(struct weft_stream *stream, void *data,
                             size_t size);

/* For a read that keeps what it has in `in`: more of it. The count, 0 at the
 * end, WEFT_PENDING_, or a negative code. And: out of it. */
int weft_stream_fill_(struct weft_stream *stream);
int weft_stream_take_(struct weft_stream *stream, void *data, size_t size);

/* Begin such a read; and what the resume function of its wait gives. */
struct weft_op weft_stream_start_read_(struct weft_stream *stream, void *data,
                                       size_t size,
                                       const struct weft_wait_kind *wait,
                                       weft_stream_try_ *try_read);
int weft_stream_resume_read_(struct weft_task *task, int status,
                             const struct weft_wait_kind *wait,
                             weft_stream_try_ *try_read);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_STREAM_H */
