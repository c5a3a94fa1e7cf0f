/* lock.h - one task at a time.
 *
 * Python   asyncio.Lock
 * Memory   two pointers, a count and a bool; nothing is allocated
 * Moving   not while a task is waiting
 * Errors   WEFT_EINVALIDSTATE for releasing a lock that is not locked
 *
 *     static struct weft_lock lock;             all zero: unlocked
 *     struct weft_lock_guard guard;             in the coroutine's struct
 *
 *     ASYNC_WITH(&self->guard, weft_lock_guard(&self->guard, &lock)) {
 *         AWAIT(...);                           released on every way out
 *     }
 *
 * First come, first served: a task that arrives waits behind those that wait,
 * also while the lock is free and the next of them has not run yet. A lock is
 * not owned, so another task may release it, and not recursive.
 */
#ifndef WEFT_LOCK_H
#define WEFT_LOCK_H

#include "weft/context.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_task;

struct weft_lock {
    struct weft_task *first, *last; /* private: the line                  */
    size_t standing;                /* private: in it, and not cancelled  */
    bool is_locked;                 /* read-only                          */
};

static inline bool weft_lock_locked(const struct weft_lock *lock)
{
    return lock->is_locked;
}

/* Under AWAIT: until the lock is this task's. Does not yield when it is free
 * and nobody waits. O(1). */
struct weft_op weft_lock_acquire(struct weft_lock *lock) WEFT_MUST_AWAIT_;

/* Unlock, and wake the first in line, who takes it when it runs. O(1). */
int weft_lock_release(struct weft_lock *lock);

/* For ASYNC_WITH: acquire and release. */
struct weft_lock_guard {
    struct weft_with with;
    struct weft_lock *lock;
};

struct weft_op weft_lock_guard(struct weft_lock_guard *guard,
                               struct weft_lock *lock) WEFT_MUST_AWAIT_;

/* For what holds a lock while it waits, as a condition does: try at once;
 * stand in line with a wait of its own kind; come out of the line with the
 * lock or with the negative status; give up standing. */
bool weft_lock_take_(struct weft_lock *lock);
void weft_lock_stand_(struct weft_lock *lock, struct weft_task *task);
int weft_lock_go_(struct weft_lock *lock, struct weft_task *task, int status);
bool weft_lock_give_up_(struct weft_lock *lock, struct weft_task *task);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_LOCK_H */
