/* test_barrier_abort.c - what asyncio.Barrier promises when it is aborted.
 *
 * The traces were printed by asyncio 3.13 on a virtual clock, too.
 */
#include "barriers.h"

static struct weft_barrier meeting;

struct aborter {
    struct weft_frame frame;
    union step step;
};

static async aborter(struct weft_frame *frame)
{
    ASYNC_BEGIN(aborter);
    AWAIT(ABORT(barrier));
    ASYNC_END;
}

/* CPython: test_locks.BarrierTests.test_abort_barrier */
static void an_abort_breaks_it_until_a_reset(void)
{
    begin(1);
    weft_task_release(SPAWN(aborter));
    turn();
    CHECK_INT(weft_barrier_n_waiting(&barrier), 0);
    CHECK(weft_barrier_broken(&barrier));
    START_ALL(waiting, 1);
    turn();
    CHECK_TRACE("0 EBROKENBARRIER");
    CHECK(weft_barrier_broken(&barrier));
    weft_task_release(SPAWN(resetter));
    turn();
    START_ALL(waiting, 1);
    end(WEFT_BARRIER_FILLING);
    CHECK_TRACE("0 through");
}

struct half_aborting {
    struct weft_frame frame;
    union step step;
    int id;
    int err;
};

static async half_aborting(struct weft_frame *frame)
{
    ASYNC_BEGIN(half_aborting);
    ASYNC_TRY {
        AWAIT(PASS(barrier));
    }
    ASYNC_CATCH(self->err) {
        trace("%d %s", self->id, weft_error_name(self->err));
    }
    if (self->err == 0 && ++through > N / 2) {
        AWAIT(ABORT(barrier));
        trace("%d aborts", self->id);
    } else if (self->err == 0) {
        ASYNC_TRY {
            trace("%d blocked", self->id);
            AWAIT(PASS(barrier));
        }
        ASYNC_CATCH(self->err) {
            trace("%d %s outside", self->id, weft_error_name(self->err));
        }
    }
    ASYNC_END;
}

/* CPython: test_locks.BarrierTests.test_abort_barrier_when_tasks_half_draining_half_blocking
 */
static void an_abort_hits_who_is_inside_and_who_waits_outside(void)
{
    begin(N);
    START_ALL(half_aborting, N);
    end(WEFT_BARRIER_BROKEN);
    CHECK_TRACE("4 blocked, 0 blocked, 1 aborts, 2 EBROKENBARRIER, "
                "3 EBROKENBARRIER, 4 EBROKENBARRIER outside, "
                "0 EBROKENBARRIER outside");
}

struct failing {
    struct weft_frame frame;
    union step step;
    int id;
    int err;
};

static async failing(struct weft_frame *frame)
{
    ASYNC_BEGIN(failing);
    ASYNC_TRY {
        AWAIT(PASS(barrier));
        if (self->step.wait.result == N / 2) {
            ASYNC_RAISE(WEFT_EINVAL);
        }
        AWAIT(PASS(barrier));
        trace("%d through", self->id);
    }
    ASYNC_CATCH(self->err) {
        trace("%d %s", self->id, weft_error_name(self->err));
        if (self->err != WEFT_EBROKENBARRIER) {
            AWAIT(ABORT(barrier));
        }
    }
    ASYNC_END;
}

/* CPython: test_locks.BarrierTests.test_abort_barrier_when_exception */
static void a_party_that_fails_can_abort_for_all(void)
{
    begin(N);
    START_ALL(failing, N);
    end(WEFT_BARRIER_BROKEN);
    CHECK_TRACE("2 EINVAL, 3 EBROKENBARRIER, 4 EBROKENBARRIER, "
                "0 EBROKENBARRIER, 1 EBROKENBARRIER");
}

struct recovering {
    struct weft_frame frame;
    struct failing failing;
    union step step;
    int id;
};

static async recovering(struct weft_frame *frame)
{
    ASYNC_BEGIN(recovering);
    AWAIT(CALL(&self->failing, failing, .id = self->id));
    AWAIT(PASS(meeting));
    if (self->step.wait.result == N / 2) {
        AWAIT(RESET(barrier));
        trace("%d reset", self->id);
    }
    AWAIT(PASS(meeting));
    AWAIT(PASS(barrier));
    trace("%d through", self->id);
    ASYNC_END;
}

/* CPython: test_locks.BarrierTests.test_abort_barrier_when_exception_then_resetting
 */
static void a_reset_makes_an_aborted_one_whole_again(void)
{
    begin(N);
    CHECK_INT(weft_barrier_init(&meeting, N), 0);
    START_ALL(recovering, N);
    end(WEFT_BARRIER_FILLING);
    CHECK_TRACE("2 EINVAL, 3 EBROKENBARRIER, 4 EBROKENBARRIER, "
                "0 EBROKENBARRIER, 1 EBROKENBARRIER, 4 reset, 3 through, "
                "4 through, 0 through, 1 through, 2 through");
}

static void start_aborts(struct world *in)
{
    (void)in;
    weft_barrier_init(&barrier, N);
    through = 0;
    START_ALL(half_aborting, N);
}

static void nobody_stays_inside_whoever_is_cancelled(void)
{
    CHECK(sweep_cancel(start_aborts, verify_no_waiter) > 20);
    CHECK(sweep_memory(start_aborts, verify_no_waiter) > 4);
}

#define TESTS(X)                                         \
    X(an_abort_breaks_it_until_a_reset)                  \
    X(an_abort_hits_who_is_inside_and_who_waits_outside) \
    X(a_party_that_fails_can_abort_for_all)              \
    X(a_reset_makes_an_aborted_one_whole_again)          \
    X(nobody_stays_inside_whoever_is_cancelled)
TEST_MAIN(TESTS)
