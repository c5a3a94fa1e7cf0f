/* test_select.c - what weft_select promises, one promise per function.
 *
 * In Python it is written by hand. "Python:" is printed, by asyncio 3.13 on a
 * virtual clock, by
 *
 *     done, pending = await asyncio.wait(tasks, return_when=FIRST_COMPLETED)
 *     for task in pending:
 *         task.cancel()
 *     await asyncio.wait(pending)
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

struct plan {
    const char *name;
    double delay;
    int code;
    double lingers;
    bool swallows;
};

struct job {
    struct weft_frame frame;
    struct plan plan;
    int err;
};

static async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    ASYNC_TRY {
        if (self->plan.delay > 0) {
            AWAIT(weft_sleep(self->plan.delay));
        } else {
            AWAIT(weft_sleep(0));
        }
        if (self->plan.code < 0) {
            ASYNC_RAISE(self->plan.code);
        }
        trace("%s ends", self->plan.name);
    }
    ASYNC_CATCH_ALL(self->err) {
        if (self->err == WEFT_ECANCELLED && self->plan.lingers > 0) {
            trace("%s lingers", self->plan.name);
            AWAIT(weft_sleep(self->plan.lingers));
        }
        trace("%s %s", self->plan.name, weft_error_name(self->err));
        if (!self->plan.swallows) {
            ASYNC_RAISE(self->err);
        }
    }
    ASYNC_END;
}

enum { JOBS = 3 };

struct selecting {
    struct weft_frame frame;
    struct plan plans[JOBS]; /* up to the first without a name */
    int turns;               /* pass before the select         */
    int ticks;
    struct weft_join jobs[JOBS];
    size_t count;
    int i;
    int err;
};

static async selecting(struct weft_frame *frame)
{
    ASYNC_BEGIN(selecting);
    for (size_t i = 0; i < JOBS && self->plans[i].name != NULL; i++) {
        self->jobs[i].task = SPAWN(job, .plan = self->plans[i]);
        self->count = i + 1;
    }
    for (self->i = 0; self->i < self->turns; self->i++) {
        AWAIT(weft_sleep(0));
    }
    if (self->ticks > 0) {
        weft_task_release(SPAWN(ticker, .turns = self->ticks));
    }
    ASYNC_TRY {
        AWAIT(weft_select(self->jobs, self->count));
        trace("%d at %g", frame->value, weft_loop_time(weft_loop_running()));
        for (size_t i = 0; i < self->count; i++) {
            CHECK(weft_task_done(self->jobs[i].task));
        }
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("select %s", weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_FINALLY
    for (size_t i = 0; i < self->count && frame->outcome == 0; i++) {
        trace("%s", weft_error_name(weft_task_error(self->jobs[i].task)));
    }
    weft_join_release(self->jobs, self->count);
    ASYNC_END;
}

#define PLANS(...) .plans = {__VA_ARGS__}
#define SELECTING(...) CHECK_INT(WORLD_RUN(selecting, __VA_ARGS__), 0)

/* Python: b ends, a ECANCELLED, c ECANCELLED */
static void the_first_wins_and_the_others_are_cancelled(void)
{
    SELECTING(PLANS({.name = "a", .delay = 3}, {.name = "b", .delay = 1},
                    {.name = "c", .delay = 2}));
    CHECK_TRACE("b ends, a ECANCELLED, c ECANCELLED, 1 at 1, ECANCELLED, OK, "
                "ECANCELLED");
}

static void one_alone_wins(void)
{
    SELECTING(PLANS({.name = "a"}), .ticks = 4);
    CHECK_TRACE("turn 1, a ends, turn 2, turn 3, 0 at 0, OK, turn 4");
}

/* Two turns from the end of the last loser. */
static void it_returns_when_all_have_ended(void)
{
    SELECTING(PLANS({.name = "a"}, {.name = "b", .delay = 9}), .ticks = 6);
    CHECK_TRACE("turn 1, a ends, turn 2, turn 3, b ECANCELLED, turn 4, "
                "turn 5, 0 at 0, OK, ECANCELLED, turn 6");
    SELECTING(PLANS({.name = "a", .delay = 1},
                    {.name = "b", .delay = 9, .lingers = 2},
                    {.name = "c", .delay = 9, .lingers = 1}));
    CHECK_TRACE("a ends, b lingers, c lingers, c ECANCELLED, b ECANCELLED, "
                "0 at 3, OK, ECANCELLED, ECANCELLED");
}

/* A failure is an end like any other. */
static void the_first_may_have_failed(void)
{
    SELECTING(PLANS({.name = "a", .delay = 3},
                    {.name = "b", .delay = 1, .code = WEFT_EUSER}));
    CHECK_TRACE("b EUSER, a ECANCELLED, 1 at 1, ECANCELLED, EUSER");
}

/* Python: a ends, b ends; of several that end in one turn the first wins */
static void in_a_tie_the_oldest_end_wins(void)
{
    SELECTING(PLANS({.name = "a", .delay = 1}, {.name = "b", .delay = 1}));
    CHECK_TRACE("a ends, b ends, 0 at 1, OK, OK");
    SELECTING(PLANS({.name = "a", .delay = 1},
                    {.name = "b", .delay = 1, .code = WEFT_EUSER}));
    CHECK_TRACE("a ends, b EUSER, 0 at 1, OK, EUSER");
}

static void of_those_that_are_done_the_first_in_the_array_wins(void)
{
    SELECTING(PLANS({.name = "a", .delay = 9}, {.name = "b"}, {.name = "c"}),
              .turns = 4, .ticks = 4);
    CHECK_TRACE("b ends, c ends, turn 1, turn 2, a ECANCELLED, turn 3, "
                "turn 4, 1 at 0, ECANCELLED, OK, OK");
}

/* What a loser has done all the same can be asked for. */
static void a_loser_that_swallows_ends_well(void)
{
    SELECTING(PLANS({.name = "a", .delay = 1},
                    {.name = "b", .delay = 9, .lingers = 1, .swallows = true}));
    CHECK_TRACE("a ends, b lingers, b ECANCELLED, 0 at 2, OK, OK");
}

/* ---- Cancelling ---- */

struct striking {
    struct weft_frame frame;
    struct plan plans[JOBS];
    double at;
    double again;
    struct weft_task *task;
};

static async striking(struct weft_frame *frame)
{
    ASYNC_BEGIN(striking);
    self->task =
        SPAWN(selecting, PLANS(self->plans[0], self->plans[1], self->plans[2]));
    AWAIT(weft_sleep(self->at));
    trace("cancel %d", weft_task_cancel(self->task));
    if (self->again > 0) {
        AWAIT(weft_sleep(self->again));
        trace("cancel %d", weft_task_cancel(self->task));
    }
    AWAIT(weft_sleep(20));
    CHECK(weft_task_cancelled(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

static void a_cancellation_goes_to_all_and_comes_when_all_have_ended(void)
{
    CHECK_INT(WORLD_RUN(striking, .at = 1,
                        PLANS({.name = "a", .delay = 9, .lingers = 2},
                              {.name = "b", .delay = 9, .lingers = 1})),
              0);
    CHECK_TRACE("cancel 1, a lingers, b lingers, b ECANCELLED, a ECANCELLED, "
                "select ECANCELLED");
    CHECK_INT(
        WORLD_RUN(
            striking, .at = 1,
            PLANS({.name = "a", .delay = 9, .lingers = 2, .swallows = true})),
        0);
    CHECK_TRACE("cancel 1, a lingers, a ECANCELLED, select ECANCELLED");
}

/* The second one interrupts those that linger. */
static void a_second_cancellation_goes_to_all_again(void)
{
    CHECK_INT(WORLD_RUN(striking, .at = 1, .again = 1,
                        PLANS({.name = "a", .delay = 9, .lingers = 5})),
              0);
    CHECK_TRACE("cancel 1, a lingers, cancel 1, select ECANCELLED");
}

static void a_cancellation_after_the_winner_is_not_lost(void)
{
    CHECK_INT(WORLD_RUN(striking, .at = 2,
                        PLANS({.name = "a", .delay = 1},
                              {.name = "b", .delay = 9, .lingers = 5})),
              0);
    CHECK_TRACE("a ends, b lingers, cancel 1, select ECANCELLED");
    CHECK_INT(WORLD_RUN(striking, .at = 1, PLANS({.name = "a", .delay = 1})),
              0);
    CHECK_TRACE("cancel 1, a ECANCELLED, select ECANCELLED");
}

/* ---- Bad input ---- */

struct bad {
    struct weft_frame frame;
    struct weft_join jobs[2];
    size_t count;
    bool itself;
};

static async bad(struct weft_frame *frame)
{
    ASYNC_BEGIN(bad);
    self->jobs[0].task = SPAWN(job, .plan = {.name = "a", .delay = 1});
    self->jobs[1].task = self->itself ? weft_current_task() : NULL;
    AWAIT(weft_select(self->jobs, self->count));
    ASYNC_FINALLY
    CHECK_INT(weft_task_cancelling(self->jobs[0].task), 0);
    weft_task_release(self->jobs[0].task);
    ASYNC_END;
}

static void what_cannot_be_awaited_is_refused(void)
{
    struct weft_task task = {.frame = NULL};
    struct weft_join join = {.task = &task};

    CHECK_INT(WORLD_RUN(bad), WEFT_EINVAL);
    CHECK_INT(WORLD_RUN(bad, .count = 2), WEFT_ENOMEM);
    CHECK_INT(WORLD_RUN(bad, .count = 2, .itself = true), WEFT_EDEADLOCK);
    CHECK_INT(WORLD_RUN(bad, .count = SIZE_MAX), WEFT_ELIMIT);
    CHECK_INT(weft_select(&join, 1).status, WEFT_ENOTASK);
    CHECK(weft_list_is_empty(&task.future.callbacks));
}

struct duplicates {
    struct weft_frame frame;
    struct weft_join jobs[3];
};

static async duplicates(struct weft_frame *frame)
{
    ASYNC_BEGIN(duplicates);
    self->jobs[0].task = SPAWN(job, .plan = {.name = "a", .delay = 2});
    self->jobs[1].task = self->jobs[2].task =
        SPAWN(job, .plan = {.name = "b", .delay = 1});
    AWAIT(weft_select(self->jobs, 3));
    trace("%d", frame->value);
    weft_join_release(self->jobs, 2); /* one reference a task */
    ASYNC_END;
}

static void a_task_may_be_given_twice(void)
{
    CHECK_INT(WORLD_RUN(duplicates), 0);
    CHECK_TRACE("b ends, a ECANCELLED, 1");
}

/* ---- Cancel-safe operations ---- */

static struct weft_queue queue;
static int places[2];

struct getter {
    struct weft_frame frame;
    int result;
};

static async getter(struct weft_frame *frame)
{
    ASYNC_BEGIN(getter);
    AWAIT(weft_queue_get(&queue, &self->result));
    ASYNC_END;
}

struct racing {
    struct weft_frame frame;
    struct weft_join jobs[2];
};

static async racing(struct weft_frame *frame)
{
    ASYNC_BEGIN(racing);
    self->jobs[0].task = SPAWN(getter);
    self->jobs[1].task = SPAWN(getter);
    AWAIT(weft_sleep(0));
    for (int item = 1; item <= 2; item++) {
        CHECK_INT(weft_queue_put_nowait(&queue, &item), 0);
    }
    AWAIT(weft_select(self->jobs, 2));
    for (int i = 0; i < 2; i++) {
        trace("%d", weft_task_cancelled(self->jobs[i].task)
                        ? 0
                        : WEFT_RESULT(self->jobs[i].task, getter));
    }
    trace("%zu left", queue.count);
    weft_join_release(self->jobs, 2);
    ASYNC_END;
}

/* Both have taken an item by the time the first is known to have won. */
static void no_item_is_lost(void)
{
    static const struct weft_queue empty = WEFT_QUEUE(places);

    queue = empty;
    CHECK_INT(WORLD_RUN(racing), 0);
    CHECK_TRACE("1, 2, 0 left");
}

/* ---- Sweeps ---- */

static void start_selects(struct world *world)
{
    (void)world;
    weft_task_release(
        SPAWN(selecting,
              PLANS({.name = "a", .delay = 2, .lingers = 1},
                    {.name = "b", .delay = 1}, {.name = "c", .delay = 2})));
    weft_task_release(
        SPAWN(selecting, PLANS({.name = "d", .delay = 1},
                               {.name = "e", .delay = 1, .code = WEFT_EUSER})));
    weft_task_release(SPAWN(duplicates));
}

static void verify_reports(struct world *world)
{
    /* of e, when the select is cancelled and nobody looks */
    CHECK(world->reports <= 1 || world->fail_at > 0);
}

static void a_cancelled_select_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_selects, verify_reports) > 40);
    CHECK(sweep_memory(start_selects, verify_reports) > 5);
}

#define TESTS(X)                                                \
    X(the_first_wins_and_the_others_are_cancelled)              \
    X(one_alone_wins)                                           \
    X(it_returns_when_all_have_ended)                           \
    X(the_first_may_have_failed)                                \
    X(in_a_tie_the_oldest_end_wins)                             \
    X(of_those_that_are_done_the_first_in_the_array_wins)       \
    X(a_loser_that_swallows_ends_well)                          \
    X(a_cancellation_goes_to_all_and_comes_when_all_have_ended) \
    X(a_second_cancellation_goes_to_all_again)                  \
    X(a_cancellation_after_the_winner_is_not_lost)              \
    X(what_cannot_be_awaited_is_refused)                        \
    X(a_task_may_be_given_twice)                                \
    X(no_item_is_lost)                                          \
    X(a_cancelled_select_leaves_nothing)
TEST_MAIN(TESTS)
