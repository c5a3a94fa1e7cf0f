/* coroutines.h - coroutines that several tests of the language use. */
#ifndef COROUTINES_H
#define COROUTINES_H

#include "check.h"

/* Says when each turn begins, as far as it can see. */
struct ticker {
    struct weft_frame frame;
    int turns;
    int i;
};

static inline async ticker(struct weft_frame *frame)
{
    ASYNC_BEGIN(ticker);
    for (self->i = 1; self->i <= self->turns; self->i++) {
        trace("turn %d", self->i);
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

struct leaf {
    struct weft_frame frame;
    int number;
    int left_alone;
    int result;
};

static inline async leaf(struct weft_frame *frame)
{
    ASYNC_BEGIN(leaf);
    trace("leaf %d/%d", self->number, self->left_alone);
    ASYNC_RETURN(self->number * 2);
    ASYNC_END;
}

struct sleeper {
    struct weft_frame frame;
    const char *name;
};

static inline async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    trace("%s sleeps", self->name);
    AWAIT(weft_sleep(1));
    trace("%s wakes", self->name);
    ASYNC_END;
}

/* An operation that is over at once. */
static inline struct weft_op number_op(int status) WEFT_MUST_AWAIT_;
static inline struct weft_op number_op(int status)
{
    return weft_op_(status);
}

#endif /* COROUTINES_H */
