/* started.h - wait until a task says that it is ready.
 *
 * Python   -; trio's nursery.start()
 * Memory   80 bytes of the caller's, for the length of the await
 * Moving   not during the await
 * Errors   what the task ends with before it reports; WEFT_EINVALIDSTATE when
 *          it ends well without a report, and for a second report
 *
 *     struct weft_started started;              in the coroutine's struct
 *
 *     self->server = weft_group_spawn(&self->group, serve,
 *                                     .started = &self->started);
 *     AWAIT(weft_group_start(&self->started, self->server));
 *     ... weft_started_value(&self->started) ...
 *
 *     weft_group_started(self->started, port);  in `serve`, once
 *
 * So the caller goes on when the service listens, and hears of it when it
 * cannot. It works with any task, in a group or not.
 */
#ifndef WEFT_STARTED_H
#define WEFT_STARTED_H

#include "weft/future.h"
#include "weft/task.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_started {
    struct weft_future reported; /* private */
    struct weft_handle ended;    /* private */
    struct weft_task *task;      /* private */
};

/* Under AWAIT: until the task reports, or has ended. Call it in the turn in
 * which the task was spawned. A cancellation ends the wait, not the task. */
struct weft_op weft_group_start(struct weft_started *started,
                                struct weft_task *task) WEFT_MUST_AWAIT_;

/* In the task: report, with a value for the caller. WEFT_EINVALIDSTATE when
 * nobody waits any more. */
static inline int weft_group_started(struct weft_started *started, void *value)
{
    return weft_future_set_result(&started->reported, value);
}

/* What was reported; NULL before. */
static inline void *weft_started_value(const struct weft_started *started)
{
    void *value = NULL;

    (void)weft_future_result(&started->reported, &value);
    return value;
}

#ifdef __cplusplus
}
#endif

#endif /* WEFT_STARTED_H */
