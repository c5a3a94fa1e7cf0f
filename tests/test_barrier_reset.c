/* test_barrier_reset.c - what asyncio.Barrier promises when it is reset.
 *
 * The traces were printed by asyncio 3.13 on a virtual clock, too.
 */
#include "barriers.h"

/* CPython: test_locks.BarrierTests.test_reset_barrier */
static void resetting_an_empty_barrier_leaves_it_whole(void)
{
    begin(1);
    weft_task_release(SPAWN(resetter));
    turn();
    end(WEFT_BARRIER_FILLING);
}

/* CPython: test_locks.BarrierTests.test_reset_barrier_while_tasks_waiting */
static void a_reset_throws_the_waiters_out(void)
{
    begin(3);
    START_ALL(waiting, 2);
    turn();
    CHECK_INT(weft_barrier_n_waiting(&barrier), 2);
    weft_task_release(SPAWN(resetter));
    turn();
    CHECK_INT(barrier.state, WEFT_BARRIER_RESETTING);
    CHECK_INT(weft_barrier_n_waiting(&barrier), 0);
    CHECK_TRACE("");
    turn();
    CHECK_TRACE("0 EBROKENBARRIER, 1 EBROKENBARRIER");
    end(WEFT_BARRIER_FILLING);
}

struct half {
    struct weft_frame frame;
    union step step;
    int id;
    int err;
};

static async half(struct weft_frame *frame)
{
    ASYNC_BEGIN(half);
    ASYNC_TRY {
        AWAIT(PASS(barrier));
        trace("%d through", self->id);
        if (barrier.count == N / 2) {
            AWAIT(RESET(barrier));
            trace("%d reset", self->id);
        }
    }
    ASYNC_CATCH(self->err) {
        trace("%d %s", self->id, weft_error_name(self->err));
    }
    ASYNC_END;
}

/* CPython: test_locks.BarrierTests.test_reset_barrier_when_tasks_half_draining
 */
static void a_reset_throws_out_who_has_not_left_yet(void)
{
    begin(N);
    START_ALL(half, N);
    end(WEFT_BARRIER_FILLING);
    CHECK_TRACE("4 through, 0 through, 1 through, 1 reset, "
                "2 EBROKENBARRIER, 3 EBROKENBARRIER");
}

struct half_blocking {
    struct weft_frame frame;
    union step step;
    int id;
    int err;
};

static async half_blocking(struct weft_frame *frame)
{
    ASYNC_BEGIN(half_blocking);
    ASYNC_TRY {
        AWAIT(PASS(barrier));
    }
    ASYNC_CATCH(self->err) {
        trace("%d %s", self->id, weft_error_name(self->err));
        AWAIT(PASS(barrier));
        trace("%d back", self->id);
    }
    if (self->err == 0 && ++through > N / 2) {
        AWAIT(RESET(barrier));
        trace("%d reset", self->id);
        AWAIT(PASS(barrier));
        trace("%d back", self->id);
    } else if (self->err == 0) {
        ASYNC_TRY {
            trace("%d blocked", self->id);
            AWAIT(PASS(barrier));
            trace("%d back", self->id);
        }
        ASYNC_CATCH(self->err) {
            trace("%d %s outside", self->id, weft_error_name(self->err));
        }
    }
    ASYNC_END;
}

/* Those outside have not come yet, and are not thrown out.
 *
 * CPython: test_locks.BarrierTests.test_reset_barrier_when_tasks_half_draining_half_blocking
 */
static void a_reset_spares_who_waits_outside(void)
{
    begin(N);
    START_ALL(half_blocking, N);
    end(WEFT_BARRIER_FILLING);
    CHECK_TRACE("4 blocked, 0 blocked, 1 reset, 2 EBROKENBARRIER, "
                "3 EBROKENBARRIER, 2 back, 3 back, 4 back, 0 back, 1 back");
}

struct persistent {
    struct weft_frame frame;
    union step step;
    int id;
};

static async persistent(struct weft_frame *frame)
{
    ASYNC_BEGIN(persistent);
    AWAIT(PASS(barrier));
    ASYNC_FINALLY
    trace("%d %s", self->id, weft_error_name(frame->outcome));
    AWAIT(PASS(barrier));
    trace("%d through", self->id);
    frame->outcome = 0; /* dealt with */
    ASYNC_END;
}

/* CPython: test_locks.BarrierTests.test_reset_barrier_while_tasks_waiting_and_waiting_again
 */
static void who_was_thrown_out_can_wait_again(void)
{
    begin(N);
    START_ALL(persistent, N - 1);
    weft_task_release(SPAWN(resetter));
    turn();
    CHECK_TRACE("");
    weft_task_release(SPAWN(waiting, .id = 9));
    end(WEFT_BARRIER_FILLING);
    CHECK_TRACE("0 EBROKENBARRIER, 1 EBROKENBARRIER, 2 EBROKENBARRIER, "
                "3 EBROKENBARRIER, 2 through, 3 through, 9 through, "
                "0 through, 1 through");
}

struct last_resets {
    struct weft_frame frame;
    union step step;
    int id;
};

static async last_resets(struct weft_frame *frame)
{
    ASYNC_BEGIN(last_resets);
    AWAIT(PASS(barrier));
    if (++through == N) {
        AWAIT(RESET(barrier));
        trace("%d reset", self->id);
        AWAIT(PASS(barrier));
    } else {
        AWAIT(PASS(barrier));
        trace("%d second", self->id);
    }
    AWAIT(PASS(barrier));
    trace("%d third", self->id);
    ASYNC_END;
}

/* All have left, and wait outside; the reset must not hit them.
 *
 * CPython: test_locks.BarrierTests.test_reset_barrier_while_tasks_draining
 */
static void a_reset_by_the_last_to_leave_disturbs_nobody(void)
{
    begin(N);
    START_ALL(last_resets, N);
    end(WEFT_BARRIER_FILLING);
    CHECK_TRACE("3 reset, 2 second, 4 second, 0 second, 1 second, 0 third, "
                "1 third, 2 third, 3 third, 4 third");
}

static void start_resets(struct world *in)
{
    (void)in;
    weft_barrier_init(&barrier, N);
    through = 0;
    START_ALL(half_blocking, N);
}

static void nobody_stays_inside_whoever_is_cancelled(void)
{
    CHECK(sweep_cancel(start_resets, verify_no_waiter) > 50);
    CHECK(sweep_memory(start_resets, verify_no_waiter) > 4);
}

#define TESTS(X)                                    \
    X(resetting_an_empty_barrier_leaves_it_whole)   \
    X(a_reset_throws_the_waiters_out)               \
    X(a_reset_throws_out_who_has_not_left_yet)      \
    X(a_reset_spares_who_waits_outside)             \
    X(who_was_thrown_out_can_wait_again)            \
    X(a_reset_by_the_last_to_leave_disturbs_nobody) \
    X(nobody_stays_inside_whoever_is_cancelled)
TEST_MAIN(TESTS)
