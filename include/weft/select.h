/* select.h - the first of several tasks; the others are cancelled.
 *
 * Python   wait(FIRST_COMPLETED), then cancel and await the rest: what
 *          asyncio's users write by hand; select! in other languages
 * Memory   one struct weft_join a task, the caller's
 * Moving   the joins not while they are awaited
 * Errors   as weft_wait; not those of the tasks
 *
 *     self->jobs[0].task = SPAWN(fetch_user, .id = 7);
 *     self->jobs[1].task = SPAWN(read_cache, .id = 7);
 *     AWAIT(weft_select(self->jobs, 2));
 *     self->winner = self->jobs[frame->value].task;
 *
 * No task outlives the select: the losers have ended, by their cancellation or
 * just before it, when it returns. What a loser gives up in that is its own
 * business: a read or a queue get that is cancelled has taken nothing, while
 * one that had taken something ends normally, and weft_task_error tells.
 */
#ifndef WEFT_SELECT_H
#define WEFT_SELECT_H

#include "weft/join.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Under AWAIT: until one task is done, and the others have ended after being
 * cancelled. frame->value is the index of the first. A cancellation is passed
 * on to all, and delivered when all have ended. O(count) for each end. */
struct weft_op weft_select(struct weft_join *joins, size_t count)
    WEFT_MUST_AWAIT_;

#ifdef __cplusplus
}
#endif

#endif /* WEFT_SELECT_H */
