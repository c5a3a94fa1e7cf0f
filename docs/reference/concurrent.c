/* concurrent.c - a thread computes, and a task waits without blocking. */
#include <pthread.h>
#include <stdio.h>
#include <weft.h>

struct work {
    struct weft_concurrent done;
    int number;
    int square;
};

static void *compute(void *arg)
{
    struct work *work = arg;

    if (weft_concurrent_start(&work->done)) {
        work->square = work->number * work->number;
        weft_concurrent_set_result(&work->done, work);
    }
    return NULL;
}

struct program {
    struct weft_frame frame;
    struct work work;
    pthread_t thread;
    bool has_thread;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->work.number = 12;
    if (pthread_create(&self->thread, NULL, compute, &self->work) != 0) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    self->has_thread = true;
    AWAIT(weft_concurrent_wait(&self->work.done));
    printf("the square is %d\n", self->work.square);
    ASYNC_FINALLY
    if (self->has_thread) {
        pthread_join(self->thread, NULL); /* it uses what is in `self` */
    }
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}
