/* semaphore.h - a number of tasks at a time.
 *
 * Python   asyncio.Semaphore, asyncio.BoundedSemaphore
 * Memory   one list head and three counts; nothing is allocated
 * Moving   not while a task is waiting
 * Errors   WEFT_EINVAL for a start below 0; WEFT_EINVALIDSTATE for releasing a
 *          bounded one more often than it was acquired
 *
 *     static struct weft_semaphore slots = WEFT_SEMAPHORE(3);
 *     struct weft_semaphore_guard guard;        in the coroutine's struct
 *
 *     ASYNC_WITH(&self->guard, weft_semaphore_guard(&self->guard, &slots)) {
 *         AWAIT(...);                           at most three at once
 *     }
 *
 * First come, first served: what is released goes to the oldest waiter at
 * once. All zero is a semaphore of 0, which the first acquire waits for.
 */
#ifndef WEFT_SEMAPHORE_H
#define WEFT_SEMAPHORE_H

#include "weft/context.h"
#include "weft/list.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_semaphore {
    size_t value;             /* read-only: how many may still acquire      */
    size_t bound;             /* read-only: value stays below; 0 for none   */
    size_t standing;          /* private: waiting, or woken and not yet run */
    struct weft_list waiters; /* private */
};

#define WEFT_SEMAPHORE(value)           \
    {                                   \
        (value), 0, 0, WEFT_EMPTY_LIST_ \
    }

/* One that refuses a release above its start. */
#define WEFT_BOUNDED_SEMAPHORE(value)             \
    {                                             \
        (value), (value) + 1, 0, WEFT_EMPTY_LIST_ \
    }

/* The same at run time, for a value that is computed. */
int weft_semaphore_init(struct weft_semaphore *semaphore, long value);
int weft_bounded_semaphore_init(struct weft_semaphore *semaphore, long value);

/* Would acquire have to wait? */
static inline bool weft_semaphore_locked(const struct weft_semaphore *semaphore)
{
    return semaphore->value == 0 || semaphore->standing > 0;
}

/* Under AWAIT: until there is one for this task. O(1). */
struct weft_op weft_semaphore_acquire(struct weft_semaphore *semaphore)
    WEFT_MUST_AWAIT_;

/* Give one back, to the oldest waiter if there is one. O(1). */
int weft_semaphore_release(struct weft_semaphore *semaphore);

/* For ASYNC_WITH: acquire and release. */
struct weft_semaphore_guard {
    struct weft_with with;
    struct weft_semaphore *semaphore;
};

struct weft_op weft_semaphore_guard(struct weft_semaphore_guard *guard,
                                    struct weft_semaphore *semaphore)
    WEFT_MUST_AWAIT_;

#ifdef __cplusplus
}
#endif

#endif /* WEFT_SEMAPHORE_H */
