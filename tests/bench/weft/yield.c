/* yield.c - tasks that let each other run. */
#include "ours.h"

struct yielder {
    struct weft_frame frame;
    long count;
    long i;
};

static async yielder(struct weft_frame *frame)
{
    ASYNC_BEGIN(yielder);
    for (self->i = 0; self->i < self->count; self->i++) {
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

static struct weft_task *spawn_yielder(struct many *many, long i)
{
    (void)i;
    return SPAWN(yielder, .count = many->count);
}

void weft_run_yield(long tasks, long count)
{
    run_many(spawn_yielder, tasks, 1, count);
}
