/* loop_inbox.c - what other threads, signal handlers and interrupts send. */
#include <stdatomic.h>

#include "weft/loop.h"

/* Other threads push onto a stack, the loop takes all of it at once and turns
 * it over. `next` alone links it, and the oldest links to itself, so that a
 * handle on its way counts as scheduled; the loop fills in the rest. */
int weft_call_soon_threadsafe(struct weft_loop *loop,
                              struct weft_handle *handle,
                              void (*callback)(void *arg), void *arg)
{
    struct weft_node *node = &handle->entry.node;
    struct weft_node *newest =
        atomic_load_explicit(&loop->inbox, memory_order_relaxed);

    if (!loop->is_open) {
        return WEFT_ECLOSED;
    }
    if (!weft_handle_set_(handle, callback, arg)) {
        return WEFT_EALREADY;
    }
    node->prev = NULL;
    do {
        node->next = newest != NULL ? newest : node;
    } while (!atomic_compare_exchange_weak_explicit(&loop->inbox, &newest, node,
                                                    memory_order_release,
                                                    memory_order_relaxed));
    loop->driver->wake(loop->driver);
    return 0;
}

WEFT_RARE_ void weft_loop_collect_(struct weft_loop *loop)
{
    struct weft_node *oldest = NULL;
    struct weft_node *node;

    node = atomic_exchange_explicit(&loop->inbox, NULL, memory_order_acquire);
    while (node != NULL) {
        struct weft_node *next = node->next != node ? node->next : NULL;

        node->next = oldest;
        oldest = node;
        node = next;
    }
    while (oldest != NULL) {
        node = oldest;
        oldest = node->next;
        weft_list_push(&loop->ready, node);
    }
}
