/* says: ASYNC_FINALLY must not be inside a block */
#include "weft.h"

struct job {
    struct weft_frame frame;
    int err;
};

async job(struct weft_frame *frame);
async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    if (self->err == 0) {
        AWAIT(weft_sleep(1));
#ifdef CORRECT
    }
#endif
    ASYNC_FINALLY
        self->err = frame->outcome;
#ifndef CORRECT
    }
#endif
    ASYNC_END;
}
