/* interrupt.c - a ring between interrupts and tasks. */
#include "weft/interrupt.h"

#include "weft/bare.h"
#include "weft/park.h"

static void set_event_called(void *arg)
{
    weft_event_set(arg);
}

int weft_event_set_from_isr(struct weft_loop *loop, struct weft_handle *handle,
                            struct weft_event *event)
{
    int status =
        weft_call_soon_threadsafe(loop, handle, set_event_called, event);

    return status == WEFT_EALREADY ? 0 : status;
}

/* ---- The ring: `head`, `count` and `lost` change in critical sections ---- */

static char *isr_item_at(const struct weft_isr_queue *queue, unsigned i)
{
    unsigned rest = queue->capacity - queue->head;

    return queue->items +
           (i < rest ? queue->head + i : i - rest) * queue->item_size;
}

static bool put_isr_item(struct weft_isr_queue *queue, const void *item)
{
    unsigned state = weft_port_enter();
    bool has_place = queue->count < queue->capacity;

    if (has_place) {
        memcpy(isr_item_at(queue, queue->count), item, queue->item_size);
        queue->count++;
    } else if (queue->lost < UINT_MAX) {
        queue->lost++;
    }
    weft_port_exit(state);
    return has_place;
}

int weft_isr_queue_get_nowait(struct weft_isr_queue *queue, void *item)
{
    unsigned state = weft_port_enter();
    bool has_item = queue->count > 0;

    if (has_item) {
        memcpy(item, isr_item_at(queue, 0), queue->item_size);
        queue->head = queue->head + 1 < queue->capacity ? queue->head + 1 : 0;
        queue->count--;
    }
    weft_port_exit(state);
    return has_item ? 0 : WEFT_EQUEUEEMPTY;
}

static unsigned isr_count(const struct weft_isr_queue *queue)
{
    unsigned state = weft_port_enter();
    unsigned count = queue->count;

    weft_port_exit(state);
    return count;
}

unsigned weft_isr_queue_lost(struct weft_isr_queue *queue)
{
    unsigned state = weft_port_enter();
    unsigned lost = queue->lost;

    queue->lost = 0;
    weft_port_exit(state);
    return lost;
}

/* ---- From the one side to the other ---- */

/* Interrupts have put items: as many tasks as that may go on. */
static void wake_isr_getters(void *arg)
{
    struct weft_isr_queue *queue = arg;
    unsigned count = isr_count(queue);

    while (count-- > 0 && weft_task_wake_first_(&queue->getters)) {
    }
}

/* The item first, then the call: the loop may run between the two, and must
 * find the item when it is called. Without a loop nobody has waited yet. */
int weft_isr_queue_put(struct weft_isr_queue *queue, const void *item)
{
    if (queue->capacity == 0) {
        return WEFT_EINVAL;
    }
    if (!put_isr_item(queue, item)) {
        return WEFT_EQUEUEFULL;
    }
    if (queue->loop != NULL) {
        weft_call_soon_threadsafe(queue->loop, &queue->call, wake_isr_getters,
                                  queue);
    }
    return 0;
}

static int resume_isr_get(struct weft_task *task, int status);

static const struct weft_wait_kind isr_get_wait = {
    {weft_task_run_, "interrupt", weft_task_itself_},
    resume_isr_get,
    weft_task_withdraw_};

/* As in queue.c: who is woken looks again, and passes the chance on when it was
 * cancelled. */
static int resume_isr_get(struct weft_task *task, int status)
{
    struct weft_isr_queue *queue = task->object;

    if (status == 0) {
        status = weft_isr_queue_get_nowait(queue, task->wait.out);
        return status == WEFT_EQUEUEEMPTY
                   ? weft_task_park_again_(task, &isr_get_wait, &queue->getters)
                   : status;
    }
    if (weft_task_was_woken_(task) && isr_count(queue) > 0) {
        weft_task_wake_first_(&queue->getters);
    }
    return status;
}

/* The loop first, then the look: an item that comes after the look calls the
 * loop, and finds the task waiting. */
struct weft_op weft_isr_queue_get(struct weft_isr_queue *queue, void *item)
{
    unsigned state;
    int status;

    if (queue->capacity == 0) {
        return weft_op_(WEFT_EINVAL);
    }
    state = weft_port_enter();
    queue->loop = weft_loop_current_;
    weft_port_exit(state);
    status = weft_isr_queue_get_nowait(queue, item);
    if (status != WEFT_EQUEUEEMPTY) {
        return weft_op_(status);
    }
    return weft_task_park_(&isr_get_wait, &queue->getters, queue, item);
}
