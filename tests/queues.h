/* queues.h - what the tests of queues share: one queue, of each kind in turn,
 * and tasks around it that trace what they get and put.
 */
#ifndef QUEUES_H
#define QUEUES_H

#include "check.h"
#include "sweep.h"
#include "turn.h"

static struct weft_queue queue;

static inline int by_value(const void *a, const void *b)
{
    int left = *(const int *)a;
    int right = *(const int *)b;

    return (left > right) - (left < right);
}

static inline void begin(enum weft_queue_order order, size_t maxsize)
{
    weft_queue_init(&queue, sizeof(int), maxsize);
    queue.order = order;
    queue.compare = by_value;
    world_open(&world);
}

/* To the end of all tasks; nobody waits for the queue any more. */
static inline void end(void)
{
    settle();
    CHECK(weft_list_is_empty(&queue.getters));
    CHECK(weft_list_is_empty(&queue.putters));
    CHECK(weft_list_is_empty(&queue.joiners));
    weft_queue_close(&queue);
    world_close(&world);
}

static inline int put(int item)
{
    return weft_queue_put_nowait(&queue, &item);
}

/* The item, or the negative code. */
static inline int get(void)
{
    int item = 0;
    int status = weft_queue_get_nowait(&queue, &item);

    return status < 0 ? status : item;
}

/* The same with the operations for AWAIT, where they need not wait. */
static inline int await_put(int item)
{
    return outcome(weft_queue_put(&queue, &item));
}

static inline int await_get(void)
{
    int item = 0;
    int status = outcome(weft_queue_get(&queue, &item));

    return status < 0 ? status : item;
}

/* Gets `count` items, one if it is 0. */
struct getter {
    struct weft_frame frame;
    const char *name;
    int count;
    int item;
};

static inline async getter(struct weft_frame *frame)
{
    ASYNC_BEGIN(getter);
    do {
        AWAIT(weft_queue_get(&queue, &self->item));
        trace("%s %d", self->name, self->item);
    } while (--self->count > 0);
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s %s", self->name, weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

/* Puts the numbers from `item` to `last`, one if that is 0. */
struct putter {
    struct weft_frame frame;
    int item;
    int last;
};

static inline async putter(struct weft_frame *frame)
{
    ASYNC_BEGIN(putter);
    do {
        AWAIT(weft_queue_put(&queue, &self->item));
        trace("put %d", self->item);
    } while (self->item++ < self->last);
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("put %d %s", self->item, weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

struct joiner {
    struct weft_frame frame;
};

static inline async joiner(struct weft_frame *frame)
{
    ASYNC_BEGIN(joiner);
    AWAIT(weft_queue_join(&queue));
    trace("joined");
    ASYNC_END;
}

/* A task for a test that wants to see its end; who starts one releases it. */
static inline struct weft_task *start_getter(const char *name)
{
    return SPAWN(getter, .name = name);
}

static inline struct weft_task *start_putter(int item)
{
    return SPAWN(putter, .item = item);
}

/* Its outcome; the reference goes. */
static inline int error_of(struct weft_task *task)
{
    int error = weft_task_error(task);

    weft_task_release(task);
    return error;
}

#define EACH_KIND(order)                                \
    for (enum weft_queue_order order = WEFT_QUEUE_FIFO; \
         order <= WEFT_QUEUE_PRIORITY; order++)

#endif /* QUEUES_H */
