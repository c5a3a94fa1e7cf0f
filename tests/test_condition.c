/* test_condition.c - what asyncio.Condition promises, one promise per function.
 *
 * The traces were printed by asyncio 3.13 on a virtual clock, too.
 */
#include "check.h"
#include "sweep.h"
#include "turn.h"

static struct weft_lock lock;
static struct weft_condition changed = WEFT_CONDITION(&lock);

/* Takes the lock unless it comes with it, waits, and has the lock, however the
 * wait ended. */
struct waiter {
    struct weft_frame frame;
    const char *name;
    bool has_lock;
    bool keeps;
};

static async waiter(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiter);
    if (!self->has_lock) {
        AWAIT(weft_lock_acquire(&lock));
    }
    AWAIT(weft_condition_wait(&changed));
    trace("%s runs", self->name);
    ASYNC_FINALLY
        if (frame->outcome < 0) {
            trace("%s %s", self->name, weft_error_name(frame->outcome));
        }
        CHECK(weft_lock_locked(&lock));
        if (!self->keeps) {
            weft_lock_release(&lock);
        }
    ASYNC_END;
}

static void begin(void)
{
    lock = (struct weft_lock){0};
    changed = (struct weft_condition)WEFT_CONDITION(&lock);
    world_open(&world);
}

static void end(void)
{
    finish();
    CHECK(weft_list_is_empty(&changed.waiters));
    CHECK_INT(lock.standing, 0);
    CHECK(lock.first == NULL);
}

static void take(void)
{
    CHECK_INT(outcome(weft_lock_acquire(&lock)), 0);
}

static void drop(void)
{
    CHECK_INT(weft_lock_release(&lock), 0);
}

static void notify(size_t count)
{
    CHECK_INT(weft_condition_notify(&changed, count), 0);
}

static void start_waiters(bool keep)
{
    weft_task_release(SPAWN(waiter, .name = "a", .keeps = keep));
    weft_task_release(SPAWN(waiter, .name = "b", .keeps = keep));
    weft_task_release(SPAWN(waiter, .name = "c", .keeps = keep));
}

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

/* ---- Cancelling ---- */

/* CPython: test_locks.ConditionTests.test_wait_cancel */
static void a_cancelled_waiter_has_the_lock_again(void)
{
    struct weft_task *a;

    begin();
    take();
    a = SPAWN(waiter, .name = "a", .has_lock = true, .keeps = true);
    cancel_soon(a);
    turn();
    CHECK(!weft_lock_locked(&lock));
    turn();
    CHECK_TRACE("a ECANCELLED");
    CHECK(weft_task_cancelled(a));
    CHECK(weft_list_is_empty(&changed.waiters));
    CHECK(weft_lock_locked(&lock));
    weft_task_release(a);
    end();
}

static struct weft_handle dropper;

static void drop_in_callback(void *arg)
{
    (void)arg;
    drop();
}

/* The lock is free in the moment in which the cancellation arrives.
 *
 * CPython: test_locks.ConditionTests.test_wait_cancel_contested
 */
static void one_cancelled_on_the_way_to_the_lock_takes_it(void)
{
    struct weft_task *a;

    begin();
    take();
    a = SPAWN(waiter, .name = "a", .has_lock = true, .keeps = true);
    turn();
    CHECK(!weft_lock_locked(&lock));
    take();
    notify(1);
    cancel_soon(a);
    weft_call_soon(&world.loop, &dropper, drop_in_callback, NULL);
    turn();
    CHECK_TRACE("");
    CHECK(!weft_lock_locked(&lock));
    turn();
    CHECK_TRACE("a ECANCELLED");
    CHECK(weft_lock_locked(&lock));
    weft_task_release(a);
    end();
}

/* CPython: test_locks.ConditionTests.test_wait_cancel_after_notify */
static void one_cancelled_on_the_way_to_the_lock_waits_for_it(void)
{
    struct weft_task *a;

    begin();
    a = SPAWN(waiter, .name = "a");
    turn();
    take();
    notify(1);
    turn();
    weft_task_cancel(a);
    turn();
    CHECK(!weft_task_done(a));
    weft_task_cancel(a); /* and once more, while it stands there again */
    turn();
    CHECK(!weft_task_done(a));
    CHECK_TRACE("");
    drop();
    turn();
    CHECK_TRACE("a ECANCELLED");
    CHECK(weft_task_cancelled(a));
    CHECK(!weft_lock_locked(&lock));
    weft_task_release(a);
    end();
}

/* The notification that a took with it goes to b. */
static void a_cancelled_waiter_passes_its_notification_on(void)
{
    struct weft_task *a;

    begin();
    a = SPAWN(waiter, .name = "a");
    weft_task_release(SPAWN(waiter, .name = "b"));
    turn();
    take();
    notify(1);
    weft_task_cancel(a);
    drop();
    turn();
    CHECK_TRACE("a ECANCELLED");
    turn();
    CHECK_TRACE("b runs");
    weft_task_release(a);
    end();
}

/* ---- Predicates ---- */

static int state;

static bool state_is_set(void *arg)
{
    (void)arg;
    return state != 0;
}

static bool state_is(void *arg)
{
    return state == *(const int *)arg;
}

struct expecting {
    struct weft_frame frame;
    struct weft_lock_guard guard;
    struct weft_condition_wait_for wait;
    int err;
};

static async expecting(struct weft_frame *frame)
{
    ASYNC_BEGIN(expecting);
    ASYNC_WITH(&self->guard, weft_lock_guard(&self->guard, &lock)) {
        ASYNC_TRY {
            AWAIT(CALL(&self->wait, weft_condition_wait_for,
                       .condition = &changed, .predicate = state_is_set));
            trace("state %d", state);
        } ASYNC_CATCH_ALL(self->err) {
            trace("%s", weft_error_name(self->err));
            CHECK(weft_lock_locked(&lock));
            ASYNC_RAISE(self->err);
        }
    }
    ASYNC_END;
}

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
    struct weft_condition_wait_for wait = {
        .condition = &changed, .predicate = state_is_set};

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

/* CPython: test_locks.ConditionTests.test_cancelled_error_wakeup */
static void a_cancellation_comes_out_of_wait_for_as_it_was(void)
{
    struct weft_task *task;

    begin();
    state = 0;
    task = SPAWN(expecting);
    turn();
    weft_task_cancel(task);
    turn();
    CHECK_TRACE("ECANCELLED");
    CHECK(weft_task_cancelled(task));
    CHECK_INT(weft_task_cancelling(task), 1);
    CHECK(!weft_lock_locked(&lock));
    weft_task_release(task);
    end();
}

/* CPython: test_locks.ConditionTests.test_cancelled_error_re_aquire */
static void a_cancellation_on_the_way_to_the_lock_beats_the_predicate(void)
{
    struct weft_task *task;

    begin();
    state = 0;
    task = SPAWN(expecting);
    turn();
    take();
    state = 1;
    notify(1);
    turn();
    weft_task_cancel(task);
    drop();
    turn();
    CHECK_TRACE("ECANCELLED");
    CHECK(weft_task_cancelled(task));
    CHECK(!weft_lock_locked(&lock));
    weft_task_release(task);
    end();
}

struct consumer {
    struct weft_frame frame;
    struct weft_lock_guard guard;
    struct weft_condition_wait_for wait;
    const char *name;
};

static async consumer(struct weft_frame *frame)
{
    ASYNC_BEGIN(consumer);
    ASYNC_WITH(&self->guard, weft_lock_guard(&self->guard, &lock)) {
        for (;;) {
            AWAIT(CALL(&self->wait, weft_condition_wait_for,
                       .condition = &changed, .predicate = state_is_set));
            if (state < 0) {
                ASYNC_EXIT;
            }
            trace("%s takes", self->name);
            state--;
        }
    }
    ASYNC_END;
}

struct producer {
    struct weft_frame frame;
    struct weft_lock_guard guard;
    struct weft_timeout limit;
    struct weft_condition_wait_for wait;
    struct weft_task *consumers[2];
    bool waits;
    int err;
};

static async producer(struct weft_frame *frame)
{
    static int none;

    ASYNC_BEGIN(producer);
    self->consumers[0] = SPAWN(consumer, .name = "a");
    self->consumers[1] = SPAWN(consumer, .name = "b");
    AWAIT(weft_sleep(0));
    ASYNC_WITH(&self->guard, weft_lock_guard(&self->guard, &lock)) {
        state++;
        weft_condition_notify(&changed, 1);
        if (self->waits) {
            AWAIT(weft_sleep(0)); /* a stands in line for the lock */
        }
        weft_task_cancel(self->consumers[0]);
        ASYNC_TRY {
            ASYNC_WITH(&self->limit, weft_timeout(&self->limit, 1)) {
                AWAIT(CALL(&self->wait, weft_condition_wait_for,
                           .condition = &changed, .predicate = state_is,
                           .arg = &none));
            }
        } ASYNC_CATCH(self->err) {
            trace("%s", weft_error_name(self->err));
        }
        trace("left %d", state);
        state = -1;
        weft_condition_notify_all(&changed);
    }
    ASYNC_FINALLY
        weft_task_release(self->consumers[0]);
        weft_task_release(self->consumers[1]);
    ASYNC_END;
}

/* a was notified of the one item, and is cancelled: b gets it. Nobody tells
 * the producer, so its time runs out.
 *
 * CPython: test_locks.ConditionTests.test_cancelled_wakeup
 */
static void no_wakeup_is_lost_by_a_cancellation_of_who_was_woken(void)
{
    begin();
    state = 0;
    weft_task_release(SPAWN(producer));
    end();
    CHECK_TRACE("b takes, ETIMEOUT, left 0");
}

/* CPython: test_locks.ConditionTests.test_cancelled_wakeup_relock */
static void no_wakeup_is_lost_by_a_cancellation_before_the_lock(void)
{
    begin();
    state = 0;
    weft_task_release(SPAWN(producer, .waits = true));
    end();
    CHECK_TRACE("b takes, ETIMEOUT, left 0");
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
    CHECK_INT(weft_run_in_(&world.loop, in_block,
                           &(struct in_block){.lock = &lock,
                                              .condition = &changed}.frame),
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

/* ---- Sweeps ---- */

static void start_many(struct world *in)
{
    (void)in;
    lock = (struct weft_lock){0};
    changed = (struct weft_condition)WEFT_CONDITION(&lock);
    state = 0;
    start_waiters(false);
    weft_task_release(SPAWN(expecting));
    weft_task_release(SPAWN(producer, .waits = true));
}

static void verify_unlocked(struct world *in)
{
    (void)in;
    CHECK(weft_list_is_empty(&changed.waiters));
    CHECK(lock.first == NULL);
    CHECK_INT(lock.standing, 0);
    CHECK(!weft_lock_locked(&lock));
}

static void the_lock_is_given_back_whoever_is_cancelled(void)
{
    CHECK(sweep_cancel(start_many, verify_unlocked) > 50);
}

#define TESTS(X)                                                 \
    X(who_is_notified_goes_on_with_the_lock)                     \
    X(notify_wakes_as_many_as_it_says)                           \
    X(notify_all_wakes_every_waiter_in_order)                    \
    X(without_the_lock_nothing_is_allowed)                       \
    X(a_cancelled_waiter_has_the_lock_again)                     \
    X(one_cancelled_on_the_way_to_the_lock_takes_it)             \
    X(one_cancelled_on_the_way_to_the_lock_waits_for_it)         \
    X(a_cancelled_waiter_passes_its_notification_on)             \
    X(wait_for_waits_until_the_predicate_is_true)                \
    X(wait_for_asks_the_predicate_before_the_lock)               \
    X(a_cancellation_comes_out_of_wait_for_as_it_was)            \
    X(a_cancellation_on_the_way_to_the_lock_beats_the_predicate) \
    X(no_wakeup_is_lost_by_a_cancellation_of_who_was_woken)      \
    X(no_wakeup_is_lost_by_a_cancellation_before_the_lock)       \
    X(a_wait_can_time_out_in_its_block)                          \
    X(two_conditions_can_share_a_lock)                           \
    X(the_lock_is_given_back_whoever_is_cancelled)
TEST_MAIN(TESTS)
