/* gather.c - three tasks at once, one of which fails. */
#include <stdio.h>
#include <weft.h>

struct probe {
    struct weft_frame frame;
    double seconds;
    int error;
    double result;
};

static async probe(struct weft_frame *frame)
{
    ASYNC_BEGIN(probe);
    AWAIT(weft_sleep(self->seconds));
    if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    ASYNC_RETURN(self->seconds * 10);
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_join jobs[3];
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->jobs[0].task = SPAWN(probe, .seconds = 3);
    self->jobs[1].task = SPAWN(probe, .seconds = 1, .error = WEFT_ELIMIT);
    self->jobs[2].task = SPAWN(probe, .seconds = 2);
    AWAIT(weft_gather(self->jobs, 3, WEFT_RETURN_ERRORS));
    printf("after %g s\n", weft_loop_time(weft_loop_current()));
    for (int i = 0; i < 3; i++) {
        struct weft_task *task = self->jobs[i].task;
        int error = weft_task_error(task);

        if (error < 0) {
            printf("%d: %s\n", i, weft_error_message(error));
        } else {
            printf("%d: %g\n", i, WEFT_RESULT(task, probe));
        }
    }
    weft_join_release(self->jobs, 3);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
