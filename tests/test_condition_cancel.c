/* test_condition_cancel.c - what asyncio.Condition promises when who waits is
 * cancelled: it has the lock again, and its notification is not lost.
 *
 * The traces were printed by asyncio 3.13 on a virtual clock, too.
 */
#include "conditions.h"

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

/* The same, with somebody behind it who gets the notification. */
static void one_cancelled_that_waited_passes_its_notification_on(void)
{
    struct weft_task *a;

    begin();
    a = SPAWN(waiter, .name = "a");
    weft_task_release(SPAWN(waiter, .name = "b"));
    turn();
    take();
    notify(1);
    turn();
    weft_task_cancel(a);
    turn();
    CHECK_TRACE("");
    drop();
    turn();
    CHECK_TRACE("a ECANCELLED");
    turn();
    CHECK_TRACE("b runs");
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

static bool state_is(void *arg)
{
    return state == *(const int *)arg;
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
        }
        ASYNC_CATCH(self->err) {
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
    X(a_cancelled_waiter_has_the_lock_again)                     \
    X(one_cancelled_on_the_way_to_the_lock_takes_it)             \
    X(one_cancelled_on_the_way_to_the_lock_waits_for_it)         \
    X(one_cancelled_that_waited_passes_its_notification_on)      \
    X(a_cancelled_waiter_passes_its_notification_on)             \
    X(a_cancellation_comes_out_of_wait_for_as_it_was)            \
    X(a_cancellation_on_the_way_to_the_lock_beats_the_predicate) \
    X(no_wakeup_is_lost_by_a_cancellation_of_who_was_woken)      \
    X(no_wakeup_is_lost_by_a_cancellation_before_the_lock)       \
    X(the_lock_is_given_back_whoever_is_cancelled)
TEST_MAIN(TESTS)
