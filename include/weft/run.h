/* run.h - from main() into a coroutine, and back out in good order.
 *
 * Python   asyncio.run
 * Memory   the main task and its coroutine's struct live on the C stack
 * Errors   the coroutine's own; WEFT_EALREADY inside a running loop;
 *          WEFT_ENOMEM; what the driver fails with
 *
 *     int main(void)
 *     {
 *         return ASYNC_RUN(program) ? 1 : 0;
 *     }
 *
 * ASYNC_RUN makes a loop on libev, runs the coroutine to its end, cancels what
 * is left, runs that to its end too, and closes. An error of the coroutine is
 * returned, and reported on stderr with the place where it was raised, as an
 * uncaught exception would be. Ctrl-C cancels the main task: see runner.h.
 * ASYNC_RUN_SIM is the same on a virtual clock, for tests and simulations.
 */
#ifndef WEFT_RUN_H
#define WEFT_RUN_H

#include "weft/loop.h"
#include "weft/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Cancel every task of the loop, also those that are started meanwhile, and
 * run until all are done. 0, or what ended the run: WEFT_EDEADLOCK when a task
 * swallowed its cancellation and waits for nothing that can happen. */
int weft_loop_cancel_all(struct weft_loop *loop);

/* For ASYNC_RUN_IN: run one coroutine in a loop that stays open. */
int weft_run_in_(struct weft_loop *loop,
                 struct weft_async (*resume)(struct weft_frame *),
                 struct weft_frame *frame);

/* The same with the main task in memory of the caller's, who releases it. */
int weft_run_main_(struct weft_loop *loop, struct weft_task *task,
                   struct weft_async (*resume)(struct weft_frame *),
                   struct weft_frame *frame);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_RUN_H */
