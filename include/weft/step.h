/* step.h - how a task runs: the trampoline.
 *
 * Python   Task.__step, and `send` down a chain of awaits
 * Memory   none; the C stack is one coroutine deep however long the chain is
 * Errors   traps for what cannot be an error code: an operation that was
 *          started and not awaited, a YIELD that nobody asked for
 *
 * A coroutine that awaits another does not call it. It returns "called" to the
 * trampoline, which resumes the callee; when that is done the trampoline goes
 * on with the caller, in the same step. The task always points at its
 * innermost coroutine, so a resumption costs the same at any depth.
 *
 * These functions are for the macros and between files.
 */
#ifndef WEFT_STEP_H
#define WEFT_STEP_H

#include "weft/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The run function of tasks' kinds: one step of this task, and then of those
 * that follow it in the turn. */
void weft_task_run_(struct weft_loop *loop, struct weft_entry *entry);

/* For ASYNC_SPAWN_EAGER: the first step of a task that was just spawned, here
 * and now. Gives the task. */
struct weft_task *weft_task_eager_(struct weft_task *task);

/* For CALL: the coroutine in `frame` is the current task's innermost now. */
struct weft_op weft_task_call_(struct weft_frame *frame,
                               struct weft_async (*resume)(struct weft_frame *))
    WEFT_MUST_AWAIT_;

#ifdef __cplusplus
}
#endif

#endif /* WEFT_STEP_H */
