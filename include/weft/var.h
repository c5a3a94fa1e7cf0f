/* var.h - variables that each task has its own value of.
 *
 * Python   contextvars: ContextVar, copy_context, Context; context= of
 *          create_task, call_soon and their like
 * Memory   one struct a variable, a context or a bound callback; 32 bytes from
 *          the loop's allocator for the first set of a variable in a context
 * Moving   a variable not while it is set anywhere, a context not while tasks
 *          are in it, a bound callback not until it was called
 * Errors   WEFT_ENOMEM, WEFT_ENOLOOP; WEFT_EALREADY for entering a context
 *          inside itself; WEFT_EBUSY for clearing one that is in use; nothing
 *          is changed then
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

struct weft_task;

struct weft_var {
    const char *name; /* public: for you to read in a debugger       */
    void *fallback;   /* public: the value where it was never set    */
};

/* The value in the current task; outside of tasks that of the loop's own
 * context, where tasks that are spawned there begin. O(variables set). */
void *weft_var_get(const struct weft_var *var);

/* Set it there. O(variables set). */
int weft_var_set(const struct weft_var *var, void *value);

/* One value of one variable. Lists of them share their ends, and are counted.
 * One without a variable is the front of a context that has an owner: who runs
 * in it points there, and so sees what the others there set. */
struct weft_binding { /* private */
    const struct weft_var *var;
    void *value;
    struct weft_binding *rest;
    size_t references;
};

struct weft_context {                 /* all zero: nothing is set */
    struct weft_binding front;        /* private: its references are users */
    struct weft_allocator *allocator; /* private: of what is behind it     */
    bool is_entered;                  /* private: by weft_context_run      */
};

/* Make it hold the values that are seen here, and nothing else. What is set
 * later, here or there, is not seen on the other side. WEFT_EBUSY, WEFT_ENOLOOP.
 * O(1). */
int weft_context_copy(struct weft_context *context);

/* Call function(arg) at once, and let it see and set the context's values.
 * WEFT_EALREADY when that is being done already, WEFT_ENOLOOP. O(1). */
int weft_context_run(struct weft_context *context, void (*function)(void *arg),
                     void *arg);

/* The value that a variable has in it. O(variables set). */
void *weft_context_get(const struct weft_context *context,
                       const struct weft_var *var);

/* Forget its values. WEFT_EBUSY while it is entered, or a task that was put
 * into it is not released. */
int weft_context_clear(struct weft_context *context);

/* Let a task that was just started run in this context, instead of in a copy
 * of its own: what it sets stays there. WEFT_EINVALIDSTATE once it has begun,
 * WEFT_ENOMEM for NULL, as which SPAWN tells that. */
int weft_task_set_context(struct weft_task *task, struct weft_context *context);

/* The one that was set; NULL when the task has a copy of its own. */
struct weft_context *weft_task_get_context(const struct weft_task *task);

/* A callback that remembers the values of the moment it was bound:
 *
 *     weft_call_soon(loop, &handle, weft_bound_call,
 *                    weft_bind(&self->bound, say_hello, self));
 *
 * and so with all that take a callback and its argument. The binding lasts for
 * one call, before which it is gone from the struct; weft_unbind ends one that
 * will not be called. */
struct weft_bound {              /* all zero: not bound */
    struct weft_context context; /* private */
    void (*callback)(void *arg); /* private */
    void *arg;                   /* private */
};

/* Gives `bound`. To be bound where the loop runs; elsewhere nothing is set.
 * O(1). */
struct weft_bound *weft_bind(struct weft_bound *bound,
                             void (*callback)(void *arg), void *arg);
void weft_unbind(struct weft_bound *bound);
void weft_bound_call(void *bound);

/* Between files: what a task or a loop has as its context. Share: what a copy
 * of it is. Drop: let go of it. */
static inline void *weft_context_share_(void *context)
{
    struct weft_binding *binding = (struct weft_binding *)context;

    if (binding != NULL && binding->var == NULL) {
        binding = binding->rest;
    }
    if (binding != NULL) {
        binding->references++;
    }
    return binding;
}

static inline void weft_context_drop_(struct weft_allocator *allocator,
                                      void *context)
{
    struct weft_binding *binding = (struct weft_binding *)context;

    while (binding != NULL && --binding->references == 0 &&
           binding->var != NULL) {
        struct weft_binding *rest = binding->rest;

        weft_free_(allocator, binding, sizeof *binding);
        binding = rest;
    }
}

#ifdef __cplusplus
}
#endif

#endif /* WEFT_VAR_H */
