/* config.h - what weft finds out about the compiler, and what you may set.
 *
 * WEFT_FREESTANDING     no libc and no operating system: layers 0 to 4 only
 *                       (default: set when the compiler says so)
 * WEFT_WITH_TLS         tls.h as well, with OpenSSL 3: -lssl -lcrypto
 * WEFT_NO_SHORT_NAMES   no `async`, AWAIT, YIELD, CALL, SPAWN, START
 * WEFT_TRAP(message)    what to do when a program breaks a rule that cannot be
 *                       an error code; must not return (default: print the
 *                       message and abort; freestanding: stop for ever)
 * WEFT_TICKS_PER_SECOND what one tick of time is (default: a nanosecond)
 */
#ifndef WEFT_CONFIG_H
#define WEFT_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if !defined(WEFT_FREESTANDING) && defined(__STDC_HOSTED__) && !__STDC_HOSTED__
#define WEFT_FREESTANDING
#endif

/* memcpy and memset are all that the freestanding layers need of a libc. */
#if defined(WEFT_FREESTANDING)
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
#else
#include <string.h>
#endif

/* An operation that is not awaited does nothing useful, so the compiler is
 * asked to say so. */
#if defined(__GNUC__)
#define WEFT_MUST_AWAIT_ __attribute__((warn_unused_result))
#define WEFT_LIKELY_(condition) __builtin_expect(!!(condition), 1)
#define WEFT_RARE_ __attribute__((noinline, cold)) /* off the fast path */
#define WEFT_APART_ __attribute__((noinline))
#else
#define WEFT_MUST_AWAIT_
#define WEFT_LIKELY_(condition) (condition)
#define WEFT_RARE_
#define WEFT_APART_
#endif

#if defined(WEFT_FREESTANDING)
#define WEFT_THREAD_LOCAL_
#elif defined(__cplusplus)
#define WEFT_THREAD_LOCAL_ thread_local
#else
#define WEFT_THREAD_LOCAL_ _Thread_local
#endif

#endif /* WEFT_CONFIG_H */
