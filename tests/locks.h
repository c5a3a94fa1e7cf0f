/* locks.h - what the tests of locks share: one lock, and tasks that take it.
 */
#ifndef LOCKS_H
#define LOCKS_H

#include "check.h"
#include "sweep.h"
#include "turn.h"

static struct weft_lock lock;

/* Takes the lock, keeps it until `until` is set, if there is one, and gives it
 * back unless it keeps it for good. */
struct locker {
    struct weft_frame frame;
    const char *name;
    struct weft_event *until;
    bool keeps;
    bool has_it;
};

static inline async locker(struct weft_frame *frame)
{
    ASYNC_BEGIN(locker);
    AWAIT(weft_lock_acquire(&lock));
    self->has_it = true;
    trace("%s has it", self->name);
    if (self->until != NULL) {
        AWAIT(weft_event_wait(self->until));
    }
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s %s", self->name, weft_error_name(frame->outcome));
    }
    if (self->has_it && !self->keeps) {
        CHECK_INT(weft_lock_release(&lock), 0);
    }
    ASYNC_END;
}

static inline void begin(void)
{
    lock = (struct weft_lock){0};
    world_open(&world);
}

static inline void take(void)
{
    CHECK_INT(outcome(weft_lock_acquire(&lock)), 0);
    CHECK(weft_lock_locked(&lock));
}

/* Nobody has it, and nobody stands in line. */
static inline void end(void)
{
    finish();
    CHECK(lock.first == NULL && lock.last == NULL);
    CHECK_INT(lock.standing, 0);
}

#endif /* LOCKS_H */
