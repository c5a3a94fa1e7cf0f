/* thread_queue.c - a thread that blocks feeds a task that does not. */
#include <stdio.h>
#include <weft.h>

static int places[2];
static struct weft_thread_queue numbers = WEFT_THREAD_QUEUE(places);

/* In a thread, and soon ahead of the other side: then it waits. */
static int produce(void *arg)
{
    const int *limit = arg;

    for (int i = 1; i <= *limit; i++) {
        int status =
            weft_thread_queue_put_blocking(&numbers, &i, WEFT_NO_TIMEOUT);

        if (status < 0) {
            return status;
        }
    }
    weft_thread_queue_shutdown(&numbers, false);
    return 0;
}

struct program {
    struct weft_frame frame;
    struct weft_job job;
    int limit;
    int number;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->limit = 5;
    if (weft_executor_submit(NULL, &self->job, produce, &self->limit) < 0) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    ASYNC_WHILE(weft_thread_queue_get(&numbers, &self->number)) {
        printf("%d squared is %d\n", self->number, self->number * self->number);
    }
    AWAIT(weft_job_wait(&self->job));
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}
