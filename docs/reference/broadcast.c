/* broadcast.c - two readers of one feed, one of them slow. */
#include <stdio.h>
#include <weft.h>

static int places[3];
static struct weft_broadcast feed = WEFT_BROADCAST(places);

struct reader {
    struct weft_frame frame;
    const char *name;
    double pause; /* seconds after each item */
    struct weft_subscriber subscriber;
    int item;
    int err;
};

static async reader(struct weft_frame *frame)
{
    ASYNC_BEGIN(reader);
    weft_subscribe(&self->subscriber, &feed);
    do {
        self->err = 0;
        ASYNC_TRY {
            AWAIT(weft_broadcast_receive(&self->subscriber, &self->item));
            printf("%s reads %d\n", self->name, self->item);
            AWAIT(weft_sleep(self->pause));
        }
        ASYNC_CATCH(self->err) {
            if (self->err == WEFT_ELAGGED) {
                printf("%s missed %zu\n", self->name, self->subscriber.missed);
            }
        }
    } while (self->err == 0 || self->err == WEFT_ELAGGED);
    printf("%s: %s\n", self->name, weft_error_name(self->err));
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_join readers[2];
    int i;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->readers[0].task = SPAWN(reader, .name = "fast", .pause = 0.1);
    self->readers[1].task = SPAWN(reader, .name = "slow", .pause = 4.5);
    for (self->i = 1; self->i <= 5; self->i++) {
        AWAIT(weft_sleep(1));
        weft_broadcast_send(&feed, &self->i);
    }
    weft_broadcast_close(&feed);
    AWAIT(weft_gather(self->readers, 2, 0));
    weft_join_release(self->readers, 2);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
