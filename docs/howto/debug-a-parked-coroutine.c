/* debug-a-parked-coroutine.c - where is everybody? */
#include <stdio.h>
#include <weft.h>

static struct weft_event never;

struct inner {
    struct weft_frame frame;
};

static async inner(struct weft_frame *frame)
{
    ASYNC_BEGIN(inner);
    AWAIT(weft_event_wait(&never));
    ASYNC_END;
}

struct outer {
    struct weft_frame frame;
    struct inner inner;
};

static async outer(struct weft_frame *frame)
{
    ASYNC_BEGIN(outer);
    AWAIT(CALL(&self->inner, inner));
    ASYNC_END;
}

/* [dump] */
static void show(void *arg)
{
    (void)arg;
    weft_dump(weft_loop_running(), stdout);
    weft_event_set(&never);
}
/* [dump] */

struct program {
    struct weft_frame frame;
    struct weft_task *task;
    struct weft_timer timer;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->task = SPAWN(outer);
    weft_task_set_name(self->task, "stuck");
    weft_call_later(weft_loop_running(), &self->timer, 1, show, NULL);
    AWAIT(weft_join(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
