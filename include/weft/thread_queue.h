/* thread_queue.h - items from any thread or loop to any other.
 *
 * Python   queue.Queue for threads and asyncio.Queue for tasks, in one
 * Memory   104 bytes (64-bit), and the items by value in an array of yours; a
 *          task that waits takes 96 from its loop's allocator
 * Moving   not while anybody waits
 * Errors   WEFT_EQUEUEEMPTY, WEFT_EQUEUEFULL from the _nowait forms;
 *          WEFT_EQUEUESHUTDOWN; WEFT_ETIMEOUT from the _blocking forms;
 *          WEFT_ENOMEM, WEFT_ENOTASK, WEFT_EINVAL
 *
 *     static struct job places[64];
 *     static struct weft_thread_queue jobs = WEFT_THREAD_QUEUE(places);
 *
 *     AWAIT(weft_thread_queue_put(&jobs, &self->job));   in one loop
 *     AWAIT(weft_thread_queue_get(&jobs, &self->job));   in another
 *     weft_thread_queue_get_blocking(&jobs, &job, 5);    in a plain thread
 *
 * Every function may be called in any thread, but not in a signal handler.
 * Between tasks of one loop, queue.h is for the same and far quicker.
 */
#ifndef WEFT_THREAD_QUEUE_H
#define WEFT_THREAD_QUEUE_H

#include "weft/concurrent.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_thread_queue {
    size_t maxsize;     /* read-only: places in the array            */
    size_t item_size;   /* read-only: bytes of one item              */
    char *items;        /* private, as the rest, under one lock of   */
    size_t count, head; /* all queues                                */
    size_t unfinished;  /* put, and not task_done                    */
    bool is_shut_down;
    struct weft_list getters; /* tasks and threads, oldest first           */
    struct weft_list putters;
    struct weft_list joiners;
};

/* In an array: its length is the bound. */
#define WEFT_THREAD_QUEUE(array)                                \
    {                                                           \
        sizeof(array) / sizeof((array)[0]), sizeof((array)[0]), \
            (char *)(array), 0, 0, 0, false, WEFT_EMPTY_LIST_,  \
            WEFT_EMPTY_LIST_, WEFT_EMPTY_LIST_                  \
    }

/* Under AWAIT: put a copy of *item, waiting while there is no place. Cancelled
 * or failed, nothing was put. */
struct weft_op weft_thread_queue_put(struct weft_thread_queue *queue,
                                     const void *item) WEFT_MUST_AWAIT_;

/* Under AWAIT: take the oldest item into *item, waiting while there is none.
 * Cancelled, nothing was taken. After a shutdown it drains what is left, then
 * fails with WEFT_EQUEUESHUTDOWN. */
struct weft_op weft_thread_queue_get(struct weft_thread_queue *queue,
                                     void *item) WEFT_MUST_AWAIT_;

/* The same at once, or not at all. */
int weft_thread_queue_put_nowait(struct weft_thread_queue *queue,
                                 const void *item);
int weft_thread_queue_get_nowait(struct weft_thread_queue *queue, void *item);

/* The same in a thread that may block, for so many seconds at most:
 * WEFT_NO_TIMEOUT for ever. */
int weft_thread_queue_put_blocking(struct weft_thread_queue *queue,
                                   const void *item, double timeout);
int weft_thread_queue_get_blocking(struct weft_thread_queue *queue, void *item,
                                   double timeout);

/* A consumer has finished an item it got. WEFT_EINVALIDSTATE for one too many.
 * Under AWAIT: until every item that was put is finished. */
int weft_thread_queue_task_done(struct weft_thread_queue *queue);
struct weft_op weft_thread_queue_join(struct weft_thread_queue *queue)
    WEFT_MUST_AWAIT_;

/* No more puts; gets fail once it is empty. `immediate` drops the items, and
 * counts them as finished. All who wait look again. */
void weft_thread_queue_shutdown(struct weft_thread_queue *queue,
                                bool immediate);

/* How many items are in it, at this moment. */
size_t weft_thread_queue_count(struct weft_thread_queue *queue);

/* Between files. What a waiter tries under the lock, and gives WEFT_PENDING_
 * where it has to wait. Then it is in a list until it is woken, and tries
 * again, as another may have been quicker. */
typedef int weft_thread_attempt_(struct weft_thread_queue *queue, void *item);

struct weft_thread_waiter_ {
    struct weft_node node;
    struct weft_thread_queue *queue;
    struct weft_list *list;
    weft_thread_attempt_ *attempt;
    void *item;
    struct weft_loop *loop; /* NULL: a thread */
    struct weft_task *task;
    struct weft_handle arrival;
    struct weft_concurrent *goes_on; /* of a thread */
};

void weft_thread_queues_lock_(void);
void weft_thread_queues_unlock_(void);
int weft_thread_queue_try_put_(struct weft_thread_queue *queue, void *item);
int weft_thread_queue_try_get_(struct weft_thread_queue *queue, void *item);
bool weft_thread_queue_wake_(struct weft_list *list);
void *weft_thread_queue_item_(const void *item);
int weft_thread_queue_attempt_(struct weft_thread_queue *queue,
                               weft_thread_attempt_ *attempt, void *item,
                               int otherwise);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_THREAD_QUEUE_H */
