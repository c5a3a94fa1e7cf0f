/* test_group_stop_within.c - what TaskGroup.cancel of Python 3.15 promises when
 * the body or a task of the group calls it.
 */
#include "groups.h"

/* ---- The body ---- */

struct stopping_body {
    struct weft_frame frame;
    bool before;  /* it is entered              */
    int times;    /* in the body                */
    bool adds;    /* a task after that          */
    int code;     /* raised after that          */
    bool finally; /* or stop while it is raised */
    struct weft_group group;
    int err;
};

static async stopping_body(struct weft_frame *frame)
{
    ASYNC_BEGIN(stopping_body);
    if (self->before) {
        weft_group_cancel(&self->group);
    }
    ASYNC_TRY {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            for (; self->times > 0; self->times--) {
                weft_group_cancel(&self->group);
            }
            if (self->adds) {
                CHECK(weft_group_spawn(&self->group, job,
                                       .plan = {.name = "a"}) == NULL);
            }
            ASYNC_TRY {
                if (self->code < 0) {
                    ASYNC_RAISE(self->code);
                }
            }
            ASYNC_CATCH(self->err) {
                if (self->finally) {
                    weft_group_cancel(&self->group);
                }
                ASYNC_RAISE(self->err);
            }
            trace("before");
            AWAIT(weft_sleep(0));
            trace("after");
        }
        trace("behind");
    }
    ASYNC_CATCH(self->err) {
        trace("out %s", weft_error_name(self->err));
        trace_group(&self->group);
    }
    AWAIT(weft_sleep(0));
    trace("cancelling %u", weft_task_cancelling(weft_current_task()));
    ASYNC_END;
}

/* CPython: test_taskgroups.BaseTestTaskGroup.test_taskgroup_cancel_body
 * CPython: test_taskgroups.BaseTestTaskGroup.test_taskgroup_cancel_idempotent
 * CPython: test_taskgroups.BaseTestTaskGroup.test_taskgroup_cancel_before_enter
 */
static void a_body_that_stops_its_group_goes_on_to_its_next_await(void)
{
    CHECK_INT(WORLD_RUN(stopping_body, .times = 1), 0);
    CHECK_TRACE("before, behind, cancelling 0");
    CHECK_INT(WORLD_RUN(stopping_body, .times = 2), 0);
    CHECK_TRACE("before, behind, cancelling 0");
    CHECK_INT(WORLD_RUN(stopping_body, .before = true), 0);
    CHECK_TRACE("before, behind, cancelling 0");
}

/* CPython: test_taskgroups.BaseTestTaskGroup.test_taskgroup_cancel_before_create_task
 */
static void a_group_that_was_stopped_takes_no_tasks(void)
{
    CHECK_INT(WORLD_RUN(stopping_body, .times = 1, .adds = true), 0);
    CHECK_TRACE("before, behind, cancelling 0");
}

/* CPython: test_taskgroups.BaseTestTaskGroup.test_taskgroup_body_cancel_before_exception
 * CPython: test_taskgroups.BaseTestTaskGroup.test_taskgroup_body_cancel_after_exception
 */
static void an_error_of_the_body_is_raised_nevertheless(void)
{
    CHECK_INT(WORLD_RUN(stopping_body, .times = 1, .code = WEFT_EUSER), 0);
    CHECK_TRACE("out EGROUP, EUSER, cancelling 0");
    CHECK_INT(WORLD_RUN(stopping_body, .code = WEFT_EUSER, .finally = true), 0);
    CHECK_TRACE("out EGROUP, EUSER, cancelling 0");
}

/* ---- A task ---- */

struct stopper {
    struct weft_frame frame;
    struct weft_group *group;
    bool stops_first; /* and then raises; or while it raises */
    int code;
};

static async stopper(struct weft_frame *frame)
{
    ASYNC_BEGIN(stopper);
    if (self->stops_first) {
        weft_group_cancel(self->group);
    }
    if (self->code < 0) {
        ASYNC_RAISE(self->code);
    }
    AWAIT(weft_sleep(10));
    trace("never");
    ASYNC_FINALLY
    if (!self->stops_first) {
        weft_group_cancel(self->group);
    }
    trace("stopper %s", weft_error_name(frame->outcome));
    ASYNC_END;
}

struct stopped {
    struct weft_frame frame;
    struct weft_group group;
    bool stops_first;
    int code;
    bool is_eager;
    bool rests; /* in the body, for a second */
    struct weft_task *task;
    struct weft_child child;
    int err;
};

static async stopped(struct weft_frame *frame)
{
    ASYNC_BEGIN(stopped);
    ASYNC_TRY {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            if (self->is_eager) {
                self->task =
                    ASYNC_SPAWN_EAGER(stopper, .group = &self->group,
                                      .stops_first = true, .code = self->code);
                CHECK_INT(
                    weft_group_add(&self->group, &self->child, self->task), 0);
            } else {
                self->task = weft_group_spawn(
                    &self->group, stopper, .group = &self->group,
                    .stops_first = self->stops_first, .code = self->code);
            }
            if (self->rests) {
                AWAIT(weft_sleep(1));
                trace("rested");
            }
        }
        trace("behind");
    }
    ASYNC_CATCH(self->err) {
        trace("out %s", weft_error_name(self->err));
        trace_group(&self->group);
        weft_group_clear(&self->group);
    }
    AWAIT(weft_sleep(0));
    trace("cancelled %d at %g", weft_task_cancelled(self->task),
          weft_loop_time(weft_loop_running()));
    ASYNC_FINALLY
    weft_task_release(self->task);
    ASYNC_END;
}

/* An eager task does so before it is in the group.
 *
 * CPython: test_taskgroups.BaseTestTaskGroup.test_taskgroup_cancel_from_child_before_first_suspension
 */
static void a_task_may_stop_its_group_before_it_first_waits(void)
{
    CHECK_INT(WORLD_RUN(stopped, .stops_first = true), 0);
    CHECK_TRACE("stopper ECANCELLED, behind, cancelled 1 at 0");
    CHECK_INT(WORLD_RUN(stopped, .is_eager = true), 0);
    CHECK_TRACE("stopper ECANCELLED, behind, cancelled 1 at 0");
}

/* CPython: test_taskgroups.BaseTestTaskGroup.test_taskgroup_cancel_before_exception
 * CPython: test_taskgroups.BaseTestTaskGroup.test_taskgroup_cancel_after_exception
 */
static void an_error_of_a_task_that_stops_its_group_is_raised(void)
{
    CHECK_INT(WORLD_RUN(stopped, .stops_first = true, .rests = true,
                        .code = WEFT_EUSER),
              0);
    CHECK_TRACE("stopper EUSER, out EGROUP, EUSER, cancelled 0 at 0");
    CHECK_INT(WORLD_RUN(stopped, .rests = true, .code = WEFT_EUSER), 0);
    CHECK_TRACE("stopper EUSER, out EGROUP, EUSER, cancelled 0 at 0");
    CHECK_INT(
        WORLD_RUN(stopped, .is_eager = true, .rests = true, .code = WEFT_EUSER),
        0);
    CHECK_TRACE("stopper EUSER, out EGROUP, EUSER, cancelled 0 at 0");
}

/* ---- A race ---- */

static struct weft_event starting_gun;

struct runner {
    struct weft_frame frame;
    struct weft_group *group;
    int number;
    int *winner;
};

static async runner(struct weft_frame *frame)
{
    ASYNC_BEGIN(runner);
    trace("%d started", self->number);
    if (self->number < 3) {
        AWAIT(weft_event_wait(&starting_gun));
    } else {
        weft_event_set(&starting_gun);
        AWAIT(weft_sleep(10));
    }
    trace("%d finished", self->number);
    *self->winner = self->number;
    weft_group_cancel(self->group);
    ASYNC_END;
}

struct heat {
    struct weft_frame frame;
    struct weft_group group;
    int winner;
};

static async heat(struct weft_frame *frame)
{
    ASYNC_BEGIN(heat);
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        for (int i = 1; i <= 3; i++) {
            weft_task_release(
                weft_group_spawn(&self->group, runner, .group = &self->group,
                                 .number = i, .winner = &self->winner));
        }
    }
    trace("winner %d at %g", self->winner, weft_loop_time(weft_loop_running()));
    ASYNC_END;
}

/* The second one was woken, too, and is cancelled before it runs.
 *
 * CPython: test_taskgroups.BaseTestTaskGroup.test_taskgroup_cancel_one_winner
 */
static void a_race_has_one_winner(void)
{
    starting_gun = (struct weft_event){0};
    CHECK_INT(WORLD_RUN(heat), 0);
    CHECK_TRACE("1 started, 2 started, 3 started, 1 finished, winner 1 at 0");
}

/* ---- Sweeps ---- */

static void start_stopping(struct world *world)
{
    (void)world;
    starting_gun = (struct weft_event){0};
    weft_task_release(SPAWN(stopping_body, .times = 1, .adds = true));
    weft_task_release(SPAWN(stopped, .rests = true, .code = WEFT_EUSER));
    weft_task_release(SPAWN(stopped, .is_eager = true));
    weft_task_release(SPAWN(heat));
}

static void verify_reports(struct world *world)
{
    CHECK_INT(world->reports, 0);
}

static void a_cancelled_group_that_is_stopped_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_stopping, verify_reports) > 40);
}

#define TESTS(X)                                             \
    X(a_body_that_stops_its_group_goes_on_to_its_next_await) \
    X(a_group_that_was_stopped_takes_no_tasks)               \
    X(an_error_of_the_body_is_raised_nevertheless)           \
    X(a_task_may_stop_its_group_before_it_first_waits)       \
    X(an_error_of_a_task_that_stops_its_group_is_raised)     \
    X(a_race_has_one_winner)                                 \
    X(a_cancelled_group_that_is_stopped_leaves_nothing)
TEST_MAIN(TESTS)
