/* use-the-core-alone.c - two lights, on a device whose clock is played. */
#define WEFT_FREESTANDING     /* weft_core.h does that itself */
#define WEFT_IMPLEMENTATION 1 /* in exactly one file of a program */
#include <weft.h>

#include <stdio.h>
#include <stdlib.h>

/* [port] */
static weft_ticks ticks; /* on a device: counted by an interrupt */

weft_ticks weft_port_now(void)
{
    return ticks;
}

void weft_port_idle(weft_ticks timeout)
{
    ticks += timeout; /* on a device: sleep until an interrupt */
}

unsigned weft_port_enter(void)
{
    return 0; /* on a device: mask interrupts */
}

void weft_port_exit(unsigned state)
{
    (void)state;
}

void weft_port_trap(const char *message, const char *name, const char *file,
                    int line)
{
    printf("%s:%d: %s: %s\n", file, line, name, message);
    exit(2);
}
/* [port] */

/* [program] */
struct blink {
    struct weft_frame frame;
    int light;
    double seconds;
    int i;
};

static async blink(struct weft_frame *frame)
{
    ASYNC_BEGIN(blink);
    for (self->i = 0; self->i < 2; self->i++) {
        printf("light %d\n", self->light);
        AWAIT(weft_sleep(self->seconds));
    }
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_task task;
    struct blink red;
    struct blink green;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    START(&self->task, &self->green, blink, .light = 2, .seconds = 0.3);
    AWAIT(CALL(&self->red, blink, .light = 1, .seconds = 0.5));
    AWAIT(weft_join(&self->task));
    weft_task_release(&self->task);
    ASYNC_END;
}

int main(void)
{
    static struct weft_bare bare;
    static struct weft_loop loop;
    static struct weft_heap_place alarms[2]; /* one for each task */

    weft_bare_init(&bare);
    weft_loop_init(&loop, &bare.driver);
    weft_loop_set_alarms(&loop, alarms, 2);
    return ASYNC_RUN_IN(&loop, program) ? 1 : 0;
}
/* [program] */
