/* generator.h - end a generator early, or step one by hand.
 *
 * Python   agen.aclose(), contextlib.aclosing; next(gen), gen.close()
 * Memory   24 bytes for the context
 * Moving   not while inside
 * Errors   what the generator's ASYNC_FINALLY fails with; WEFT_EALREADY while
 *          another task is in the generator; WEFT_EINVALIDSTATE when it
 *          yields again; WEFT_ENOTASK in one that wants to wait, by hand
 *
 *     struct weft_aclosing closing;             in the coroutine's struct
 *
 *     ASYNC_GENERATOR(&self->lines, read_lines, .path = "log");
 *     ASYNC_WITH(&self->closing,
 *                weft_aclosing(&self->closing, &self->lines.frame)) {
 *         ASYNC_FOR(&self->lines) {
 *             if (found)
 *                 break;                        the generator is suspended
 *         }
 *     }                                         its ASYNC_FINALLY has run
 *
 * How to write one is in macros/weft/iterate.h.
 */
#ifndef WEFT_GENERATOR_H
#define WEFT_GENERATOR_H

#include "weft/context.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Under AWAIT: raise WEFT_EGENERATOREXIT where the generator is suspended, and
 * wait for its end, which counts as success. One that has not begun or has
 * ended is left as it is. Its handlers must not YIELD again. */
struct weft_op weft_aclose(struct weft_frame *generator) WEFT_MUST_AWAIT_;

/* For ASYNC_WITH: aclose on every way out. */
struct weft_aclosing {
    struct weft_with with;
    struct weft_frame *generator;
};

struct weft_op weft_aclosing(struct weft_aclosing *closing,
                             struct weft_frame *generator) WEFT_MUST_AWAIT_;

/* Step a generator by hand, from any function, without a loop: to its next
 * YIELD. 1 with a value, 0 at its end, or its negative code. A plain coroutine
 * runs to its end. It must not wait: an AWAIT in it that would have to, a CALL
 * and an ASYNC_FOR among them, fails with WEFT_ENOTASK.
 *
 *     while (weft_next(&numbers.frame) > 0)
 *         printf("%d\n", numbers.value);
 */
int weft_next(struct weft_frame *generator);

/* weft_aclose by hand: 0, or the negative code with which its end failed. */
int weft_close(struct weft_frame *generator);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_GENERATOR_H */
