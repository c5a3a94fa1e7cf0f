/* gcc: incompatible types when returning | clang: incompatible result type */
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
    return 0;
#endif
    ASYNC_END;
}
