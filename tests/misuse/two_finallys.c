/* says: duplicate case value */
#include "weft.h"

struct job {
    struct weft_frame frame;
    int err;
};

async job(struct weft_frame *frame);
async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    AWAIT(weft_sleep(1));
    ASYNC_FINALLY
        self->err = frame->outcome;
#ifndef CORRECT
    ASYNC_FINALLY
        self->err = frame->outcome;
#endif
    ASYNC_END;
}
