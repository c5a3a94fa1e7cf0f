/* mixed.c - see mixed.h. */
#include "mixed.h"

static async count(struct weft_frame *frame)
{
    ASYNC_BEGIN(count);
    for (self->i = 0; self->i < self->to; self->i++) {
        AWAIT(weft_sleep(1));
    }
    ASYNC_RETURN(self->i);
    ASYNC_END;
}

int count_start(struct weft_task *task, struct count *slot, int to)
{
    return START(task, slot, count, .to = to);
}
