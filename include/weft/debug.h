/* debug.h - a loop that looks over its users' shoulders.
 *
 * Python   loop.set_debug, PYTHONASYNCIODEBUG, loop.slow_callback_duration
 * Memory   none
 * Errors   none of its own; what it sees goes to the loop's on_error, with 0
 *          for the code where nothing has failed yet
 *
 *     WEFT_DEBUG=1 ./program                    for what ASYNC_RUN runs
 *     weft_loop_set_debug(&loop, true);         for a loop of yours
 *
 * In debug mode a loop says
 *
 *     a step took 0.152 s: from app.c:31 in fetch to app.c:40 in parse
 *     a task waits in memory that is given back
 *
 * and fails, with WEFT_EOTHERLOOP or a trap, where a thread touches what
 * belongs to another. It costs two readings of the clock an entry and a walk
 * over all tasks for each that is woken or freed; a loop that is not in debug
 * mode pays one comparison a turn.
 *
 * Always on, because they cost nothing: errors that nobody looked at, and
 * pointers to local variables handed to an operation that waits.
 */
#ifndef WEFT_DEBUG_H
#define WEFT_DEBUG_H

#include "weft/loop.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Switch it on or off, at any time outside of a step. */
void weft_loop_set_debug(struct weft_loop *loop, bool on);

static inline bool weft_loop_get_debug(const struct weft_loop *loop)
{
    return loop->debug != NULL;
}

/* How many tasks, timers and callbacks of the loop still use this memory, each
 * reported to on_error: to be asked before it is freed or reused. A task uses
 * what it lies in, what its coroutines lie in, and the object it waits for. In
 * debug mode the memory of every task and queue that is freed is asked about.
 * O(tasks and all that is scheduled). */
size_t weft_loop_uses(struct weft_loop *loop, const void *memory, size_t size);

/* For runners: does the environment's WEFT_DEBUG ask for it? */
bool weft_debug_is_asked_for_(void);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_DEBUG_H */
