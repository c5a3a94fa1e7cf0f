/* says: the first member of struct job must be struct weft_frame frame */
#include "weft.h"

struct job {
#ifndef CORRECT
    int number;
#endif
    struct weft_frame frame;
};

async job(struct weft_frame *frame);
async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    AWAIT(weft_sleep(1));
    ASYNC_END;
}
