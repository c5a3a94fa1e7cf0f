/* test_lock.c - what asyncio.Lock promises, one promise per function.
 *
 * The traces were printed by asyncio 3.13 on a virtual clock, too.
 */
#include "locks.h"

/* One that comes while the lock is free waits behind who was woken.
 *
 * CPython: test_locks.LockTests.test_acquire
 */
static void a_release_serves_the_oldest_a_turn_later(void)
{
    begin();
    take();
    weft_task_release(SPAWN(locker, .name = "a", .keeps = true));
    weft_task_release(SPAWN(locker, .name = "b", .keeps = true));
    turn();
    CHECK_TRACE("");
    CHECK_INT(weft_lock_release(&lock), 0);
    CHECK(!weft_lock_locked(&lock));
    turn();
    CHECK_TRACE("a has it");
    turn();
    CHECK_TRACE("");
    weft_task_release(SPAWN(locker, .name = "c", .keeps = true));
    CHECK_INT(weft_lock_release(&lock), 0);
    turn();
    CHECK_TRACE("b has it");
    CHECK_INT(weft_lock_release(&lock), 0);
    turn();
    CHECK_TRACE("c has it");
    CHECK(weft_lock_locked(&lock));
    end();
}

/* CPython: test_locks.LockTests.test_release_not_acquired */
static void releasing_an_unlocked_lock_is_an_error(void)
{
    begin();
    CHECK_INT(weft_lock_release(&lock), WEFT_EINVALIDSTATE);
    take();
    CHECK_INT(weft_lock_release(&lock), 0);
    CHECK_INT(weft_lock_release(&lock), WEFT_EINVALIDSTATE);
    take();
    end();
}

/* CPython: test_locks.LockTests.test_release_no_waiters */
static void a_release_without_waiters_unlocks(void)
{
    begin();
    CHECK(!weft_lock_locked(&lock));
    take();
    CHECK_INT(weft_lock_release(&lock), 0);
    CHECK(!weft_lock_locked(&lock));
    end();
}

/* Nobody could run when it is released. */
static void waiting_outside_of_a_task_is_an_error(void)
{
    begin();
    take();
    CHECK_INT(outcome(weft_lock_acquire(&lock)), WEFT_ENOTASK);
    CHECK_INT(weft_lock_release(&lock), 0);
    take();
    end();
}

struct guarded {
    struct weft_frame frame;
    struct weft_lock_guard guard;
    bool fails;
    bool sleeps;
};

static async guarded(struct weft_frame *frame)
{
    ASYNC_BEGIN(guarded);
    CHECK(!weft_lock_locked(&lock));
    ASYNC_WITH(&self->guard, weft_lock_guard(&self->guard, &lock)) {
        CHECK(weft_lock_locked(&lock));
        trace("in");
        if (self->fails) {
            ASYNC_RAISE(WEFT_EINVAL);
        }
        if (self->sleeps) {
            AWAIT(weft_sleep(1));
        }
    }
    CHECK(!weft_lock_locked(&lock));
    trace("out");
    ASYNC_END;
}

/* CPython: test_locks.LockTests.test_context_manager */
static void a_guard_releases_on_every_way_out(void)
{
    struct weft_task *cancelled;

    begin();
    CHECK_INT(weft_run_in_(&world.loop, guarded,
                           &(struct guarded){.fails = false}.frame),
              0);
    CHECK_TRACE("in, out");
    CHECK_INT(weft_run_in_(&world.loop, guarded,
                           &(struct guarded){.fails = true}.frame),
              WEFT_EINVAL);
    CHECK_TRACE("in");
    CHECK(!weft_lock_locked(&lock));
    cancelled = SPAWN(guarded, .sleeps = true);
    turn();
    CHECK(weft_lock_locked(&lock));
    weft_task_cancel(cancelled);
    turn();
    CHECK_TRACE("in");
    CHECK(weft_task_cancelled(cancelled));
    CHECK(!weft_lock_locked(&lock));
    weft_task_release(cancelled);
    end();
}

#define TESTS(X)                                \
    X(a_release_serves_the_oldest_a_turn_later) \
    X(releasing_an_unlocked_lock_is_an_error)   \
    X(a_release_without_waiters_unlocks)        \
    X(waiting_outside_of_a_task_is_an_error)    \
    X(a_guard_releases_on_every_way_out)
TEST_MAIN(TESTS)
