/* semaphore.c - five downloads, two at a time. */
#include <stdio.h>
#include <weft.h>

static struct weft_semaphore slots = WEFT_SEMAPHORE(2);

struct download {
    struct weft_frame frame;
    struct weft_semaphore_guard guard;
    int id;
};

static async download(struct weft_frame *frame)
{
    ASYNC_BEGIN(download);
    ASYNC_WITH(&self->guard, weft_semaphore_guard(&self->guard, &slots)) {
        printf("%g s: %d\n", weft_loop_time(weft_loop_current()), self->id);
        AWAIT(weft_sleep(1));
    }
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_join jobs[5];
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    for (int i = 0; i < 5; i++) {
        self->jobs[i].task = SPAWN(download, .id = i);
    }
    AWAIT(weft_gather(self->jobs, 5, 0));
    weft_join_release(self->jobs, 5);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
