/* differences.c - where weft is not asyncio. */
#include <stdio.h>
#include <weft.h>

struct sleeper {
    struct weft_frame frame;
    int id;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    AWAIT(weft_sleep(1));
    printf(" %d", self->id);
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_timeout limit;
    struct weft_join jobs[4];
    int i;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    printf("equal deadlines:");
    for (int i = 0; i < 4; i++) {
        self->jobs[i].task = SPAWN(sleeper, .id = i);
    }
    AWAIT(weft_gather(self->jobs, 4, 0));
    weft_join_release(self->jobs, 4);

    printf("\nbreak in a with:");
    /* [break] */
    for (self->i = 0; self->i < 3; self->i++) {
        ASYNC_WITH(&self->limit, weft_timeout(&self->limit, 1)) {
            printf(" round %d", self->i);
            break; /* leaves the block, and the loop goes on */
        }
    }
    /* [break] */

    printf("\n300 requests: ");
    for (int i = 0; i < 300; i++) {
        weft_task_cancel(weft_current_task());
    }
    printf("%u\n", weft_task_cancelling(weft_current_task()));
    while (weft_task_uncancel(weft_current_task()) > 0) {
    }
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
