/* interrupt.h - from interrupt handlers to tasks.
 *
 * Python   loop.call_soon_threadsafe
 * Memory   a handle for each source, or a queue with an array of yours; nothing
 *          is allocated
 * Moving   not while open to interrupts
 * Errors   WEFT_EALREADY, WEFT_ECLOSED; WEFT_EQUEUEFULL for an item that was
 *          lost, which is counted; WEFT_EINVAL for a queue without places
 *
 *     static unsigned char bytes[64];
 *     static struct weft_isr_queue received = WEFT_ISR_QUEUE(bytes);
 *
 *     weft_isr_queue_put(&received, &byte);         in the handler
 *     AWAIT(weft_isr_queue_get(&received, &self->byte)); in a task
 *
 * Nothing of a task runs in an interrupt: what a handler leaves behind is
 * looked at by the loop, in its next turn, and the loop does not fall asleep
 * before it has. The functions whose names end in _from_isr may be called from
 * any interrupt that weft_port_enter holds off, and from tasks as well; no
 * other function of weft may be called from an interrupt, but
 * weft_call_soon_threadsafe.
 */
#ifndef WEFT_INTERRUPT_H
#define WEFT_INTERRUPT_H

#include "weft/event.h"
#include "weft/loop.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Run callback(arg) in the loop's next turn: weft_call_soon_threadsafe under
 * the name that says where from. WEFT_EALREADY while the handle is on its way,
 * so that a burst of interrupts is one call; WEFT_ECLOSED. O(1). */
static inline int weft_call_soon_from_isr(struct weft_loop *loop,
                                          struct weft_handle *handle,
                                          void (*callback)(void *arg),
                                          void *arg)
{
    return weft_call_soon_threadsafe(loop, handle, callback, arg);
}

/* Set the event in the loop's next turn. The handle is for this event alone;
 * while it is on its way there is nothing to add. 0 or WEFT_ECLOSED. O(1). */
int weft_event_set_from_isr(struct weft_loop *loop, struct weft_handle *handle,
                            struct weft_event *event);

/* A ring that interrupts fill and the tasks of one loop empty. That loop is
 * there as long as the interrupts are. */
struct weft_isr_queue {
    size_t item_size;         /* read-only: bytes of one item            */
    unsigned capacity;        /* read-only: items it can hold            */
    char *items;              /* private                                 */
    unsigned head, count;     /* private: in critical sections, as below */
    unsigned lost;            /* private                                 */
    struct weft_loop *loop;   /* private: of who waits                   */
    struct weft_handle call;  /* private: tells the loop                 */
    struct weft_list getters; /* private: tasks, oldest first            */
};

/* A queue in an array, one item an element. */
#define WEFT_ISR_QUEUE(array)                                    \
    {                                                            \
        sizeof((array)[0]), sizeof(array) / sizeof((array)[0]),  \
            (char *)(array), 0, 0, 0, NULL,                      \
            {{{NULL, NULL}, NULL}, NULL, NULL}, WEFT_EMPTY_LIST_ \
    }

/* Put a copy of *item. It is copied in a critical section: keep it small. When
 * there is no room the item is lost: WEFT_EQUEUEFULL. O(item_size). */
int weft_isr_queue_put(struct weft_isr_queue *queue, const void *item);

/* Under AWAIT: take the oldest item into *item, waiting while there is none.
 * Cancelled, nothing was taken. Does not yield when there is one. */
struct weft_op weft_isr_queue_get(struct weft_isr_queue *queue, void *item)
    WEFT_MUST_AWAIT_;

/* The same at once, or WEFT_EQUEUEEMPTY. */
int weft_isr_queue_get_nowait(struct weft_isr_queue *queue, void *item);

/* How many items were lost since this was asked last. */
unsigned weft_isr_queue_lost(struct weft_isr_queue *queue);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_INTERRUPT_H */
