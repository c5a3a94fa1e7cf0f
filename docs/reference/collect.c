/* collect.c - values into an array, and a queue to its end. */
#include <stdio.h>
#include <weft.h>

struct tens {
    struct weft_frame frame;
    int limit;
    int value;
    int i;
};

static async tens(struct weft_frame *frame)
{
    ASYNC_BEGIN(tens);
    for (self->i = 1; self->i <= self->limit; self->i++) {
        YIELD(self->i * 10);
    }
    ASYNC_END;
}

static int places[8];
static struct weft_queue jobs = WEFT_QUEUE(places);

struct worker {
    struct weft_frame frame;
    int job;
};

static async worker(struct weft_frame *frame)
{
    ASYNC_BEGIN(worker);
    /* [while] */
    ASYNC_WHILE(weft_queue_get(&jobs, &self->job)) {
        printf("job %d\n", self->job);
        weft_queue_task_done(&jobs);
    }
    printf("no more jobs\n"); /* the queue was shut down */
    /* [while] */
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct tens tens;
    int found[4];
    int count;
    int err;
    struct weft_task *worker;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->worker = SPAWN(worker);
    ASYNC_GENERATOR(&self->tens, tens, .limit = 6);
    /* [collect] */
    ASYNC_TRY {
        ASYNC_COLLECT(&self->tens, self->found, self->count);
    }
    ASYNC_CATCH(self->err) {
        printf("%s\n", weft_error_message(self->err));
    }
    for (int i = 0; i < self->count; i++) {
        weft_queue_put_nowait(&jobs, &self->found[i]);
    }
    ASYNC_FOR(&self->tens) { /* what found no place */
        weft_queue_put_nowait(&jobs, &self->tens.value);
    }
    /* [collect] */
    weft_queue_shutdown(&jobs, false);
    AWAIT(weft_join(self->worker));
    weft_task_release(self->worker);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
