/* test_group_stop.c - what TaskGroup.cancel of Python 3.15 promises.
 *
 * "Python:" as in groups.h, with the cancel() and the end of a group that 3.15
 * has.
 */
#include "groups.h"

struct stopping {
    struct weft_frame frame;
    struct plan plans[BLOCK_JOBS]; /* up to the first without a name */
    struct plan body;
    double at;      /* when the group is stopped                   */
    double foreign; /* when its task is cancelled from outside     */
    bool before, after, twice;
    struct weft_group group;
    struct weft_timer stop_timer, strike_timer;
    struct weft_task *task;
    struct job job;
    int err;
};

static void stop(void *arg)
{
    struct stopping *self = arg;

    weft_group_cancel(&self->group);
    trace("stop");
    if (self->twice) {
        weft_group_cancel(&self->group);
    }
}

static void strike(void *arg)
{
    weft_task_cancel(((struct stopping *)arg)->task);
    trace("strike");
}

static async stopping(struct weft_frame *frame)
{
    struct weft_loop *loop = weft_loop_running();

    ASYNC_BEGIN(stopping);
    self->task = weft_current_task();
    self->body.name = "body";
    if (self->before) {
        weft_group_cancel(&self->group);
    }
    if (self->at > 0) {
        weft_call_later(loop, &self->stop_timer, self->at, stop, self);
    }
    if (self->foreign > 0) {
        weft_call_later(loop, &self->strike_timer, self->foreign, strike, self);
    }
    ASYNC_TRY {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            for (int i = 0; i < BLOCK_JOBS && self->plans[i].name; i++) {
                weft_task_release(weft_group_spawn(&self->group, job,
                                                   .plan = self->plans[i]));
            }
            AWAIT(CALL(&self->job, job, .plan = self->body));
        }
        trace("behind");
        AWAIT(weft_sleep(0));
        trace("on");
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("out %s", weft_error_name(self->err));
        trace_group(&self->group);
        if (self->err == WEFT_ECANCELLED) {
            trace("cancelling %u", weft_task_cancelling(self->task));
            ASYNC_RAISE(self->err);
        }
    }
    if (self->after) {
        weft_group_cancel(&self->group);
    }
    trace("cancelling %u at %g", weft_task_cancelling(self->task),
          weft_loop_time(loop));
    AWAIT(weft_sleep(0));
    trace("end");
    ASYNC_FINALLY
    weft_timer_cancel(&self->stop_timer);
    weft_timer_cancel(&self->strike_timer);
    weft_group_clear(&self->group);
    ASYNC_END;
}

#define STOPPING(status, ...) \
    CHECK_INT(WORLD_RUN(stopping, __VA_ARGS__), (status))
#define TWO_JOBS PLANS({.name = "a", .delay = 5}, {.name = "b", .delay = 6})
#define SLOW_JOB PLANS({.name = "a", .delay = 9, .lingers = 3})

/* Python: stop, a ECANCELLED, b ECANCELLED, body ECANCELLED, behind, on,
 * cancelling 0 at 1, end; body ends, stop, a ECANCELLED, b ECANCELLED, behind,
 * on, cancelling 0 at 1, end; stop, body ECANCELLED, behind, ...
 *
 * CPython: test_taskgroups.BaseTestTaskGroup.test_taskgroup_cancel_children
 */
static void a_group_that_is_stopped_ends_without_an_error(void)
{
    STOPPING(0, TWO_JOBS, .body = {.delay = 9}, .at = 1);
    CHECK_TRACE("stop, a ECANCELLED, b ECANCELLED, body ECANCELLED, behind, "
                "on, cancelling 0 at 1, end");
    STOPPING(0, TWO_JOBS, .at = 1);
    CHECK_TRACE("body ends, stop, a ECANCELLED, b ECANCELLED, behind, on, "
                "cancelling 0 at 1, end");
    STOPPING(0, .body = {.delay = 9}, .at = 1);
    CHECK_TRACE("stop, body ECANCELLED, behind, on, cancelling 0 at 1, end");
}

static void stopping_twice_is_stopping_once(void)
{
    STOPPING(0, TWO_JOBS, .at = 1, .twice = true);
    CHECK_TRACE("body ends, stop, a ECANCELLED, b ECANCELLED, behind, on, "
                "cancelling 0 at 1, end");
}

/* Python: body ECANCELLED, behind, on, cancelling 0 at 0, end; body ends,
 * behind, on, cancelling 0 at 0, end */
static void a_group_stopped_before_it_is_entered_stops_then(void)
{
    STOPPING(0, .before = true, .body = {.delay = 9});
    CHECK_TRACE("body ECANCELLED, behind, on, cancelling 0 at 0, end");
    STOPPING(0, .before = true);
    CHECK_TRACE("body ends, behind, on, cancelling 0 at 0, end");
}

/* CPython: test_taskgroups.BaseTestTaskGroup.test_taskgroup_cancel_after_exit */
static void stopping_a_group_that_has_ended_does_nothing(void)
{
    STOPPING(0, .after = true);
    CHECK_TRACE("body ends, behind, on, cancelling 0 at 0, end");
}

/* Python: stop, a EUSER, body ECANCELLED, out EGROUP, EUSER, cancelling 0 at
 * 1, end; stop, body EUSER, out EGROUP, EUSER, cancelling 0 at 1, end */
static void errors_of_a_stopped_group_are_raised(void)
{
    STOPPING(0, PLANS({.name = "a", .delay = 5, .on_cancel = WEFT_EUSER}),
             .body = {.delay = 9}, .at = 1);
    CHECK_TRACE("stop, a EUSER, body ECANCELLED, out EGROUP, EUSER, "
                "cancelling 0 at 1, end");
    STOPPING(0, .body = {.delay = 9, .on_cancel = WEFT_EUSER}, .at = 1);
    CHECK_TRACE("stop, body EUSER, out EGROUP, EUSER, cancelling 0 at 1, "
                "end");
}

/* Python: a EUSER, b lingers, body ECANCELLED, stop, b ECANCELLED, out EGROUP,
 * EUSER, cancelling 0 at 4, end */
static void stopping_a_group_that_fails_changes_nothing(void)
{
    STOPPING(0,
             PLANS({.name = "a", .delay = 1, .code = WEFT_EUSER},
                   {.name = "b", .delay = 9, .lingers = 3}),
             .body = {.delay = 9}, .at = 2);
    CHECK_TRACE("a EUSER, b lingers, body ECANCELLED, stop, b ECANCELLED, "
                "out EGROUP, EUSER, cancelling 0 at 4, end");
}

/* Python: a ECANCELLED, b ECANCELLED, body ECANCELLED, behind, on */
static void a_body_that_swallows_is_behind_the_group(void)
{
    STOPPING(0, TWO_JOBS, .body = {.delay = 9, .swallows = true}, .at = 1);
    CHECK_TRACE("stop, a ECANCELLED, b ECANCELLED, body ECANCELLED, behind, "
                "on, cancelling 0 at 1, end");
}

/* Python, in this order: body ends, strike, a lingers, stop, a ECANCELLED, out
 * ECANCELLED, cancelling 1; body ends, stop, a lingers, strike, a ECANCELLED,
 * out ECANCELLED, cancelling 1; stop, a lingers, body ECANCELLED, strike, a
 * ECANCELLED, out ECANCELLED, cancelling 1; body ends, stop, strike, a
 * ECANCELLED, b ECANCELLED, out ECANCELLED, cancelling 1
 *
 * CPython: test_taskgroups.BaseTestTaskGroup.test_taskgroup_cancel_keeps_outer_cancellation
 */
static void a_cancellation_from_outside_is_not_swallowed(void)
{
    STOPPING(WEFT_ECANCELLED, SLOW_JOB, .at = 2, .foreign = 1);
    CHECK_TRACE("body ends, strike, a lingers, stop, a ECANCELLED, "
                "out ECANCELLED, cancelling 1");
    STOPPING(WEFT_ECANCELLED, SLOW_JOB, .at = 1, .foreign = 2);
    CHECK_TRACE("body ends, stop, a lingers, strike, a ECANCELLED, "
                "out ECANCELLED, cancelling 1");
    STOPPING(WEFT_ECANCELLED, SLOW_JOB, .body = {.delay = 9}, .at = 1,
             .foreign = 2);
    CHECK_TRACE("stop, a lingers, body ECANCELLED, strike, a ECANCELLED, "
                "out ECANCELLED, cancelling 1");
    STOPPING(WEFT_ECANCELLED, TWO_JOBS, .at = 1, .foreign = 1);
    CHECK_TRACE("body ends, stop, strike, a ECANCELLED, b ECANCELLED, "
                "out ECANCELLED, cancelling 1");
    STOPPING(WEFT_ECANCELLED, TWO_JOBS, .body = {.delay = 9}, .at = 1,
             .foreign = 1);
    CHECK_TRACE("stop, strike, a ECANCELLED, b ECANCELLED, body ECANCELLED, "
                "out ECANCELLED, cancelling 1");
}

/* ---- By a task of the group; and once more ---- */

struct killer {
    struct weft_frame frame;
    struct weft_group *group;
};

static async killer(struct weft_frame *frame)
{
    ASYNC_BEGIN(killer);
    AWAIT(weft_sleep(1));
    weft_group_cancel(self->group);
    trace("stop");
    AWAIT(weft_sleep(0));
    trace("never");
    ASYNC_FINALLY
    trace("killer %s", weft_error_name(frame->outcome));
    ASYNC_END;
}

struct rounds {
    struct weft_frame frame;
    struct weft_group group;
    bool second; /* round, in which nobody stops it */
};

static async rounds(struct weft_frame *frame)
{
    ASYNC_BEGIN(rounds);
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        weft_task_release(
            weft_group_spawn(&self->group, killer, .group = &self->group));
        weft_task_release(weft_group_spawn(&self->group, job,
                                           .plan = {.name = "a", .delay = 2}));
    }
    weft_group_cancel(&self->group);
    trace("again");
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        weft_task_release(weft_group_spawn(&self->group, job,
                                           .plan = {.name = "b", .delay = 2}));
    }
    trace("behind");
    ASYNC_END;
}

static void a_group_stopped_once_can_be_used_again(void)
{
    CHECK_INT(WORLD_RUN(rounds), 0);
    CHECK_TRACE("stop, a ECANCELLED, killer ECANCELLED, again, b ends, "
                "behind");
}

static void start_stopping(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(stopping, SLOW_JOB, .body = {.delay = 9}, .at = 1));
    weft_task_release(SPAWN(stopping, TWO_JOBS, .at = 1));
    weft_task_release(SPAWN(rounds));
}

static void verify_reports(struct world *world)
{
    CHECK_INT(world->reports, 0);
}

/* A group that cannot have its task fails, and nobody awaits `rounds`. */
static void verify_lack(struct world *world)
{
    CHECK(world->reports <= 1);
}

static void a_cancelled_group_that_is_stopped_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_stopping, verify_reports) > 40);
    CHECK(sweep_memory(start_stopping, verify_lack) > 5);
}

#define TESTS(X)                                       \
    X(a_group_that_is_stopped_ends_without_an_error)   \
    X(stopping_twice_is_stopping_once)                 \
    X(a_group_stopped_before_it_is_entered_stops_then) \
    X(stopping_a_group_that_has_ended_does_nothing)    \
    X(errors_of_a_stopped_group_are_raised)            \
    X(stopping_a_group_that_fails_changes_nothing)     \
    X(a_body_that_swallows_is_behind_the_group)        \
    X(a_cancellation_from_outside_is_not_swallowed)    \
    X(a_group_stopped_once_can_be_used_again)          \
    X(a_cancelled_group_that_is_stopped_leaves_nothing)
TEST_MAIN(TESTS)
