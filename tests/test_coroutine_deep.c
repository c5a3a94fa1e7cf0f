/* test_coroutine_deep.c - chains of a thousand calls, and what a frame shows. */
#include "coroutines.h"

/* ---- Deep chains ---- */

enum { DEPTH = 1000 };

struct knot {
    struct weft_frame frame;
    int depth;
    int fails;
    int result;
};

static struct knot knots[DEPTH + 1];
static int unwound;
static char *stack_at[2];

static async knot(struct weft_frame *frame)
{
    char here = 0;

    ASYNC_BEGIN(knot);
    stack_at[self->depth == DEPTH] = &here;
    if (self->depth < DEPTH) {
        AWAIT(CALL(self + 1, knot, .depth = self->depth + 1,
                   .fails = self->fails));
        CHECK_INT(self[1].result, DEPTH - self->depth - 1);
    } else {
        trace("bottom");
        AWAIT(weft_sleep(1));
        if (self->fails) {
            ASYNC_RAISE(WEFT_EUSER);
        }
    }
    ASYNC_RETURN(DEPTH - self->depth);
    ASYNC_FINALLY
    CHECK_INT(unwound++, DEPTH - self->depth);
    ASYNC_END;
}

struct deep {
    struct weft_frame frame;
    int fails;
    bool cancels;
    struct weft_task *task;
};

static async deep(struct weft_frame *frame)
{
    ASYNC_BEGIN(deep);
    self->task = SPAWN(ticker, .turns = 3);
    weft_task_release(self->task);
    if (self->cancels) {
        weft_task_cancel(weft_current_task());
    }
    AWAIT(CALL(knots, knot, .fails = self->fails));
    trace("%d", knots[0].result);
    ASYNC_END;
}

static void a_chain_of_a_thousand_runs_in_one_step_and_one_c_frame(void)
{
    unwound = 0;
    CHECK_INT(WORLD_RUN(deep), 0);
    CHECK_TRACE("bottom, turn 1, turn 2, turn 3, 1000");
    CHECK_INT(unwound, DEPTH + 1);
    CHECK(stack_at[0] == stack_at[1]);
}

static void an_error_climbs_a_thousand_frames_in_one_step(void)
{
    unwound = 0;
    CHECK_INT(WORLD_RUN(deep, .fails = 1), WEFT_EUSER);
    CHECK_TRACE("bottom, turn 1, turn 2, turn 3");
    CHECK_INT(unwound, DEPTH + 1);
}

static void a_cancellation_starts_at_the_innermost_frame(void)
{
    unwound = 0;
    CHECK_INT(WORLD_RUN(deep, .cancels = true), WEFT_ECANCELLED);
    /* turn 2 is the one in which the end of the main task stops the run */
    CHECK_TRACE("bottom, turn 1, turn 2");
    CHECK_INT(unwound, DEPTH + 1);
}

/* ---- What a frame shows ---- */

static int parked_line;

struct shown {
    struct weft_frame frame;
};

static async shown(struct weft_frame *frame)
{
    ASYNC_BEGIN(shown);
    AWAIT(weft_sleep(1));
    parked_line = __LINE__ - 1;
    ASYNC_END;
}

struct looking {
    struct weft_frame frame;
    struct weft_task task;
    struct shown shown;
    int line;
};

static async looking(struct weft_frame *frame)
{
    ASYNC_BEGIN(looking);
    CHECK_INT(weft_frame_line(&self->shown.frame), 0);
    CHECK_INT(START(&self->task, &self->shown, shown), 0);
    CHECK_INT(weft_frame_line(&self->shown.frame), 0);
    AWAIT(weft_sleep(0));
    self->line = weft_frame_line(&self->shown.frame);
    CHECK_STR(weft_frame_site(&self->shown.frame).name, "shown");
    CHECK(strstr(weft_frame_site(&self->shown.frame).file, "test_coroutine"));
    CHECK_INT(weft_frame_line(&self->shown.frame), self->line);
    AWAIT(weft_join(&self->task));
    CHECK_INT(self->line, parked_line);
    CHECK_INT(weft_frame_line(&self->shown.frame), 0);
    weft_task_release(&self->task);
    ASYNC_END;
}

static void a_parked_frame_knows_its_line_and_function(void)
{
    CHECK_INT(WORLD_RUN(looking), 0);
    CHECK(parked_line > 0);
}

#define TESTS(X)                                              \
    X(a_chain_of_a_thousand_runs_in_one_step_and_one_c_frame) \
    X(an_error_climbs_a_thousand_frames_in_one_step)          \
    X(a_cancellation_starts_at_the_innermost_frame)           \
    X(a_parked_frame_knows_its_line_and_function)
TEST_MAIN(TESTS)
