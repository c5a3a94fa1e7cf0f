/* barrier.c - a condition with four states. */
#include "weft/barrier.h"

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"

int weft_barrier_init(struct weft_barrier *barrier, size_t parties)
{
    if (parties < 1 || parties > SIZE_MAX / 2) { /* below 0, converted */
        return WEFT_EINVAL;
    }
    memset(barrier, 0, sizeof *barrier);
    barrier->parties = parties;
    barrier->condition.lock = &barrier->lock;
    return 0;
}

/* Others leave, or are thrown out: who comes now has to wait. */
static bool is_emptying(const struct weft_barrier *barrier)
{
    return barrier->state == WEFT_BARRIER_DRAINING ||
           barrier->state == WEFT_BARRIER_RESETTING;
}

/* The last to leave opens it for who waits outside. */
static void leave_barrier(struct weft_barrier *barrier)
{
    if (--barrier->count > 0) {
        return;
    }
    if (is_emptying(barrier)) {
        barrier->state = WEFT_BARRIER_FILLING;
    }
    weft_condition_notify_all(&barrier->condition);
}

struct weft_async weft_barrier_wait(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_barrier_wait);
    ASYNC_WITH(&self->guard,
               weft_lock_guard(&self->guard, &self->barrier->lock)) {
        ASYNC_TRY {
            while (is_emptying(self->barrier)) {
                ASYNC_AWAIT(weft_condition_wait(&self->barrier->condition));
            }
            if (weft_barrier_broken(self->barrier)) {
                ASYNC_RAISE(WEFT_EBROKENBARRIER);
            }
            self->result = self->barrier->count++;
            self->is_counted = true;
            if (self->result + 1 == self->barrier->parties) {
                self->barrier->state = WEFT_BARRIER_DRAINING;
                weft_condition_notify_all(&self->barrier->condition);
            } else {
                while (self->barrier->state == WEFT_BARRIER_FILLING) {
                    ASYNC_AWAIT(weft_condition_wait(&self->barrier->condition));
                }
                if (self->barrier->state != WEFT_BARRIER_DRAINING) {
                    ASYNC_RAISE(WEFT_EBROKENBARRIER);
                }
            }
        }
        ASYNC_CATCH_ALL(frame->error) {
            if (self->is_counted) {
                leave_barrier(self->barrier);
            }
            ASYNC_RAISE(frame->error);
        }
        leave_barrier(self->barrier);
    }
    ASYNC_END;
}

struct weft_async weft_barrier_reset(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_barrier_reset);
    ASYNC_WITH(&self->guard,
               weft_lock_guard(&self->guard, &self->barrier->lock)) {
        self->barrier->state = self->barrier->count > 0 ? WEFT_BARRIER_RESETTING
                                                        : WEFT_BARRIER_FILLING;
        weft_condition_notify_all(&self->barrier->condition);
    }
    ASYNC_END;
}

struct weft_async weft_barrier_abort(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_barrier_abort);
    ASYNC_WITH(&self->guard,
               weft_lock_guard(&self->guard, &self->barrier->lock)) {
        self->barrier->state = WEFT_BARRIER_BROKEN;
        weft_condition_notify_all(&self->barrier->condition);
    }
    ASYNC_END;
}
