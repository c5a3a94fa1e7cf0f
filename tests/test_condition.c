/* test_condition.c - what asyncio.Condition promises, one promise per function.
 *
 * The traces were printed by asyncio 3.13 on a virtual clock, too.
 */
#include "conditions.h"

/* ---- Notifying ---- */

/* CPython: test_locks.ConditionTests.test_wait */
static void who_is_notified_goes_on_with_the_lock(void)
{
    begin();
    start_waiters(true);
    turn();
    CHECK(!weft_lock_locked(&lock));
    take();
    notify(1);
    turn();
    CHECK_TRACE(""); /* a stands in line for the lock */
    drop();
    turn();
    CHECK_TRACE("a runs");
    CHECK(weft_lock_locked(&lock));
    notify(2);
    turn();
    CHECK_TRACE("");
    drop();
    turn();
    CHECK_TRACE("b runs");
    CHECK(weft_lock_locked(&lock));
    drop();
    turn();
    CHECK_TRACE("c runs");
    CHECK(weft_lock_locked(&lock));
    end();
}

/* CPython: test_locks.ConditionTests.test_notify */
static void notify_wakes_as_many_as_it_says(void)
{
    begin();
    start_waiters(false);
    turn();
    take();
    notify(0);
    notify(1);
    drop();
    turn();
    CHECK_TRACE("a runs");
    take();
    notify(1);
    notify(2048);
    drop();
    turn();
    CHECK_TRACE("b runs, c runs");
    end();
}

/* CPython: test_locks.ConditionTests.test_notify_all */
static void notify_all_wakes_every_waiter_in_order(void)
{
    begin();
    start_waiters(false);
    turn();
    take();
    CHECK_INT(weft_condition_notify_all(&changed), 0);
    drop();
    turn();
    CHECK_TRACE("a runs, b runs, c runs");
    end();
}

/* CPython: test_locks.ConditionTests.test_notify_unacquired
 * CPython: test_locks.ConditionTests.test_notify_all_unacquired
 * CPython: test_locks.ConditionTests.test_wait_unacquired
 */
static void without_the_lock_nothing_is_allowed(void)
{
    begin();
    CHECK_INT(weft_condition_notify(&changed, 1), WEFT_EINVALIDSTATE);
    CHECK_INT(weft_condition_notify_all(&changed), WEFT_EINVALIDSTATE);
    CHECK_INT(outcome(weft_condition_wait(&changed)), WEFT_EINVALIDSTATE);
    CHECK(!weft_lock_locked(&lock));
    take();
    CHECK_INT(outcome(weft_condition_wait(&changed)), WEFT_ENOTASK);
    CHECK(weft_lock_locked(&lock));
    end();
}

/* ---- Predicates ---- */

/* CPython: test_locks.ConditionTests.test_wait_for */
static void wait_for_waits_until_the_predicate_is_true(void)
{
    begin();
    state = 0;
    weft_task_release(SPAWN(expecting));
    turn();
    take();
    notify(1);
    drop();
    turn();
    CHECK_TRACE("");
    CHECK(!weft_lock_locked(&lock));
    state = 3;
    take();
    notify(1);
    drop();
    turn();
    CHECK_TRACE("state 3");
    CHECK(!weft_lock_locked(&lock));
    end();
}

static int wait_unlocked(void)
{
    struct weft_condition_wait_for wait = {.condition = &changed,
                                           .predicate = state_is_set};

    return weft_run_in_(&world.loop, weft_condition_wait_for, &wait.frame);
}

/* CPython: test_locks.ConditionTests.test_wait_for_unacquired */
static void wait_for_asks_the_predicate_before_the_lock(void)
{
    begin();
    state = 1;
    CHECK_INT(wait_unlocked(), 0);
    state = 0;
    CHECK_INT(wait_unlocked(), WEFT_EINVALIDSTATE);
    end();
}

/* ---- Locks ---- */

struct in_block {
    struct weft_frame frame;
    struct weft_lock_guard guard;
    struct weft_timeout limit;
    struct weft_lock *lock;
    struct weft_condition *condition;
};

static async in_block(struct weft_frame *frame)
{
    ASYNC_BEGIN(in_block);
    CHECK(!weft_lock_locked(self->lock));
    ASYNC_WITH(&self->guard,
               weft_lock_guard(&self->guard, self->condition->lock)) {
        CHECK(weft_lock_locked(self->lock));
        ASYNC_WITH(&self->limit, weft_timeout(&self->limit, 0.5)) {
            AWAIT(weft_condition_wait(self->condition));
        }
    }
    ASYNC_FINALLY
    trace("%g s", weft_loop_time(&world.loop));
    CHECK(!weft_lock_locked(self->lock));
    ASYNC_END;
}

/* CPython: test_locks.ConditionTests.test_timeout_in_block */
static void a_wait_can_time_out_in_its_block(void)
{
    begin();
    CHECK_INT(
        weft_run_in_(
            &world.loop, in_block,
            &(struct in_block){.lock = &lock, .condition = &changed}.frame),
        WEFT_ETIMEOUT);
    CHECK_TRACE("0.5 s");
    end();
}

/* CPython: test_locks.ConditionTests.test_context_manager
 * CPython: test_locks.ConditionTests.test_explicit_lock
 */
static void two_conditions_can_share_a_lock(void)
{
    struct weft_condition other = WEFT_CONDITION(&lock);
    struct weft_task *task;

    begin();
    task = SPAWN(in_block, .lock = &lock, .condition = &other);
    start_waiters(false);
    turn();
    CHECK(!weft_lock_locked(&lock));
    take();
    CHECK_INT(weft_condition_notify_all(&other), 0);
    drop();
    turn();
    CHECK_TRACE("0 s"); /* who waits for `changed` still does */
    CHECK_INT(weft_task_error(task), 0);
    take();
    notify(3);
    drop();
    turn();
    CHECK_TRACE("a runs, b runs, c runs");
    weft_task_release(task);
    end();
}

#define TESTS(X)                                   \
    X(who_is_notified_goes_on_with_the_lock)       \
    X(notify_wakes_as_many_as_it_says)             \
    X(notify_all_wakes_every_waiter_in_order)      \
    X(without_the_lock_nothing_is_allowed)         \
    X(wait_for_waits_until_the_predicate_is_true)  \
    X(wait_for_asks_the_predicate_before_the_lock) \
    X(a_wait_can_time_out_in_its_block)            \
    X(two_conditions_can_share_a_lock)
TEST_MAIN(TESTS)
