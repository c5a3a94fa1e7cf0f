/* barriers.h - what the tests of resets and aborts share: one barrier, and
 * parties that pass it.
 */
#ifndef BARRIERS_H
#define BARRIERS_H

#include "check.h"
#include "sweep.h"
#include "turn.h"

enum { N = 5 };

static struct weft_barrier barrier;
static int through;

union step {
    struct weft_barrier_wait wait;
    struct weft_barrier_reset reset;
    struct weft_barrier_abort abort;
};

#define PASS(which) \
    CALL(&self->step.wait, weft_barrier_wait, .barrier = &(which))
#define RESET(which) \
    CALL(&self->step.reset, weft_barrier_reset, .barrier = &(which))
#define ABORT(which) \
    CALL(&self->step.abort, weft_barrier_abort, .barrier = &(which))

static inline void begin(size_t parties)
{
    CHECK_INT(weft_barrier_init(&barrier, parties), 0);
    through = 0;
    world_open(&world);
}

static inline void end(enum weft_barrier_state state)
{
    finish();
    CHECK_INT(weft_barrier_n_waiting(&barrier), 0);
    CHECK_INT(barrier.count, 0);
    CHECK_INT(barrier.state, state);
    CHECK_INT(weft_barrier_broken(&barrier), state == WEFT_BARRIER_BROKEN);
    CHECK(weft_list_is_empty(&barrier.condition.waiters));
    CHECK(!weft_lock_locked(&barrier.lock));
}

#define START_ALL(name, count)                    \
    for (int i_ = 0; i_ < (count); i_++) {        \
        weft_task_release(SPAWN(name, .id = i_)); \
    }

struct resetter {
    struct weft_frame frame;
    union step step;
};

static inline async resetter(struct weft_frame *frame)
{
    ASYNC_BEGIN(resetter);
    AWAIT(RESET(barrier));
    ASYNC_END;
}

struct waiting {
    struct weft_frame frame;
    union step step;
    int id;
    int err;
};

static inline async waiting(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiting);
    ASYNC_TRY {
        AWAIT(PASS(barrier));
        trace("%d through", self->id);
    }
    ASYNC_CATCH(self->err) {
        trace("%d %s", self->id, weft_error_name(self->err));
    }
    ASYNC_END;
}

static inline void verify_no_waiter(struct world *in)
{
    (void)in;
    CHECK_INT(barrier.count, 0);
    CHECK(barrier.state == WEFT_BARRIER_FILLING ||
          barrier.state == WEFT_BARRIER_BROKEN);
    CHECK(weft_list_is_empty(&barrier.condition.waiters));
    CHECK(!weft_lock_locked(&barrier.lock));
}

#endif /* BARRIERS_H */
