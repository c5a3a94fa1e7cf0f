/* time.h - time as an integer.
 *
 * Python   float seconds, where weft's API takes seconds too
 * Memory   8 bytes; 4 with WEFT_TICKS_BITS 32, whose clock may wrap: deadlines
 *          are compared by how far they are apart
 * Errors   a time that is not a number becomes WEFT_TICKS_INVALID, and so does
 *          one that 32 bits cannot hold; what is asked to wait for it, or for
 *          more than a quarter of 32 bits, fails with WEFT_EINVAL
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

#ifndef WEFT_TICKS_BITS
#define WEFT_TICKS_BITS 64
#endif

#if WEFT_TICKS_BITS == 64
typedef int64_t weft_ticks;
typedef uint64_t weft_ticks_apart_;
#define WEFT_FOREVER INT64_MAX
#define WEFT_TICKS_INVALID INT64_MIN
#define WEFT_TICKS_LIMIT_ 9.2e18
#ifndef WEFT_TICKS_PER_SECOND
#define WEFT_TICKS_PER_SECOND 1000000000
#endif
#elif WEFT_TICKS_BITS == 32
typedef int32_t weft_ticks;
typedef uint32_t weft_ticks_apart_;
#define WEFT_FOREVER INT32_MAX
#define WEFT_TICKS_INVALID INT32_MIN
#define WEFT_TICKS_LIMIT_ 2147483646.
#ifndef WEFT_TICKS_PER_SECOND
#define WEFT_TICKS_PER_SECOND 1000
#endif
#else
#error "WEFT_TICKS_BITS is 64 or 32"
#endif

/* A constant that is longer than a delay may be is an error of the compiler. */
#if defined(__OPTIMIZE__) && WEFT_TICKS_BITS == 32 && defined(__has_attribute)
#if __has_attribute(error)
__attribute__((error("this time is too long for 32 bits of ticks"))) void
weft_time_is_too_long_(void);
#define WEFT_TICKS_CHECK_(ticks)                                      \
    if (__builtin_constant_p((ticks) > (double)WEFT_FOREVER / 2) &&   \
        (ticks) > (double)WEFT_FOREVER / 2 && (ticks) - (ticks) == 0) \
    weft_time_is_too_long_()
#endif
#endif
#ifndef WEFT_TICKS_CHECK_
#define WEFT_TICKS_CHECK_(ticks) (void)(ticks)
#endif

/* Seconds to ticks, to the nearest one. Infinity becomes WEFT_FOREVER, minus
 * infinity its negative. What is beyond the range becomes the same with 64 bits
 * and WEFT_TICKS_INVALID with 32, where it may be meant. */
WEFT_FOLDED_ weft_ticks weft_ticks_from(double seconds)
{
    double ticks = seconds * WEFT_TICKS_PER_SECOND;

    WEFT_TICKS_CHECK_(ticks);
    if (ticks > -WEFT_TICKS_LIMIT_ && ticks < WEFT_TICKS_LIMIT_) {
        return (weft_ticks)(ticks < 0 ? ticks - 0.5 : ticks + 0.5);
    }
    if (ticks != ticks ||
        (WEFT_TICKS_BITS == 32 && ticks - ticks == 0)) { /* not infinite */
        return WEFT_TICKS_INVALID;
    }
    return ticks > 0 ? WEFT_FOREVER : -WEFT_FOREVER;
}

static inline double weft_seconds_from(weft_ticks ticks)
{
    return (double)ticks / WEFT_TICKS_PER_SECOND;
}

/* now - then. A clock of 32 bits wraps, so what counts is how far they
 * are apart, up to half of its range. */
static inline weft_ticks weft_ticks_since(weft_ticks now, weft_ticks then)
{
    return (weft_ticks)((weft_ticks_apart_)now - (weft_ticks_apart_)then);
}

#if WEFT_TICKS_BITS == 64
static inline bool weft_ticks_fit_(weft_ticks delay)
{
    return delay != WEFT_TICKS_INVALID;
}

/* now + delay, without overflow. */
static inline weft_ticks weft_ticks_after(weft_ticks now, weft_ticks delay)
{
    return delay > 0 && now > WEFT_FOREVER - delay ? WEFT_FOREVER : now + delay;
}

/* Has the deadline come? */
static inline bool weft_ticks_are_due_(weft_ticks when, weft_ticks now)
{
    return when <= now;
}

/* Of two deadlines, is a the sooner one? */
static inline bool weft_ticks_are_sooner_(weft_ticks a, weft_ticks b)
{
    return a < b;
}
#else
/* A quarter of the range, so that deadlines and what is overdue are less than
 * half of it apart; or for ever. */
static inline bool weft_ticks_fit_(weft_ticks delay)
{
    return delay != WEFT_TICKS_INVALID &&
           (delay == WEFT_FOREVER || delay <= WEFT_FOREVER / 2);
}

/* now + delay. The two moments that mean something else are passed over. */
static inline weft_ticks weft_ticks_after(weft_ticks now, weft_ticks delay)
{
    weft_ticks when;

    if (delay == WEFT_FOREVER) {
        return WEFT_FOREVER;
    }
    if (delay < -WEFT_FOREVER / 2) {
        delay = -WEFT_FOREVER / 2;
    }
    when = (weft_ticks)((weft_ticks_apart_)now + (weft_ticks_apart_)delay);
    return when == WEFT_FOREVER || when == WEFT_TICKS_INVALID ? -WEFT_FOREVER
                                                              : when;
}

static inline bool weft_ticks_are_due_(weft_ticks when, weft_ticks now)
{
    return when != WEFT_FOREVER && weft_ticks_since(now, when) >= 0;
}

static inline bool weft_ticks_are_sooner_(weft_ticks a, weft_ticks b)
{
    return a != WEFT_FOREVER &&
           (b == WEFT_FOREVER || weft_ticks_since(a, b) < 0);
}
#endif

#ifdef __cplusplus
}
#endif

#endif /* WEFT_TIME_H */
