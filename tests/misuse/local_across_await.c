/* gcc: jumps over variable initialization | clang: cannot tell */
#include "weft.h"

struct job {
    struct weft_frame frame;
    int total;
};

async job(struct weft_frame *frame);
async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
#ifndef CORRECT
    int total = self->total;
#endif
    AWAIT(weft_sleep(1));
#ifndef CORRECT
    self->total = total;
#endif
    ASYNC_END;
}
