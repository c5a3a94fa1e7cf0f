/* sleep.c - tasks that sleep, all at once. */
#include "ours.h"

struct sleeper {
    struct weft_frame frame;
    double seconds;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    AWAIT(weft_sleep(self->seconds));
    ASYNC_END;
}

struct sleepers {
    struct weft_frame frame;
    long tasks;
    double seconds;
};

static async sleepers(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleepers);
    for (long i = 0; i < self->tasks; i++) {
        weft_task_release(SPAWN(sleeper, .seconds = self->seconds));
    }
    while (weft_loop_current()->task_count > 1) {
        AWAIT(weft_sleep(0.001));
    }
    ASYNC_END;
}

void weft_run_sleep(long tasks, double seconds)
{
    if (ASYNC_RUN(sleepers, .tasks = tasks, .seconds = seconds) < 0) {
        abort();
    }
}
