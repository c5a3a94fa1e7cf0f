/* asyncgen.h - generators that are closed when their loop ends.
 *
 * Python   loop.shutdown_asyncgens; there the loop knows every generator
 * Memory   176 bytes (64-bit) a generator, the caller's; nothing is allocated,
 *          and nothing is asked of generators that are not adopted
 * Moving   not while adopted, nor the generator
 * Errors   WEFT_ENOLOOP; WEFT_EALREADY for one that is adopted; what keeps the
 *          closing from its end. What a generator fails with goes to the
 *          loop's on_error, and the others are still closed
 *
 *     static struct lines lines;                a generator of no task's own
 *     static struct weft_asyncgen closing;
 *
 *     ASYNC_GENERATOR(&lines, lines, .path = "log");
 *     weft_asyncgen_adopt(&closing, &lines.frame);
 *
 * ASYNC_RUN and weft_runner_close close what is adopted when all tasks are
 * done. With a loop of your own:
 *
 *     weft_loop_cancel_all(&loop);
 *     weft_shutdown_asyncgens(&loop);
 *     weft_loop_close(&loop);
 */
#ifndef WEFT_ASYNCGEN_H
#define WEFT_ASYNCGEN_H

#include "weft/generator.h"
#include "weft/task.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_asyncgen {
    struct weft_frame frame;      /* private: of what closes it  */
    struct weft_task task;        /* private: where that runs    */
    struct weft_frame *generator; /* read-only */
    struct weft_entry entry;      /* private: in the loop's list */
};

/* Have a generator closed at the end of this thread's loop. Nothing runs now,
 * and it may be closed before, or end, or be made anew in its slot. O(1). */
int weft_asyncgen_adopt(struct weft_asyncgen *asyncgen,
                        struct weft_frame *generator);

/* Forget it again, before its memory or this goes. Harmless when idle;
 * WEFT_EBUSY while it is being closed. O(1). */
int weft_asyncgen_disown(struct weft_asyncgen *asyncgen);

/* Outside of a run: weft_aclose each generator that the loop has adopted, all
 * at the same time, begun in the order of adoption, and forget them. 0, or
 * what ended the run; those that had not ended by then stay adopted. */
int weft_shutdown_asyncgens(struct weft_loop *loop);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_ASYNCGEN_H */
