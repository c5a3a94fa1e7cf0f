/* sleep.h - let time pass.
 *
 * Python   asyncio.sleep
 * Memory   none: the alarm is the task's own
 * Errors   WEFT_EINVAL for a time that is not a number
 *
 *     AWAIT(weft_sleep(0.5));
 *     AWAIT(weft_sleep(0));                     let the others run, one turn
 */
#ifndef WEFT_SLEEP_H
#define WEFT_SLEEP_H

#include "weft/frame.h"
#include "weft/time.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Under AWAIT: go on when `delay` ticks have passed, in the turn after the
 * alarm's. 0 and less: go on in the next turn, without an alarm.
 * O(log sleepers). */
struct weft_op weft_sleep_ticks(weft_ticks delay) WEFT_MUST_AWAIT_;

WEFT_FOLDED_ struct weft_op weft_sleep(double seconds) WEFT_MUST_AWAIT_;
WEFT_FOLDED_ struct weft_op weft_sleep(double seconds)
{
    return seconds <= 0 ? weft_op_(WEFT_TURN_)
                        : weft_sleep_ticks(weft_ticks_from(seconds));
}

#ifdef __cplusplus
}
#endif

#endif /* WEFT_SLEEP_H */
