/* context.h - what ASYNC_WITH enters and leaves.
 *
 * Python   the asynchronous context manager protocol, __aenter__, __aexit__
 * Memory   16 bytes on 64-bit, the first member (`with`) of each context
 * Moving   not while inside
 * Errors   whatever entering or leaving gives; WEFT_EINVALIDSTATE for one that
 *          is entered inside itself
 *
 *     struct borrowed {
 *         struct weft_with with;
 *         struct pool *pool;
 *     };
 *
 *     static struct weft_op give_back(struct weft_with *with)
 *     {
 *         struct borrowed *borrowed = (struct borrowed *)with;
 *
 *         return weft_queue_put(&borrowed->pool->idle, borrowed);
 *     }
 *
 *     static struct weft_op borrow(struct borrowed *borrowed)
 *     {
 *         borrowed->with.leave = give_back;
 *         return weft_queue_get(&borrowed->pool->idle, borrowed);
 *     }
 */
#ifndef WEFT_CONTEXT_H
#define WEFT_CONTEXT_H

#include "weft/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_with {
    /* public: set by the operation that enters; left NULL, the block is refused
     * with WEFT_EINVALIDSTATE. Runs on every way out, with `error` saying why;
     * may wait, and may set `error` to 0 or to another code. An error of its
     * own takes its place. */
    struct weft_op (*leave)(struct weft_with *with);
    int error; /* read-only outside of leave: the code on its way out,
                  0 for the end of the block, above 0 for ASYNC_RETURN */
    int phase; /* private */
};

/* What ASYNC_WITH is made of. */

/* Phases. */
enum {
    WEFT_WITH_NEW_,
    WEFT_WITH_ENTERING_,
    WEFT_WITH_ENTERED_,
    WEFT_WITH_INSIDE_,
    WEFT_WITH_LEAVING_,
    WEFT_WITH_LEFT_,
    WEFT_WITH_AGAIN_ /* inside, and refused to be entered once more */
};

static inline void weft_with_begin_(struct weft_with *with)
{
    if (with->phase == WEFT_WITH_INSIDE_) {
        with->phase = WEFT_WITH_AGAIN_;
    } else {
        with->phase = WEFT_WITH_NEW_;
        with->leave = NULL;
    }
}

/* Choose what the next round of the macro's loop does; false ends it. A round
 * that finds INSIDE comes from a `break` or from the block's handler. */
static inline bool weft_with_next_(struct weft_with *with)
{
    if (with->phase == WEFT_WITH_NEW_) {
        with->phase = WEFT_WITH_ENTERING_;
    } else if (with->phase == WEFT_WITH_INSIDE_) {
        with->phase = WEFT_WITH_LEAVING_;
    }
    return with->phase != WEFT_WITH_LEFT_;
}

static inline bool weft_with_entering_(const struct weft_with *with)
{
    return with->phase == WEFT_WITH_ENTERING_;
}

static inline bool weft_with_entered_(const struct weft_with *with)
{
    return with->phase == WEFT_WITH_ENTERED_;
}

static inline bool weft_with_is_inside_(const struct weft_with *with)
{
    return with->phase == WEFT_WITH_INSIDE_;
}

static inline void weft_with_inside_(struct weft_with *with)
{
    with->phase = WEFT_WITH_INSIDE_;
}

static inline void weft_with_outside_(struct weft_with *with)
{
    with->phase = WEFT_WITH_LEAVING_;
}

static inline struct weft_op weft_with_leave_(struct weft_with *with)
{
    if (with->phase == WEFT_WITH_AGAIN_) {
        return weft_op_(WEFT_EINVALIDSTATE);
    }
    return with->leave(with);
}

/* After entering or leaving: is there an error (or a return) to send on? */
static inline bool weft_with_raises_(struct weft_with *with,
                                     struct weft_frame *frame)
{
    bool entering = with->phase == WEFT_WITH_ENTERING_;

    if (with->phase == WEFT_WITH_AGAIN_) {
        with->phase = WEFT_WITH_INSIDE_; /* the block around goes on */
    } else {
        with->phase = entering ? WEFT_WITH_ENTERED_ : WEFT_WITH_LEFT_;
    }
    if (entering) { /* an operation that is no context's has set no leave */
        with->error = with->leave != NULL ? 0 : WEFT_EINVALIDSTATE;
    }
    frame->error = frame->value < 0 ? frame->value : with->error;
    return frame->error != 0;
}

#ifdef __cplusplus
}
#endif

#endif /* WEFT_CONTEXT_H */
