/* task.c - spawn, cancel, await, release. */
#include <stdio.h>
#include <weft.h>

struct worker {
    struct weft_frame frame;
    int rounds;
    int result;
};

static async worker(struct weft_frame *frame)
{
    ASYNC_BEGIN(worker);
    for (; self->result < self->rounds; self->result++) {
        AWAIT(weft_sleep(1));
    }
    ASYNC_FINALLY
    printf("worker leaves after %d: %s\n", self->result,
           weft_error_name(frame->outcome));
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_task *first, *second;
    int err;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->first = SPAWN(worker, .rounds = 2);
    self->second = SPAWN(worker, .rounds = 60);
    AWAIT(weft_join(self->first));
    printf("first: %d\n", WEFT_RESULT(self->first, worker));

    weft_task_cancel(self->second);
    printf("asked, not done: %d\n", weft_task_done(self->second));
    ASYNC_TRY {
        AWAIT(weft_join(self->second));
    }
    ASYNC_CATCH_ALL(self->err) {
        printf("second: %s\n", weft_error_name(self->err));
        if (weft_task_cancelling(weft_current_task()) > 0) {
            ASYNC_RAISE(self->err); /* it was this task that was cancelled */
        }
    }
    weft_task_release(self->first);
    weft_task_release(self->second);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
