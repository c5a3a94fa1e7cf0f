/* wait_for.h - a deadline for one await.
 *
 * Python   asyncio.wait_for
 * Memory   128 bytes (64-bit) of the caller's, for the length of the await
 * Moving   not during the await
 * Errors   WEFT_ETIMEOUT; otherwise what the operation gives
 *
 *     struct weft_wait_for limit;               in the coroutine's struct
 *
 *     AWAIT(weft_wait_for(&self->limit,
 *                         weft_queue_get(&jobs, &self->job), 2));
 *
 * The operation is cancelled when time is up, and awaited to its end. With a
 * time of 0 or less it is not started at all, and is not looked at. A task and
 * a future have been started before, so there are functions for them.
 */
#ifndef WEFT_WAIT_FOR_H
#define WEFT_WAIT_FOR_H

#include "weft/task.h"
#include "weft/timeout.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_wait_for {
    struct weft_frame frame;     /* private: stands between the two */
    struct weft_timeout timeout; /* private */
};

/* Under AWAIT: `op`, which may be any operation or a CALL, for at most that
 * many seconds. `slot` is evaluated twice; `op` after the alarm is set, and
 * only if there is time. */
#define weft_wait_for(slot, op, seconds) \
    weft_wait_for_ticks(slot, op, weft_ticks_from(seconds))

#define weft_wait_for_ticks(slot, op, delay)                \
    weft_op_to_await_(weft_wait_for_begin_((slot), (delay)) \
                          ? weft_wait_for_op_((slot), (op)) \
                          : weft_wait_for_nothing_(slot))

/* Under AWAIT: weft_join(task) or weft_future_wait(future) for at most that
 * time. With 0 or less: the outcome if it is done, at once; if not, it is
 * cancelled and awaited, and WEFT_ETIMEOUT takes the place of its
 * cancellation. */
struct weft_op weft_wait_for_task_ticks(struct weft_wait_for *wait,
                                        struct weft_task *task,
                                        weft_ticks delay) WEFT_MUST_AWAIT_;
struct weft_op weft_wait_for_future_ticks(struct weft_wait_for *wait,
                                          struct weft_future *future,
                                          weft_ticks delay) WEFT_MUST_AWAIT_;

WEFT_FOLDED_ struct weft_op weft_wait_for_task(struct weft_wait_for *wait,
                                               struct weft_task *task,
                                               double seconds) WEFT_MUST_AWAIT_;
WEFT_FOLDED_ struct weft_op weft_wait_for_task(struct weft_wait_for *wait,
                                               struct weft_task *task,
                                               double seconds)
{
    return weft_wait_for_task_ticks(wait, task, weft_ticks_from(seconds));
}

WEFT_FOLDED_ struct weft_op weft_wait_for_future(struct weft_wait_for *wait,
                                                 struct weft_future *future,
                                                 double seconds)
    WEFT_MUST_AWAIT_;
WEFT_FOLDED_ struct weft_op weft_wait_for_future(struct weft_wait_for *wait,
                                                 struct weft_future *future,
                                                 double seconds)
{
    return weft_wait_for_future_ticks(wait, future, weft_ticks_from(seconds));
}

/* For the macros. */
bool weft_wait_for_begin_(struct weft_wait_for *wait, weft_ticks delay);
struct weft_op weft_wait_for_op_(struct weft_wait_for *wait, struct weft_op op)
    WEFT_MUST_AWAIT_;
struct weft_op weft_wait_for_nothing_(struct weft_wait_for *wait)
    WEFT_MUST_AWAIT_;

#ifdef __cplusplus
}
#endif

#endif /* WEFT_WAIT_FOR_H */
