/* var.c - contexts as lists that share their ends. */
#include "weft/var.h"

#include "weft/loop.h"
#include "weft/task.h"

/* The context of who asks. */
static void **current_context(void)
{
    struct weft_loop *loop = weft_loop_current_;

    return loop->task != NULL ? &loop->task->future.value : &loop->context;
}

static struct weft_binding *find_binding(const struct weft_var *var)
{
    struct weft_binding *binding = *current_context();

    while (binding != NULL && binding->var != var) {
        binding = binding->rest;
    }
    return binding;
}

void *weft_var_get(const struct weft_var *var)
{
    const struct weft_binding *binding = find_binding(var);

    return binding != NULL ? binding->value : var->fallback;
}

/* Nobody else sees a binding that is reached through counts of one only. */
static struct weft_binding *find_own_binding(const struct weft_var *var)
{
    struct weft_binding *binding = *current_context();

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
    struct weft_binding *binding = find_own_binding(var);
    void **context;

    if (binding != NULL) {
        binding->value = value;
        return 0;
    }
    if (!loop->is_open) {
        return WEFT_ENOLOOP;
    }
    binding = weft_allocate_(loop->allocator, sizeof *binding);
    if (binding == NULL) {
        return WEFT_ENOMEM;
    }
    context = current_context();
    binding->var = var;
    binding->value = value;
    binding->rest = *context;
    binding->references = 1;
    *context = binding;
    return 0;
}
