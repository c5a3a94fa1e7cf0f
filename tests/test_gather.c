/* test_gather.c - what asyncio.gather promises, one promise per function.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include "check.h"
#include "sweep.h"

struct ticker {
    struct weft_frame frame;
    int turns;
    int i;
};

static async ticker(struct weft_frame *frame)
{
    ASYNC_BEGIN(ticker);
    for (self->i = 1; self->i <= self->turns; self->i++) {
        trace("turn %d", self->i);
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

/* Sleeps, then ends or fails; takes its time over a cancellation. */
struct job {
    struct weft_frame frame;
    const char *name;
    double delay;
    int code;
    double lingers;
    bool swallows;
    int err;
    int result;
};

static async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    ASYNC_TRY {
        if (self->delay > 0) {
            AWAIT(weft_sleep(self->delay));
        }
        if (self->code < 0) {
            ASYNC_RAISE(self->code);
        }
        trace("%s ends", self->name);
    }
    ASYNC_CATCH_ALL(self->err) {
        if (self->lingers > 0) {
            trace("%s lingers", self->name);
            AWAIT(weft_sleep(self->lingers));
        }
        trace("%s %s", self->name, weft_error_name(self->err));
        if (!self->swallows) {
            ASYNC_RAISE(self->err);
        }
    }
    ASYNC_RETURN(self->name[0]);
    ASYNC_END;
}

enum { JOBS = 3 };

struct gathering {
    struct weft_frame frame;
    struct weft_join jobs[JOBS];
    struct job plan[JOBS];
    size_t count;
    int flags;
    int err;
};

static async gathering(struct weft_frame *frame)
{
    ASYNC_BEGIN(gathering);
    for (size_t i = 0; i < self->count; i++) {
        const struct job *plan = &self->plan[i];

        self->jobs[i].task = SPAWN(
            job, .name = plan->name, .delay = plan->delay, .code = plan->code,
            .lingers = plan->lingers, .swallows = plan->swallows);
    }
    ASYNC_TRY {
        AWAIT(weft_gather(self->jobs, self->count, self->flags));
        trace("gathered");
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("raised %s", weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_FINALLY
    if (frame->outcome == 0) {
        for (size_t i = 0; i < self->count; i++) {
            self->err = weft_task_error(self->jobs[i].task);
            if (self->err < 0) {
                trace("%s", weft_error_name(self->err));
            } else {
                trace("%c", WEFT_RESULT(self->jobs[i].task, job));
            }
        }
    }
    weft_join_release(self->jobs, self->count);
    ASYNC_END;
}

/* Keeps the loop going behind a gathering, and cancels it if told to. */
struct watching {
    struct weft_frame frame;
    struct weft_task gather;
    struct gathering gathering;
    double cancel_at;
    int child; /* cancel this child instead, counted from 1 */
};

static async watching(struct weft_frame *frame)
{
    ASYNC_BEGIN(watching);
    if (weft_task_start_(&self->gather, &self->gathering.frame, gathering)) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    if (self->cancel_at > 0) {
        AWAIT(weft_sleep(self->cancel_at));
        if (self->child > 0) {
            weft_task_cancel(self->gathering.jobs[self->child - 1].task);
        } else {
            trace("cancel %d", weft_task_cancel(&self->gather));
        }
    }
    AWAIT(weft_sleep(20));
    trace("%s", weft_error_name(weft_task_error(&self->gather)));
    weft_task_release(&self->gather);
    ASYNC_END;
}

#define PLAN(n, ...) .gathering = {.count = (n), .plan = {__VA_ARGS__}

/* Python: b ends, a ends, ['a', 'b']
 *
 * CPython: test_tasks.GatherTestsBase.test_success
 * CPython: test_tasks.GatherTestsBase.test_result_exception_success
 */
static void results_are_in_the_order_of_the_arguments(void)
{
    CHECK_INT(WORLD_RUN(watching,
                        PLAN(2, {.name = "a", .delay = 2},
                             {.name = "b", .delay = 1})}), 0);
CHECK_TRACE("b ends, a ends, gathered, a, b, OK");
    CHECK_INT(WORLD_RUN(watching,
                        PLAN(2, {.name = "a", .delay = 2},
                             {.name = "b", .delay = 1}),
                            .flags = WEFT_RETURN_ERRORS
    }), 0);
    CHECK_TRACE("b ends, a ends, gathered, a, b, OK");
    }

    struct counting {
        struct weft_frame frame;
        struct weft_join jobs[2];
    };

    static async counting(struct weft_frame *frame)
    {
        ASYNC_BEGIN(counting);
        weft_task_release(SPAWN(ticker, .turns = 4));
        self->jobs[0].task = SPAWN(job, .name = "one");
        AWAIT(weft_gather(self->jobs, 1, 0));
        trace("gathered");
        AWAIT(weft_gather(self->jobs, 1, 0));
        trace("again");
        AWAIT(weft_gather(NULL, 0, 0));
        trace("none");
        weft_join_release(self->jobs, 1);
        ASYNC_END;
    }

    /* Python: turn 1, one, turn 2, turn 3, gathered, turn 4; no turn for children
 * that are done, nor for none */
    static void gather_takes_two_turns_or_none(void)
    {
        CHECK_INT(WORLD_RUN(counting), 0);
        CHECK_TRACE("turn 1, one ends, turn 2, turn 3, gathered, again, none, "
                    "turn 4");
    }

    /* Python: ValueError, a ends; c's KeyError is never heard of
 *
 * CPython: test_tasks.GatherTestsBase.test_one_exception
 * CPython: test_tasks.CoroutineGatherTests.test_exception_marking
 */
static void the_first_error_is_raised_at_once_and_the_others_go_on(void)
{
    CHECK_INT(WORLD_RUN(watching,
                        PLAN(3, {.name = "a", .delay = 3},
                             {.name = "b", .delay = 1, .code = WEFT_EUSER},
                             {.name = "c", .delay = 2,
                              .code = WEFT_ELIMIT})}), 0);
CHECK_TRACE("b EUSER, raised EUSER, c ELIMIT, a ends, EUSER");
}

/* CPython: test_tasks.GatherTestsBase.test_return_exceptions */
static void with_return_errors_all_are_awaited(void)
{
    CHECK_INT(WORLD_RUN(watching,
                        PLAN(2, {.name = "a", .delay = 2},
                             {.name = "b", .delay = 1, .code = WEFT_EUSER}),
                            .flags = WEFT_RETURN_ERRORS}), 0);
CHECK_TRACE("b EUSER, a ends, gathered, a, EUSER, OK");
}

/* Python: b cancelled, outer cancelled, a ends
 *
 * CPython: test_tasks.FutureGatherTests.test_one_cancellation
 */
static void a_child_that_is_cancelled_counts_as_failed(void)
{
    CHECK_INT(WORLD_RUN(watching,
                        PLAN(2, {.name = "a", .delay = 3},
                             {.name = "b", .delay = 3})},
                        .cancel_at = 1, .child = 2), 0);
CHECK_TRACE("b ECANCELLED, raised ECANCELLED, a ends, ECANCELLED");
}

/* CPython: test_tasks.FutureGatherTests.test_result_exception_one_cancellation */
static void with_return_errors_a_cancelled_child_is_one_of_the_errors(void)
{
    CHECK_INT(WORLD_RUN(watching,
                        PLAN(3, {.name = "a", .delay = 3},
                             {.name = "b", .delay = 3},
                             {.name = "c", .delay = 2, .code = WEFT_EUSER}),
                            .flags = WEFT_RETURN_ERRORS},
                        .cancel_at = 1, .child = 2), 0);
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
    CHECK_INT(WORLD_RUN(watching,
                        PLAN(2, {.name = "a", .delay = 9, .lingers = 3},
                             {.name = "b", .delay = 9, .lingers = 1})},
                        .cancel_at = 1), 0);
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
    CHECK_INT(WORLD_RUN(watching,
                        PLAN(2, {.name = "a", .delay = 9, .lingers = 3},
                             {.name = "b", .delay = 9, .lingers = 1}),
                            .flags = WEFT_RETURN_ERRORS},
                        .cancel_at = 1), 0);
CHECK_TRACE("cancel 1, a lingers, b lingers, b ECANCELLED, a ECANCELLED, "
            "raised ECANCELLED, ECANCELLED");
}

/* Python: the same for both values of return_exceptions */
static void children_that_swallow_do_not_save_the_gather(void)
{
    for (int flags = 0; flags <= WEFT_RETURN_ERRORS; flags++) {
        CHECK_INT(WORLD_RUN(watching,
                            PLAN(2, {.name = "a", .delay = 9, .swallows = true,
                                  .lingers = 2},
                                 {.name = "b", .delay = 9, .swallows = true,
                                  .lingers = 1}),
                                .flags = flags
    },
                            .cancel_at = 1), 0);
    CHECK_TRACE("cancel 1, a lingers, b lingers, b ECANCELLED, "
                "a ECANCELLED, raised ECANCELLED, ECANCELLED");
}
}

struct late {
    struct weft_frame frame;
    struct weft_join jobs[2];
    int flags;
    int err;
};

static async late(struct weft_frame *frame)
{
    ASYNC_BEGIN(late);
    self->jobs[0].task = SPAWN(job, .name = "a");
    self->jobs[1].task = SPAWN(job, .name = "b", .code = WEFT_EUSER);
    AWAIT(weft_sleep(1));
    weft_task_release(SPAWN(ticker, .turns = 1));
    ASYNC_TRY {
        AWAIT(weft_gather(self->jobs, 2, self->flags));
        trace("gathered");
    }
    ASYNC_CATCH(self->err) {
        trace("raised %s", weft_error_name(self->err));
    }
    weft_join_release(self->jobs, 2);
    AWAIT(weft_sleep(1));
    ASYNC_END;
}

/* Python: ValueError, turn 1 */
static void the_error_of_a_child_that_is_done_is_raised_without_a_turn(void)
{
    CHECK_INT(WORLD_RUN(late), 0);
    CHECK_TRACE("a ends, b EUSER, raised EUSER, turn 1");
    CHECK_INT(WORLD_RUN(late, .flags = WEFT_RETURN_ERRORS), 0);
    CHECK_TRACE("a ends, b EUSER, gathered, turn 1");
}

struct duplicates {
    struct weft_frame frame;
    struct weft_join jobs[3];
    int err;
};

static async duplicates(struct weft_frame *frame)
{
    ASYNC_BEGIN(duplicates);
    self->jobs[0].task = self->jobs[2].task = SPAWN(job, .name = "a");
    self->jobs[1].task = SPAWN(job, .name = "b", .delay = 1);
    AWAIT(weft_gather(self->jobs, 3, 0));
    trace("%c%c%c", WEFT_RESULT(self->jobs[0].task, job),
          WEFT_RESULT(self->jobs[1].task, job),
          WEFT_RESULT(self->jobs[2].task, job));
    weft_join_release(self->jobs, 2); /* one reference a task */
    ASYNC_END;
}

static void a_task_given_twice_runs_once_and_appears_twice(void)
{
    CHECK_INT(WORLD_RUN(duplicates), 0);
    CHECK_TRACE("a ends, b ends, aba");
}

struct bad {
    struct weft_frame frame;
    struct weft_join jobs[2];
    bool itself;
};

static async bad(struct weft_frame *frame)
{
    ASYNC_BEGIN(bad);
    self->jobs[0].task = SPAWN(job, .name = "a", .delay = 1);
    self->jobs[1].task = self->itself ? weft_current_task() : NULL;
    AWAIT(weft_gather(self->jobs, 2, WEFT_RETURN_ERRORS));
    ASYNC_FINALLY
    weft_task_release(self->jobs[0].task);
    ASYNC_END;
}

static void gathering_nothing_or_itself_fails(void)
{
    CHECK_INT(WORLD_RUN(bad), WEFT_ENOMEM);
    CHECK_INT(WORLD_RUN(bad, .itself = true), WEFT_EDEADLOCK);
}

/* ---- Races ---- */

struct tie {
    struct weft_frame frame;
    struct weft_task gather;
    struct gathering gathering;
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
    AWAIT(weft_sleep(1));
    trace("%s", weft_error_name(weft_task_error(&self->gather)));
    weft_task_release(&self->gather);
    ASYNC_END;
}

/* All children are done and the gather's wake-up is on its way. */
static void a_cancellation_beats_an_end_that_was_not_seen_yet(void)
{
    CHECK_INT(WORLD_RUN(tie, PLAN(2, {.name = "a", .delay = 1},
                                  {.name = "b", .delay = 1})}), 0);
CHECK_TRACE("a ends, b ends, cancel 1, raised ECANCELLED, ECANCELLED");
    CHECK_INT(WORLD_RUN(tie, PLAN(2, {.name = "a", .delay = 1,
                                   .code = WEFT_EUSER},
                                  {.name = "b", .delay = 3})
    }), 0);
    CHECK_TRACE("a EUSER, cancel 1, b ECANCELLED, raised EUSER, EUSER");
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
            AWAIT(CALL(&self->first, gathering, .count = 3,
                       .plan = {{.name = "a", .delay = 1},
                                {.name = "b", .delay = 2, .code = WEFT_EUSER},
                                {.name = "c", .delay = 3, .lingers = 1}}));
        }
        ASYNC_CATCH(self->err) {
            AWAIT(CALL(&self->second, gathering, .count = 3,
                       .flags = WEFT_RETURN_ERRORS,
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

#define TESTS(X)                                                  \
    X(results_are_in_the_order_of_the_arguments)                  \
    X(gather_takes_two_turns_or_none)                             \
    X(the_first_error_is_raised_at_once_and_the_others_go_on)     \
    X(with_return_errors_all_are_awaited)                         \
    X(a_child_that_is_cancelled_counts_as_failed)                 \
    X(with_return_errors_a_cancelled_child_is_one_of_the_errors)  \
    X(a_cancellation_goes_to_every_child)                         \
    X(with_return_errors_a_cancellation_waits_for_every_child)    \
    X(children_that_swallow_do_not_save_the_gather)               \
    X(the_error_of_a_child_that_is_done_is_raised_without_a_turn) \
    X(a_task_given_twice_runs_once_and_appears_twice)             \
    X(gathering_nothing_or_itself_fails)                          \
    X(a_cancellation_beats_an_end_that_was_not_seen_yet)          \
    X(a_cancelled_gather_leaves_nothing)
    TEST_MAIN(TESTS)
