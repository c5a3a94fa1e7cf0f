/* lock.c - a lock that goes from task to task. */
#include "ours.h"

static struct weft_lock lock;

struct locker {
    struct weft_frame frame;
    long count;
    long i;
};

static async locker(struct weft_frame *frame)
{
    ASYNC_BEGIN(locker);
    for (self->i = 0; self->i < self->count; self->i++) {
        AWAIT(weft_lock_acquire(&lock));
        AWAIT(weft_sleep(0));
        weft_lock_release(&lock);
    }
    ASYNC_END;
}

struct guarded {
    struct weft_frame frame;
    struct weft_lock_guard guard;
    long count;
    long i;
};

static async guarded(struct weft_frame *frame)
{
    ASYNC_BEGIN(guarded);
    for (self->i = 0; self->i < self->count; self->i++) {
        ASYNC_WITH(&self->guard, weft_lock_guard(&self->guard, &lock)) {
            AWAIT(weft_sleep(0));
        }
    }
    ASYNC_END;
}

static struct weft_task *spawn_locker(struct many *many, long i)
{
    (void)i;
    return SPAWN(locker, .count = many->count);
}

static struct weft_task *spawn_guarded(struct many *many, long i)
{
    (void)i;
    return SPAWN(guarded, .count = many->count);
}

void weft_run_lock(long tasks, long count)
{
    run_many(spawn_locker, tasks, 1, count);
}

void weft_run_guard(long tasks, long count)
{
    run_many(spawn_guarded, tasks, 1, count);
}
