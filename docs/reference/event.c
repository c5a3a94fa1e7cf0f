/* event.c - two workers wait for one signal. */
#include <stdio.h>
#include <weft.h>

static struct weft_event ready;

struct worker {
    struct weft_frame frame;
    const char *name;
};

static async worker(struct weft_frame *frame)
{
    ASYNC_BEGIN(worker);
    printf("%s waits\n", self->name);
    AWAIT(weft_event_wait(&ready));
    printf("%s goes on, flag is %s\n", self->name,
           weft_event_is_set(&ready) ? "set" : "clear");
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    weft_task_release(SPAWN(worker, .name = "a"));
    weft_task_release(SPAWN(worker, .name = "b"));
    AWAIT(weft_sleep(1));
    weft_event_set(&ready);
    weft_event_clear(&ready); /* too late to hold them back */
    printf("set and cleared\n");
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
