/* queue.c - a producer that is faster than its consumer. */
#include <stdio.h>
#include <weft.h>

static int places[2];
static struct weft_queue jobs = WEFT_QUEUE(places);

static double now(void)
{
    return weft_loop_time(weft_loop_current());
}

struct consumer {
    struct weft_frame frame;
    int job;
};

static async consumer(struct weft_frame *frame)
{
    ASYNC_BEGIN(consumer);
    ASYNC_WHILE(weft_queue_get(&jobs, &self->job)) {
        AWAIT(weft_sleep(1)); /* the work */
        printf("%g s: done with %d\n", now(), self->job);
        weft_queue_task_done(&jobs);
    }
    printf("%g s: no more\n", now());
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_task *consumer;
    int i;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->consumer = SPAWN(consumer);
    for (self->i = 1; self->i <= 4; self->i++) {
        AWAIT(weft_queue_put(&jobs, &self->i));
        printf("%g s: put %d\n", now(), self->i);
    }
    AWAIT(weft_queue_join(&jobs));
    weft_queue_shutdown(&jobs, false);
    AWAIT(weft_join(self->consumer));
    weft_task_release(self->consumer);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
