/* depth.c - a coroutine that yields, far below its task. */
#include "ours.h"

struct nested {
    struct weft_frame frame;
    struct nested *inner;
    long depth;
    long count;
    long i;
};

static async nested(struct weft_frame *frame)
{
    ASYNC_BEGIN(nested);
    if (self->depth > 1) {
        AWAIT(CALL(self->inner, nested, .depth = self->depth - 1,
                   .count = self->count, .inner = self->inner + 1));
    } else {
        for (self->i = 0; self->i < self->count; self->i++) {
            AWAIT(weft_sleep(0));
        }
    }
    ASYNC_END;
}

void weft_run_nested(long depth, long count)
{
    struct nested *frames = bench_memory((size_t)depth, sizeof *frames);

    if (ASYNC_RUN(nested, .inner = frames, .depth = depth, .count = count) <
        0) {
        abort();
    }
    free(frames);
}
