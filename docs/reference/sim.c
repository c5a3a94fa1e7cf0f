/* sim.c - a day in no time, and a program that is stuck. */
#include <stdio.h>
#include <weft.h>

static struct weft_event never;

struct program {
    struct weft_frame frame;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    AWAIT(weft_sleep(24 * 3600));
    printf("a day has passed: %g s\n", weft_loop_time(weft_loop_current()));
    AWAIT(weft_event_wait(&never));
    ASYNC_FINALLY
    printf("program ends: %s\n", weft_error_name(frame->outcome));
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
    printf("the run: %s\n", weft_error_message(status));
    return weft_loop_close(&loop) ? 1 : 0;
}
