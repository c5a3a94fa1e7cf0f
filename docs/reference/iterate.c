/* iterate.c - a generator that waits, and one that is left early. */
#include <stdio.h>
#include <weft.h>

struct ticks {
    struct weft_frame frame;
    double period;
    int value;
};

static async ticks(struct weft_frame *frame)
{
    ASYNC_BEGIN(ticks);
    for (;;) {
        AWAIT(weft_sleep(self->period));
        YIELD(self->value + 1);
    }
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct ticks ticks;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    ASYNC_GENERATOR(&self->ticks, ticks, .period = 0.5);
    ASYNC_FOR(&self->ticks) {
        printf("tick %d at %g s\n", self->ticks.value,
               weft_loop_time(weft_loop_current()));
        if (self->ticks.value == 2) {
            break; /* it stays where it yielded */
        }
    }
    printf("later\n");
    ASYNC_FOR(&self->ticks) {
        printf("tick %d\n", self->ticks.value);
        if (self->ticks.value == 4) {
            break;
        }
    }
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
