/* var.h - variables that each task has its own value of.
 *
 * Python   contextvars.ContextVar, in the contexts of asyncio's tasks
 * Memory   one struct a variable; 32 bytes from the loop's allocator for the
 *          first set in a task
 * Moving   a variable not while it is set anywhere
 * Errors   WEFT_ENOMEM, WEFT_ENOLOOP; nothing is changed then
 *
 *     static struct weft_var request_id = {"request_id", NULL};
 *
 *     weft_var_set(&request_id, &self->id);     for this task, and for those
 *                                               it spawns from here on
 *     log_line(weft_var_get(&request_id));      however deep in its calls
 *
 * A task begins with the values of the one that spawned it, as they are at
 * that moment. What it sets is seen by nobody else. The pointers are the
 * program's: what they point to must live as long as tasks can see them.
 */
#ifndef WEFT_VAR_H
#define WEFT_VAR_H

#include "weft/allocator.h"
#include "weft/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_var {
    const char *name; /* public: for you to read in a debugger       */
    void *fallback;   /* public: the value where it was never set    */
};

/* The value in the current task; outside of tasks that of the loop's own
 * context, where tasks that are spawned there begin. O(variables set). */
void *weft_var_get(const struct weft_var *var);

/* Set it there. O(variables set). */
int weft_var_set(const struct weft_var *var, void *value);

/* Between files: a context is a list of bindings, shared from some point on
 * with the context it was copied from, and counted. */
struct weft_binding {
    const struct weft_var *var;
    void *value;
    struct weft_binding *rest;
    size_t references;
};

static inline void *weft_context_share_(void *context)
{
    if (context != NULL) {
        ((struct weft_binding *)context)->references++;
    }
    return context;
}

static inline void weft_context_drop_(struct weft_allocator *allocator,
                                      void *context)
{
    struct weft_binding *binding = (struct weft_binding *)context;

    while (binding != NULL && --binding->references == 0) {
        struct weft_binding *rest = binding->rest;

        weft_free_(allocator, binding, sizeof *binding);
        binding = rest;
    }
}

#ifdef __cplusplus
}
#endif

#endif /* WEFT_VAR_H */
