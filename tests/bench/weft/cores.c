/* cores.c - the same work in each of several threads: does it add up?
 *
 *     cores COUNT      yields a microsecond of so many workers, 1000 tasks each
 */
#include <stdio.h>

#include "../bench.h"
#include "weft.h"

enum { TASKS = 1000, YIELDS = 20000 };

struct yielder {
    struct weft_frame frame;
    int i;
};

static async yielder(struct weft_frame *frame)
{
    ASYNC_BEGIN(yielder);
    for (self->i = 0; self->i < YIELDS; self->i++) {
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

struct work {
    struct weft_frame frame;
    struct weft_join joins[TASKS];
};

static async work(struct weft_frame *frame)
{
    ASYNC_BEGIN(work);
    for (int i = 0; i < TASKS; i++) {
        self->joins[i].task = SPAWN(yielder);
    }
    AWAIT(weft_gather(self->joins, TASKS, 0));
    weft_join_release(self->joins, TASKS);
    ASYNC_END;
}

int main(int argc, char **argv)
{
    static struct weft_workers workers;
    int count = argc > 1 ? atoi(argv[1]) : 1;
    double begin = now_ns();

    if (weft_workers_run(&workers, count, work) < 0) {
        return 1;
    }
    printf("yields_per_us\t%.1f\n",
           (double)count * TASKS * YIELDS * 1e3 / (now_ns() - begin));
    return 0;
}
