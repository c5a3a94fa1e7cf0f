/* gcc: request for member 'status' | clang: member reference base type */
#include "weft.h"

struct job {
    struct weft_frame frame;
};

int now_or_never(void);

async job(struct weft_frame *frame);
async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    AWAIT(weft_sleep(1));
#ifndef CORRECT
    AWAIT(now_or_never());
#endif
    ASYNC_END;
}
