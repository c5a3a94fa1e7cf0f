/* test_lock_cancel.c - what asyncio.Lock promises when who waits is cancelled:
 * somebody else gets the lock, and only one.
 *
 * The traces were printed by asyncio 3.13 on a virtual clock, too.
 */
#include "locks.h"

/* CPython: test_locks.LockTests.test_acquire_cancel */
static void a_cancelled_waiter_leaves_the_line(void)
{
    struct weft_task *a;

    begin();
    take();
    a = SPAWN(locker, .name = "a");
    cancel_soon(a);
    turn();
    CHECK(!weft_task_done(a));
    CHECK_TRACE("");
    turn();
    CHECK(weft_task_cancelled(a));
    CHECK_TRACE("a ECANCELLED");
    CHECK(weft_lock_locked(&lock));
    weft_task_release(a);
    end();
}

/* The first in line is cancelled in the turn of the release, and on its way
 * out it wakes the next.
 *
 * CPython: test_locks.LockTests.test_cancel_race
 */
static void a_release_does_not_stop_at_a_cancelled_waiter(void)
{
    struct weft_event go = {0};
    struct weft_task *b;

    begin();
    weft_task_release(SPAWN(locker, .name = "a", .until = &go));
    turn();
    CHECK(weft_lock_locked(&lock));
    b = SPAWN(locker, .name = "b");
    turn();
    weft_task_release(SPAWN(locker, .name = "c"));
    turn();
    CHECK_INT(lock.standing, 2);
    weft_event_set(&go);
    weft_task_cancel(b);
    CHECK_INT(lock.standing, 1);
    turn();
    CHECK_TRACE("a has it, b ECANCELLED");
    CHECK(!weft_lock_locked(&lock));
    CHECK(weft_task_cancelled(b));
    turn();
    CHECK_TRACE("c has it");
    CHECK(!weft_lock_locked(&lock));
    weft_task_release(b);
    end();
}

struct trigger {
    struct weft_handle handle;
    struct weft_task *victim;
};

static void cancel_and_release(void *arg)
{
    struct trigger *trigger = arg;

    weft_task_cancel(trigger->victim);
    CHECK_INT(weft_lock_release(&lock), 0);
}

/* CPython: test_locks.LockTests.test_cancel_release_race */
static void a_cancellation_and_a_release_give_it_to_one_only(void)
{
    struct trigger trigger = {.victim = NULL};
    struct weft_task *a;
    struct weft_task *c;

    begin();
    take();
    trigger.victim = a = SPAWN(locker, .name = "a", .keeps = true);
    weft_task_release(SPAWN(locker, .name = "b", .keeps = true));
    c = SPAWN(locker, .name = "c", .keeps = true);
    turn();
    weft_call_soon(&world.loop, &trigger.handle, cancel_and_release, &trigger);
    turn();
    CHECK_TRACE("");
    turn();
    CHECK_TRACE("a ECANCELLED");
    turn();
    CHECK_TRACE("b has it");
    turn();
    CHECK_TRACE("");
    CHECK(weft_task_cancelled(a));
    weft_task_cancel(c);
    turn();
    CHECK_TRACE("c ECANCELLED");
    CHECK(weft_task_cancelled(c));
    weft_task_release(a);
    weft_task_release(c);
    end();
}

/* All who wait are cancelled: one that comes need not queue behind them.
 *
 * CPython: test_locks.LockTests.test_finished_waiter_cancelled
 */
static void a_newcomer_overtakes_the_cancelled(void)
{
    struct weft_task *b;

    begin();
    take();
    b = SPAWN(locker, .name = "b");
    turn();
    CHECK_INT(lock.standing, 1);
    weft_task_release(SPAWN(locker, .name = "c", .keeps = true));
    weft_task_cancel(b);
    CHECK_INT(weft_lock_release(&lock), 0);
    turn();
    CHECK_TRACE("c has it, b ECANCELLED");
    CHECK(weft_lock_locked(&lock));
    CHECK(weft_task_cancelled(b));
    weft_task_release(b);
    end();
}

/* It was woken, and is cancelled before it ran: it wakes the next. */
static void a_woken_waiter_that_is_cancelled_passes_it_on(void)
{
    struct weft_task *a;

    begin();
    take();
    a = SPAWN(locker, .name = "a");
    weft_task_release(SPAWN(locker, .name = "b"));
    turn();
    CHECK_INT(weft_lock_release(&lock), 0);
    weft_task_cancel(a);
    weft_task_release(SPAWN(locker, .name = "c"));
    turn();
    CHECK_TRACE("a ECANCELLED");
    turn();
    CHECK_TRACE("b has it");
    turn();
    CHECK_TRACE("c has it");
    weft_task_release(a);
    end();
}

/* ---- Sweeps ---- */

static int inside;

struct critical {
    struct weft_frame frame;
    struct weft_lock_guard guard;
    int i;
};

static async critical(struct weft_frame *frame)
{
    ASYNC_BEGIN(critical);
    for (self->i = 0; self->i < 3; self->i++) {
        ASYNC_WITH(&self->guard, weft_lock_guard(&self->guard, &lock)) {
            ASYNC_TRY {
                CHECK_INT(inside++, 0);
                AWAIT(weft_sleep(self->i));
                inside--;
            }
            ASYNC_CATCH_ALL(frame->error) {
                inside--;
                ASYNC_RAISE(frame->error);
            }
        }
    }
    ASYNC_END;
}

static void start_critical(struct world *in)
{
    (void)in;
    lock = (struct weft_lock){0};
    inside = 0;
    for (int i = 0; i < 4; i++) {
        weft_task_release(SPAWN(critical));
    }
}

static void verify_unlocked(struct world *in)
{
    (void)in;
    CHECK(lock.first == NULL && lock.last == NULL);
    CHECK_INT(lock.standing, 0);
    CHECK(!weft_lock_locked(&lock));
    CHECK_INT(inside, 0);
}

static void one_at_a_time_whoever_is_cancelled(void)
{
    CHECK(sweep_cancel(start_critical, verify_unlocked) > 50);
    CHECK(sweep_memory(start_critical, verify_unlocked) > 4);
}

#define TESTS(X)                                        \
    X(a_cancelled_waiter_leaves_the_line)               \
    X(a_release_does_not_stop_at_a_cancelled_waiter)    \
    X(a_cancellation_and_a_release_give_it_to_one_only) \
    X(a_newcomer_overtakes_the_cancelled)               \
    X(a_woken_waiter_that_is_cancelled_passes_it_on)    \
    X(one_at_a_time_whoever_is_cancelled)
TEST_MAIN(TESTS)
