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
    struct weft_task *task;  /* public: set it before the await */
    struct weft_entry entry; /* private */
    void *waiter;            /* private: who is told, or NULL   */
};

/* Under AWAIT: until the task is done; raises its error. Does not yield when
 * it is done already. A cancellation is passed on to the task, as Python's
 * `await task` does, and comes back with its end. */
struct weft_op weft_join(struct weft_task *task) WEFT_MUST_AWAIT_;

/* Release the task of each join, and forget it. */
void weft_join_release(struct weft_join *joins, size_t count);

/* Between files, for what waits for several. Watch: in the turn after the
 * task's end, in the next one if it is done already, kind->run gets the
 * join's entry; the task is held until then. Arrived: what that function calls
 * first; gives the waiter. Forget: no longer watch; nothing happens if it is
 * not. */
void weft_join_watch_(struct weft_join *join, void *waiter,
                      const struct weft_kind *kind);
void *weft_join_arrived_(struct weft_join *join);
void weft_join_forget_(struct weft_join *join);

/* For the kind of a join whose waiter is a task. */
struct weft_task *weft_join_awaiter_(struct weft_entry *entry);

/* 0, or why these joins cannot be waited for. */
int weft_join_check_(const struct weft_join *joins, size_t count);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_JOIN_H */
