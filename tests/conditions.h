/* conditions.h - what the tests of conditions share: one lock, one condition,
 * and who waits for it.
 */
#ifndef CONDITIONS_H
#define CONDITIONS_H

#include "check.h"
#include "sweep.h"
#include "turn.h"

static struct weft_lock lock;
static struct weft_condition changed = WEFT_CONDITION(&lock);

/* Takes the lock unless it comes with it, waits, and has the lock, however the
 * wait ended. */
struct waiter {
    struct weft_frame frame;
    const char *name;
    bool has_lock;
    bool keeps;
};

static inline async waiter(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiter);
    if (!self->has_lock) {
        AWAIT(weft_lock_acquire(&lock));
    }
    AWAIT(weft_condition_wait(&changed));
    trace("%s runs", self->name);
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s %s", self->name, weft_error_name(frame->outcome));
    }
    CHECK(weft_lock_locked(&lock));
    if (!self->keeps) {
        weft_lock_release(&lock);
    }
    ASYNC_END;
}

static inline void begin(void)
{
    lock = (struct weft_lock){0};
    changed = (struct weft_condition)WEFT_CONDITION(&lock);
    world_open(&world);
}

static inline void end(void)
{
    finish();
    CHECK(weft_list_is_empty(&changed.waiters));
    CHECK_INT(lock.standing, 0);
    CHECK(lock.first == NULL);
}

static inline void take(void)
{
    CHECK_INT(outcome(weft_lock_acquire(&lock)), 0);
}

static inline void drop(void)
{
    CHECK_INT(weft_lock_release(&lock), 0);
}

static inline void notify(size_t count)
{
    CHECK_INT(weft_condition_notify(&changed, count), 0);
}

static inline void start_waiters(bool keep)
{
    weft_task_release(SPAWN(waiter, .name = "a", .keeps = keep));
    weft_task_release(SPAWN(waiter, .name = "b", .keeps = keep));
    weft_task_release(SPAWN(waiter, .name = "c", .keeps = keep));
}

static int state;

static inline bool state_is_set(void *arg)
{
    (void)arg;
    return state != 0;
}

/* Waits until `state` is not 0. */
struct expecting {
    struct weft_frame frame;
    struct weft_lock_guard guard;
    struct weft_condition_wait_for wait;
    int err;
};

static inline async expecting(struct weft_frame *frame)
{
    ASYNC_BEGIN(expecting);
    ASYNC_WITH(&self->guard, weft_lock_guard(&self->guard, &lock)) {
        ASYNC_TRY {
            AWAIT(CALL(&self->wait, weft_condition_wait_for,
                       .condition = &changed, .predicate = state_is_set));
            trace("state %d", state);
        }
        ASYNC_CATCH_ALL(self->err) {
            trace("%s", weft_error_name(self->err));
            CHECK(weft_lock_locked(&lock));
            ASYNC_RAISE(self->err);
        }
    }
    ASYNC_END;
}

#endif /* CONDITIONS_H */
