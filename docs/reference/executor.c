/* executor.c - a pool of two threads, beside the loop's own. */
#include <stdio.h>
#include <weft.h>

struct sum {
    int first, last;
};

static int add_up(void *arg)
{
    const struct sum *sum = arg;
    int total = 0;

    for (int i = sum->first; i <= sum->last; i++) {
        total += i;
    }
    return total;
}

struct program {
    struct weft_frame frame;
    struct weft_executor executor;
    struct weft_job jobs[3];
    struct sum sums[3];
    int i;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    /* [now] */
    self->sums[0] = (struct sum){1, 10};
    AWAIT(weft_to_thread(add_up, &self->sums[0]));
    printf("%d\n", frame->value);
    /* [now] */

    /* [pool] */
    self->executor.thread_limit = 2;
    for (int i = 0; i < 3; i++) {
        self->sums[i] = (struct sum){1, 100 * (i + 1)};
        if (weft_executor_submit(&self->executor, &self->jobs[i], add_up,
                                 &self->sums[i]) < 0) {
            ASYNC_RAISE(WEFT_ENOMEM);
        }
    }
    for (self->i = 0; self->i < 3; self->i++) {
        AWAIT(weft_job_wait(&self->jobs[self->i]));
        printf("%d\n", frame->value);
    }
    /* [pool] */
    ASYNC_FINALLY
    weft_executor_close(&self->executor);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}
