/* test_semaphore.c - what asyncio.Semaphore promises, one promise per function.
 *
 * The traces were printed by asyncio 3.13 on a virtual clock, too.
 */
#include "semaphores.h"

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
    CHECK_INT(semaphore.bound, 3);
    CHECK_INT(weft_semaphore_init(&semaphore, 3), 0);
    CHECK_INT(semaphore.value, 3);
    CHECK_INT(semaphore.bound, 0);
}

/* CPython: test_locks.SemaphoreTests.test_release_not_acquired */
static void a_bounded_one_is_not_released_above_its_start(void)
{
    struct weft_semaphore bounded = WEFT_BOUNDED_SEMAPHORE(1);
    struct weft_semaphore none = WEFT_BOUNDED_SEMAPHORE(0);

    CHECK_INT(weft_semaphore_release(&none), WEFT_EINVALIDSTATE);
    CHECK_INT(weft_bounded_semaphore_init(&none, 0), 0);
    CHECK_INT(weft_semaphore_release(&none), WEFT_EINVALIDSTATE);
    CHECK_INT(none.value, 0);
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

#define TESTS(X)                                      \
    X(one_of_zero_is_locked)                          \
    X(a_negative_start_is_an_error)                   \
    X(a_bounded_one_is_not_released_above_its_start)  \
    X(a_release_without_waiters_unlocks)              \
    X(releases_are_handed_to_the_oldest_waiters)      \
    X(who_comes_again_waits_behind_the_others)        \
    X(a_release_in_a_waiter_serves_who_waited_longer) \
    X(who_gets_it_wakes_as_many_as_fit)
TEST_MAIN(TESTS)
