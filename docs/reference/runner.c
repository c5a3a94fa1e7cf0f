/* runner.c - two runs of one runner, on a clock that jumps. */
#include <stdio.h>
#include <weft.h>

struct lamp {
    struct weft_frame frame;
};

static async lamp(struct weft_frame *frame)
{
    ASYNC_BEGIN(lamp);
    for (;;) {
        AWAIT(weft_sleep(20));
        printf("%g s: blink\n", weft_loop_time(weft_loop_running()));
    }
    ASYNC_FINALLY
    printf("lamp: %s\n", weft_error_name(frame->outcome));
    ASYNC_END;
}

struct begin {
    struct weft_frame frame;
};

static async begin(struct weft_frame *frame)
{
    ASYNC_BEGIN(begin);
    weft_task_release(SPAWN(lamp)); /* goes on in later runs */
    ASYNC_END;
}

struct stay {
    struct weft_frame frame;
    double seconds;
};

static async stay(struct weft_frame *frame)
{
    ASYNC_BEGIN(stay);
    AWAIT(weft_sleep(self->seconds));
    printf("%g s: enough\n", weft_loop_time(weft_loop_running()));
    ASYNC_END;
}

int main(void)
{
    struct weft_sim sim;
    struct weft_runner runner;

    weft_sim_init(&sim);
    if (weft_runner_open_on(&runner, &sim.driver) < 0) {
        return 1;
    }
    ASYNC_RUN_ON(&runner, begin);
    printf("between the runs\n");
    ASYNC_RUN_ON(&runner, stay, .seconds = 50);
    return weft_runner_close(&runner) < 0;
}
