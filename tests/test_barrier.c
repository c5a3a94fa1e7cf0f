/* test_barrier.c - what asyncio.Barrier promises while it fills and drains.
 *
 * The traces were printed by asyncio 3.13 on a virtual clock, too. For resets
 * and aborts see test_barrier_reset.c.
 */
#include "check.h"
#include "sweep.h"
#include "turn.h"

enum { N = 5 };

static struct weft_barrier barrier;

/* Passes the barrier some times; traces who got out, and as which it came. */
struct runner {
    struct weft_frame frame;
    struct weft_barrier_wait wait;
    int id;
    int rounds;
    int i;
};

static async runner(struct weft_frame *frame)
{
    ASYNC_BEGIN(runner);
    for (self->i = 0; self->i < self->rounds; self->i++) {
        AWAIT(CALL(&self->wait, weft_barrier_wait, .barrier = &barrier));
        trace("%d:%d", self->id, (int)self->wait.result);
    }
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%d %s", self->id, weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

static void begin(size_t parties)
{
    CHECK_INT(weft_barrier_init(&barrier, parties), 0);
    CHECK_INT(barrier.parties, parties);
    CHECK_INT(barrier.state, WEFT_BARRIER_FILLING);
    world_open(&world);
}

static struct weft_task *start(int id, int rounds)
{
    return SPAWN(runner, .id = id, .rounds = rounds);
}

static void start_runners(int count, int rounds)
{
    for (int i = 0; i < count; i++) {
        weft_task_release(start(i, rounds));
    }
}

/* Empty, and whole. */
static void end(void)
{
    finish();
    CHECK_INT(weft_barrier_n_waiting(&barrier), 0);
    CHECK_INT(barrier.count, 0);
    CHECK_INT(barrier.state, WEFT_BARRIER_FILLING);
    CHECK(!weft_barrier_broken(&barrier));
    CHECK(weft_list_is_empty(&barrier.condition.waiters));
    CHECK(!weft_lock_locked(&barrier.lock));
}

/* CPython: test_locks.BarrierTests.test_barrier_parties */
static void a_barrier_needs_a_party(void)
{
    CHECK_INT(weft_barrier_init(&barrier, 0), WEFT_EINVAL);
    CHECK_INT(weft_barrier_init(&barrier, (size_t)-4), WEFT_EINVAL);
    CHECK_INT(weft_barrier_init(&barrier, N), 0);
    CHECK_INT(barrier.parties, N);
}

/* ---- Filling ---- */

/* CPython: test_locks.BarrierTests.test_filling_one_task */
static void one_party_does_not_wait(void)
{
    begin(1);
    start_runners(1, 1);
    turn();
    CHECK_TRACE("0:0");
    end();
}

/* CPython: test_locks.BarrierTests.test_filling_one_task_twice */
static void one_party_does_not_wait_for_another(void)
{
    begin(1);
    start_runners(1, 1);
    turn();
    CHECK_TRACE("0:0");
    CHECK_INT(weft_barrier_n_waiting(&barrier), 0);
    weft_task_release(start(1, 1));
    turn();
    CHECK_TRACE("1:0");
    end();
}

/* The last one goes on first, without a turn; the others as they came.
 *
 * CPython: test_locks.BarrierTests.test_filling_task_by_task
 */
static void the_last_to_come_opens_it(void)
{
    begin(3);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(weft_barrier_n_waiting(&barrier), i);
        CHECK_INT(barrier.state, WEFT_BARRIER_FILLING);
        CHECK_TRACE("");
        weft_task_release(start(i, 1));
        turn();
    }
    CHECK_TRACE("2:2");
    CHECK_INT(barrier.state, WEFT_BARRIER_DRAINING);
    CHECK_INT(weft_barrier_n_waiting(&barrier), 0);
    turn();
    CHECK_TRACE("0:0, 1:1");
    end();
}

/* Python's `async with barrier` is a wait, and nothing at its end.
 *
 * CPython: test_locks.BarrierTests.test_context_manager
 */
static void each_party_gets_a_number_of_its_own(void)
{
    begin(3);
    start_runners(3, 1);
    end();
    CHECK_TRACE("2:2, 0:0, 1:1");
}

/* CPython: test_locks.BarrierTests.test_filling_tasks_wait_twice
 * CPython: test_locks.BarrierTests.test_filling_tasks_check_return_value
 */
static void it_fills_again_once_it_is_empty(void)
{
    begin(N);
    start_runners(N, 2);
    turn();
    CHECK_TRACE("4:4");
    end();
    CHECK_TRACE("0:0, 1:1, 2:2, 3:3, 2:4, 3:0, 4:1, 0:2, 1:3");
}

/* ---- Draining ---- */

struct witness {
    struct weft_frame frame;
    struct weft_barrier_wait wait;
};

static async witness(struct weft_frame *frame)
{
    ASYNC_BEGIN(witness);
    AWAIT(CALL(&self->wait, weft_barrier_wait, .barrier = &barrier));
    trace(barrier.state == WEFT_BARRIER_DRAINING ? "draining" : "filling");
    ASYNC_END;
}

/* CPython: test_locks.BarrierTests.test_draining_state */
static void it_drains_until_the_last_has_left(void)
{
    begin(N);
    for (int i = 0; i < N; i++) {
        weft_task_release(SPAWN(witness));
    }
    end();
    CHECK_TRACE("draining, draining, draining, draining, filling");
}

static struct weft_barrier inner;
static int again;

struct blocked {
    struct weft_frame frame;
    struct weft_barrier_wait wait;
    int id;
};

static async blocked(struct weft_frame *frame)
{
    ASYNC_BEGIN(blocked);
    AWAIT(CALL(&self->wait, weft_barrier_wait, .barrier = &barrier));
    if (again > 0) {
        again--;
        trace("%d waits again", self->id);
    } else {
        AWAIT(CALL(&self->wait, weft_barrier_wait, .barrier = &inner));
        trace("%d inner", self->id);
    }
    AWAIT(CALL(&self->wait, weft_barrier_wait, .barrier = &barrier));
    trace("%d:%d", self->id, (int)self->wait.result);
    ASYNC_END;
}

/* Two wait again while the others leave; they must not count as those.
 *
 * CPython: test_locks.BarrierTests.test_blocking_tasks_while_draining
 */
static void who_comes_while_it_drains_waits_outside(void)
{
    begin(N);
    CHECK_INT(weft_barrier_init(&inner, N - 2), 0);
    again = 2;
    for (int i = 0; i < N; i++) {
        weft_task_release(SPAWN(blocked, .id = i));
    }
    turn();
    CHECK_TRACE("4 waits again");
    CHECK_INT(barrier.state, WEFT_BARRIER_DRAINING);
    CHECK_INT(barrier.count, N - 1);
    end();
    CHECK_TRACE("0 waits again, 3 inner, 1 inner, 2 inner, 2:4, 3:0, 4:1, "
                "0:2, 1:3");
    CHECK_INT(inner.count, 0);
}

/* ---- Cancelling ---- */

/* CPython: test_locks.BarrierTests.test_filling_tasks_cancel_one */
static void a_cancelled_waiter_leaves_the_barrier_whole(void)
{
    struct weft_task *first;

    begin(3);
    first = start(0, 1);
    turn();
    CHECK_INT(weft_barrier_n_waiting(&barrier), 1);
    weft_task_release(start(1, 1));
    turn();
    CHECK_INT(weft_barrier_n_waiting(&barrier), 2);
    weft_task_cancel(first);
    turn();
    CHECK_INT(weft_barrier_n_waiting(&barrier), 1);
    CHECK_TRACE("0 ECANCELLED");
    CHECK(weft_task_cancelled(first));
    weft_task_release(start(2, 1));
    turn();
    CHECK_INT(weft_barrier_n_waiting(&barrier), 2);
    weft_task_release(start(3, 1));
    weft_task_release(first);
    end();
    CHECK_TRACE("3:2, 1:1, 2:1");
}

/* Opened already, but still inside. */
static void one_cancelled_while_it_drains_lets_the_others_out(void)
{
    struct weft_task *first;

    begin(3);
    first = start(0, 2);
    weft_task_release(start(1, 2));
    weft_task_release(start(2, 2));
    turn();
    CHECK_TRACE("2:2");
    weft_task_cancel(first);
    weft_task_release(start(3, 1));
    weft_task_release(first);
    end();
    CHECK_TRACE("0 ECANCELLED, 1:1, 2:2, 1:0, 3:1");
}

static void start_many(struct world *in)
{
    (void)in;
    weft_barrier_init(&barrier, 3);
    start_runners(6, 2);
}

static void verify_no_waiter(struct world *in)
{
    (void)in;
    CHECK_INT(barrier.count, 0);
    CHECK(barrier.state == WEFT_BARRIER_FILLING);
    CHECK(weft_list_is_empty(&barrier.condition.waiters));
    CHECK(!weft_lock_locked(&barrier.lock));
}

static void nobody_stays_inside_whoever_is_cancelled(void)
{
    CHECK(sweep_cancel(start_many, verify_no_waiter) > 50);
    CHECK(sweep_memory(start_many, verify_no_waiter) > 6);
}

#define TESTS(X)                                         \
    X(a_barrier_needs_a_party)                           \
    X(one_party_does_not_wait)                           \
    X(one_party_does_not_wait_for_another)               \
    X(the_last_to_come_opens_it)                         \
    X(each_party_gets_a_number_of_its_own)               \
    X(it_fills_again_once_it_is_empty)                   \
    X(it_drains_until_the_last_has_left)                 \
    X(who_comes_while_it_drains_waits_outside)           \
    X(a_cancelled_waiter_leaves_the_barrier_whole)       \
    X(one_cancelled_while_it_drains_lets_the_others_out) \
    X(nobody_stays_inside_whoever_is_cancelled)
TEST_MAIN(TESTS)
