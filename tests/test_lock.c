/* test_lock.c - what asyncio.Lock promises, one promise per function.
 *
 * The traces were printed by asyncio 3.13 on a virtual clock, too.
 */
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

static async locker(struct weft_frame *frame)
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

static void begin(void)
{
    lock = (struct weft_lock){0};
    world_open(&world);
}

static void take(void)
{
    CHECK_INT(outcome(weft_lock_acquire(&lock)), 0);
    CHECK(weft_lock_locked(&lock));
}

/* Nobody has it, and nobody stands in line. */
static void end(void)
{
    finish();
    CHECK(lock.first == NULL && lock.last == NULL);
    CHECK_INT(lock.standing, 0);
}

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
                           &(struct guarded){.fails = false}.frame), 0);
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
            } ASYNC_CATCH_ALL(frame->error) {
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
    X(a_release_serves_the_oldest_a_turn_later)         \
    X(a_cancelled_waiter_leaves_the_line)               \
    X(a_release_does_not_stop_at_a_cancelled_waiter)    \
    X(a_cancellation_and_a_release_give_it_to_one_only) \
    X(a_newcomer_overtakes_the_cancelled)               \
    X(a_woken_waiter_that_is_cancelled_passes_it_on)    \
    X(releasing_an_unlocked_lock_is_an_error)           \
    X(a_release_without_waiters_unlocks)                \
    X(waiting_outside_of_a_task_is_an_error)            \
    X(a_guard_releases_on_every_way_out)                \
    X(one_at_a_time_whoever_is_cancelled)
TEST_MAIN(TESTS)
