/* page.c - what a program for a page looks like: it starts its tasks. */
#include <stdio.h>

#include "web.h"

/* [tasks] */
static int places[4]; /* of the clicks that nobody has looked at yet */
static struct weft_queue clicks = WEFT_QUEUE(places);

struct clicker {
    struct weft_frame frame;
    struct weft_wait_for patience;
    int round;
    int x;
    int err;
};

static async clicker(struct weft_frame *frame)
{
    ASYNC_BEGIN(clicker);
    for (self->round = 0; self->round < 3; self->round++) {
        ASYNC_TRY {
            AWAIT(weft_wait_for(&self->patience,
                                weft_queue_get(&clicks, &self->x), 2));
            printf("a click at %d\n", self->x);
        }
        ASYNC_CATCH(self->err) {
            printf("nobody clicks\n");
        }
    }
    ASYNC_END;
}

struct clock {
    struct weft_frame frame;
    int seconds;
};

static async clock(struct weft_frame *frame)
{
    ASYNC_BEGIN(clock);
    for (self->seconds = 1; self->seconds <= 3; self->seconds++) {
        AWAIT(weft_sleep(1));
        printf("%d s\n", self->seconds);
    }
    ASYNC_END;
}
/* [tasks] */

/* [page] */
static struct weft_task tasks[2];
static struct clicker clicker_slot;
static struct clock clock_slot;

int main(void) /* starts the tasks; the page goes on with them */
{
    int status = START(&tasks[0], &clicker_slot, clicker);

    return status < 0 ? status : START(&tasks[1], &clock_slot, clock);
}

EXPORT("click") int click(int x) /* for the page to call */
{
    return weft_queue_put_nowait(&clicks, &x);
}
/* [page] */
