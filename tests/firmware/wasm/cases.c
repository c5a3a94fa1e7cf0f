/* cases.c - tasks that leave their host without a deadline. */
#include <stdio.h>

#include "web.h"

static struct weft_event never;

struct waiting {
    struct weft_frame frame;
};

static async waiting(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiting);
    printf("waiting\n");
    AWAIT(weft_event_wait(&never));
    ASYNC_END;
}

struct yielding {
    struct weft_frame frame;
    int turns;
};

static async yielding(struct weft_frame *frame)
{
    ASYNC_BEGIN(yielding);
    for (self->turns = 0; self->turns < 100; self->turns++) {
        AWAIT(weft_sleep(0));
    }
    printf("%d turns\n", self->turns);
    ASYNC_END;
}

int main(void)
{
    static struct weft_task task;
    static struct CASE slot;

    return START(&task, &slot, CASE);
}

/* What a page must not do. */
EXPORT("run_forever") int run_forever(void)
{
    return weft_loop_run_forever(weft_loop_current());
}
