/* says: the file is too long */
#include "weft.h"

struct job {
    struct weft_frame frame;
};

async job(struct weft_frame *frame);
async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    AWAIT(weft_sleep(1));
#ifndef CORRECT
#line 1000000
#endif
    ASYNC_END;
}
