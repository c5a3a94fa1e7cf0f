/* config.h - what weft finds out about the compiler, and what you may set
 * before the first include, or on the command line. All but WEFT_IMPLEMENTATION
 * and WEFT_NO_SHORT_NAMES are the same for all files of a program.
 *
 * WEFT_IMPLEMENTATION   the functions as well, in exactly one file of a program
 * WEFT_STATIC           the same, for this file alone: every function is
 *                       static, and what is not called costs nothing. Only in
 *                       the single file (make single)
 * WEFT_FREESTANDING     no libc and no operating system: layers 0 to 4 only
 *                       (default: set when the compiler says so)
 * WEFT_NO_POSIX         no more than ISO C: no descriptors, processes and
 *                       threads, and no libev
 * WEFT_NO_EV            no libev: no ASYNC_RUN, weft_runner_open and workers.h;
 *                       descriptors need a driver of yours
 * WEFT_WITH_TLS         tls.h as well, with OpenSSL 3: -lssl -lcrypto
 * WEFT_WITH_CARES       cares.h as well, with c-ares: -lcares
 * WEFT_NO_SHORT_NAMES   no `async`, AWAIT, YIELD, CALL, SPAWN, START
 * WEFT_BARE             with WEFT_IMPLEMENTATION, the driver of a port and what
 *                       interrupts call, where there is an operating system
 * WEFT_TRAP(message)    what to do when a program breaks a rule that cannot be
 *                       an error code; must not return (default: print the
 *                       message and abort; freestanding: weft_port_trap)
 * WEFT_TICKS_PER_SECOND what one tick of time is (default: a nanosecond; with
 *                       32 bits a millisecond)
 * WEFT_TICKS_BITS       64 (default) or 32: how wide a time is
 */
#ifndef WEFT_CONFIG_H
#define WEFT_CONFIG_H

#define WEFT_VERSION "0.1.0"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if !defined(WEFT_FREESTANDING) && defined(__STDC_HOSTED__) && !__STDC_HOSTED__
#define WEFT_FREESTANDING
#endif

#if defined(WEFT_NO_POSIX) && !defined(WEFT_NO_EV)
#define WEFT_NO_EV
#endif

#if defined(WEFT_STATIC) && !defined(WEFT_API)
#error "WEFT_STATIC is for the single file: make single"
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
#define WEFT_FOLDED_ static inline __attribute__((always_inline, unused))
#else
#define WEFT_MUST_AWAIT_
#define WEFT_LIKELY_(condition) (condition)
#define WEFT_RARE_
#define WEFT_APART_
#define WEFT_FOLDED_ static inline /* with constants, by every compiler */
#endif

#if defined(WEFT_FREESTANDING)
#define WEFT_THREAD_LOCAL_
#elif defined(__cplusplus)
#define WEFT_THREAD_LOCAL_ thread_local
#else
#define WEFT_THREAD_LOCAL_ _Thread_local
#endif

#endif /* WEFT_CONFIG_H */
