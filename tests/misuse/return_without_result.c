/* gcc: has no member named 'result' | clang: no member named 'result' */
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
    ASYNC_RETURN(5);
#endif
    ASYNC_END;
}
