/* thread_queue_wait.c - tasks and threads that wait for a place or an item. */
#include "weft/thread_queue.h"

#include <time.h>

#include "weft/loop.h"
#include "weft/park.h"

static int try_thread_queue_join(struct weft_thread_queue *queue, void *item)
{
    (void)item;
    return queue->unfinished > 0 ? WEFT_PENDING_ : 0;
}

/* ---- Waiting, in a task ---- */

/* Under the lock: try, or get in line. */
static int attempt_or_get_in_line(struct weft_thread_waiter_ *waiter)
{
    int status = waiter->attempt(waiter->queue, waiter->item);

    if (status == WEFT_PENDING_) {
        weft_list_push(waiter->list, &waiter->node);
    }
    return status;
}

/* It was woken and does not want to any more: it is the turn of the next. */
static void pass_on_thread_chance(struct weft_thread_waiter_ *waiter)
{
    struct weft_thread_queue *queue = waiter->queue;

    if (waiter->list == &queue->getters   ? queue->count > 0
        : waiter->list == &queue->putters ? queue->count < queue->maxsize
                                          : false) {
        weft_thread_queue_wake_(waiter->list);
    }
}

static int resume_thread_queue(struct weft_task *task, int status);

/* One that was woken is on its way into its loop already, and is awaited. */
static bool cancel_thread_queue(struct weft_task *task)
{
    struct weft_thread_waiter_ *waiter = task->object;
    bool was_waiting;

    weft_thread_queues_lock_();
    was_waiting = weft_node_is_linked(&waiter->node);
    weft_node_unlink(&waiter->node);
    weft_thread_queues_unlock_();
    return was_waiting && weft_task_withdraw_(task);
}

static const struct weft_wait_kind thread_queue_wait = {
    {weft_task_run_, "thread queue", weft_task_itself_},
    resume_thread_queue,
    cancel_thread_queue};

static int resume_thread_queue(struct weft_task *task, int status)
{
    struct weft_thread_waiter_ *waiter = task->object;

    weft_thread_queues_lock_();
    if (status == 0) {
        status = attempt_or_get_in_line(waiter);
    } else if (weft_task_was_woken_(task)) {
        pass_on_thread_chance(waiter);
    }
    weft_thread_queues_unlock_();
    if (status == WEFT_PENDING_) {
        task->alarm.entry.kind = &thread_queue_wait.kind; /* parked again */
    } else {
        weft_free_(waiter->loop->allocator, waiter, sizeof *waiter);
    }
    return status;
}

/* Nothing is lost when memory is short, as the attempt comes after it. */
static struct weft_op await_attempt(struct weft_thread_queue *queue,
                                    struct weft_list *list,
                                    weft_thread_attempt_ *attempt, void *item)
{
    struct weft_loop *loop = weft_loop_current_;
    struct weft_thread_waiter_ *waiter;
    int status =
        weft_thread_queue_attempt_(queue, attempt, item, WEFT_PENDING_);

    if (status != WEFT_PENDING_) {
        return weft_op_(status);
    }
    if (weft_current_task() == NULL) {
        return weft_op_(WEFT_ENOTASK);
    }
    waiter = weft_allocate_(loop->allocator, sizeof *waiter);
    if (waiter == NULL) {
        return weft_op_(WEFT_ENOMEM);
    }
    memset(waiter, 0, sizeof *waiter);
    waiter->queue = queue;
    waiter->list = list;
    waiter->attempt = attempt;
    waiter->item = item;
    waiter->loop = loop;
    waiter->task = weft_current_task();
    weft_thread_queues_lock_();
    status = attempt_or_get_in_line(waiter);
    weft_thread_queues_unlock_();
    if (status != WEFT_PENDING_) {
        weft_free_(loop->allocator, waiter, sizeof *waiter);
        return weft_op_(status);
    }
    return weft_task_park_(&thread_queue_wait, NULL, waiter, item);
}

struct weft_op weft_thread_queue_put(struct weft_thread_queue *queue,
                                     const void *item)
{
    return await_attempt(queue, &queue->putters, weft_thread_queue_try_put_,
                         weft_thread_queue_item_(item));
}

struct weft_op weft_thread_queue_get(struct weft_thread_queue *queue,
                                     void *item)
{
    return await_attempt(queue, &queue->getters, weft_thread_queue_try_get_,
                         item);
}

struct weft_op weft_thread_queue_join(struct weft_thread_queue *queue)
{
    return await_attempt(queue, &queue->joiners, try_thread_queue_join, NULL);
}

/* ---- Waiting, in a thread ---- */

static double thread_seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Woken or late, it tries again, so a chance that came too late is not lost. */
static int block_for_attempt(struct weft_thread_waiter_ *waiter, double timeout)
{
    double deadline = thread_seconds_now() + timeout;
    bool is_late = timeout <= 0;
    int status;

    if (weft_ticks_from(timeout) == WEFT_TICKS_INVALID) {
        return WEFT_EINVAL;
    }
    weft_thread_queues_lock_();
    while ((status = attempt_or_get_in_line(waiter)) == WEFT_PENDING_ &&
           !is_late) {
        struct weft_concurrent goes_on = {.error = 0};
        double left = deadline - thread_seconds_now();

        waiter->goes_on = &goes_on;
        weft_thread_queues_unlock_();
        is_late =
            weft_concurrent_result(&goes_on, left > 0 ? left : 0, NULL) < 0;
        weft_thread_queues_lock_();
        weft_node_unlink(&waiter->node);
        waiter->goes_on = NULL;
    }
    weft_node_unlink(&waiter->node);
    weft_thread_queues_unlock_();
    return status == WEFT_PENDING_ ? WEFT_ETIMEOUT : status;
}

int weft_thread_queue_put_blocking(struct weft_thread_queue *queue,
                                   const void *item, double timeout)
{
    struct weft_thread_waiter_ waiter = {.queue = queue,
                                         .list = &queue->putters,
                                         .attempt = weft_thread_queue_try_put_,
                                         .item = weft_thread_queue_item_(item)};

    return block_for_attempt(&waiter, timeout);
}

int weft_thread_queue_get_blocking(struct weft_thread_queue *queue, void *item,
                                   double timeout)
{
    struct weft_thread_waiter_ waiter = {.queue = queue,
                                         .list = &queue->getters,
                                         .attempt = weft_thread_queue_try_get_,
                                         .item = item};

    return block_for_attempt(&waiter, timeout);
}
