/* streams.h - a stream over a pair of sockets, and tasks that use it.
 *
 * `near` is the stream that is tested. Its peer is the plain socket far, or
 * the stream `away` on it.
 */
#ifndef STREAMS_H
#define STREAMS_H

#include "real.h"

static struct real real;
static struct weft_stream near;
static struct weft_stream away;
static int far;

static inline void reset_with(void (*make_pair)(int fds[2]))
{
    int fds[2];

    real_open(&real);
    real.world.loop.poll_turns = 1;
    memset(&near, 0, sizeof near);
    memset(&away, 0, sizeof away);
    make_pair(fds);
    CHECK_INT(weft_stream_open(&near, fds[0]), 0);
    far = fds[1];
}

static inline void reset(void)
{
    reset_with(real_pair);
}

static inline void open_away(void)
{
    CHECK_INT(weft_stream_open(&away, far), 0);
    far = -1;
}

static inline void close_far(void)
{
    if (far >= 0) {
        close(far);
        far = -1;
    }
}

static inline void finish(void)
{
    weft_stream_abort(&near);
    weft_stream_abort(&away);
    close_far();
    real_close(&real);
}

static inline void turns(int count)
{
    while (count-- > 0) {
        real_turn(&real);
    }
}

static inline void put(const char *text)
{
    CHECK_INT(write(far, text, strlen(text)), strlen(text));
}

/* Fill the kernel's memory, so that what is written next stays in `near`. */
static inline size_t fill(void)
{
    static char block[65536];
    size_t before = near.transport.out.size;
    size_t count = 0;

    while (near.transport.out.size == before) {
        CHECK_INT(weft_stream_write(&near, block, sizeof block), 0);
        count += sizeof block;
    }
    return count;
}

/* ---- Reading ---- */

enum how { READ, EXACTLY, LINE };

struct reader {
    struct weft_frame frame;
    struct weft_stream *stream;
    enum how how;
    size_t size;
    int times;
    int error;
    char data[64];
};

static inline struct weft_op start_reading(struct reader *self)
{
    switch (self->how) {
    case EXACTLY:
        return weft_stream_readexactly(self->stream, self->data, self->size);
    case LINE:
        return weft_stream_readline(self->stream, self->data, self->size);
    case READ:
    default:
        return weft_stream_read(self->stream, self->data, self->size);
    }
}

static inline async reader(struct weft_frame *frame)
{
    ASYNC_BEGIN(reader);
    for (; self->times > 0; self->times--) {
        memset(self->data, '#', sizeof self->data);
        ASYNC_TRY {
            AWAIT(start_reading(self));
            CHECK(self->how != LINE || self->data[frame->value] == '\0');
            CHECK_INT(self->data[frame->value + (self->how == LINE)], '#');
            trace("[%.*s]", frame->value, self->data);
        }
        ASYNC_CATCH(self->error) {
            trace("%s", weft_error_name(self->error));
            if (self->error == WEFT_EINCOMPLETEREAD) {
                trace("[%.*s]", (int)self->stream->partial, self->data);
            }
        }
    }
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s", weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

#define START_READER(how_, size_, times_)                          \
    SPAWN(reader, .stream = &near, .how = (how_), .size = (size_), \
          .times = (times_))
#define RUN_READER(how_, size_, times_)                                        \
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, reader, .stream = &near,          \
                           .how = (how_), .size = (size_), .times = (times_)), \
              0)

/* ---- Writing ---- */

enum { MUCH = 4 << 20 };

static inline unsigned char byte_at(size_t position)
{
    return (unsigned char)(position * 2654435761u >> 13);
}

/* Reads all of `away`, and compares. */
struct sink {
    struct weft_frame frame;
    size_t count;
    size_t wrong;
    size_t chunk;
    char data[10000];
};

static inline async sink(struct weft_frame *frame)
{
    ASYNC_BEGIN(sink);
    for (;;) {
        AWAIT(weft_stream_read(&away, self->data, self->chunk));
        if (frame->value == 0) {
            break;
        }
        for (int i = 0; i < frame->value; i++) {
            self->wrong +=
                (unsigned char)self->data[i] != byte_at(self->count++);
        }
    }
    trace("end");
    ASYNC_END;
}

static char much[MUCH];

static inline void fill_much(void)
{
    for (size_t i = 0; i < MUCH; i++) {
        much[i] = (char)byte_at(i);
    }
}

struct drainer {
    struct weft_frame frame;
};

static inline async drainer(struct weft_frame *frame)
{
    ASYNC_BEGIN(drainer);
    trace("drain");
    AWAIT(weft_stream_drain(&near));
    trace("drained");
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s", weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

struct closer {
    struct weft_frame frame;
};

static inline async closer(struct weft_frame *frame)
{
    ASYNC_BEGIN(closer);
    AWAIT(weft_stream_wait_closed(&near));
    trace("closed");
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s", weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

static inline void cancel_task(void *arg)
{
    trace("cancel");
    weft_task_cancel(arg);
}

#endif /* STREAMS_H */
