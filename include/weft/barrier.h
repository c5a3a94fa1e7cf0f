/* barrier.h - go on together.
 *
 * Python   asyncio.Barrier
 * Memory   a condition and its lock; nothing is allocated
 * Moving   not after weft_barrier_init
 * Errors   WEFT_EINVAL for fewer than one party; WEFT_EBROKENBARRIER for who
 *          waits when it is reset or aborted
 *
 *     struct weft_barrier start;
 *     struct weft_barrier_wait wait;            in the coroutine's struct
 *
 *     weft_barrier_init(&start, 3);
 *     AWAIT(CALL(&self->wait, weft_barrier_wait, .barrier = &start));
 *     if (self->wait.result == 0) ...           the first who came
 *
 * The last to come goes on first, then the others as they came. Who comes
 * while they leave waits until the last has left. A cancelled waiter leaves
 * the barrier whole.
 */
#ifndef WEFT_BARRIER_H
#define WEFT_BARRIER_H

#include "weft/condition.h"

#ifdef __cplusplus
extern "C" {
#endif

enum weft_barrier_state {
    WEFT_BARRIER_FILLING,
    WEFT_BARRIER_DRAINING,
    WEFT_BARRIER_RESETTING,
    WEFT_BARRIER_BROKEN
};

struct weft_barrier {
    size_t parties;                  /* read-only                         */
    size_t count;                    /* private: inside, waiting or leaving */
    enum weft_barrier_state state;   /* read-only                         */
    struct weft_lock lock;           /* private */
    struct weft_condition condition; /* private */
};

int weft_barrier_init(struct weft_barrier *barrier, size_t parties);

/* How many wait; 0 while they leave. */
static inline size_t weft_barrier_n_waiting(const struct weft_barrier *barrier)
{
    return barrier->state == WEFT_BARRIER_FILLING ? barrier->count : 0;
}

static inline bool weft_barrier_broken(const struct weft_barrier *barrier)
{
    return barrier->state == WEFT_BARRIER_BROKEN;
}

/* Three coroutines, for CALL. Wait for the others: `result` is the order of
 * arrival, from 0. Reset: empty again, who waits fails. Abort: broken until a
 * reset, who waits or comes fails. */
struct weft_barrier_wait {
    struct weft_frame frame;
    struct weft_barrier *barrier;
    size_t result;                /* read-only */
    struct weft_lock_guard guard; /* private */
    bool is_counted;              /* private */
};

struct weft_async weft_barrier_wait(struct weft_frame *frame);

struct weft_barrier_reset {
    struct weft_frame frame;
    struct weft_barrier *barrier;
    struct weft_lock_guard guard; /* private */
};

struct weft_async weft_barrier_reset(struct weft_frame *frame);

struct weft_barrier_abort {
    struct weft_frame frame;
    struct weft_barrier *barrier;
    struct weft_lock_guard guard; /* private */
};

struct weft_async weft_barrier_abort(struct weft_frame *frame);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_BARRIER_H */
