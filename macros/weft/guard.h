/* macros/weft/guard.h - what happens when something goes wrong.
 *
 * Python   try, except, finally, async with
 * Memory   none; a context of ASYNC_WITH keeps its own phase
 * Nesting  any depth, and around AWAIT; ASYNC_FINALLY once per coroutine
 *
 *     ASYNC_TRY {
 *         AWAIT(weft_queue_get(&jobs, &self->job));
 *     } ASYNC_CATCH(self->err) {
 *         printf("no job: %s\n", weft_error_message(self->err));
 *     }
 *     ...
 *     ASYNC_FINALLY
 *         job_close(&self->job);
 *     ASYNC_END;
 *
 * A handler is a label of the coroutine's switch. Which one is innermost is
 * decided by C's own block scopes (see WEFT_LABEL_), at compile time.
 */
#ifndef WEFT_MACROS_GUARD_H
#define WEFT_MACROS_GUARD_H

/* The scope tags of a block that has a handler: its own label, and beside it
 * the label outside, where the handler itself sends its errors. */
#define WEFT_OUTER_SCOPE_ WEFT_SCOPE_(weft_outer_, WEFT_LABEL_(weft_scope_))
#define WEFT_OUTER_ WEFT_LABEL_(weft_outer_)

/* Errors raised in the block that follows go to the ASYNC_CATCH behind it.
 *
 *     if (a new innermost label) {
 *         the block
 *     }
 */
#define ASYNC_TRY \
    if (WEFT_OUTER_SCOPE_ && WEFT_SCOPE_(weft_scope_, WEFT_LINE_(1)))

/* Catch ordinary errors, and store the code in `code`. A cancellation passes
 * through, so that no handler swallows it by accident.
 *
 *     else case label:
 *         if (cancelled or returning) goto the outer handler;
 *         else { code = frame->error; the block }
 */
#define ASYNC_CATCH(code) \
    else WEFT_CATCH_(code, weft_error_is_ordinary_(frame->error))

/* Catch cancellations too. The block is expected to raise them again. Expands
 * as ASYNC_CATCH, but for the question which errors pass. */
#define ASYNC_CATCH_ALL(code) else WEFT_CATCH_(code, frame->error < 0)

#define WEFT_CATCH_(code, caught)                  \
    case WEFT_LABEL_(weft_scope_):                 \
        if (!(caught)) {                           \
            WEFT_GOTO_(WEFT_OUTER_);               \
        } else if (((code) = frame->error) != 0 && \
                   WEFT_SCOPE_(weft_scope_, WEFT_OUTER_))

/* What follows runs however the coroutine ends: end of the body, return,
 * error, cancellation. frame->outcome says which: 0, a negative code, or
 * WEFT_ECANCELLED. It may AWAIT; an error in here takes the place of the
 * outcome.
 *
 *     }                                      the body ends here
 *     frame->error = 0;
 *     goto WEFT_LEAVE_;
 *     case WEFT_LEAVE_: {
 *         frame->outcome = the error that came here, or 0;
 */
#define ASYNC_FINALLY                                           \
    }                                                           \
    frame->error = 0;                                           \
    WEFT_GOTO_(WEFT_LEAVE_);                                    \
    _Static_assert(WEFT_LABEL_(weft_scope_) == WEFT_END_,       \
                   "ASYNC_FINALLY must not be inside a block"); \
    case WEFT_LEAVE_: {                                         \
        frame->outcome = weft_frame_outcome_(frame);

/* Enter a context, run the block that follows, leave the context: on every
 * way out, errors, ASYNC_RETURN, `break` and `continue` included. The last two
 * end this block, not a loop around it. `object` points to a struct whose first
 * member is a struct weft_with named with; `enter` is the operation that
 * enters it: ASYNC_WITH(&self->limit, weft_timeout(&self->limit, 2)) { ... }
 *
 *     for (phase = new; phase != left; )
 *         if (phase != entered) {
 *             AWAIT(enter), or AWAIT(with->leave)
 *         } else
 *             for (phase = inside; phase == inside; phase = leaving)
 *                 the block
 */
#define ASYNC_WITH(object, enter)                                              \
    for (weft_with_begin_(&(object)->with); weft_with_next_(&(object)->with);) \
        if (WEFT_OUTER_SCOPE_ && !weft_with_entered_(&(object)->with)) {       \
            WEFT_SUSPEND_(weft_with_entering_(&(object)->with)                 \
                              ? (enter)                                        \
                              : weft_with_leave_(&(object)->with),             \
                          WEFT_LINE_(0))                                       \
            if (weft_with_raises_(&(object)->with, frame)) {                   \
                WEFT_GOTO_(WEFT_OUTER_);                                       \
            case WEFT_LINE_(1):;                                               \
                (object)->with.error = frame->error;                           \
            }                                                                  \
        } else if (WEFT_SCOPE_(weft_scope_, WEFT_LINE_(1)))                    \
            for (weft_with_inside_(&(object)->with);                           \
                 weft_with_is_inside_(&(object)->with);                        \
                 weft_with_outside_(&(object)->with))

#endif /* WEFT_MACROS_GUARD_H */
