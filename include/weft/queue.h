/* queue.h - items from some tasks to others, first in, first out.
 *
 * Python   asyncio.Queue; asyncio.LifoQueue and asyncio.PriorityQueue by `order`
 * Memory   one struct, and the items by value: in an array of yours, or in one
 *          that grows through the loop's allocator
 * Moving   not while a task is waiting
 * Errors   WEFT_EQUEUEEMPTY, WEFT_EQUEUEFULL from the _nowait forms;
 *          WEFT_EQUEUESHUTDOWN; WEFT_ENOMEM where it grows; WEFT_EINVALIDSTATE
 *          for one task_done too many; WEFT_EINVAL for a queue that was not
 *          set up
 *
 *     static int places[8];
 *     static struct weft_queue jobs = WEFT_QUEUE(places);
 *
 *     AWAIT(weft_queue_put(&jobs, &self->job)); copies *job in, when it fits
 *     AWAIT(weft_queue_get(&jobs, &self->job)); copies the oldest out
 *
 * What the pointers point to must outlive the await: members of `self`, or
 * static. A put or get that need not wait does not yield.
 */
#ifndef WEFT_QUEUE_H
#define WEFT_QUEUE_H

#include "weft/event.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which item a get takes. */
enum weft_queue_order {
    WEFT_QUEUE_FIFO,    /* the oldest */
    WEFT_QUEUE_LIFO,    /* the newest: asyncio.LifoQueue */
    WEFT_QUEUE_PRIORITY /* the least: asyncio.PriorityQueue */
};

struct weft_queue {
    size_t maxsize;        /* read-only: 0 for no bound              */
    size_t item_size;      /* read-only: bytes of one item           */
    size_t count;          /* read-only: items in it                 */
    size_t unfinished;     /* read-only: put, and not task_done      */
    bool is_shut_down;     /* read-only                              */
    char *items;           /* private: a ring of `capacity` items    */
    size_t capacity, head; /* private                                */
    int (*grow)(struct weft_queue *queue); /* private: `items` is the
                                 allocator's, and can be more; or NULL  */
    struct weft_list getters; /* private: tasks, oldest first           */
    struct weft_list putters; /* private                                */
    struct weft_list joiners; /* private                                */

    /* public, before the first put */
    enum weft_queue_order order;
    int (*compare)(const void *a, const void *b); /* as qsort's, for PRIORITY;
                                                     ties in heapq's order  */
};

/* A bounded queue in an array: its length is maxsize. Nothing is allocated. */
#define WEFT_QUEUE(array)                                                    \
    {                                                                        \
        sizeof(array) / sizeof((array)[0]), sizeof((array)[0]), 0, 0, false, \
            (char *)(array), sizeof(array) / sizeof((array)[0]), 0, NULL,    \
            WEFT_EMPTY_LIST_, WEFT_EMPTY_LIST_, WEFT_EMPTY_LIST_,            \
            WEFT_QUEUE_FIFO, NULL                                            \
    }

/* A queue that takes memory from the loop's allocator as it grows, up to
 * maxsize items, 0 for no bound. */
void weft_queue_init(struct weft_queue *queue, size_t item_size,
                     size_t maxsize);

/* Drop the items and give the memory back. No task may be waiting. */
void weft_queue_close(struct weft_queue *queue);

static inline bool weft_queue_is_empty(const struct weft_queue *queue)
{
    return queue->count == 0;
}

static inline bool weft_queue_is_full(const struct weft_queue *queue)
{
    return queue->maxsize > 0 && queue->count >= queue->maxsize;
}

/* Under AWAIT: put a copy of *item, waiting while the queue is full. Cancelled
 * or failed, nothing was put. O(item_size), now and then O(count) to grow. */
struct weft_op weft_queue_put(struct weft_queue *queue, const void *item)
    WEFT_MUST_AWAIT_;

/* Under AWAIT: take the oldest item into *item, waiting while there is none.
 * Cancelled, nothing was taken. After a shutdown it drains what is left, then
 * fails with WEFT_EQUEUESHUTDOWN. */
struct weft_op weft_queue_get(struct weft_queue *queue, void *item)
    WEFT_MUST_AWAIT_;

/* The same at once, or not at all. */
int weft_queue_put_nowait(struct weft_queue *queue, const void *item);
int weft_queue_get_nowait(struct weft_queue *queue, void *item);

/* A consumer has finished an item it got. The last one wakes the joiners. */
int weft_queue_task_done(struct weft_queue *queue);

/* Under AWAIT: until every item that was put is finished. */
struct weft_op weft_queue_join(struct weft_queue *queue) WEFT_MUST_AWAIT_;

/* No more puts; gets fail once it is empty. `immediate` drops the items, and
 * counts them as finished. All waiters wake and look again. */
void weft_queue_shutdown(struct weft_queue *queue, bool immediate);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_QUEUE_H */
