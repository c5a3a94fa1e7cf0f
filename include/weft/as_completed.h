/* as_completed.h - several tasks, one after the other as they end.
 *
 * Python   asyncio.as_completed, as an asynchronous iterator
 * Memory   one struct, and a struct weft_join a task, the caller's
 * Moving   neither while it is iterated
 * Errors   WEFT_ETIMEOUT when the time is up and tasks are left; as weft_wait
 *
 *     struct weft_as_completed ends;            in the coroutine's struct
 *
 *     ASYNC_GENERATOR(&self->ends, weft_as_completed, .joins = self->jobs,
 *                     .count = 3, .timeout = weft_ticks_from(2.5));
 *     ASYNC_FOR(&self->ends) {
 *         printf("%d\n", weft_task_error(self->ends.value));
 *     }
 *
 * It is a generator: after a `break` the joins stay in use until
 * AWAIT(weft_aclose(&self->ends.frame)). Nothing is cancelled, neither then
 * nor at the time-out.
 */
#ifndef WEFT_AS_COMPLETED_H
#define WEFT_AS_COMPLETED_H

#include "weft/event.h"
#include "weft/generator.h"
#include "weft/timer.h"
#include "weft/wait.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_as_completed {
    struct weft_frame frame;
    struct weft_join *joins; /* public */
    size_t count;            /* public */
    weft_ticks timeout;      /* public: WEFT_FOREVER for none; 0 is up
                                at once */
    struct weft_task *value; /* read-only: the one that has ended */

    /* private */
    size_t left;            /* not handed out yet      */
    struct weft_list ended; /* joins, oldest end first */
    struct weft_list getters;
    struct weft_timer timer;
    int error;
    bool is_up; /* the time */
};

/* A generator: see above. */
struct weft_async weft_as_completed(struct weft_frame *frame);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_AS_COMPLETED_H */
