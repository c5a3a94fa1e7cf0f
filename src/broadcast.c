/* broadcast.c - a ring that is written over. */
#include "weft/broadcast.h"

#include "weft/park.h"

/* Where the item lies that was sent so many items ago, 1 for the latest. The
 * count of items cannot tell: it wraps where the ring does not. */
static const void *item_before(const struct weft_broadcast *broadcast,
                               size_t age)
{
    size_t end = broadcast->place;

    if (end < age) {
        end += broadcast->capacity;
    }
    return broadcast->items + (end - age) * broadcast->item_size;
}

static void wake_subscribers(struct weft_broadcast *broadcast)
{
    while (weft_task_wake_first_(&broadcast->waiters)) {
    }
}

int weft_broadcast_send(struct weft_broadcast *broadcast, const void *item)
{
    if (broadcast->is_closed) {
        return WEFT_ECLOSED;
    }
    if (broadcast->capacity == 0) {
        return WEFT_EINVAL;
    }
    memcpy(broadcast->items + broadcast->place * broadcast->item_size, item,
           broadcast->item_size);
    broadcast->sent++;
    broadcast->place++;
    if (broadcast->place == broadcast->capacity) {
        broadcast->place = 0;
    }
    wake_subscribers(broadcast);
    return 0;
}

void weft_broadcast_close(struct weft_broadcast *broadcast)
{
    broadcast->is_closed = true;
    wake_subscribers(broadcast);
}

/* WEFT_PENDING_ when there is nothing yet. */
static int try_receive(struct weft_subscriber *subscriber, void *item)
{
    const struct weft_broadcast *broadcast = subscriber->broadcast;
    size_t behind = broadcast->sent - subscriber->next;

    if (behind > broadcast->capacity) {
        subscriber->missed = behind - broadcast->capacity;
        subscriber->next += subscriber->missed;
        return WEFT_ELAGGED;
    }
    if (behind > 0) {
        memcpy(item, item_before(broadcast, behind), broadcast->item_size);
        subscriber->next++;
        return 0;
    }
    return broadcast->is_closed ? WEFT_EQUEUESHUTDOWN : WEFT_PENDING_;
}

static int resume_receive(struct weft_task *task, int status);

static const struct weft_wait_kind receive_wait = {
    {weft_task_run_, "broadcast", weft_task_itself_},
    resume_receive,
    weft_task_withdraw_};

static int resume_receive(struct weft_task *task, int status)
{
    struct weft_subscriber *subscriber = task->object;

    if (status == 0) {
        status = try_receive(subscriber, task->wait.out);
        if (status == WEFT_PENDING_) {
            weft_task_park_again_(task, &receive_wait,
                                  &subscriber->broadcast->waiters);
        }
    }
    return status;
}

struct weft_op weft_broadcast_receive(struct weft_subscriber *subscriber,
                                      void *item)
{
    int status = try_receive(subscriber, item);

    return status == WEFT_PENDING_
               ? weft_task_park_(&receive_wait, &subscriber->broadcast->waiters,
                                 subscriber, item)
               : weft_op_(status);
}
