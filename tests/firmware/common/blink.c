/* blink.c - the least program for a device: an LED, and nothing else. */
/* [blink] */
#include <weft.h>

#include "board.h"

struct blink {
    struct weft_frame frame;
    int i; /* lives across an AWAIT, so it is in here */
};

static async blink(struct weft_frame *frame)
{
    ASYNC_BEGIN(blink);
    for (self->i = 0; self->i < 3; self->i++) {
        board_led(true);
        AWAIT(weft_sleep(0.1));
        board_led(false);
        AWAIT(weft_sleep(0.4));
    }
    ASYNC_END;
}
/* [blink] */

/* [main] */
static struct weft_bare bare;
static struct weft_loop loop;
static struct weft_heap_place alarm; /* one task sleeps at a time */
static struct weft_task task;
static struct blink slot;

int main(void)
{
    weft_bare_init(&bare);
    weft_loop_init(&loop, &bare.driver);
    weft_loop_set_alarms(&loop, &alarm, 1);
    board_open(NULL);
    if (START(&task, &slot, blink) < 0) {
        return 1; /* WEFT_ENOMEM: too few alarms */
    }
    return weft_loop_run_until_complete(&loop, &task) < 0;
}
/* [main] */
