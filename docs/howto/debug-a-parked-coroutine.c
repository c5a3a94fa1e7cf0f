/* debug-a-parked-coroutine.c - where is everybody? */
#include <stdio.h>
#include <weft.h>

/* [dump] */
/* One line for each task that is not done: its name, and the place where each
 * of its coroutines stands, the innermost first. */
static void dump_tasks(struct weft_loop *loop)
{
    struct weft_task *task = NULL;
    char name[32];

    while ((task = weft_all_tasks(loop, task)) != NULL) {
        printf("%s:", weft_task_get_name(task, name, sizeof name));
        for (struct weft_frame *frame = task->frame; frame != NULL;
             frame = frame->caller) {
            printf(" %s line %d", weft_frame_site(frame).name,
                   weft_frame_line(frame));
        }
        printf("\n");
    }
}
/* [dump] */

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

struct program {
    struct weft_frame frame;
    struct weft_task *task;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->task = SPAWN(outer);
    weft_task_set_name(self->task, "stuck");
    AWAIT(weft_sleep(1));
    dump_tasks(weft_loop_current());
    weft_event_set(&never);
    AWAIT(weft_join(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

int main(void)
{
    struct weft_sim sim;
    struct weft_loop loop;
    int status;

    weft_sim_init(&sim);
    weft_loop_init(&loop, &sim.driver);
    loop.allocator = weft_allocator_libc();
    status = ASYNC_RUN_IN(&loop, program);
    weft_loop_close(&loop);
    return status ? 1 : 0;
}
