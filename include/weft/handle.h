/* handle.h - something that the loop will run once.
 *
 * Python   asyncio.Handle
 * Memory   40 bytes of the caller's; a task or a join carries the 24 of its
 *          entry in itself
 * Moving   not while scheduled
 * Errors   WEFT_EALREADY when it is scheduled already
 *
 *     static struct weft_handle hello;
 *
 *     weft_call_soon(&loop, &hello, say_hello, NULL);
 *     weft_handle_cancel(&hello);
 *
 * One idea serves everything that waits: an entry. It is linked in the list of
 * what it waits for (a future's callbacks, a queue's getters), moves to the
 * loop's ready list when that happens, and is run from there. Its kind says
 * what running means, and what a dump says about it.
 */
#ifndef WEFT_HANDLE_H
#define WEFT_HANDLE_H

#include "weft/list.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_entry;
struct weft_loop;
struct weft_task;

struct weft_kind {
    /* Its turn has come; it is linked nowhere. */
    void (*run)(struct weft_loop *loop, struct weft_entry *entry);
    const char *name;

    /* The task that goes on, sooner or later, because this has run: asked for
     * by dumps. NULL: none, or nobody knows. */
    struct weft_task *(*awaiter)(struct weft_entry *entry);
};

struct weft_entry { /* private */
    struct weft_node node;
    const struct weft_kind *kind;
};

struct weft_handle {
    struct weft_entry entry;     /* private   */
    void (*callback)(void *arg); /* read-only */
    void *arg;                   /* read-only */
};

/* Scheduled and not yet run? */
static inline bool weft_handle_is_scheduled(const struct weft_handle *handle)
{
    return weft_node_is_linked(&handle->entry.node);
}

/* It will not run, if it has not yet. Harmless when idle. O(1). One that is
 * still on its way from another thread stays scheduled until it arrives. */
void weft_handle_cancel(struct weft_handle *handle);

/* Prepare it for a list. False if it is in one already. */
bool weft_handle_set_(struct weft_handle *handle, void (*callback)(void *arg),
                      void *arg);

/* Is it the entry of a handle, and not of a task or a stream? */
bool weft_handle_owns_(const struct weft_entry *entry);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_HANDLE_H */
