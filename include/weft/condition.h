/* condition.h - wait until something has changed under a lock.
 *
 * Python   asyncio.Condition
 * Memory   one list head and one pointer; nothing is allocated
 * Moving   not while a task is waiting
 * Errors   WEFT_EINVALIDSTATE for waiting or notifying without the lock
 *
 *     static struct weft_lock lock;
 *     static struct weft_condition changed = WEFT_CONDITION(&lock);
 *
 *     ASYNC_WITH(&self->guard, weft_lock_guard(&self->guard, &lock)) {
 *         while (stock == 0) {
 *             AWAIT(weft_condition_wait(&changed));
 *         }
 *         stock--;
 *     }
 *
 * A wait gives the lock away and has it again when it is over, also when it
 * was cancelled. It may end although nobody notified, so it stands in a loop.
 */
#ifndef WEFT_CONDITION_H
#define WEFT_CONDITION_H

#include "weft/list.h"
#include "weft/lock.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_condition {
    struct weft_lock *lock;   /* public: the caller's, set before use */
    struct weft_list waiters; /* private */
};

#define WEFT_CONDITION(lock)     \
    {                            \
        (lock), WEFT_EMPTY_LIST_ \
    }

/* Under AWAIT, holding the lock: until notified. */
struct weft_op weft_condition_wait(struct weft_condition *condition)
    WEFT_MUST_AWAIT_;

/* Holding the lock: wake the oldest `count` waiters, or all. They go on when
 * they have the lock. O(count). */
int weft_condition_notify(struct weft_condition *condition, size_t count);
int weft_condition_notify_all(struct weft_condition *condition);

/* A coroutine: wait until predicate(arg) is true. For CALL, with its struct in
 * the caller's. Does not yield when it is true already. */
struct weft_condition_wait_for {
    struct weft_frame frame;
    struct weft_condition *condition;
    bool (*predicate)(void *arg);
    void *arg;
};

struct weft_async weft_condition_wait_for(struct weft_frame *frame);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_CONDITION_H */
