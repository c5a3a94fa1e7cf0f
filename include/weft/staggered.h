/* staggered.h - several attempts, one after the other; the first success wins.
 *
 * Python   asyncio.staggered.staggered_race, of 3.14
 * Memory   480 bytes (64-bit), and a struct weft_attempt of 192 an attempt, all
 *          the caller's
 * Moving   neither while it runs
 * Errors   WEFT_EINVAL for a delay that is not a number; WEFT_ELIMIT for more
 *          attempts than an int can count; WEFT_EALREADY for memory in use;
 *          WEFT_ENOMEM; not those of the attempts
 *
 *     static struct weft_op dial_one(void *arg, size_t index)
 *     {
 *         struct program *self = arg;
 *
 *         return CALL(&self->dials[index], dial, .to = &self->places[index]);
 *     }
 *
 *     AWAIT(CALL(&self->race, weft_staggered, .begin = dial_one, .arg = self,
 *                .attempts = self->attempts, .count = 3,
 *                .delay = weft_ticks_from(0.25)));
 *     if (self->race.winner >= 0)
 *         use(&self->dials[self->race.winner].result);
 *
 * The next attempt begins when `delay` has passed, or when the latest one has
 * failed. When one succeeds the others are cancelled and awaited.
 */
#ifndef WEFT_STAGGERED_H
#define WEFT_STAGGERED_H

#include "weft/event.h"
#include "weft/wait_for.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One attempt. All zero before its first race. */
struct weft_attempt {
    struct weft_frame frame;     /* private: first                       */
    struct weft_task task;       /* private: makes the attempt           */
    struct weft_entry entry;     /* private: in the task's callbacks     */
    struct weft_staggered *race; /* private                              */
    size_t index;                /* private                              */
    int error;                   /* read-only: 0 of the winner, or the
                                    negative code it failed with         */
};

struct weft_staggered {
    struct weft_frame frame;

    /* public */
    struct weft_op (*begin)(void *arg, size_t index); /* what to await      */
    void *arg;
    struct weft_attempt *attempts;
    size_t count;
    weft_ticks delay; /* WEFT_FOREVER: the next only when one has failed;
                         0 is up at once                                */

    /* read-only */
    int winner;     /* its index, or -1 when none has succeeded */
    size_t started; /* how many attempts have begun: the first ones */

    /* private */
    int error;
    int cancelled;
    size_t running;              /* tasks                                */
    struct weft_task *parent;    /* who awaits the race                  */
    struct weft_event failed;    /* the latest attempt                   */
    struct weft_event over;      /* no task is left                      */
    struct weft_wait_for limit;  /* of the one that waits for its turn   */
    struct weft_attempt nothing; /* waits for its turn behind the last   */
};

/* A coroutine for CALL. Each attempt is an operation that begin(arg, index)
 * gives to be awaited, a CALL for instance, in a task of its own. It fails with
 * an error or a cancellation, and succeeds with anything else. A cancellation
 * of the race is passed on to every attempt, each time, and is raised when all
 * have ended. O(started) for a success. */
struct weft_async weft_staggered(struct weft_frame *frame);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_STAGGERED_H */
