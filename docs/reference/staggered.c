/* staggered.c - three addresses, and the first that answers. */
#include <stdio.h>
#include <weft.h>

struct dial {
    struct weft_frame frame;
    const char *address;
    double seconds; /* until there is an answer */
    int code;       /* a bad one                */
    int result;
};

static async dial(struct weft_frame *frame)
{
    ASYNC_BEGIN(dial);
    printf("%g s: dial %s\n", weft_loop_time(weft_loop_running()),
           self->address);
    AWAIT(weft_sleep(self->seconds));
    if (self->code < 0) {
        ASYNC_RAISE(self->code);
    }
    ASYNC_RETURN(42);
    ASYNC_FINALLY
    printf("%g s: %s: %s\n", weft_loop_time(weft_loop_running()), self->address,
           weft_error_name(frame->outcome));
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_staggered race;
    struct weft_attempt attempts[3];
    struct dial dials[3];
};

/* The attempt with this number. */
static struct weft_op dial_one(void *arg, size_t index)
{
    static const struct dial plans[] = {
        {.address = "2001:db8::1", .seconds = 9},
        {.address = "192.0.2.1", .seconds = 0.1, .code = WEFT_EUSER},
        {.address = "192.0.2.2", .seconds = 0.5}};
    struct program *self = arg;

    return CALL(&self->dials[index], dial, .address = plans[index].address,
                .seconds = plans[index].seconds, .code = plans[index].code);
}

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    AWAIT(CALL(&self->race, weft_staggered, .begin = dial_one, .arg = self,
               .attempts = self->attempts, .count = 3,
               .delay = weft_ticks_from(0.25)));
    if (self->race.winner >= 0) {
        printf("%d from %s\n", self->dials[self->race.winner].result,
               self->dials[self->race.winner].address);
    }
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
