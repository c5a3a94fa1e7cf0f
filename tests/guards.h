/* guards.h - what the tests of handlers and contexts share. */
#ifndef GUARDS_H
#define GUARDS_H

#include "check.h"

/* The ways out of a block. */
enum way { FALL, RAISE, AWAIT_ERROR, CANCEL, RETURN, EXIT, WAYS };

/* Fail at once, after a turn, or not at all. */
struct failing {
    struct weft_frame frame;
    int code;
    bool waits;
};

static inline async failing(struct weft_frame *frame)
{
    ASYNC_BEGIN(failing);
    if (self->waits) {
        AWAIT(weft_sleep(1));
    }
    if (self->code < 0) {
        ASYNC_RAISE(self->code);
    }
    ASYNC_END;
}

#endif /* GUARDS_H */
