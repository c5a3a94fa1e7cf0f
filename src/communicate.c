/* communicate.c - up to three tasks, one for each stream of a child. */
#include "weft/communicate.h"

#include <errno.h>

#include "weft/gather.h"
#include "weft/loop.h"

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"

/* How much is written between two looks at what is unsent, and how much room
 * there is for a read, at least. */
enum { CHILD_FEED = 65536, CHILD_DRAIN = 4096 };

/* ---- To the child ---- */

static int feed_child_some(struct weft_feed_child_ *feed)
{
    size_t some = feed->size < CHILD_FEED ? feed->size : CHILD_FEED;
    int status = weft_stream_write(feed->stream, feed->input, some);

    feed->input += some;
    feed->size -= some;
    return status;
}

/* Who does not read it to the end has had enough. */
static struct weft_async feed_child(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_feed_child_);
    ASYNC_TRY {
        while (self->size > 0) {
            self->error = feed_child_some(self);
            if (self->error < 0) {
                ASYNC_RAISE(self->error);
            }
            ASYNC_AWAIT(weft_stream_drain(self->stream));
        }
    }
    ASYNC_CATCH(self->error) {
        if (self->error != -EPIPE && self->error != -ECONNRESET) {
            ASYNC_RAISE(self->error);
        }
    }
    weft_stream_close(self->stream);
    ASYNC_END;
}

/* ---- From the child ---- */

/* Room for a read, and for the NUL behind all. */
static char *child_room(struct weft_drain_child_ *drain)
{
    size_t room = weft_buffer_room(drain->buffer);

    return weft_buffer_reserve(drain->buffer, drain->allocator,
                               room > CHILD_DRAIN ? room : CHILD_DRAIN + 1);
}

static struct weft_async drain_child(struct weft_frame *frame)
{
    char *place;

    ASYNC_BEGIN(weft_drain_child_);
    for (;;) {
        place = child_room(self);
        if (place == NULL) {
            ASYNC_RAISE(WEFT_ENOMEM);
        }
        ASYNC_AWAIT(weft_stream_read(self->stream, place,
                                     weft_buffer_room(self->buffer) - 1));
        if (frame->value == 0) {
            break;
        }
        weft_buffer_added(self->buffer, (size_t)frame->value);
        if (self->limit > 0 && self->buffer->size > self->limit) {
            ASYNC_RAISE(WEFT_ELIMIT);
        }
    }
    *child_room(self) = '\0';
    weft_stream_close(self->stream);
    ASYNC_END;
}

/* ---- All of it ---- */

static int add_talk(struct weft_communicate *communicate,
                    struct weft_frame *frame,
                    struct weft_async (*resume)(struct weft_frame *))
{
    size_t index = communicate->count;
    struct weft_task *task = &communicate->tasks[index];
    int status = weft_task_start_(task, frame, resume);

    if (status == 0) {
        communicate->joins[index].task = task;
        communicate->count++;
    }
    return status;
}

static int start_drain(struct weft_communicate *communicate, int index,
                       struct weft_stream *stream, struct weft_buffer *buffer)
{
    struct weft_drain_child_ *drain = &communicate->drains[index];

    if (weft_stream_is_closed(stream)) {
        return 0;
    }
    drain->stream = stream;
    drain->buffer = buffer;
    drain->allocator = communicate->allocator;
    drain->limit = communicate->limit;
    return add_talk(communicate, &drain->frame, drain_child);
}

static int start_talking(struct weft_communicate *communicate)
{
    struct weft_process *process = communicate->process;
    int status = 0;

    communicate->allocator = weft_loop_running()->allocator;
    if (!weft_stream_is_closed(&process->in)) {
        communicate->feed.stream = &process->in;
        communicate->feed.input = communicate->input;
        communicate->feed.size =
            communicate->input != NULL ? communicate->size : 0;
        status = add_talk(communicate, &communicate->feed.frame, feed_child);
    }
    if (status == 0) {
        status = start_drain(communicate, 0, &process->out, &communicate->out);
    }
    if (status == 0) {
        status = start_drain(communicate, 1, &process->err, &communicate->err);
    }
    return status;
}

static void stop_talking(struct weft_communicate *communicate)
{
    for (size_t i = 0; i < communicate->count; i++) {
        weft_task_cancel(communicate->joins[i].task);
    }
}

struct weft_async weft_communicate(struct weft_frame *frame)
{
    int status;

    ASYNC_BEGIN(weft_communicate);
    status = start_talking(self);
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    ASYNC_AWAIT(weft_gather(self->joins, self->count, 0));
    ASYNC_AWAIT(weft_process_wait(self->process));
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        stop_talking(self);
        ASYNC_TRY {
            ASYNC_AWAIT(
                weft_gather(self->joins, self->count, WEFT_RETURN_ERRORS));
        }
        ASYNC_CATCH_ALL(self->error) {
            /* cancelled once more; all have ended by now */
        }
        weft_communicate_close(self);
    }
    weft_join_release(self->joins, self->count);
    if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    ASYNC_END;
}

void weft_communicate_close(struct weft_communicate *communicate)
{
    weft_buffer_close(&communicate->out, communicate->allocator);
    weft_buffer_close(&communicate->err, communicate->allocator);
}
