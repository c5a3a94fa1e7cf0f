/* turn.h - for tests that stand between the turns and look around.
 *
 * What a test does there happens as in a task that comes last in every turn,
 * and goes round with asyncio.sleep(0).
 *
 *     static void who_waits_runs_a_turn_later(void)
 *     {
 *         world_open(&world);
 *         weft_task_release(SPAWN(waiter));
 *         turn();
 *         ...
 *         finish();
 *     }
 */
#ifndef TURN_H
#define TURN_H

#include "check.h"

static struct world world;

/* One turn. Time stands still. */
static inline void turn(void)
{
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
}

static inline bool turn_is_needed(struct weft_loop *loop)
{
    return loop->task_count > 0;
}

/* On to the end of every task, which must come by itself. */
static inline void settle(void)
{
    if (world.loop.task_count > 0) {
        CHECK_INT(weft_loop_run_(&world.loop, turn_is_needed), 0);
    }
}

static inline void finish(void)
{
    settle();
    world_close(&world);
}

/* Outside of a task: what need not wait has its outcome at once. */
static inline int outcome(struct weft_op op)
{
    return op.status;
}

/* Cancel a task from a callback, in the turn that comes. */
static struct weft_handle turn_canceller;

static inline void turn_cancel(void *arg)
{
    weft_task_cancel((struct weft_task *)arg);
}

static inline void cancel_soon(struct weft_task *task)
{
    CHECK_INT(weft_call_soon(&world.loop, &turn_canceller, turn_cancel, task),
              0);
}

#endif /* TURN_H */
