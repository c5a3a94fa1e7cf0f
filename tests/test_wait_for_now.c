/* test_wait_for_now.c - what asyncio.wait_for promises for tasks and futures
 * when there is no time left.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock. The
 * ticker counts the turns beside the wait.
 */
#include <math.h>

#include "check.h"
#include "sweep.h"

struct plan {
    double delay;
    double lingers; /* over a cancellation   */
    int code;       /* raised after the delay */
    int on_cancel;  /* raised in its place   */
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
        AWAIT(weft_sleep(self->plan.delay));
        if (self->plan.code < 0) {
            ASYNC_RAISE(self->plan.code);
        }
        trace("a ends");
    }
    ASYNC_CATCH_ALL(self->err) {
        if (self->err == WEFT_ECANCELLED && self->plan.lingers > 0) {
            trace("a lingers");
            AWAIT(weft_sleep(self->plan.lingers));
        }
        if (self->plan.on_cancel < 0) {
            self->err = self->plan.on_cancel;
        }
        trace("a %s", weft_error_name(self->err));
        if (!self->plan.swallows) {
            ASYNC_RAISE(self->err);
        }
    }
    ASYNC_END;
}

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

struct striker {
    struct weft_frame frame;
    struct weft_task *victim;
    int turns;
};

static async striker(struct weft_frame *frame)
{
    ASYNC_BEGIN(striker);
    for (; self->turns > 0; self->turns--) {
        AWAIT(weft_sleep(0));
    }
    trace("strike");
    weft_task_cancel(self->victim);
    ASYNC_END;
}

/* What is beside the wait: a ticker, and somebody who cancels it in the turn
 * `strike`, counted from 1. */
static void spawn_company(int ticks, int strike)
{
    if (ticks > 0) {
        weft_task_release(SPAWN(ticker, .turns = ticks));
    }
    if (strike > 0) {
        weft_task_release(
            SPAWN(striker, .victim = weft_current_task(), .turns = strike - 1));
    }
}

/* ---- Tasks ---- */

struct waiting {
    struct weft_frame frame;
    struct plan plan;
    double seconds; /* of the limit                 */
    double before;  /* the wait; 0 is one turn      */
    bool at_once;   /* before the job's first step  */
    int ticks, strike;
    struct weft_wait_for limit;
    struct weft_task *task;
    int err;
};

static async waiting(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiting);
    self->task = SPAWN(job, .plan = self->plan);
    if (self->task == NULL) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    if (!self->at_once) {
        AWAIT(weft_sleep(self->before));
    }
    spawn_company(self->ticks, self->strike);
    ASYNC_TRY {
        AWAIT(weft_wait_for_task(&self->limit, self->task, self->seconds));
        trace("got");
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("wait %s", weft_error_name(self->err));
    }
    trace("at %g, %u %d", weft_loop_time(weft_loop_running()),
          weft_task_cancelling(weft_current_task()),
          weft_task_cancelled(self->task));
    AWAIT(weft_sleep(5));
    ASYNC_FINALLY
    weft_task_release(self->task);
    ASYNC_END;
}

/* Python: turn 1, a ECANCELLED, turn 2, turn 3, wait ETIMEOUT, 0, cancelled;
 * turn 1, turn 2, wait ETIMEOUT before the task's first step
 *
 * CPython: test_waitfor.AsyncioWaitForTest.test_wait_for_timeout_less_then_0_or_0
 */
static void a_task_is_cancelled_and_awaited(void)
{
    CHECK_INT(WORLD_RUN(waiting, .ticks = 4, .plan = {.delay = 9}), 0);
    CHECK_TRACE("turn 1, a ECANCELLED, turn 2, turn 3, wait ETIMEOUT, "
                "at 0, 0 1, turn 4");
    CHECK_INT(
        WORLD_RUN(waiting, .ticks = 4, .seconds = -1, .plan = {.delay = 9}), 0);
    CHECK_TRACE("turn 1, a ECANCELLED, turn 2, turn 3, wait ETIMEOUT, "
                "at 0, 0 1, turn 4");
    CHECK_INT(
        WORLD_RUN(waiting, .ticks = 3, .at_once = true, .plan = {.delay = 9}),
        0);
    CHECK_TRACE("turn 1, turn 2, wait ETIMEOUT, at 0, 0 1, turn 3");
}

/* Python: a lingers, a ECANCELLED, wait ETIMEOUT at 2, 0, cancelled
 *
 * CPython: test_waitfor.AsyncioWaitForTest.test_wait_for_waits_for_task_cancellation_w_timeout_0
 */
static void it_waits_for_a_task_that_takes_its_time(void)
{
    CHECK_INT(WORLD_RUN(waiting, .plan = {.delay = 9, .lingers = 2}), 0);
    CHECK_TRACE("a lingers, a ECANCELLED, wait ETIMEOUT, at 2, 0 1");
}

/* Python: turn 1, a EUSER, turn 2, turn 3, wait EUSER, 0, not cancelled; turn
 * 1, a ECANCELLED, turn 2, turn 3, got, 0, not cancelled */
static void what_the_task_makes_of_it_counts(void)
{
    CHECK_INT(WORLD_RUN(waiting, .ticks = 3,
                        .plan = {.delay = 9, .on_cancel = WEFT_EUSER}),
              0);
    CHECK_TRACE("turn 1, a EUSER, turn 2, turn 3, wait EUSER, at 0, 0 0");
    CHECK_INT(
        WORLD_RUN(waiting, .ticks = 3, .plan = {.delay = 9, .swallows = true}),
        0);
    CHECK_TRACE("turn 1, a ECANCELLED, turn 2, turn 3, got, at 0, 0 0");
}

/* Python: a ends, got, 0, False, turn 1; a EUSER, wait EUSER, 0, False, turn 1
 */
static void a_task_that_is_done_gives_its_outcome(void)
{
    CHECK_INT(WORLD_RUN(waiting, .ticks = 1, .before = 2, .plan = {.delay = 1}),
              0);
    CHECK_TRACE("a ends, got, at 2, 0 0, turn 1");
    CHECK_INT(WORLD_RUN(waiting, .ticks = 1, .before = 2,
                        .plan = {.delay = 1, .code = WEFT_EUSER}),
              0);
    CHECK_TRACE("a EUSER, wait EUSER, at 2, 0 0, turn 1");
}

/* Python: the same, but for the strike in turn 4, which comes too late */
static void a_cancellation_ends_the_wait(void)
{
    CHECK_INT(WORLD_RUN(waiting, .ticks = 3, .strike = 1, .plan = {.delay = 9}),
              0);
    CHECK_TRACE("turn 1, strike, a ECANCELLED, turn 2, wait ECANCELLED, "
                "at 0, 1 1, turn 3");
    CHECK_INT(WORLD_RUN(waiting, .ticks = 3, .strike = 2, .plan = {.delay = 9}),
              0);
    CHECK_TRACE("turn 1, a ECANCELLED, turn 2, strike, turn 3, "
                "wait ECANCELLED, at 0, 1 1");
    CHECK_INT(WORLD_RUN(waiting, .ticks = 3, .strike = 3, .plan = {.delay = 9}),
              0);
    CHECK_TRACE("turn 1, a ECANCELLED, turn 2, turn 3, strike, "
                "wait ECANCELLED, at 0, 1 1");
}

/* Its task goes on, and is not cancelled once more. Nobody looks at its error.
 *
 * Python: turn 1, a lingers, turn 2, turn 3, turn 4, strike, turn 5, wait
 * ECANCELLED, 1, a ECANCELLED; ..., a EUSER, report EUSER
 */
static void a_cancelled_wait_leaves_its_task_to_itself(void)
{
    CHECK_INT(WORLD_RUN(waiting, .ticks = 5, .strike = 4,
                        .plan = {.delay = 9, .lingers = 2}),
              0);
    CHECK_TRACE("turn 1, a lingers, turn 2, turn 3, turn 4, strike, turn 5, "
                "wait ECANCELLED, at 0, 1 0, a ECANCELLED");
    CHECK_INT(
        WORLD_RUN(waiting, .ticks = 5, .strike = 4,
                  .plan = {.delay = 9, .lingers = 2, .on_cancel = WEFT_EUSER}),
        0);
    CHECK_TRACE("turn 1, a lingers, turn 2, turn 3, turn 4, strike, turn 5, "
                "wait ECANCELLED, at 0, 1 0, a EUSER, report EUSER");
}

static void with_time_left_it_is_a_wait_for_the_task(void)
{
    CHECK_INT(WORLD_RUN(waiting, .seconds = 2, .plan = {.delay = 1}), 0);
    CHECK_TRACE("a ends, got, at 1, 0 0");
    CHECK_INT(WORLD_RUN(waiting, .seconds = 1, .plan = {.delay = 9}), 0);
    CHECK_TRACE("a ECANCELLED, wait ETIMEOUT, at 1, 0 1");
}

/* ---- Futures ---- */

static struct weft_future answer;

struct asking {
    struct weft_frame frame;
    double seconds;
    int ticks, strike;
    struct weft_wait_for limit;
    void *value;
    int err;
};

static async asking(struct weft_frame *frame)
{
    ASYNC_BEGIN(asking);
    spawn_company(self->ticks, self->strike);
    ASYNC_TRY {
        AWAIT(weft_wait_for_future(&self->limit, &answer, self->seconds));
        CHECK_INT(weft_future_result(&answer, &self->value), 0);
        trace("got %s", (const char *)self->value);
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("wait %s", weft_error_name(self->err));
    }
    trace("%u %d", weft_task_cancelling(weft_current_task()),
          weft_future_cancelled(&answer));
    AWAIT(weft_sleep(5));
    ASYNC_END;
}

/* Python: got done, 0 False, turn 1; wait EUSER, 0 False, turn 1; wait
 * ECANCELLED, 0 True, turn 1
 *
 * CPython: test_waitfor.AsyncioWaitForTest.test_wait_for_timeout_less_then_0_or_0_future_done
 */
static void a_future_that_is_done_gives_its_outcome(void)
{
    answer = (struct weft_future){0};
    CHECK_INT(weft_future_set_result(&answer, (void *)"done"), 0);
    CHECK_INT(WORLD_RUN(asking, .ticks = 1), 0);
    CHECK_TRACE("got done, 0 0, turn 1");
    answer = (struct weft_future){0};
    CHECK_INT(weft_future_set_error(&answer, WEFT_EUSER), 0);
    CHECK_INT(WORLD_RUN(asking, .ticks = 1), 0);
    CHECK_TRACE("wait EUSER, 0 0, turn 1");
    answer = (struct weft_future){0};
    CHECK(weft_future_cancel(&answer));
    CHECK_INT(WORLD_RUN(asking, .ticks = 1), 0);
    CHECK_TRACE("wait ECANCELLED, 0 1, turn 1");
}

/* Python: turn 1, turn 2, wait ETIMEOUT, 0 True, turn 3 */
static void a_future_is_cancelled(void)
{
    answer = (struct weft_future){0};
    CHECK_INT(WORLD_RUN(asking, .ticks = 3), 0);
    CHECK_TRACE("turn 1, turn 2, wait ETIMEOUT, 0 1, turn 3");
}

/* Python: turn 1, strike, turn 2, wait ECANCELLED; turn 1, turn 2, strike,
 * wait ECANCELLED, both 1 True */
static void a_cancellation_ends_the_wait_for_a_future(void)
{
    answer = (struct weft_future){0};
    CHECK_INT(WORLD_RUN(asking, .ticks = 2, .strike = 1), 0);
    CHECK_TRACE("turn 1, strike, turn 2, wait ECANCELLED, 1 1");
    answer = (struct weft_future){0};
    CHECK_INT(WORLD_RUN(asking, .ticks = 2, .strike = 2), 0);
    CHECK_TRACE("turn 1, turn 2, strike, wait ECANCELLED, 1 1");
}

static void with_time_left_it_is_a_wait_for_the_future(void)
{
    answer = (struct weft_future){0};
    CHECK_INT(WORLD_RUN(asking, .seconds = 1), 0);
    CHECK_TRACE("wait ETIMEOUT, 0 1");
}

/* ---- Bad input, and sweeps ---- */

struct clumsy {
    struct weft_frame frame;
    struct weft_wait_for limit;
    double seconds;
    bool waits_for_itself;
};

static async clumsy(struct weft_frame *frame)
{
    ASYNC_BEGIN(clumsy);
    AWAIT(weft_wait_for_task(
        &self->limit, self->waits_for_itself ? weft_current_task() : NULL,
        self->seconds));
    ASYNC_END;
}

static void bad_input_is_an_error(void)
{
    struct weft_wait_for limit = {0};

    CHECK_INT(WORLD_RUN(clumsy, .seconds = (double)NAN), WEFT_EINVAL);
    for (int seconds = 0; seconds <= 1; seconds++) {
        CHECK_INT(WORLD_RUN(clumsy, .seconds = seconds), WEFT_ENOMEM);
        CHECK_INT(
            WORLD_RUN(clumsy, .seconds = seconds, .waits_for_itself = true),
            WEFT_EDEADLOCK);
    }
    CHECK_INT(weft_wait_for_future_ticks(&limit, &answer, 0).status,
              WEFT_ENOTASK);
    CHECK_INT(weft_wait_for_task_ticks(&limit, NULL, 0).status, WEFT_ENOTASK);
}

static void start_waits(struct world *world)
{
    (void)world;
    answer = (struct weft_future){0};
    weft_task_release(SPAWN(waiting, .plan = {.delay = 9}));
    weft_task_release(SPAWN(waiting, .plan = {.delay = 9, .lingers = 2}));
    weft_task_release(SPAWN(waiting, .seconds = 1, .plan = {.delay = 2}));
    weft_task_release(SPAWN(asking));
}

static void verify_waits(struct world *world)
{
    CHECK(weft_list_is_empty(&answer.callbacks));
    CHECK(weft_list_is_empty(&world->loop.kept)); /* no reference is left */
    CHECK(world->reports == 0 || world->fail_at > 0);
}

static void a_cancelled_wait_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_waits, verify_waits) > 40);
    CHECK(sweep_memory(start_waits, verify_waits) > 5);
}

#define TESTS(X)                                  \
    X(a_task_is_cancelled_and_awaited)            \
    X(it_waits_for_a_task_that_takes_its_time)    \
    X(what_the_task_makes_of_it_counts)           \
    X(a_task_that_is_done_gives_its_outcome)      \
    X(a_cancellation_ends_the_wait)               \
    X(a_cancelled_wait_leaves_its_task_to_itself) \
    X(with_time_left_it_is_a_wait_for_the_task)   \
    X(a_future_that_is_done_gives_its_outcome)    \
    X(a_future_is_cancelled)                      \
    X(a_cancellation_ends_the_wait_for_a_future)  \
    X(with_time_left_it_is_a_wait_for_the_future) \
    X(bad_input_is_an_error)                      \
    X(a_cancelled_wait_leaves_nothing)
TEST_MAIN(TESTS)
