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
    ASYNC_TRY {
        AWAIT(weft_sleep(1));
#ifndef CORRECT
        ASYNC_FINALLY
            AWAIT(weft_sleep(2));
#endif
    } ASYNC_CATCH(self->err) {
        self->err = 0;
    }
    ASYNC_END;
}
