/* handle.c - callbacks of the user as entries of the loop. */
#include "weft/handle.h"

#include "weft/loop.h"

static void run_callback(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_handle *handle = WEFT_OWNER(entry, struct weft_handle, entry);

    loop->task = NULL;
    handle->callback(handle->arg);
}

static const struct weft_kind callback_kind = {run_callback, "callback", NULL};

static void do_nothing(void *arg)
{
    (void)arg;
}

/* On its way from elsewhere it has no `prev`: the loop fills that in. */
void weft_handle_cancel(struct weft_handle *handle)
{
    struct weft_node *node = &handle->entry.node;

    if (node->next != NULL && node->prev == NULL) {
        handle->callback = do_nothing;
    } else {
        weft_node_unlink(node);
    }
}

bool weft_handle_owns_(const struct weft_entry *entry)
{
    return entry->kind == &callback_kind;
}

bool weft_handle_set_(struct weft_handle *handle, void (*callback)(void *arg),
                      void *arg)
{
    if (weft_handle_is_scheduled(handle)) {
        return false;
    }
    handle->entry.kind = &callback_kind;
    handle->callback = callback;
    handle->arg = arg;
    return true;
}
