/* communicate.h - give a child all its input, and take all its output.
 *
 * Python   asyncio.subprocess.Process.communicate
 * Memory   one struct; what comes is in two buffers from the loop's allocator
 * Moving   not while it runs
 * Errors   WEFT_ELIMIT for more output than is wanted; WEFT_ENOMEM; those of
 *          streams; WEFT_EINVALIDSTATE for a process that was never started
 *
 *     struct weft_process sort;                 in the coroutine's struct
 *     struct weft_communicate talk;
 *
 *     AWAIT(CALL(&self->talk, weft_communicate, .process = &self->sort,
 *                .input = "b\na\n", .size = 4));
 *     fwrite(weft_buffer_data(&self->talk.out), 1, self->talk.out.size, stdout);
 *
 *     ASYNC_FINALLY
 *     weft_communicate_close(&self->talk);
 *     AWAIT(weft_process_close(&self->sort));
 *
 * All streams go on at once, so that neither side waits for the other for
 * ever; then the end of the child is awaited.
 */
#ifndef WEFT_COMMUNICATE_H
#define WEFT_COMMUNICATE_H

#include "weft/join.h"
#include "weft/process.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_feed_child_ {
    struct weft_frame frame;
    struct weft_stream *stream;
    const char *input;
    size_t size;
    int error;
};

struct weft_drain_child_ {
    struct weft_frame frame;
    struct weft_stream *stream;
    struct weft_buffer *buffer;
    struct weft_allocator *allocator;
    size_t limit;
};

struct weft_communicate {
    struct weft_frame frame;
    struct weft_process *process; /* public: started, with WEFT_PIPE where
                                     something goes in or comes out        */
    const void *input;            /* public: for its `in`, or NULL         */
    size_t size;                  /* public: of that                       */
    size_t limit;                 /* public: at most so much from `out`, and
                                     from `err`; 0: no limit               */
    struct weft_buffer out, err;  /* read-only: after success, until the close;
                                     a NUL is behind the last byte         */

    /* private */
    struct weft_allocator *allocator;
    struct weft_feed_child_ feed;
    struct weft_drain_child_ drains[2];
    struct weft_task tasks[3];
    struct weft_join joins[3];
    size_t count;
    int error;
};

/* A coroutine: for CALL, SPAWN or START. Gives the child the input, closes its
 * `in`, also when there is none, and reads `out` and `err` to their ends;
 * succeeds when the child has ended, however that was: see its returncode. A
 * child that does not want all its input is no error. When this fails or is
 * cancelled, what came is dropped, and the child still runs. */
struct weft_async weft_communicate(struct weft_frame *frame);

/* Give the two buffers back. Harmless when that is done, and after a failure;
 * the struct was all zero, or used, before. */
void weft_communicate_close(struct weft_communicate *communicate);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_COMMUNICATE_H */
