/* test_semaphore_cancel.c - what asyncio.Semaphore promises when who waits is
 * cancelled: what it was given goes to the next.
 *
 * The traces were printed by asyncio 3.13 on a virtual clock, too.
 */
#include "semaphores.h"

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
    weft_task_release(a);
    end();
    CHECK_TRACE("c0");
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
            }
            ASYNC_CATCH_ALL(frame->error) {
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
    X(a_cancelled_waiter_is_gone)                              \
    X(a_release_goes_past_who_is_cancelled)                    \
    X(a_cancellation_before_the_release_hangs_nobody)          \
    X(a_cancellation_after_the_release_passes_it_on)           \
    X(a_guard_that_is_cancelled_while_it_enters_keeps_nothing) \
    X(a_cancelled_waiter_does_not_upset_the_order)             \
    X(two_at_a_time_whoever_is_cancelled)
TEST_MAIN(TESTS)
