/* sleep.c - tasks that sleep, all at once. */
#include "ours.h"

static double nap; /* of all: a member of each would be memory of each */

struct sleeper {
    struct weft_frame frame;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    AWAIT(weft_sleep(nap));
    ASYNC_END;
}

struct sleepers {
    struct weft_frame frame;
    long tasks;
};

static async sleepers(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleepers);
    for (long i = 0; i < self->tasks; i++) {
        weft_task_release(SPAWN(sleeper));
    }
    while (weft_loop_current()->task_count > 1) {
        AWAIT(weft_sleep(0.001));
    }
    ASYNC_END;
}

void weft_run_sleep(long tasks, double seconds)
{
    nap = seconds;
    if (ASYNC_RUN(sleepers, .tasks = tasks) < 0) {
        abort();
    }
}
