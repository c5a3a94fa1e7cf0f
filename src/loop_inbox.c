/* loop_inbox.c - what other threads, signal handlers and interrupts send. */
#include "weft/loop.h"

/* Others push onto a stack, the loop takes all of it at once and turns it over.
 * `next` alone links it, and the oldest links to itself, so that a handle on
 * its way counts as scheduled; the loop fills in the rest. */
static void link_newest(struct weft_node *node, struct weft_node *newest)
{
    node->next = newest != NULL ? newest : node;
}

#if defined(WEFT_FREESTANDING)
#include "weft/bare.h"

/* A device need not have atomic instructions, and its compiler would ask for a
 * function in their place; what it has is the port's critical section. */
static bool push_inbox(struct weft_loop *loop, struct weft_handle *handle,
                       void (*callback)(void *arg), void *arg)
{
    unsigned state = weft_port_enter();
    bool is_idle = weft_handle_set_(handle, callback, arg);

    if (is_idle) {
        handle->entry.node.prev = NULL;
        link_newest(&handle->entry.node, loop->inbox);
        loop->inbox = &handle->entry.node;
    }
    weft_port_exit(state);
    return is_idle;
}

static struct weft_node *take_inbox(struct weft_loop *loop)
{
    unsigned state = weft_port_enter();
    struct weft_node *newest = loop->inbox;

    loop->inbox = NULL;
    weft_port_exit(state);
    return newest;
}
#else
#include <stdatomic.h>

static bool push_inbox(struct weft_loop *loop, struct weft_handle *handle,
                       void (*callback)(void *arg), void *arg)
{
    struct weft_node *node = &handle->entry.node;
    struct weft_node *newest =
        atomic_load_explicit(&loop->inbox, memory_order_relaxed);

    if (!weft_handle_set_(handle, callback, arg)) {
        return false;
    }
    node->prev = NULL;
    do {
        link_newest(node, newest);
    } while (!atomic_compare_exchange_weak_explicit(&loop->inbox, &newest, node,
                                                    memory_order_release,
                                                    memory_order_relaxed));
    return true;
}

static struct weft_node *take_inbox(struct weft_loop *loop)
{
    return atomic_exchange_explicit(&loop->inbox, NULL, memory_order_acquire);
}
#endif

int weft_call_soon_threadsafe(struct weft_loop *loop,
                              struct weft_handle *handle,
                              void (*callback)(void *arg), void *arg)
{
    if (!loop->is_open) {
        return WEFT_ECLOSED;
    }
    if (!push_inbox(loop, handle, callback, arg)) {
        return WEFT_EALREADY;
    }
    loop->driver->wake(loop->driver);
    return 0;
}

/* Turned over, the newest links to itself: all the way a handle looks scheduled
 * to an interrupt that would send it again. */
WEFT_RARE_ void weft_loop_collect_(struct weft_loop *loop)
{
    struct weft_node *oldest = NULL;
    struct weft_node *node = take_inbox(loop);

    while (node != NULL) {
        struct weft_node *next = node->next != node ? node->next : NULL;

        link_newest(node, oldest);
        oldest = node;
        node = next;
    }
    while (oldest != NULL) {
        node = oldest;
        oldest = node->next != node ? node->next : NULL;
        weft_loop_ready_(loop, WEFT_OWNER(node, struct weft_entry, node));
    }
}
