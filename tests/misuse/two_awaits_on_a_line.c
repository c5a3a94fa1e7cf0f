/* says: duplicate case value */
#include "weft.h"

struct job {
    struct weft_frame frame;
};

async job(struct weft_frame *frame);
async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
#ifndef CORRECT
    AWAIT(weft_sleep(1)); AWAIT(weft_sleep(2));
#endif
    ASYNC_END;
}
