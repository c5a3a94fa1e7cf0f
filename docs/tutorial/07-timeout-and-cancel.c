/* 07-timeout-and-cancel.c - three guests, and three ends of waiting. */
#include <stdio.h>
#include <weft.h>

/* [guest] */
struct guest {
    struct weft_frame frame;
    struct weft_event *dinner;
    int patience;
    struct weft_wait_for wait; /* what the deadline needs */
};

static async guest(struct weft_frame *frame)
{
    ASYNC_BEGIN(guest);
    AWAIT(weft_wait_for(&self->wait, weft_event_wait(self->dinner),
                        self->patience));
    printf("%2d s  a guest eats\n", (int)weft_loop_time(weft_loop_running()));
    ASYNC_END;
}
/* [guest] */

/* [program] */
struct program {
    struct weft_frame frame;
    struct weft_event dinner;
    struct weft_join guests[3];
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->guests[0].task =
        SPAWN(guest, .dinner = &self->dinner, .patience = 60);
    self->guests[1].task =
        SPAWN(guest, .dinner = &self->dinner, .patience = 20);
    self->guests[2].task =
        SPAWN(guest, .dinner = &self->dinner, .patience = 60);

    AWAIT(weft_sleep(10));
    weft_task_cancel(self->guests[2].task); /* a request: it returns at once */
    printf("10 s  guest 2 is asked to go; gone: %d\n",
           weft_task_done(self->guests[2].task));

    AWAIT(weft_sleep(30));
    weft_event_set(&self->dinner);
    AWAIT(weft_gather(self->guests, 3, WEFT_RETURN_ERRORS));
    for (int i = 0; i < 3; i++) {
        int error = weft_task_error(self->guests[i].task);

        printf("guest %d: %s\n", i, weft_error_name(error));
    }
    weft_join_release(self->guests, 3);
    ASYNC_END;
}
/* [program] */

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
