/* gcc: has no member named 'value' | clang: no member named 'value' */
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
    YIELD(5);
#endif
    ASYNC_END;
}
