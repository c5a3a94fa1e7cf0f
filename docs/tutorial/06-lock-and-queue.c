/* 06-lock-and-queue.c - two cooks, one list of orders, one oven. */
#include <stdio.h>
#include <weft.h>

/* [shared] */
static int places[2];
static struct weft_queue orders = WEFT_QUEUE(places); /* two fit in */
static struct weft_lock oven;                         /* zero: free */
/* [shared] */

static void say(const char *who, const char *what, int order)
{
    printf("%2d s  %s %s %d\n", (int)weft_loop_time(weft_loop_running()), who,
           what, order);
}

/* [cook] */
struct cook {
    struct weft_frame frame;
    const char *name;
    struct weft_lock_guard guard;
    int order;
};

static async cook(struct weft_frame *frame)
{
    ASYNC_BEGIN(cook);
    for (;;) {
        AWAIT(weft_queue_get(&orders, &self->order)); /* copied to order */
        say(self->name, "prepares", self->order);
        AWAIT(weft_sleep(1));
        ASYNC_WITH(&self->guard, weft_lock_guard(&self->guard, &oven)) {
            say(self->name, "bakes", self->order);
            AWAIT(weft_sleep(5));
        }
        weft_queue_task_done(&orders);
    }
    ASYNC_END;
}
/* [cook] */

/* [program] */
struct program {
    struct weft_frame frame;
    int i;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    weft_task_release(SPAWN(cook, .name = "ann"));
    weft_task_release(SPAWN(cook, .name = "bob"));
    for (self->i = 1; self->i <= 5; self->i++) {
        AWAIT(weft_queue_put(&orders, &self->i)); /* copied from i */
        say("you", "ordered", self->i);
    }
    AWAIT(weft_queue_join(&orders)); /* until each is task_done */
    say("all", "done:", 5);
    ASYNC_END; /* the cooks still wait for orders */
}
/* [program] */

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
