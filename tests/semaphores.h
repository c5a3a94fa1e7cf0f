/* semaphores.h - what the tests of semaphores share: one semaphore, and tasks
 * that use it.
 */
#ifndef SEMAPHORES_H
#define SEMAPHORES_H

#include "check.h"
#include "sweep.h"
#include "turn.h"

static struct weft_semaphore slots;

/* Acquires, and releases after `seconds` unless it keeps; `rounds` times. */
struct user {
    struct weft_frame frame;
    const char *name;
    int rounds;
    bool keeps;
    double seconds;
    int i;
};

static inline async user(struct weft_frame *frame)
{
    ASYNC_BEGIN(user);
    for (self->i = 0; self->i <= self->rounds; self->i++) {
        AWAIT(weft_semaphore_acquire(&slots));
        trace("%s%d", self->name, self->i);
        if (self->seconds > 0) {
            AWAIT(weft_sleep(self->seconds));
        }
        if (!self->keeps) {
            CHECK_INT(weft_semaphore_release(&slots), 0);
        }
    }
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s %s", self->name, weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

static inline void begin(long value)
{
    CHECK_INT(weft_semaphore_init(&slots, value), 0);
    world_open(&world);
}

static inline void end(void)
{
    finish();
    CHECK(weft_list_is_empty(&slots.waiters));
    CHECK_INT(slots.standing, 0);
}

static inline void acquire(void)
{
    CHECK_INT(outcome(weft_semaphore_acquire(&slots)), 0);
}

static inline void release(void)
{
    CHECK_INT(weft_semaphore_release(&slots), 0);
}

static inline struct weft_task *keeper(const char *name)
{
    return SPAWN(user, .name = name, .keeps = true);
}

#endif /* SEMAPHORES_H */
