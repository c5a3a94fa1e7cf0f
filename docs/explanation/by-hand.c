/* by-hand.c - the same coroutine twice: with the words, and without. */
#include <stdio.h>
#include <weft.h>

/* [words] */
struct words {
    struct weft_frame frame;
    int i;
};

static async words(struct weft_frame *frame)
{
    ASYNC_BEGIN(words);
    for (self->i = 1; self->i <= 2; self->i++) {
        AWAIT(weft_sleep(1));
        printf("words %d\n", self->i);
    }
    ASYNC_END;
}
/* [words] */

/* [hand] */
struct hand {
    struct weft_frame frame;
    int i;
};

static async hand(struct weft_frame *frame)
{
    static const struct weft_site site = {"hand", __FILE__};
    struct hand *self = (struct hand *)(void *)frame; /* ASYNC_BEGIN */
    int place = frame->state;
dispatch:
    switch (place) {
    default:
        return weft_frame_odd_(frame, &site);
    case WEFT_START_:
        for (self->i = 1; self->i <= 2; self->i++) {
            frame->state = 42; /* AWAIT */
            frame->value = weft_sleep(1).status;
            if (frame->value <= WEFT_TURN_) {
                return (struct weft_async){frame->value};
            case 42:;
            }
            if (frame->value < 0) {
                frame->error = frame->value;
                place = WEFT_END_;
                goto dispatch;
            }
            printf("hand %d\n", self->i);
        }
        goto end;
    case WEFT_END_: /* ASYNC_END */
        frame->outcome = frame->error;
        goto end;
    }
end:
    return weft_frame_finish_(frame);
}
/* [hand] */

struct program {
    struct weft_frame frame;
    struct weft_join jobs[2];
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->jobs[0].task = SPAWN(words);
    self->jobs[1].task = SPAWN(hand);
    AWAIT(weft_gather(self->jobs, 2, 0));
    weft_join_release(self->jobs, 2);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
