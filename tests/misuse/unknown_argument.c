/* gcc: has no member named 'nmuber' | clang: field designator 'nmuber' */
#include "weft.h"

struct step {
    struct weft_frame frame;
    int number;
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
    AWAIT(CALL(&self->step, step, .number = 1));
#ifndef CORRECT
    AWAIT(CALL(&self->step, step, .nmuber = 1));
#endif
    ASYNC_END;
}
