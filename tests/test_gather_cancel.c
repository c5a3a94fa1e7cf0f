/* test_gather_cancel.c - what asyncio.gather does when it, or one of its
 * children, is cancelled.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include "gathers.h"

/* Python: b cancelled, outer cancelled, a ends
 *
 * CPython: test_tasks.FutureGatherTests.test_one_cancellation
 */
static void a_child_that_is_cancelled_counts_as_failed(void)
{
    WATCH(PLAN({.name = "a", .delay = 3}, {.name = "b", .delay = 3}),
          .cancel_at = 1, .child = 2);
    CHECK_TRACE("b ECANCELLED, raised ECANCELLED, a ends, ECANCELLED");
}

/* CPython: test_tasks.FutureGatherTests.test_result_exception_one_cancellation */
static void with_return_errors_a_cancelled_child_is_one_of_the_errors(void)
{
    WATCH(PLAN({.name = "a", .delay = 3}, {.name = "b", .delay = 3},
               {.name = "c", .delay = 2, .code = WEFT_EUSER}),
          ALL, .cancel_at = 1, .child = 2);
    CHECK_TRACE("b ECANCELLED, c EUSER, a ends, gathered, a, ECANCELLED, "
                "EUSER, OK");
}

/* Python: cancel True, a cancelling, b cancelling, b cancelled, outer
 * cancelled, a cancelled: the first child that ends cancelled decides.
 *
 * CPython: test_tasks.CoroutineGatherTests.test_cancellation_broadcast
 */
static void a_cancellation_goes_to_every_child(void)
{
    WATCH(PLAN({.name = "a", .delay = 9, .lingers = 3},
               {.name = "b", .delay = 9, .lingers = 1}),
          .cancel_at = 1);
    CHECK_TRACE("cancel 1, a lingers, b lingers, b ECANCELLED, "
                "raised ECANCELLED, a ECANCELLED, ECANCELLED");
}

/* Python: cancel True, a cancelling, b cancelling, b cancelled, a cancelled,
 * outer cancelled
 *
 * CPython: test_tasks.BaseTaskTests.test_cancel_gather_2
 */
static void with_return_errors_a_cancellation_waits_for_every_child(void)
{
    WATCH(PLAN({.name = "a", .delay = 9, .lingers = 3},
               {.name = "b", .delay = 9, .lingers = 1}),
          ALL, .cancel_at = 1);
    CHECK_TRACE("cancel 1, a lingers, b lingers, b ECANCELLED, a ECANCELLED, "
                "raised ECANCELLED, ECANCELLED");
}

/* Python: the same for both values of return_exceptions */
static void children_that_swallow_do_not_save_the_gather(void)
{
    for (int flags = 0; flags <= WEFT_RETURN_ERRORS; flags++) {
        WATCH(PLAN({.name = "a", .delay = 9, .swallows = true, .lingers = 2},
                   {.name = "b", .delay = 9, .swallows = true, .lingers = 1}),
              .gathering.flags = flags, .cancel_at = 1);
        CHECK_TRACE("cancel 1, a lingers, b lingers, b ECANCELLED, "
                    "a ECANCELLED, raised ECANCELLED, ECANCELLED");
    }
}

/* ---- Races ---- */

struct tie {
    struct weft_frame frame;
    struct weft_task gather;
    struct gathering gathering;
    bool uncancels;
};

static async tie(struct weft_frame *frame)
{
    ASYNC_BEGIN(tie);
    if (weft_task_start_(&self->gather, &self->gathering.frame, gathering)) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    AWAIT(weft_sleep(0)); /* the children's alarms are set before this one */
    AWAIT(weft_sleep(0));
    AWAIT(weft_sleep(1));
    trace("cancel %d", weft_task_cancel(&self->gather));
    if (self->uncancels) {
        CHECK_INT(weft_task_uncancel(&self->gather), 0);
    }
    AWAIT(weft_sleep(1));
    trace("%s", weft_error_name(weft_task_error(&self->gather)));
    weft_task_release(&self->gather);
    ASYNC_END;
}

#define TIE(...) CHECK_INT(WORLD_RUN(tie, __VA_ARGS__), 0)

/* All children are done and the gather's wake-up is on its way. */
static void a_cancellation_beats_an_end_that_was_not_seen_yet(void)
{
    TIE(PLAN({.name = "a", .delay = 1}, {.name = "b", .delay = 1}));
    CHECK_TRACE("a ends, b ends, cancel 1, raised ECANCELLED, ECANCELLED");
    TIE(PLAN({.name = "a", .delay = 1, .code = WEFT_EUSER},
             {.name = "b", .delay = 3}));
    CHECK_TRACE("a EUSER, cancel 1, b ECANCELLED, raised EUSER, EUSER");
}

/* Once all children are done the gather itself refuses. Only the task around
 * it has been asked, and that can be taken back; with a child left it is too
 * late.
 *
 * Python: a ends, b ends, cancel True, gathered, ['a', 'b']; a ends, cancel
 * True, b ECANCELLED, raised ECANCELLED
 *
 * CPython: test_tasks.BaseTaskTests.test_cancel_gather_1
 */
static void a_gather_whose_children_are_done_is_not_cancelled(void)
{
    TIE(PLAN({.name = "a", .delay = 1}, {.name = "b", .delay = 1}),
        .uncancels = true);
    CHECK_TRACE("a ends, b ends, cancel 1, gathered, a, b, OK");
    TIE(PLAN({.name = "a", .delay = 1}, {.name = "b", .delay = 3}),
        .uncancels = true);
    CHECK_TRACE("a ends, cancel 1, b ECANCELLED, raised ECANCELLED, "
                "ECANCELLED");
}

/* ---- Sweeps ---- */

struct gather_all {
    struct weft_frame frame;
    struct gathering first, second;
    int err;
};

static async gather_all(struct weft_frame *frame)
{
    ASYNC_BEGIN(gather_all);
    ASYNC_TRY {
        AWAIT(CALL(&self->first, gathering,
                   .plan = {{.name = "a", .delay = 1},
                            {.name = "b", .delay = 2, .code = WEFT_EUSER},
                            {.name = "c", .delay = 3, .lingers = 1}}));
    }
    ASYNC_CATCH(self->err) {
        AWAIT(CALL(&self->second, gathering, .flags = WEFT_RETURN_ERRORS,
                   .plan = {{.name = "a", .delay = 1, .swallows = true},
                            {.name = "b", .delay = 1, .code = WEFT_EUSER},
                            {.name = "c", .delay = 1, .lingers = 1}}));
    }
    ASYNC_END;
}

static void start_gathering(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(gather_all));
}

static void verify_reports(struct world *world)
{
    CHECK(world->reports == 0 || world->fail_at > 0);
}

static void a_cancelled_gather_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_gathering, verify_reports) > 40);
    CHECK(sweep_memory(start_gathering, verify_reports) > 5);
}

#define TESTS(X)                                                 \
    X(a_child_that_is_cancelled_counts_as_failed)                \
    X(with_return_errors_a_cancelled_child_is_one_of_the_errors) \
    X(a_cancellation_goes_to_every_child)                        \
    X(with_return_errors_a_cancellation_waits_for_every_child)   \
    X(children_that_swallow_do_not_save_the_gather)              \
    X(a_cancellation_beats_an_end_that_was_not_seen_yet)         \
    X(a_gather_whose_children_are_done_is_not_cancelled)         \
    X(a_cancelled_gather_leaves_nothing)
TEST_MAIN(TESTS)
