/* test_generator.c - what aclose and aclosing of asynchronous generators
 * promise, one promise per function.
 *
 * Traces with "Python:" were printed by Python 3.13 on a virtual clock.
 */
#include "check.h"
#include "sweep.h"

static int open_files;

struct lines {
    struct weft_frame frame;
    double cleans; /* so long, at its end                        */
    int code;      /* raised by the cleaning                     */
    bool swallows; /* the early end                              */
    bool yields;   /* in the handler                             */
    int value;
    int i;
    int err;
};

static async lines(struct weft_frame *frame)
{
    ASYNC_BEGIN(lines);
    trace("open");
    open_files++;
    for (self->i = 1; self->i < 4; self->i++) {
        AWAIT(weft_sleep(1));
        ASYNC_TRY {
            YIELD(self->i);
        }
        ASYNC_CATCH_ALL(self->err) {
            trace("exit %s", weft_error_name(self->err));
            if (self->yields) {
                YIELD(9);
            }
            if (self->swallows) {
                ASYNC_EXIT;
            }
            ASYNC_RAISE(self->err);
        }
    }
    ASYNC_FINALLY
    if (open_files > 0) {
        open_files--; /* before the cancellation of an await */
    }
    if (self->cleans > 0) {
        AWAIT(weft_sleep(self->cleans));
    }
    trace("close at %g", weft_loop_time(weft_loop_running()));
    if (self->code < 0) {
        ASYNC_RAISE(self->code);
    }
    ASYNC_END;
}

struct using
{
    struct weft_frame frame;
    struct lines plan;
    int stop;   /* break at this value     */
    int raises; /* or raise this there     */
    struct weft_aclosing closing;
    struct lines lines;
    int err;
};

static async using(struct weft_frame *frame)
{
    ASYNC_BEGIN(using);
    ASYNC_GENERATOR(&self->lines, lines, .cleans = self->plan.cleans,
                    .code = self->plan.code, .yields = self->plan.yields,
                    .swallows = self->plan.swallows);
    ASYNC_TRY {
        ASYNC_WITH(&self->closing,
                   weft_aclosing(&self->closing, &self->lines.frame)) {
            ASYNC_FOR(&self->lines) {
                trace("%d", self->lines.value);
                if (self->lines.value == self->stop) {
                    if (self->raises < 0) {
                        ASYNC_RAISE(self->raises);
                    }
                    break;
                }
            }
        }
        trace("behind");
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s", weft_error_name(self->err));
        if (self->err == WEFT_ECANCELLED) {
            ASYNC_RAISE(self->err);
        }
    }
    if (!self->plan.yields) {
        ASYNC_FOR(&self->lines) {
            trace("more %d", self->lines.value);
        }
    }
    trace("end");
    ASYNC_END;
}

#define USING(...) CHECK_INT(WORLD_RUN(using, __VA_ARGS__), 0)

/* Python: open, 1, 2, exit, close at 2, behind, end; when it takes its time:
 * open, 1, 2, exit, close at 4, behind, end */
static void closing_raises_where_it_is_suspended_and_waits_for_its_end(void)
{
    USING(.stop = 2);
    CHECK_TRACE("open, 1, 2, exit EGENERATOREXIT, close at 2, behind, end");
    USING(.stop = 2, .plan = {.cleans = 2});
    CHECK_TRACE("open, 1, 2, exit EGENERATOREXIT, close at 4, behind, end");
}

/* Python: open, 1, 2, 3, close at 3, behind, end */
static void a_generator_at_its_end_is_left_as_it_is(void)
{
    USING(.stop = 9);
    CHECK_TRACE("open, 1, 2, 3, close at 3, behind, end");
}

/* Python: open, 1, 2, exit, close at 2, EUSER, end */
static void an_error_in_the_block_closes_it_as_well(void)
{
    USING(.stop = 2, .raises = WEFT_EUSER);
    CHECK_TRACE("open, 1, 2, exit EGENERATOREXIT, close at 2, EUSER, end");
}

/* Python: open, 1, 2, exit, close at 2, ELIMIT, end; the same with an error in
 * the block: the later one counts */
static void an_error_of_the_cleaning_is_raised(void)
{
    USING(.stop = 2, .plan = {.code = WEFT_ELIMIT});
    CHECK_TRACE("open, 1, 2, exit EGENERATOREXIT, close at 2, ELIMIT, end");
    USING(.stop = 2, .raises = WEFT_EUSER, .plan = {.code = WEFT_ELIMIT});
    CHECK_TRACE("open, 1, 2, exit EGENERATOREXIT, close at 2, ELIMIT, end");
}

/* Python: open, 1, 2, exit, close at 2, behind, end */
static void one_that_swallows_the_early_end_has_ended_well(void)
{
    USING(.stop = 2, .plan = {.swallows = true});
    CHECK_TRACE("open, 1, 2, exit EGENERATOREXIT, close at 2, behind, end");
}

/* Python: RuntimeError "async generator ignored GeneratorExit" */
static void one_that_yields_again_is_told(void)
{
    USING(.stop = 2, .plan = {.yields = true});
    CHECK_TRACE("open, 1, 2, exit EGENERATOREXIT, EINVALIDSTATE, end");
}

struct idle {
    struct weft_frame frame;
    struct lines lines;
};

static async idle(struct weft_frame *frame)
{
    ASYNC_BEGIN(idle);
    AWAIT(weft_aclose(&self->lines.frame)); /* zeros */
    ASYNC_GENERATOR(&self->lines, lines);
    weft_task_release(SPAWN(lines));
    AWAIT(weft_aclose(&self->lines.frame));
    ASYNC_FOR(&self->lines) {
        trace("never");
    }
    AWAIT(weft_aclose(&self->lines.frame));
    trace("end");
    ASYNC_END;
}

/* Python: end: it does not begin later either, and closing takes no turn */
static void one_that_has_not_begun_never_does(void)
{
    CHECK_INT(WORLD_RUN(idle), 0);
    CHECK_TRACE("end, open, close at 0");
}

/* ---- Somebody else's ---- */

static struct lines shared;

struct consumer {
    struct weft_frame frame;
};

static async consumer(struct weft_frame *frame)
{
    ASYNC_BEGIN(consumer);
    ASYNC_FOR(&shared) {
        trace("%d", shared.value);
    }
    ASYNC_END;
}

struct meddling {
    struct weft_frame frame;
    struct weft_task *task;
    int err;
};

static async meddling(struct weft_frame *frame)
{
    ASYNC_BEGIN(meddling);
    ASYNC_GENERATOR(&shared, lines);
    self->task = SPAWN(consumer);
    AWAIT(weft_sleep(0.5));
    ASYNC_TRY {
        AWAIT(weft_aclose(&shared.frame));
    }
    ASYNC_CATCH(self->err) {
        trace("%s", weft_error_name(self->err));
    }
    AWAIT(weft_join(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

/* Python: RuntimeError "aclose(): asynchronous generator is already running" */
static void a_generator_that_somebody_is_in_is_not_closed(void)
{
    CHECK_INT(WORLD_RUN(meddling), 0);
    CHECK_TRACE("open, EALREADY, 1, 2, 3, close at 3");
}

static void outside_of_a_task_nothing_is_closed(void)
{
    struct lines slot = {.value = 0};

    ASYNC_GENERATOR(&slot, lines);
    slot.frame.state = WEFT_START_ + 1000; /* suspended */
    CHECK_INT(weft_aclose(&slot.frame).status, WEFT_ENOTASK);
    CHECK(slot.frame.caller == NULL);
}

/* ---- Generators in generators ---- */

struct doubled {
    struct weft_frame frame;
    struct weft_aclosing closing;
    struct lines lines;
    int value;
};

static async doubled(struct weft_frame *frame)
{
    ASYNC_BEGIN(doubled);
    ASYNC_GENERATOR(&self->lines, lines, .cleans = 1);
    ASYNC_WITH(&self->closing,
               weft_aclosing(&self->closing, &self->lines.frame)) {
        ASYNC_FOR(&self->lines) {
            YIELD(self->lines.value * 2);
        }
    }
    ASYNC_FINALLY
    trace("doubled ends");
    ASYNC_END;
}

struct doubling {
    struct weft_frame frame;
    struct doubled doubled;
};

static async doubling(struct weft_frame *frame)
{
    ASYNC_BEGIN(doubling);
    ASYNC_GENERATOR(&self->doubled, doubled);
    ASYNC_FOR(&self->doubled) {
        trace("%d", self->doubled.value);
        break;
    }
    AWAIT(weft_aclose(&self->doubled.frame));
    trace("closed");
    ASYNC_END;
}

static void closing_the_outer_one_closes_the_inner(void)
{
    CHECK_INT(WORLD_RUN(doubling), 0);
    CHECK_TRACE("open, 2, exit EGENERATOREXIT, close at 2, doubled ends, "
                "closed");
}

/* ---- Cancelling ---- */

struct striking {
    struct weft_frame frame;
    struct weft_task *task;
    double at;
};

static async striking(struct weft_frame *frame)
{
    ASYNC_BEGIN(striking);
    self->task = SPAWN(using, .stop = 2, .plan = {.cleans = 2});
    AWAIT(weft_sleep(self->at));
    weft_task_cancel(self->task);
    AWAIT(weft_sleep(9));
    CHECK(weft_task_cancelled(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

/* In the generator's own wait; and while it cleans: open, 1, 2, exit,
 * ECANCELLED */
static void a_cancellation_inside_ends_the_generator(void)
{
    CHECK_INT(WORLD_RUN(striking, .at = 1.5), 0);
    CHECK_TRACE("open, 1, close at 3.5, ECANCELLED");
    CHECK_INT(WORLD_RUN(striking, .at = 3), 0);
    CHECK_TRACE("open, 1, 2, exit EGENERATOREXIT, ECANCELLED");
}

/* ---- Sweeps ---- */

static void start_generators(struct world *world)
{
    (void)world;
    open_files = 0;
    weft_task_release(SPAWN(using, .stop = 2, .plan = {.cleans = 1}));
    weft_task_release(SPAWN(using, .stop = 9));
}

static void verify_closed(struct world *world)
{
    CHECK_INT(open_files, 0);
    CHECK_INT(world->reports, 0);
}

static void whoever_is_cancelled_closes_what_was_opened(void)
{
    CHECK(sweep_cancel(start_generators, verify_closed) > 20);
    CHECK(sweep_memory(start_generators, verify_closed) > 2);
}

#define TESTS(X)                                                  \
    X(closing_raises_where_it_is_suspended_and_waits_for_its_end) \
    X(a_generator_at_its_end_is_left_as_it_is)                    \
    X(an_error_in_the_block_closes_it_as_well)                    \
    X(an_error_of_the_cleaning_is_raised)                         \
    X(one_that_swallows_the_early_end_has_ended_well)             \
    X(one_that_yields_again_is_told)                              \
    X(one_that_has_not_begun_never_does)                          \
    X(a_generator_that_somebody_is_in_is_not_closed)              \
    X(outside_of_a_task_nothing_is_closed)                        \
    X(closing_the_outer_one_closes_the_inner)                     \
    X(a_cancellation_inside_ends_the_generator)                   \
    X(whoever_is_cancelled_closes_what_was_opened)
TEST_MAIN(TESTS)
