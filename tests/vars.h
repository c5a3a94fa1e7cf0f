/* vars.h - a variable whose values are words, for the tests of contexts. */
#ifndef VARS_H
#define VARS_H

#include "check.h"
#include "sweep.h"

static struct weft_var color = {"color", "none"};

static inline const char *seen(const struct weft_var *var)
{
    return weft_var_get(var);
}

static inline const char *seen_in(const struct weft_context *context,
                                  const struct weft_var *var)
{
    return weft_context_get(context, var);
}

static inline int set(const struct weft_var *var, const char *text)
{
    return weft_var_set(var, (void *)(uintptr_t)text);
}

/* A callback: set color to the text. */
static inline void paint(void *text)
{
    CHECK_INT(weft_var_set(&color, text), 0);
}

static inline void *word(const char *text)
{
    return (void *)(uintptr_t)text;
}

/* Sets color after a turn, as the coroutines of CPython's tests do. */
struct painter {
    struct weft_frame frame;
    const char *text;
};

static inline async painter(struct weft_frame *frame)
{
    ASYNC_BEGIN(painter);
    AWAIT(weft_sleep(0));
    trace("painter %s", seen(&color));
    if (set(&color, self->text) < 0) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    ASYNC_END;
}

#endif /* VARS_H */
