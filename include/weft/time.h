/* time.h - time as an integer.
 *
 * Python   float seconds, where weft's API takes seconds too
 * Memory   8 bytes
 * Errors   a time that is not a number becomes WEFT_TICKS_INVALID, and what is
 *          asked to wait for it fails with WEFT_EINVAL
 *
 *     weft_ticks half = weft_ticks_from(0.5);    a constant after compilation
 *
 * Inside, time is counted in ticks, so that deadlines compare exactly and a
 * device without floating point needs none: the compiler folds constants.
 * weft_ticks is the one integer typedef in weft, because ports choose it.
 */
#ifndef WEFT_TIME_H
#define WEFT_TIME_H

#include "weft/config.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef WEFT_TICKS_PER_SECOND
#define WEFT_TICKS_PER_SECOND 1000000000
#endif

typedef int64_t weft_ticks;

#define WEFT_FOREVER INT64_MAX
#define WEFT_TICKS_INVALID INT64_MIN

/* Seconds to ticks, to the nearest one. Infinity and what is beyond the range
 * become WEFT_FOREVER or its negative. */
static inline weft_ticks weft_ticks_from(double seconds)
{
    double ticks = seconds * WEFT_TICKS_PER_SECOND;

    if (ticks != ticks) {
        return WEFT_TICKS_INVALID;
    }
    if (ticks >= 9.2e18) {
        return WEFT_FOREVER;
    }
    if (ticks <= -9.2e18) {
        return -WEFT_FOREVER;
    }
    return (weft_ticks)(ticks < 0 ? ticks - 0.5 : ticks + 0.5);
}

static inline double weft_seconds_from(weft_ticks ticks)
{
    return (double)ticks / WEFT_TICKS_PER_SECOND;
}

/* now + delay, without overflow. */
static inline weft_ticks weft_ticks_after_(weft_ticks now, weft_ticks delay)
{
    return delay > 0 && now > WEFT_FOREVER - delay ? WEFT_FOREVER : now + delay;
}

#ifdef __cplusplus
}
#endif

#endif /* WEFT_TIME_H */
