/* join.h - wait for the end of a task.
 *
 * Python   `await task`
 * Memory   none for weft_join(); a struct weft_join is 40 bytes (64-bit)
 * Moving   a struct weft_join not while it is awaited
 * Errors   the task's own; WEFT_EDEADLOCK when a task awaits itself
 *
 *     self->job.task = SPAWN(fetch_user, .id = 7);
 *     AWAIT(weft_join(self->job.task));
 *
 * The function waits for one task. The struct is one edge "this waiter waits
 * for that task", for what waits for several at once: weft_gather.
 */
#ifndef WEFT_JOIN_H
#define WEFT_JOIN_H

#include "weft/task.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_join {
    struct weft_task *task;   /* public: set it before the await */
    struct weft_entry entry;  /* private */
    struct weft_task *waiter; /* private */
};

/* Under AWAIT: until the task is done; raises its error. Does not yield when
 * it is done already. A cancellation is passed on to the task, as Python's
 * `await task` does, and comes back with its end. Somebody must hold a
 * reference to the task until the await is over. */
struct weft_op weft_join(struct weft_task *task) WEFT_MUST_AWAIT_;

/* Release the task of each join, and forget it. */
void weft_join_release(struct weft_join *joins, size_t count);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_JOIN_H */
