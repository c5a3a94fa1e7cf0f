/* select.c - whoever is first. */
#include <stdio.h>
#include <weft.h>

struct source {
    struct weft_frame frame;
    const char *name;
    double seconds;
};

static async source(struct weft_frame *frame)
{
    ASYNC_BEGIN(source);
    AWAIT(weft_sleep(self->seconds));
    ASYNC_FINALLY
    printf("%s: %s\n", self->name, weft_error_name(frame->outcome));
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_join jobs[2];
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->jobs[0].task = SPAWN(source, .name = "network", .seconds = 5);
    self->jobs[1].task = SPAWN(source, .name = "cache", .seconds = 1);
    AWAIT(weft_select(self->jobs, 2));
    printf("number %d at %g s\n", frame->value,
           weft_loop_time(weft_loop_current()));
    weft_join_release(self->jobs, 2);
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
