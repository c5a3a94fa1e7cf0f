/* test_shield_with.c - asyncio.shield together with wait_for and gather.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include "shields.h"

struct limited {
    struct weft_frame frame;
    double seconds;
    struct weft_wait_for limit;
    struct weft_task *job;
    int err;
};

static async limited(struct weft_frame *frame)
{
    ASYNC_BEGIN(limited);
    self->job = SPAWN(job, .name = "a", .delay = 3);
    if (self->job == NULL) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    AWAIT(weft_sleep(0));
    ASYNC_TRY {
        AWAIT(
            weft_wait_for(&self->limit, weft_shield(self->job), self->seconds));
        trace("got");
    }
    ASYNC_CATCH(self->err) {
        trace("%s at %g, done %d", weft_error_name(self->err),
              weft_loop_time(weft_loop_running()), weft_task_done(self->job));
    }
    AWAIT(weft_join(self->job));
    ASYNC_FINALLY
    weft_task_release(self->job);
    ASYNC_END;
}

/* Python: ETIMEOUT, 0, a ends; for no timeout: a ends, got
 *
 * CPython: test_waitfor.WaitForShieldTests.test_zero_timeout
 * CPython: test_waitfor.WaitForShieldTests.test_none_timeout
 * CPython: test_waitfor.WaitForShieldTests.test_shielded_timeout
 */
static void a_time_limit_does_not_reach_the_task(void)
{
    CHECK_INT(WORLD_RUN(limited, .seconds = 0), 0);
    CHECK_TRACE("ETIMEOUT at 0, done 0, a ends");
    CHECK_INT(WORLD_RUN(limited, .seconds = 1), 0);
    CHECK_TRACE("ETIMEOUT at 1, done 0, a ends");
    CHECK_INT(WORLD_RUN(limited, .seconds = WEFT_NO_TIMEOUT), 0);
    CHECK_TRACE("a ends, got");
}

struct gathering {
    struct weft_frame frame;
    struct weft_join joins[2];
    int err;
};

static async gathering(struct weft_frame *frame)
{
    ASYNC_BEGIN(gathering);
    ASYNC_TRY {
        AWAIT(weft_gather(self->joins, 2, 0));
        trace("gathered");
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("gather %s", weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
}

struct composing {
    struct weft_frame frame;
    bool gather_is_inside;
    struct weft_task *jobs[2], *guards[2], *gather;
};

static struct weft_task *spawn_gather(struct weft_task *const *tasks)
{
    return SPAWN(gathering, .joins = {{.task = tasks[0]}, {.task = tasks[1]}});
}

static async composing(struct weft_frame *frame)
{
    ASYNC_BEGIN(composing);
    self->jobs[0] = SPAWN(job, .name = "a", .delay = 3);
    self->jobs[1] = SPAWN(job, .name = "b", .delay = 4);
    if (self->gather_is_inside) {
        self->gather = spawn_gather(self->jobs);
        self->guards[0] = SPAWN(guard, .task = self->gather, .is_blind = true);
    } else {
        self->guards[0] = SPAWN(guard, .task = self->jobs[0]);
        self->guards[1] = SPAWN(guard, .task = self->jobs[1]);
        self->gather = spawn_gather(self->guards);
    }
    AWAIT(weft_sleep(1));
    weft_task_cancel(self->gather_is_inside ? self->guards[0] : self->gather);
    AWAIT(weft_sleep(9));
    ASYNC_FINALLY
    for (int i = 0; i < 2; i++) {
        weft_task_release(self->jobs[i]);
        weft_task_release(self->guards[i]);
    }
    weft_task_release(self->gather);
    ASYNC_END;
}

/* Python: guard ECANCELLED, guard ECANCELLED, gather ECANCELLED, a ends, b
 * ends; guard ECANCELLED, a ends, b ends, gathered
 *
 * CPython: test_tasks.BaseTaskTests.test_gather_shield
 * CPython: test_tasks.BaseTaskTests.test_shield_gather
 */
static void a_shield_stops_a_cancellation_inside_and_outside_of_a_gather(void)
{
    CHECK_INT(WORLD_RUN(composing), 0);
    CHECK_TRACE("guard ECANCELLED, guard ECANCELLED, gather ECANCELLED, "
                "a ends, b ends");
    CHECK_INT(WORLD_RUN(composing, .gather_is_inside = true), 0);
    CHECK_TRACE("guard ECANCELLED, a ends, b ends, gathered");
}

static void start_shields(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(limited, .seconds = 1));
    weft_task_release(SPAWN(limited, .seconds = WEFT_NO_TIMEOUT));
}

static void a_cancelled_guard_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_shields, verify_reports) > 15);
    CHECK(sweep_memory(start_shields, verify_reports) > 3);
}

#define TESTS(X)                                                    \
    X(a_time_limit_does_not_reach_the_task)                         \
    X(a_shield_stops_a_cancellation_inside_and_outside_of_a_gather) \
    X(a_cancelled_guard_leaves_nothing)
TEST_MAIN(TESTS)
