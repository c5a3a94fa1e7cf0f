/* timeout.h - a deadline for a block.
 *
 * Python   asyncio.timeout, asyncio.timeout_at, asyncio.Timeout
 * Memory   96 bytes (64-bit) of the caller's; nothing is allocated
 * Moving   not while inside
 * Errors   WEFT_ETIMEOUT from the block when time is up; WEFT_EINVAL for a
 *          time that is not a number; WEFT_EINVALIDSTATE when it is entered
 *          twice, or without ASYNC_WITH, or rescheduled outside of its block; WEFT_ENOTASK
 *
 *     struct weft_timeout limit;                in the coroutine's struct
 *
 *     ASYNC_TRY {
 *         ASYNC_WITH(&self->limit, weft_timeout(&self->limit, 2)) {
 *             AWAIT(weft_queue_get(&jobs, &self->job));
 *         }
 *     } ASYNC_CATCH(self->err) {
 *         self->err is WEFT_ETIMEOUT
 *     }
 *
 * When time is up the task is cancelled, and the end of the block turns that
 * cancellation, and no other, into WEFT_ETIMEOUT. A block that ends well
 * although time is up has ended well.
 */
#ifndef WEFT_TIMEOUT_H
#define WEFT_TIMEOUT_H

#include "weft/context.h"
#include "weft/timer.h"

#ifdef __cplusplus
extern "C" {
#endif

enum weft_timeout_state {
    WEFT_TIMEOUT_CREATED,
    WEFT_TIMEOUT_ACTIVE,
    WEFT_TIMEOUT_EXPIRING,
    WEFT_TIMEOUT_EXPIRED,
    WEFT_TIMEOUT_EXITED
};

struct weft_timeout {
    struct weft_with with;         /* private: for ASYNC_WITH               */
    struct weft_timer timer;       /* private                               */
    struct weft_task *task;        /* private: who is inside                */
    weft_ticks when;               /* read-only: the deadline               */
    unsigned cancelling;           /* private: requests when it entered     */
    enum weft_timeout_state state; /* read-only                             */
};

/* For ASYNC_WITH: leave after this time. 0 and less is up at the block's
 * first suspension; INFINITY or WEFT_FOREVER sets no alarm. */
struct weft_op weft_timeout_ticks(struct weft_timeout *timeout,
                                  weft_ticks delay) WEFT_MUST_AWAIT_;

WEFT_FOLDED_ struct weft_op weft_timeout(struct weft_timeout *timeout,
                                         double seconds) WEFT_MUST_AWAIT_;
WEFT_FOLDED_ struct weft_op weft_timeout(struct weft_timeout *timeout,
                                         double seconds)
{
    return weft_timeout_ticks(timeout, weft_ticks_from(seconds));
}

/* The same at a time of the loop's clock. */
struct weft_op weft_timeout_at_ticks(struct weft_timeout *timeout,
                                     weft_ticks when) WEFT_MUST_AWAIT_;

WEFT_FOLDED_ struct weft_op weft_timeout_at(struct weft_timeout *timeout,
                                            double when) WEFT_MUST_AWAIT_;
WEFT_FOLDED_ struct weft_op weft_timeout_at(struct weft_timeout *timeout,
                                            double when)
{
    return weft_timeout_at_ticks(timeout, weft_ticks_from(when));
}

/* Inside the block: move the deadline. WEFT_EINVALIDSTATE when it is up. */
int weft_timeout_reschedule_ticks(struct weft_timeout *timeout,
                                  weft_ticks when);

WEFT_FOLDED_ int weft_timeout_reschedule(struct weft_timeout *timeout,
                                         double when)
{
    return weft_timeout_reschedule_ticks(timeout, weft_ticks_from(when));
}

static inline double weft_timeout_when(const struct weft_timeout *timeout)
{
    return weft_seconds_from(timeout->when);
}

/* Was time up before the block was left? */
static inline bool weft_timeout_expired(const struct weft_timeout *timeout)
{
    return timeout->state == WEFT_TIMEOUT_EXPIRING ||
           timeout->state == WEFT_TIMEOUT_EXPIRED;
}

/* Between files: enter at a deadline, and leave with `error`; gives the error
 * to leave with. */
int weft_timeout_enter_(struct weft_timeout *timeout, weft_ticks when);
int weft_timeout_leave_(struct weft_timeout *timeout, int error);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_TIMEOUT_H */
