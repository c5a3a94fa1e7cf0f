/* var.c - contexts as lists that share their ends. */
#include "weft/var.h"

#include "weft/loop.h"
#include "weft/task.h"
#include "weft/trap.h"

/* Where the context of who asks is kept. */
static void **context_place(struct weft_loop *loop)
{
    return loop->task != NULL ? &loop->task->future.value : &loop->context;
}

/* Is it a context with an owner, and not a list that is a task's own? */
static bool is_front(const struct weft_binding *binding)
{
    return binding != NULL && binding->var == NULL;
}

static struct weft_binding *current_bindings(void)
{
    struct weft_binding *binding = *context_place(weft_loop_current_);

    return is_front(binding) ? binding->rest : binding;
}

static void *value_in(const struct weft_binding *binding,
                      const struct weft_var *var)
{
    while (binding != NULL && binding->var != var) {
        binding = binding->rest;
    }
    return binding != NULL ? binding->value : var->fallback;
}

void *weft_var_get(const struct weft_var *var)
{
    return value_in(current_bindings(), var);
}

/* Nobody else sees a binding that is reached through counts of one only. */
static struct weft_binding *find_own_binding(const struct weft_var *var)
{
    struct weft_binding *binding = current_bindings();

    while (binding != NULL && binding->references == 1) {
        if (binding->var == var) {
            return binding;
        }
        binding = binding->rest;
    }
    return NULL;
}

int weft_var_set(const struct weft_var *var, void *value)
{
    struct weft_loop *loop = weft_loop_current_;
    struct weft_binding *binding;
    void **place;

    if (!loop->is_open) {
        return WEFT_ENOLOOP; /* of a loop's thread, perhaps, and in another */
    }
    binding = find_own_binding(var);
    if (binding != NULL) {
        binding->value = value;
        return 0;
    }
    binding = weft_allocate_(loop->allocator, sizeof *binding);
    if (binding == NULL) {
        return WEFT_ENOMEM;
    }
    place = context_place(loop);
    binding->var = var;
    binding->value = value;
    binding->rest = current_bindings();
    binding->references = 1;
    if (is_front(*place)) {
        ((struct weft_binding *)*place)->rest = binding;
    } else {
        *place = binding;
    }
    return 0;
}

/* ---- Contexts with an owner ---- */

/* One more user. What it will set comes from this loop's memory. */
static void *hold_front(struct weft_loop *loop, struct weft_context *context)
{
    context->allocator = loop->allocator;
    context->front.references++;
    return &context->front;
}

int weft_context_clear(struct weft_context *context)
{
    if (context->front.references > 0) {
        return WEFT_EBUSY;
    }
    weft_context_drop_(context->allocator, context->front.rest);
    context->front.rest = NULL;
    return 0;
}

int weft_context_copy(struct weft_context *context)
{
    struct weft_loop *loop = weft_loop_current_;
    int status = loop->is_open ? weft_context_clear(context) : WEFT_ENOLOOP;

    if (status == 0) {
        context->allocator = loop->allocator;
        context->front.rest = weft_context_share_(*context_place(loop));
    }
    return status;
}

int weft_context_run(struct weft_context *context, void (*function)(void *arg),
                     void *arg)
{
    struct weft_loop *loop = weft_loop_current_;
    void **place = context_place(loop);
    void *outer = *place;

    if (!loop->is_open) {
        return WEFT_ENOLOOP;
    }
    if (context->is_entered || outer == &context->front) {
        return WEFT_EALREADY;
    }
    context->is_entered = true;
    *place = hold_front(loop, context);
    function(arg);
    weft_context_drop_(loop->allocator, *place); /* a runner may have put its
                                                    own in its place */
    *place = outer;
    context->is_entered = false;
    return 0;
}

void *weft_context_get(const struct weft_context *context,
                       const struct weft_var *var)
{
    return value_in(context->front.rest, var);
}

int weft_task_set_context(struct weft_task *task, struct weft_context *context)
{
    struct weft_loop *loop = weft_loop_current_;

    if (task == NULL) {
        return WEFT_ENOMEM; /* what SPAWN could not make */
    }
    if (task->future.references == 0 || task->frame->state != WEFT_START_ ||
        task->frame->caller != NULL || weft_task_done(task)) {
        return WEFT_EINVALIDSTATE;
    }
    weft_context_drop_(loop->allocator, task->future.value);
    task->future.value = hold_front(loop, context);
    return 0;
}

struct weft_context *weft_task_get_context(const struct weft_task *task)
{
    struct weft_binding *binding = task->future.value;

    return is_front(binding) ? WEFT_OWNER(binding, struct weft_context, front)
                             : NULL;
}

/* ---- Bound callbacks ---- */

struct weft_bound *weft_bind(struct weft_bound *bound,
                             void (*callback)(void *arg), void *arg)
{
    weft_unbind(bound);
    weft_context_copy(&bound->context); /* without a loop nothing is set */
    bound->callback = callback;
    bound->arg = arg;
    return bound;
}

void weft_unbind(struct weft_bound *bound)
{
    weft_context_clear(&bound->context);
    bound->callback = NULL;
}

/* The struct is idle again before the callback, which may free it. */
void weft_bound_call(void *arg)
{
    struct weft_bound *bound = arg;
    struct weft_bound call = *bound;

    memset(bound, 0, sizeof *bound);
    if (call.callback == NULL ||
        weft_context_run(&call.context, call.callback, call.arg) < 0) {
        weft_trap_("called without a binding, or without a loop",
                   "weft_bound_call", __FILE__, __LINE__);
    }
    weft_context_clear(&call.context);
}
