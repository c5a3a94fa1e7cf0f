/* workers.c - four loops in four threads add up their shares. */
#include <stdatomic.h>
#include <stdio.h>
#include <weft.h>

enum { WORKERS = 4 };

static atomic_int total;

struct add {
    struct weft_frame frame;
    int limit;
    int i;
};

static async add(struct weft_frame *frame)
{
    ASYNC_BEGIN(add);
    for (self->i = weft_worker_index(); self->i < self->limit;
         self->i += WORKERS) {
        atomic_fetch_add(&total, self->i);
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

int main(void)
{
    static struct weft_workers workers;
    int status = weft_workers_run(&workers, WORKERS, add, .limit = 100);

    printf("total %d\n", atomic_load(&total));
    return status ? 1 : 0;
}
