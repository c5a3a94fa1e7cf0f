/* gcc: 'else' without a previous 'if' | clang: expected expression */
#include "weft.h"

struct job {
    struct weft_frame frame;
    int err;
};

async job(struct weft_frame *frame);
async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
#ifdef CORRECT
    ASYNC_TRY
#endif
    {
        AWAIT(weft_sleep(1));
    } ASYNC_CATCH(self->err) {
        self->err = 0;
    }
    ASYNC_END;
}
