/* says: ignoring return value of */
#include "weft.h"

struct job {
    struct weft_frame frame;
};

async job(struct weft_frame *frame);
async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
#ifndef CORRECT
    weft_sleep(1);
#endif
    ASYNC_END;
}
