/* says: ignoring return value of */
#include "weft.h"

struct step {
    struct weft_frame frame;
};

async step(struct weft_frame *frame);

struct job {
    struct weft_frame frame;
    struct step step;
};

async job(struct weft_frame *frame);
async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
#ifndef CORRECT
    CALL(&self->step, step);
#endif
    ASYNC_END;
}
