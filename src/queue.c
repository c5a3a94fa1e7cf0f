/* queue.c - a ring of items between putters and getters. */
#include "weft/queue.h"

#include "weft/heapq.h"
#include "weft/loop.h"
#include "weft/park.h"

static char *item_at(const struct weft_queue *queue, size_t i)
{
    size_t place = queue->head + i;

    if (place >= queue->capacity) {
        place -= queue->capacity;
    }
    return queue->items + place * queue->item_size;
}

void weft_queue_close(struct weft_queue *queue)
{
    struct weft_loop *loop = weft_loop_current_;

    if (weft_loop_debug_(loop) != NULL) {
        loop->debug->give_back(loop, queue, sizeof *queue);
    }
    if (queue->grow != NULL) {
        weft_free_(loop->allocator, queue->items,
                   queue->capacity * queue->item_size);
        queue->items = NULL;
        queue->capacity = 0;
    }
    queue->head = queue->count = 0;
}

/* Its bytes can be doubled, and twice is still a size. What there is has been
 * allocated, so the product fits; nothing is divided, as that would be a
 * function on small processors. */
static bool may_double(const struct weft_queue *queue)
{
    return queue->item_size <= SIZE_MAX / 16 &&
           queue->capacity * queue->item_size <= SIZE_MAX / 4;
}

/* Double the ring up to the bound, and unroll it into the new one. */
WEFT_APART_ static int grow(struct weft_queue *queue)
{
    size_t capacity = queue->capacity > 0 ? queue->capacity * 2 : 8;
    size_t first = queue->capacity - queue->head;
    char *items;

    if (queue->maxsize > 0 && capacity > queue->maxsize) {
        capacity = queue->maxsize;
    }
    if (!may_double(queue)) {
        return WEFT_ENOMEM;
    }
    items = weft_allocate_(weft_loop_current_->allocator,
                           capacity * queue->item_size);
    if (items == NULL) {
        return WEFT_ENOMEM;
    }
    if (queue->capacity > 0) {
        memcpy(items, item_at(queue, 0), first * queue->item_size);
        memcpy(items + first * queue->item_size, queue->items,
               queue->head * queue->item_size);
        weft_free_(weft_loop_current_->allocator, queue->items,
                   queue->capacity * queue->item_size);
    }
    queue->items = items;
    queue->capacity = capacity;
    queue->head = 0;
    return 0;
}

/* The one place that names `grow`: a program whose queues are all in arrays
 * does not carry it. */
void weft_queue_init(struct weft_queue *queue, size_t item_size, size_t maxsize)
{
    memset(queue, 0, sizeof *queue);
    queue->item_size = item_size;
    queue->maxsize = maxsize;
    queue->grow = grow;
}

/* The ring never has more places than the bound, so one that is free will do.
 * Otherwise see make_room. */
static inline bool has_room(const struct weft_queue *queue)
{
    return queue->count < queue->capacity && !queue->is_shut_down;
}

WEFT_APART_ static int make_room(struct weft_queue *queue)
{
    if (queue->is_shut_down) {
        return WEFT_EQUEUESHUTDOWN;
    }
    if (weft_queue_is_full(queue)) {
        return WEFT_EQUEUEFULL;
    }
    if (queue->item_size == 0) {
        return WEFT_EINVAL; /* never set up */
    }
    return queue->grow != NULL ? queue->grow(queue) : WEFT_ENOMEM;
}

/* Numbers and pointers take no call. */
static inline void copy_item(void *to, const void *from, size_t size)
{
    if (size == sizeof(int)) {
        memcpy(to, from, sizeof(int));
    } else if (size == sizeof(void *)) {
        memcpy(to, from, sizeof(void *));
    } else {
        memcpy(to, from, size);
    }
}

static inline void wake_one(struct weft_list *waiters)
{
    if (!weft_list_is_empty(waiters)) {
        weft_task_wake_first_(waiters);
    }
}

/* There is room. */
static inline struct weft_op put_item(struct weft_queue *queue,
                                      const void *item)
{
    char *to = item_at(queue, queue->count);

    if (WEFT_LIKELY_(queue->order != WEFT_QUEUE_PRIORITY)) {
        copy_item(to, item, queue->item_size);
    } else if (queue->compare == NULL) {
        return weft_op_(WEFT_EINVAL);
    } else {
        memcpy(to, item, queue->item_size);
        weft_heapq_push(queue->items, queue->count + 1, queue->item_size,
                        queue->compare);
    }
    queue->count++;
    wake_one(&queue->getters);
    queue->unfinished++; /* here, lest a compiler makes one vector of the two
                            counts: that takes longer than two additions */
    return weft_op_(0);
}

static inline struct weft_op take_item_at(struct weft_queue *queue, void *item,
                                          const char *from)
{
    queue->count--;
    copy_item(item, from, queue->item_size);
    wake_one(&queue->putters);
    return weft_op_(0);
}

/* The newest, or the least, which is moved there. */
WEFT_APART_ static struct weft_op take_last(struct weft_queue *queue,
                                            void *item)
{
    if (queue->order == WEFT_QUEUE_PRIORITY) {
        weft_heapq_pop(queue->items, queue->count, queue->item_size,
                       queue->compare);
    }
    return take_item_at(queue, item, item_at(queue, queue->count - 1));
}

/* It is not empty. */
static inline struct weft_op take_item(struct weft_queue *queue, void *item)
{
    const char *from = queue->items + queue->head * queue->item_size;

    if (!WEFT_LIKELY_(queue->order == WEFT_QUEUE_FIFO)) {
        return take_last(queue, item);
    }
    queue->head = queue->head + 1 < queue->capacity ? queue->head + 1 : 0;
    return take_item_at(queue, item, from);
}

int weft_queue_put_nowait(struct weft_queue *queue, const void *item)
{
    int status = has_room(queue) ? 0 : make_room(queue);

    return status < 0 ? status : put_item(queue, item).status;
}

int weft_queue_get_nowait(struct weft_queue *queue, void *item)
{
    if (queue->count > 0) {
        return take_item(queue, item).status;
    }
    return queue->is_shut_down ? WEFT_EQUEUESHUTDOWN : WEFT_EQUEUEEMPTY;
}

/* A woken task looks again: a running one may have been faster, and then it
 * waits at the end of the line. One cancelled after it was woken passes the
 * chance on. */
static int resume_get(struct weft_task *task, int status);
static int resume_put(struct weft_task *task, int status);

static const struct weft_wait_kind get_wait = {
    {weft_task_run_, "queue get", weft_task_itself_},
    resume_get,
    weft_task_withdraw_};
static const struct weft_wait_kind put_wait = {
    {weft_task_run_, "queue put", weft_task_itself_},
    resume_put,
    weft_task_withdraw_};

static int resume_get(struct weft_task *task, int status)
{
    struct weft_queue *queue = task->object;

    if (status == 0) {
        status = weft_queue_get_nowait(queue, task->wait.out);
        return status == WEFT_EQUEUEEMPTY
                   ? weft_task_park_again_(task, &get_wait, &queue->getters)
                   : status;
    }
    if (weft_task_was_woken_(task) && !weft_queue_is_empty(queue)) {
        weft_task_wake_first_(&queue->getters);
    }
    return status;
}

static int resume_put(struct weft_task *task, int status)
{
    struct weft_queue *queue = task->object;

    if (status == 0) {
        status = weft_queue_put_nowait(queue, task->wait.out);
        return status == WEFT_EQUEUEFULL
                   ? weft_task_park_again_(task, &put_wait, &queue->putters)
                   : status;
    }
    if (weft_task_was_woken_(task) && !weft_queue_is_full(queue)) {
        weft_task_wake_first_(&queue->putters);
    }
    return status;
}

struct weft_op weft_queue_get(struct weft_queue *queue, void *item)
{
    if (WEFT_LIKELY_(queue->count > 0)) {
        return take_item(queue, item);
    }
    if (queue->is_shut_down) {
        return weft_op_(WEFT_EQUEUESHUTDOWN);
    }
    return weft_task_park_(&get_wait, &queue->getters, queue, item);
}

WEFT_APART_ static struct weft_op put_without_room(struct weft_queue *queue,
                                                   const void *item)
{
    int status = weft_queue_put_nowait(queue, item);

    if (status == WEFT_EQUEUEFULL) {
        return weft_task_park_(&put_wait, &queue->putters, queue,
                               (void *)(uintptr_t)item);
    }
    return weft_op_(status);
}

struct weft_op weft_queue_put(struct weft_queue *queue, const void *item)
{
    return WEFT_LIKELY_(has_room(queue)) ? put_item(queue, item)
                                         : put_without_room(queue, item);
}

static void wake_all(struct weft_list *waiters)
{
    while (weft_task_wake_first_(waiters)) {
    }
}

int weft_queue_task_done(struct weft_queue *queue)
{
    if (queue->unfinished == 0) {
        return WEFT_EINVALIDSTATE;
    }
    if (--queue->unfinished == 0) {
        wake_all(&queue->joiners);
    }
    return 0;
}

static const struct weft_wait_kind join_queue_wait = {
    {weft_task_run_, "queue join", weft_task_itself_},
    NULL,
    weft_task_withdraw_};

struct weft_op weft_queue_join(struct weft_queue *queue)
{
    if (queue->unfinished == 0) {
        return weft_op_(0);
    }
    return weft_task_park_(&join_queue_wait, &queue->joiners, queue, NULL);
}

void weft_queue_shutdown(struct weft_queue *queue, bool immediate)
{
    queue->is_shut_down = true;
    if (immediate) {
        size_t dropped = queue->count;

        queue->count = 0;
        queue->unfinished -=
            dropped < queue->unfinished ? dropped : queue->unfinished;
        if (queue->unfinished == 0) {
            wake_all(&queue->joiners);
        }
    }
    wake_all(&queue->getters);
    wake_all(&queue->putters);
}
