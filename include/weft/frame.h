/* frame.h - where a coroutine stopped, and who awaits it.
 *
 * Python   a coroutine object and its frame
 * Memory   32 bytes (64-bit), the first member of each coroutine's struct
 * Moving   not between its first step and its end
 * Errors   resuming a finished frame, or one whose state is no resume point of
 *          its function, traps
 *
 *     struct worker {
 *         struct weft_frame frame;
 *         int id;
 *     };
 */
#ifndef WEFT_FRAME_H
#define WEFT_FRAME_H

#include "weft/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a coroutine function returns: a struct, so that a stray `return 0;`
 * does not compile. */
struct weft_async {
    int step; /* private: one of the values below */
};

/* The short word for it, so that a definition reads like Python's async def. A
 * typedef and not a macro: ev.h, for one, has members of that name. */
#if !defined(WEFT_NO_SHORT_NAMES) && !defined(__cplusplus)
typedef struct weft_async async;
#endif

/* What an operation returns to AWAIT: 0 or more when it is done, a negative
 * code when it has failed, or pending. */
struct weft_op {
    int status; /* private */
};

#define WEFT_PENDING_ INT_MIN      /* the task is parked                    */
#define WEFT_CALLED_ (INT_MIN + 1) /* a callee's frame is the one to resume */
#define WEFT_TURN_ (INT_MIN + 2)   /* not parked: go on in the next turn    */
#define WEFT_DONE_ 0
#define WEFT_YIELDED_ 1

/* States below the first line that can hold an AWAIT. */
#define WEFT_LEAVE_ 1     /* going to ASYNC_FINALLY                  */
#define WEFT_END_ 2       /* going to ASYNC_END                      */
#define WEFT_START_ 3     /* called, not begun                       */
#define WEFT_FINISHED_ -1 /* or minus the state in which it failed   */
#define WEFT_QUERY_ INT_MIN

#if INT_MAX > 32767
#define WEFT_SLOT_ 1000000
#else
#define WEFT_SLOT_ 8192
#endif

#define WEFT_RETURNING_ 1 /* frame->error while ASYNC_RETURN is on its way */
#define WEFT_AWAITED_ 2   /* frame->error of a coroutine that was CALLed   */
#define WEFT_FRESH_ (INT_MIN + 3) /* frame->value of an unread YIELD       */

struct weft_frame {
    struct weft_async (*resume)(struct weft_frame *frame); /* private */
    struct weft_frame *caller; /* read-only: who awaits it, or NULL           */
    int state;                 /* read-only: the line where it stopped        */
    int value;                 /* read-only: what the last AWAIT gave         */
    int error;                 /* read-only: in a handler, what it caught     */
    int outcome;               /* read-only: in and after ASYNC_FINALLY: 0 or
                                  the negative code that ended the coroutine  */
};

/* Name and file of the function behind a frame. */
struct weft_site {
    const char *name;
    const char *file;
};

/* Called and not finished. A frame of zeros is not running. */
static inline bool weft_frame_is_running(const struct weft_frame *frame)
{
    return frame->state > 0;
}

/* Ran to its end, one way or the other. */
static inline bool weft_frame_is_done(const struct weft_frame *frame)
{
    return frame->state < 0;
}

/* The source line where a frame stands or stood when it failed; 0 if it has
 * not begun or has succeeded. */
int weft_frame_line(const struct weft_frame *frame);

/* The coroutine's name and source file. Asks its function, and costs a call;
 * the text is static. */
struct weft_site weft_frame_site(struct weft_frame *frame);

/* What the macros call. */

static inline struct weft_op weft_op_(int status)
{
    struct weft_op op = {status};

    return op;
}

/* Around the macros that choose between two operations: there the compiler
 * would not notice that nobody awaits the one chosen. */
static inline struct weft_op weft_op_to_await_(struct weft_op op)
    WEFT_MUST_AWAIT_;
static inline struct weft_op weft_op_to_await_(struct weft_op op)
{
    return op;
}

static inline int weft_frame_outcome_(const struct weft_frame *frame)
{
    return frame->error < 0 ? frame->error : 0;
}

static inline struct weft_async weft_frame_finish_(struct weft_frame *frame)
{
    struct weft_async done = {WEFT_DONE_};

    if (WEFT_LIKELY_(frame->outcome >= 0)) {
        frame->state = WEFT_FINISHED_;
    } else if (frame->outcome == WEFT_EGENERATOREXIT) {
        frame->state = WEFT_FINISHED_; /* closed as asked: a good end */
        frame->outcome = 0;
    } else {
        frame->state = -frame->state; /* the report wants the line */
    }
    return done;
}

/* Consume the value of a YIELD, if there is one. */
static inline bool weft_frame_take_(struct weft_frame *frame)
{
    bool fresh = frame->value == WEFT_FRESH_;

    if (fresh) {
        frame->value = 0;
    }
    return fresh;
}

/* The default label of each coroutine's switch: answers weft_frame_site, and
 * traps on anything else. */
struct weft_async weft_frame_odd_(struct weft_frame *frame,
                                  const struct weft_site *site);

/* Trap unless the frame may be overwritten. */
void weft_frame_idle_(const struct weft_frame *frame, const char *name,
                      const char *file, int line);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_FRAME_H */
