/* select.c - whoever is first: an item, or the time. */
#include <stdio.h>
#include <weft.h>

ASYNC_OPERATION(get_item, weft_queue_get(self->queue, self->item),
                struct weft_queue *queue;
                int *item;);
ASYNC_OPERATION(nap, weft_sleep(self->seconds), double seconds;);

static int places[4];
static struct weft_queue items = WEFT_QUEUE(places);

struct program {
    struct weft_frame frame;
    struct weft_join jobs[2];
    int item;
    int i;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    (void)weft_queue_put_nowait(&items, &(int){7});
    for (self->i = 0; self->i < 2; self->i++) {
        self->jobs[0].task =
            SPAWN(get_item, .queue = &items, .item = &self->item);
        self->jobs[1].task = SPAWN(nap, .seconds = 1);
        AWAIT(weft_select(self->jobs, 2));
        if (frame->value == 0) {
            printf("item %d\n", self->item);
        } else {
            printf("no item after %g s\n", weft_loop_time(weft_loop_running()));
        }
        weft_join_release(self->jobs, 2);
    }
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
