/* wait.h - wait for some of several tasks.
 *
 * Python   asyncio.wait
 * Memory   one struct weft_join a task, the caller's
 * Moving   the joins not while they are awaited
 * Errors   WEFT_EINVAL for no tasks at all, a time that is not a number, or
 *          another `when`; WEFT_ENOMEM for a NULL task, as SPAWN gives; WEFT_EDEADLOCK for the
 *          waiting task itself; WEFT_ELIMIT for more tasks than half a pointer
 *          can count
 *
 *     AWAIT(weft_wait(self->jobs, 3, WEFT_FIRST_COMPLETED, 2.5));
 *     printf("%d are done\n", frame->value);
 *
 * Errors of the tasks are not raised, and none is cancelled, neither at the
 * time-out nor when the waiting task is: look at each task afterwards.
 */
#ifndef WEFT_WAIT_H
#define WEFT_WAIT_H

#include "weft/join.h"
#include "weft/time.h"

#ifdef __cplusplus
extern "C" {
#endif

enum weft_return_when {
    WEFT_ALL_COMPLETED,
    WEFT_FIRST_COMPLETED,
    WEFT_FIRST_EXCEPTION /* or all; a cancelled task is no exception */
};

/* For what takes a time-out: none. */
#if defined(__GNUC__)
#define WEFT_NO_TIMEOUT __builtin_inf()
#else
#define WEFT_NO_TIMEOUT 1e300
#endif

/* Under AWAIT: until enough of them are done, or `timeout` ticks have passed;
 * WEFT_FOREVER for no limit. frame->value is how many are done. Always yields,
 * also when they were done before. O(count). */
struct weft_op weft_wait_ticks(struct weft_join *joins, size_t count,
                               enum weft_return_when when, weft_ticks timeout)
    WEFT_MUST_AWAIT_;

WEFT_FOLDED_ struct weft_op weft_wait(struct weft_join *joins, size_t count,
                                      enum weft_return_when when,
                                      double timeout) WEFT_MUST_AWAIT_;
WEFT_FOLDED_ struct weft_op weft_wait(struct weft_join *joins, size_t count,
                                      enum weft_return_when when,
                                      double timeout)
{
    return weft_wait_ticks(joins, count, when, weft_ticks_from(timeout));
}

#ifdef __cplusplus
}
#endif

#endif /* WEFT_WAIT_H */
