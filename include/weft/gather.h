/* gather.h - wait for several tasks.
 *
 * Python   asyncio.gather
 * Memory   one struct weft_join a task, the caller's
 * Moving   the joins not while they are awaited
 * Errors   the first task's that fails; WEFT_ENOMEM for a NULL task, as SPAWN
 *          gives; WEFT_EDEADLOCK for the waiting task itself; WEFT_ELIMIT for
 *          more tasks than half a pointer can count
 *
 *     struct weft_join jobs[3];                 in the coroutine's struct
 *
 *     for (int i = 0; i < 3; i++)
 *         self->jobs[i].task = SPAWN(fetch_user, .id = i);
 *     AWAIT(weft_gather(self->jobs, 3, 0));
 *     weft_join_release(self->jobs, 3);
 */
#ifndef WEFT_GATHER_H
#define WEFT_GATHER_H

#include "weft/join.h"

#ifdef __cplusplus
extern "C" {
#endif

enum weft_gather_flags {
    /* Errors do not end the wait: ask each task with weft_task_error. */
    WEFT_RETURN_ERRORS = 1
};

/* Under AWAIT: until all are done. Without WEFT_RETURN_ERRORS the first error
 * or cancellation of a task is raised at once, and the others go on running.
 * A cancellation is passed on to every task, and raised here when the first
 * of them has ended with it, or with WEFT_RETURN_ERRORS when all have ended;
 * in the end always, also if every task swallowed it. Does not yield when all
 * are done already, or for none. O(count). */
struct weft_op weft_gather(struct weft_join *joins, size_t count, int flags)
    WEFT_MUST_AWAIT_;

#ifdef __cplusplus
}
#endif

#endif /* WEFT_GATHER_H */
