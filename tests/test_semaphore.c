/* test_semaphore.c - what asyncio.Semaphore promises, one promise per function.
 *
 * The traces were printed by asyncio 3.13 on a virtual clock, too.
 */
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

static async user(struct weft_frame *frame)
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

static void begin(long value)
{
    CHECK_INT(weft_semaphore_init(&slots, value), 0);
    world_open(&world);
}

static void end(void)
{
    finish();
    CHECK(weft_list_is_empty(&slots.waiters));
    CHECK_INT(slots.standing, 0);
}

static void acquire(void)
{
    CHECK_INT(outcome(weft_semaphore_acquire(&slots)), 0);
}

static void release(void)
{
    CHECK_INT(weft_semaphore_release(&slots), 0);
}

static struct weft_task *keeper(const char *name)
{
    return SPAWN(user, .name = name, .keeps = true);
}

/* CPython: test_locks.SemaphoreTests.test_initial_value_zero */
static void one_of_zero_is_locked(void)
{
    static struct weft_semaphore zero;
    struct weft_semaphore one = WEFT_SEMAPHORE(1);

    CHECK(weft_semaphore_locked(&zero));
    CHECK_INT(weft_semaphore_init(&slots, 0), 0);
    CHECK(weft_semaphore_locked(&slots));
    CHECK(!weft_semaphore_locked(&one));
    CHECK_INT(weft_semaphore_release(&zero), 0);
    CHECK(!weft_semaphore_locked(&zero));
}

/* CPython: test_locks.SemaphoreTests.test_semaphore_value */
static void a_negative_start_is_an_error(void)
{
    struct weft_semaphore semaphore = WEFT_SEMAPHORE(7);

    CHECK_INT(weft_semaphore_init(&semaphore, -1), WEFT_EINVAL);
    CHECK_INT(weft_bounded_semaphore_init(&semaphore, -1), WEFT_EINVAL);
    CHECK_INT(weft_bounded_semaphore_init(&semaphore, 2), 0);
    CHECK_INT(semaphore.value, 2);
    CHECK_INT(semaphore.bound, 2);
    CHECK_INT(weft_semaphore_init(&semaphore, 3), 0);
    CHECK_INT(semaphore.value, 3);
    CHECK_INT(semaphore.bound, 0);
}

/* CPython: test_locks.SemaphoreTests.test_release_not_acquired */
static void a_bounded_one_is_not_released_above_its_start(void)
{
    struct weft_semaphore bounded = WEFT_BOUNDED_SEMAPHORE(1);

    CHECK_INT(weft_semaphore_release(&bounded), WEFT_EINVALIDSTATE);
    CHECK_INT(bounded.value, 1);
    CHECK_INT(outcome(weft_semaphore_acquire(&bounded)), 0);
    CHECK_INT(weft_semaphore_release(&bounded), 0);
    CHECK_INT(weft_semaphore_release(&bounded), WEFT_EINVALIDSTATE);
    CHECK_INT(weft_semaphore_init(&slots, 1), 0);
    CHECK_INT(weft_semaphore_release(&slots), 0); /* this one has no bound */
    CHECK_INT(slots.value, 2);
}

/* CPython: test_locks.SemaphoreTests.test_release_no_waiters */
static void a_release_without_waiters_unlocks(void)
{
    begin(1);
    acquire();
    CHECK(weft_semaphore_locked(&slots));
    CHECK_INT(outcome(weft_semaphore_acquire(&slots)), WEFT_ENOTASK);
    CHECK_INT(slots.standing, 0);
    release();
    CHECK(!weft_semaphore_locked(&slots));
    end();
}

/* What is released belongs to a waiter at once, and so the value stays 0.
 *
 * CPython: test_locks.SemaphoreTests.test_acquire
 */
static void releases_are_handed_to_the_oldest_waiters(void)
{
    begin(3);
    acquire();
    acquire();
    CHECK(!weft_semaphore_locked(&slots));
    weft_task_release(keeper("a"));
    weft_task_release(keeper("b"));
    weft_task_release(keeper("c"));
    turn();
    CHECK_TRACE("a0");
    CHECK(weft_semaphore_locked(&slots));
    CHECK_INT(slots.standing, 2);
    weft_task_release(keeper("d"));
    release();
    release();
    CHECK_INT(slots.value, 0);
    CHECK(weft_list_is_empty(&slots.waiters));
    turn();
    CHECK_TRACE("b0, c0");
    CHECK(weft_semaphore_locked(&slots));
    CHECK_INT(slots.standing, 1);
    CHECK_INT(slots.value, 0);
    release();
    turn();
    CHECK_TRACE("d0");
    end();
}

/* CPython: test_locks.SemaphoreTests.test_acquire_cancel */
static void a_cancelled_waiter_is_gone(void)
{
    struct weft_task *a;

    begin(1);
    acquire();
    a = keeper("a");
    cancel_soon(a);
    turn();
    CHECK(!weft_task_done(a));
    turn();
    CHECK_TRACE("a ECANCELLED");
    CHECK(weft_task_cancelled(a));
    CHECK(weft_list_is_empty(&slots.waiters));
    CHECK_INT(slots.value, 0);
    release();
    CHECK(!weft_semaphore_locked(&slots));
    weft_task_release(a);
    end();
}

/* CPython: test_locks.SemaphoreTests.test_acquire_cancel_before_awoken */
static void a_release_goes_past_who_is_cancelled(void)
{
    struct weft_task *task[4];

    begin(0);
    for (int i = 0; i < 4; i++) {
        static const char *const names[] = {"a", "b", "c", "d"};

        task[i] = keeper(names[i]);
    }
    turn();
    weft_task_cancel(task[0]);
    weft_task_cancel(task[1]);
    release();
    turn();
    CHECK_TRACE("a ECANCELLED, b ECANCELLED, c0");
    turn();
    CHECK_TRACE("");
    CHECK(!weft_task_done(task[3]));
    weft_task_cancel(task[3]);
    turn();
    CHECK_TRACE("d ECANCELLED");
    for (int i = 0; i < 4; i++) {
        weft_task_release(task[i]);
    }
    end();
}

/* CPython: test_locks.SemaphoreTests.test_acquire_hang */
static void a_cancellation_before_the_release_hangs_nobody(void)
{
    struct weft_task *a;
    struct weft_task *b;

    begin(0);
    a = keeper("a");
    b = keeper("b");
    turn();
    weft_task_cancel(a);
    release();
    turn();
    CHECK_TRACE("a ECANCELLED, b0");
    turn();
    CHECK(weft_semaphore_locked(&slots));
    CHECK(weft_task_done(b));
    weft_task_release(a);
    weft_task_release(b);
    end();
}

/* It was handed over already, and goes to the next when the first is
 * cancelled before it ran. */
static void a_cancellation_after_the_release_passes_it_on(void)
{
    struct weft_task *a;

    begin(0);
    a = keeper("a");
    weft_task_release(keeper("b"));
    weft_task_release(keeper("c"));
    turn();
    release();
    weft_task_cancel(a);
    CHECK_INT(slots.value, 0);
    turn();
    CHECK_TRACE("a ECANCELLED");
    turn();
    CHECK_TRACE("b0");
    CHECK_INT(slots.value, 0);
    release();
    end();
    CHECK_TRACE("c0");
    weft_task_release(a);
}

struct guarded {
    struct weft_frame frame;
    struct weft_semaphore_guard guard;
    const char *name;
    struct weft_task **victim;
};

static async guarded(struct weft_frame *frame)
{
    ASYNC_BEGIN(guarded);
    ASYNC_WITH(&self->guard, weft_semaphore_guard(&self->guard, &slots)) {
        trace("%s in", self->name);
        AWAIT(weft_sleep(0));
    }
    trace("%s out", self->name);
    if (self->victim != NULL) {
        weft_task_cancel(*self->victim);
    }
    ASYNC_END;
}

/* b was woken by the end of a's block, and cancelled by a at once.
 *
 * CPython: test_locks.SemaphoreTests.test_acquire_no_hang
 */
static void a_guard_that_is_cancelled_while_it_enters_keeps_nothing(void)
{
    struct weft_task *a;
    struct weft_task *b;

    begin(1);
    a = SPAWN(guarded, .name = "a", .victim = &b);
    b = SPAWN(guarded, .name = "b");
    turn();
    turn();
    turn();
    CHECK_TRACE("a in, a out");
    CHECK_INT(weft_task_error(a), 0);
    CHECK(weft_task_cancelled(b));
    CHECK_INT(slots.value, 1);
    acquire();
    weft_task_release(a);
    weft_task_release(b);
    end();
}

/* CPython: test_locks.SemaphoreTests.test_acquire_fifo_order */
static void who_comes_again_waits_behind_the_others(void)
{
    begin(1);
    weft_task_release(SPAWN(user, .name = "a", .rounds = 1, .seconds = 1));
    weft_task_release(SPAWN(user, .name = "b", .rounds = 1, .seconds = 1));
    weft_task_release(SPAWN(user, .name = "c", .rounds = 1, .seconds = 1));
    end();
    CHECK_TRACE("a0, b0, c0, a1, b1, c1");
}

struct twice {
    struct weft_frame frame;
};

static async twice(struct weft_frame *frame)
{
    ASYNC_BEGIN(twice);
    AWAIT(weft_semaphore_acquire(&slots));
    trace("twice");
    release();
    AWAIT(weft_semaphore_acquire(&slots));
    trace("again");
    ASYNC_END;
}

/* CPython: test_locks.SemaphoreTests.test_acquire_fifo_order_2 */
static void a_release_in_a_waiter_serves_who_waited_longer(void)
{
    begin(1);
    weft_task_release(keeper("a"));
    weft_task_release(SPAWN(twice));
    weft_task_release(keeper("c"));
    turn();
    CHECK_TRACE("a0");
    release();
    release();
    turn();
    CHECK_TRACE("twice, c0");
    turn();
    CHECK_TRACE("again");
    end();
}

/* CPython: test_locks.SemaphoreTests.test_acquire_fifo_order_3 */
static void a_cancelled_waiter_does_not_upset_the_order(void)
{
    struct weft_task *a;

    begin(0);
    a = keeper("a");
    weft_task_release(keeper("b"));
    weft_task_release(keeper("c"));
    turn();
    weft_task_cancel(a);
    turn();
    CHECK_TRACE("a ECANCELLED");
    release();
    release();
    turn();
    CHECK_TRACE("b0, c0");
    weft_task_release(a);
    end();
}

struct starter {
    struct weft_frame frame;
};

static async starter(struct weft_frame *frame)
{
    ASYNC_BEGIN(starter);
    CHECK_INT(slots.value, 0);
    AWAIT(weft_semaphore_acquire(&slots));
    CHECK_INT(slots.value, 0); /* by now, all who fit are woken */
    weft_task_release(SPAWN(user, .name = "d", .keeps = true));
    trace("a");
    release(); /* for d */
    ASYNC_END;
}

struct releaser {
    struct weft_frame frame;
};

static async releaser(struct weft_frame *frame)
{
    ASYNC_BEGIN(releaser);
    release();
    release();
    release();
    CHECK_INT(slots.value, 2);
    CHECK(weft_semaphore_locked(&slots)); /* a is woken and has not run */
    AWAIT(weft_semaphore_acquire(&slots));
    trace("b");
    ASYNC_END;
}

/* b and c stood behind a although there was enough for all.
 *
 * CPython: test_locks.SemaphoreTests.test_acquire_fifo_order_4
 */
static void who_gets_it_wakes_as_many_as_fit(void)
{
    begin(0);
    weft_task_release(SPAWN(starter));
    weft_task_release(SPAWN(releaser));
    weft_task_release(keeper("c"));
    turn();
    CHECK_TRACE("");
    CHECK_INT(slots.value, 2);
    CHECK_INT(slots.standing, 3);
    turn();
    CHECK_TRACE("a");
    turn();
    CHECK_TRACE("b, c0, d0");
    end();
}

/* ---- Sweeps ---- */

static int inside;

struct busy {
    struct weft_frame frame;
    struct weft_semaphore_guard guard;
    int i;
};

static async busy(struct weft_frame *frame)
{
    ASYNC_BEGIN(busy);
    for (self->i = 0; self->i < 2; self->i++) {
        ASYNC_WITH(&self->guard, weft_semaphore_guard(&self->guard, &slots)) {
            ASYNC_TRY {
                CHECK(++inside <= 2);
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

static void start_busy(struct world *in)
{
    (void)in;
    weft_bounded_semaphore_init(&slots, 2);
    inside = 0;
    for (int i = 0; i < 5; i++) {
        weft_task_release(SPAWN(busy));
    }
}

static void verify_all_given_back(struct world *in)
{
    (void)in;
    CHECK_INT(slots.value, 2);
    CHECK_INT(slots.standing, 0);
    CHECK(weft_list_is_empty(&slots.waiters));
    CHECK_INT(inside, 0);
}

static void two_at_a_time_whoever_is_cancelled(void)
{
    CHECK(sweep_cancel(start_busy, verify_all_given_back) > 50);
    CHECK(sweep_memory(start_busy, verify_all_given_back) > 4);
}

#define TESTS(X)                                               \
    X(one_of_zero_is_locked)                                   \
    X(a_negative_start_is_an_error)                            \
    X(a_bounded_one_is_not_released_above_its_start)           \
    X(a_release_without_waiters_unlocks)                       \
    X(releases_are_handed_to_the_oldest_waiters)               \
    X(a_cancelled_waiter_is_gone)                              \
    X(a_release_goes_past_who_is_cancelled)                    \
    X(a_cancellation_before_the_release_hangs_nobody)          \
    X(a_cancellation_after_the_release_passes_it_on)           \
    X(a_guard_that_is_cancelled_while_it_enters_keeps_nothing) \
    X(who_comes_again_waits_behind_the_others)                 \
    X(a_release_in_a_waiter_serves_who_waited_longer)          \
    X(a_cancelled_waiter_does_not_upset_the_order)             \
    X(who_gets_it_wakes_as_many_as_fit)                        \
    X(two_at_a_time_whoever_is_cancelled)
TEST_MAIN(TESTS)
