/* says: ignoring return value of */
#include "weft.h"

static struct weft_event event;

struct job {
    struct weft_frame frame;
    struct weft_wait_for limit;
};

async job(struct weft_frame *frame);
async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    AWAIT(weft_wait_for(&self->limit, weft_event_wait(&event), 2));
#ifndef CORRECT
    weft_wait_for(&self->limit, weft_event_wait(&event), 2);
#endif
    ASYNC_END;
}
