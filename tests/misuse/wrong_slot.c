/* gcc: incompatible types when assigning | clang: from incompatible type */
#include "weft.h"

struct step {
    struct weft_frame frame;
    int number;
};

struct other {
    struct weft_frame frame;
};

async step(struct weft_frame *frame);

struct job {
    struct weft_frame frame;
    struct step step;
    struct other other;
};

async job(struct weft_frame *frame);
async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    AWAIT(CALL(&self->step, step, .number = 1));
#ifndef CORRECT
    AWAIT(CALL(&self->other, step, .number = 1));
#endif
    ASYNC_END;
}
