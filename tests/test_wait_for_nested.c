/* test_wait_for_nested.c - one asyncio.wait_for inside another, and slots. */
#include "check.h"
#include "sweep.h"

struct twofold {
    struct weft_frame frame;
    struct weft_wait_for outer, inner;
    double outer_limit, inner_limit;
    int err;
};

static async twofold(struct weft_frame *frame)
{
    ASYNC_BEGIN(twofold);
    ASYNC_TRY {
        AWAIT(weft_wait_for(
            &self->outer,
            weft_wait_for(&self->inner, weft_sleep(5), self->inner_limit),
            self->outer_limit));
    }
    ASYNC_CATCH(self->err) {
        trace("%s at %g, expired %d %d", weft_error_name(self->err),
              weft_loop_time(weft_loop_running()),
              weft_timeout_expired(&self->outer.timeout),
              weft_timeout_expired(&self->inner.timeout));
    }
    ASYNC_END;
}

static void limits_nest(void)
{
    CHECK_INT(WORLD_RUN(twofold, .outer_limit = 2, .inner_limit = 1), 0);
    CHECK_TRACE("ETIMEOUT at 1, expired 0 1");
    CHECK_INT(WORLD_RUN(twofold, .outer_limit = 1, .inner_limit = 2), 0);
    CHECK_TRACE("ETIMEOUT at 1, expired 1 0");
    CHECK_INT(WORLD_RUN(twofold, .outer_limit = 1, .inner_limit = 1), 0);
    CHECK_TRACE("ETIMEOUT at 1, expired 1 1");
    CHECK_INT(WORLD_RUN(twofold, .outer_limit = 2, .inner_limit = 0), 0);
    CHECK_TRACE("ETIMEOUT at 0, expired 0 0");
    CHECK_INT(WORLD_RUN(twofold, .outer_limit = 9, .inner_limit = 8), 0);
    CHECK_TRACE("");
}

/* ---- Slots ---- */

static struct weft_wait_for shared;

struct sharing {
    struct weft_frame frame;
    const char *name;
    int err;
};

static async sharing(struct weft_frame *frame)
{
    ASYNC_BEGIN(sharing);
    ASYNC_TRY {
        AWAIT(weft_wait_for(&shared, weft_sleep(1), 2));
        trace("%s slept", self->name);
    }
    ASYNC_CATCH(self->err) {
        trace("%s %s", self->name, weft_error_name(self->err));
    }
    ASYNC_END;
}

static void start_sharing(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(sharing, .name = "a"));
    weft_task_release(SPAWN(sharing, .name = "b"));
}

static void a_slot_in_use_is_left_alone(void)
{
    struct world world;

    world_open(&world);
    start_sharing(&world);
    CHECK_INT(weft_loop_run_(&world.loop, sweep_is_idle), 0);
    world_close(&world);
    CHECK_TRACE("b EALREADY, a slept");
    CHECK_INT(weft_wait_for(&shared, weft_sleep(1), 2).status, WEFT_ENOTASK);
}

/* ---- Sweeps ---- */

static void start_nested(struct world *world)
{
    weft_task_release(SPAWN(twofold, .outer_limit = 1, .inner_limit = 1));
    weft_task_release(SPAWN(twofold, .outer_limit = 2, .inner_limit = 0));
    start_sharing(world);
}

static void verify_slot(struct world *world)
{
    CHECK(!weft_frame_is_running(&shared.frame));
    CHECK(world->reports == 0 || world->fail_at > 0);
}

static void a_cancelled_wait_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_nested, verify_slot) > 20);
    CHECK(sweep_memory(start_nested, verify_slot) > 4);
}

#define TESTS(X)                   \
    X(limits_nest)                 \
    X(a_slot_in_use_is_left_alone) \
    X(a_cancelled_wait_leaves_nothing)
TEST_MAIN(TESTS)
