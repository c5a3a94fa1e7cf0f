/* thread_queue.c - a ring of items that all threads share. */
#include "weft/thread_queue.h"

#include <pthread.h>

#include "weft/loop.h"
#include "weft/park.h"

/* One for all, so that a queue need not be opened. It is held for copying an
 * item, and to tell who waits. */
static pthread_mutex_t thread_queue_mutex = PTHREAD_MUTEX_INITIALIZER;

void weft_thread_queues_lock_(void)
{
    pthread_mutex_lock(&thread_queue_mutex);
}

void weft_thread_queues_unlock_(void)
{
    pthread_mutex_unlock(&thread_queue_mutex);
}

/* In the loop. Who sent it has the lock while it wakes the loop, whose driver
 * may be gone soon after this. */
static void arrive_thread_waiter(void *arg)
{
    struct weft_thread_waiter_ *waiter = arg;

    weft_thread_queues_lock_();
    weft_thread_queues_unlock_();
    weft_task_wake_(waiter->task);
}

bool weft_thread_queue_wake_(struct weft_list *list)
{
    struct weft_node *node = weft_list_pop(list);
    struct weft_thread_waiter_ *waiter;

    if (node == NULL) {
        return false;
    }
    waiter = WEFT_OWNER(node, struct weft_thread_waiter_, node);
    if (waiter->loop != NULL) {
        weft_call_soon_threadsafe(waiter->loop, &waiter->arrival,
                                  arrive_thread_waiter, waiter);
    } else {
        weft_concurrent_set_result(waiter->goes_on, NULL);
    }
    return true;
}

static void wake_all_thread_waiters(struct weft_list *list)
{
    while (weft_thread_queue_wake_(list)) {
        continue;
    }
}

/* ---- Attempts, under the lock ---- */

static char *thread_queue_place(const struct weft_thread_queue *queue, size_t i)
{
    return queue->items + (queue->head + i) % queue->maxsize * queue->item_size;
}

int weft_thread_queue_try_put_(struct weft_thread_queue *queue, void *item)
{
    if (queue->is_shut_down) {
        return WEFT_EQUEUESHUTDOWN;
    }
    if (queue->maxsize == 0) {
        return WEFT_EINVAL; /* never set up */
    }
    if (queue->count == queue->maxsize) {
        return WEFT_PENDING_;
    }
    memcpy(thread_queue_place(queue, queue->count), item, queue->item_size);
    queue->count++;
    queue->unfinished++;
    weft_thread_queue_wake_(&queue->getters);
    return 0;
}

int weft_thread_queue_try_get_(struct weft_thread_queue *queue, void *item)
{
    if (queue->count == 0) {
        return queue->is_shut_down   ? WEFT_EQUEUESHUTDOWN
               : queue->maxsize == 0 ? WEFT_EINVAL
                                     : WEFT_PENDING_;
    }
    memcpy(item, thread_queue_place(queue, 0), queue->item_size);
    queue->head = (queue->head + 1) % queue->maxsize;
    queue->count--;
    weft_thread_queue_wake_(&queue->putters);
    return 0;
}

/* What was put is only read. */
void *weft_thread_queue_item_(const void *item)
{
    void *same;

    memcpy(&same, &item, sizeof same);
    return same;
}

int weft_thread_queue_attempt_(struct weft_thread_queue *queue,
                               weft_thread_attempt_ *attempt, void *item,
                               int otherwise)
{
    int status;

    weft_thread_queues_lock_();
    status = attempt(queue, item);
    weft_thread_queues_unlock_();
    return status == WEFT_PENDING_ ? otherwise : status;
}

int weft_thread_queue_put_nowait(struct weft_thread_queue *queue,
                                 const void *item)
{
    return weft_thread_queue_attempt_(queue, weft_thread_queue_try_put_,
                                      weft_thread_queue_item_(item),
                                      WEFT_EQUEUEFULL);
}

int weft_thread_queue_get_nowait(struct weft_thread_queue *queue, void *item)
{
    return weft_thread_queue_attempt_(queue, weft_thread_queue_try_get_, item,
                                      WEFT_EQUEUEEMPTY);
}

/* ---- Its state ---- */

int weft_thread_queue_task_done(struct weft_thread_queue *queue)
{
    int status = WEFT_EINVALIDSTATE;

    weft_thread_queues_lock_();
    if (queue->unfinished > 0) {
        status = 0;
        queue->unfinished--;
    }
    if (queue->unfinished == 0) {
        wake_all_thread_waiters(&queue->joiners);
    }
    weft_thread_queues_unlock_();
    return status;
}

void weft_thread_queue_shutdown(struct weft_thread_queue *queue, bool immediate)
{
    weft_thread_queues_lock_();
    queue->is_shut_down = true;
    if (immediate) {
        queue->unfinished -= queue->count;
        queue->count = 0;
        if (queue->unfinished == 0) {
            wake_all_thread_waiters(&queue->joiners);
        }
    }
    wake_all_thread_waiters(&queue->getters);
    wake_all_thread_waiters(&queue->putters);
    weft_thread_queues_unlock_();
}

size_t weft_thread_queue_count(struct weft_thread_queue *queue)
{
    size_t count;

    weft_thread_queues_lock_();
    count = queue->count;
    weft_thread_queues_unlock_();
    return count;
}
