/* barrier.c - three runners start together. */
#include <stdio.h>
#include <weft.h>

static struct weft_barrier start;

struct runner {
    struct weft_frame frame;
    struct weft_barrier_wait wait;
    const char *name;
    double late;
};

static async runner(struct weft_frame *frame)
{
    ASYNC_BEGIN(runner);
    AWAIT(weft_sleep(self->late));
    AWAIT(CALL(&self->wait, weft_barrier_wait, .barrier = &start));
    printf("%g s: %s, number %zu to come\n",
           weft_loop_time(weft_loop_current()), self->name, self->wait.result);
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_join jobs[3];
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    weft_barrier_init(&start, 3);
    self->jobs[0].task = SPAWN(runner, .name = "a", .late = 1);
    self->jobs[1].task = SPAWN(runner, .name = "b", .late = 3);
    self->jobs[2].task = SPAWN(runner, .name = "c", .late = 2);
    AWAIT(weft_gather(self->jobs, 3, 0));
    weft_join_release(self->jobs, 3);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
