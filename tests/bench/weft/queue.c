/* queue.c - numbers from one task to another. */
#include "ours.h"

static int one_place[1];
static int many_places[128];
static struct weft_queue short_queue = WEFT_QUEUE(one_place);
static struct weft_queue long_queue = WEFT_QUEUE(many_places);

struct producer {
    struct weft_frame frame;
    struct weft_queue *queue;
    int count;
    int i;
};

static async producer(struct weft_frame *frame)
{
    ASYNC_BEGIN(producer);
    for (self->i = 0; self->i < self->count; self->i++) {
        AWAIT(weft_queue_put(self->queue, &self->i));
    }
    ASYNC_END;
}

struct consumer {
    struct weft_frame frame;
    struct weft_queue *queue;
    int count;
    int i;
    int got;
};

static async consumer(struct weft_frame *frame)
{
    ASYNC_BEGIN(consumer);
    for (self->i = 0; self->i < self->count; self->i++) {
        AWAIT(weft_queue_get(self->queue, &self->got));
        if (self->got != self->i) {
            abort();
        }
    }
    ASYNC_END;
}

struct transfer {
    struct weft_frame frame;
    struct weft_queue *queue;
    int count;
    struct weft_join ends[2];
};

static async transfer(struct weft_frame *frame)
{
    ASYNC_BEGIN(transfer);
    self->ends[0].task =
        SPAWN(producer, .queue = self->queue, .count = self->count);
    self->ends[1].task =
        SPAWN(consumer, .queue = self->queue, .count = self->count);
    AWAIT(weft_gather(self->ends, 2, 0));
    weft_join_release(self->ends, 2);
    ASYNC_END;
}

void weft_run_queue(long capacity, long count)
{
    struct weft_queue *queue = capacity == 1 ? &short_queue : &long_queue;

    if (ASYNC_RUN(transfer, .queue = queue, .count = (int)count) < 0) {
        abort();
    }
}
