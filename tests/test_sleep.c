/* test_sleep.c - what asyncio.sleep promises, one promise per function.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include <math.h>

#include "check.h"
#include "sweep.h"

struct yielder {
    struct weft_frame frame;
    const char *name;
    int turns;
    double delay;
    int i;
};

static async yielder(struct weft_frame *frame)
{
    ASYNC_BEGIN(yielder);
    for (self->i = 0; self->i < self->turns; self->i++) {
        trace("%s %d", self->name, self->i);
        AWAIT(weft_sleep(self->delay));
    }
    trace("%s end", self->name);
    ASYNC_END;
}

struct alternating {
    struct weft_frame frame;
    double delay;
    struct weft_join jobs[2];
};

static async alternating(struct weft_frame *frame)
{
    ASYNC_BEGIN(alternating);
    self->jobs[0].task =
        SPAWN(yielder, .name = "a", .turns = 2, .delay = self->delay);
    self->jobs[1].task =
        SPAWN(yielder, .name = "b", .turns = 1, .delay = self->delay);
    AWAIT(weft_gather(self->jobs, 2, 0));
    weft_join_release(self->jobs, 2);
    CHECK_INT(weft_loop_ticks(weft_loop_running()), 0);
    ASYNC_END;
}

/* Python: a 0, b 0, a 1, b end, a end
 *
 * CPython: test_tasks.SleepTests.test_sleep_zero
 */
static void sleeping_for_zero_or_less_takes_one_turn_and_no_time(void)
{
    CHECK_INT(WORLD_RUN(alternating, .delay = 0), 0);
    CHECK_TRACE("a 0, b 0, a 1, b end, a end");
    CHECK_INT(WORLD_RUN(alternating, .delay = -5), 0);
    CHECK_TRACE("a 0, b 0, a 1, b end, a end");
    CHECK_INT(WORLD_RUN(alternating, .delay = -(double)INFINITY), 0);
    CHECK_TRACE("a 0, b 0, a 1, b end, a end");
}

static struct weft_timer timer;
static struct weft_handle handle;

static void say(void *arg)
{
    trace("%s", (const char *)arg);
}

static void say_later(void *arg)
{
    trace("%s", (const char *)arg);
    weft_call_soon(weft_loop_running(), &handle, say, "soon");
}

struct after_timer {
    struct weft_frame frame;
};

static async after_timer(struct weft_frame *frame)
{
    ASYNC_BEGIN(after_timer);
    weft_call_later(weft_loop_running(), &timer, 1, say_later, "timer");
    AWAIT(weft_sleep(1));
    trace("sleeper");
    ASYNC_END;
}

/* Python: timer, soon, a */
static void a_sleeper_goes_on_in_the_turn_after_its_alarm(void)
{
    CHECK_INT(WORLD_RUN(after_timer), 0);
    CHECK_TRACE("timer, soon, sleeper");
}

struct sleeper {
    struct weft_frame frame;
    const char *name;
    double delay;
    int err;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    ASYNC_TRY {
        AWAIT(weft_sleep(self->delay));
        trace("%s at %g", self->name, weft_loop_time(weft_loop_running()));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s %s", self->name, weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
}

struct in_order {
    struct weft_frame frame;
    struct weft_join jobs[4];
};

static async in_order(struct weft_frame *frame)
{
    static const double delays[] = {2, 1, 2, 0.5};
    static const char *const names[] = {"a", "b", "c", "d"};

    ASYNC_BEGIN(in_order);
    for (int i = 0; i < 4; i++) {
        self->jobs[i].task =
            SPAWN(sleeper, .name = names[i], .delay = delays[i]);
    }
    AWAIT(weft_gather(self->jobs, 4, 0));
    weft_join_release(self->jobs, 4);
    ASYNC_END;
}

/* Equal deadlines are first in, first out: asyncio's heap does not promise
 * that.
 *
 * CPython: test_tasks.BaseTaskTests.test_sleep
 */
static void sleepers_wake_by_deadline_then_by_age(void)
{
    CHECK_INT(WORLD_RUN(in_order), 0);
    CHECK_TRACE("d at 0.5, b at 1, a at 2, c at 2");
}

/* CPython: test_tasks.BaseTaskTests.test_sleep_when_delay_is_nan */
static void a_time_that_is_not_a_number_fails(void)
{
    CHECK_INT(WORLD_RUN(sleeper, .name = "a", .delay = (double)NAN),
              WEFT_EINVAL);
    CHECK_TRACE("a EINVAL");
}

static struct weft_task *victim;

static void cancel_victim(void *arg)
{
    (void)arg;
    trace("cancel %d", weft_task_cancel(victim));
}

struct canceller {
    struct weft_frame frame;
    double delay;
};

static async canceller(struct weft_frame *frame)
{
    ASYNC_BEGIN(canceller);
    AWAIT(weft_sleep(self->delay));
    cancel_victim(NULL);
    ASYNC_END;
}

struct racing {
    struct weft_frame frame;
    bool sleeper_first;
};

static async racing(struct weft_frame *frame)
{
    ASYNC_BEGIN(racing);
    if (self->sleeper_first) {
        victim = SPAWN(sleeper, .name = "a", .delay = 1);
    }
    weft_task_release(SPAWN(canceller, .delay = 1));
    if (!self->sleeper_first) {
        victim = SPAWN(sleeper, .name = "a", .delay = 1);
    }
    AWAIT(weft_sleep(2));
    CHECK(weft_task_done(victim));
    weft_task_release(victim);
    ASYNC_END;
}

/* Python: cancel True, a cancelled; the other way round: a slept, cancel
 * False */
static void a_cancellation_beats_an_alarm_that_has_rung(void)
{
    CHECK_INT(WORLD_RUN(racing), 0);
    CHECK_TRACE("cancel 1, a ECANCELLED");
    CHECK_INT(WORLD_RUN(racing, .sleeper_first = true), 0);
    CHECK_TRACE("a at 1, cancel 0");
}

struct in_batch {
    struct weft_frame frame;
};

static async in_batch(struct weft_frame *frame)
{
    ASYNC_BEGIN(in_batch);
    weft_call_later(weft_loop_running(), &timer, 1, cancel_victim, NULL);
    victim = SPAWN(sleeper, .name = "a", .delay = 1);
    AWAIT(weft_sleep(2));
    weft_task_release(victim);
    ASYNC_END;
}

/* Python: cancel True, a cancelled. The alarm is in the ready list already,
 * behind the callback that cancels. */
static void a_cancellation_takes_back_an_alarm_that_is_due(void)
{
    CHECK_INT(WORLD_RUN(in_batch), 0);
    CHECK_TRACE("cancel 1, a ECANCELLED");
}

struct forever {
    struct weft_frame frame;
};

static async forever(struct weft_frame *frame)
{
    ASYNC_BEGIN(forever);
    victim = SPAWN(sleeper, .name = "a", .delay = (double)INFINITY);
    AWAIT(weft_sleep(1e6));
    CHECK_INT(weft_loop_running()->alarms.count, 1);
    cancel_victim(NULL);
    CHECK_INT(weft_loop_running()->alarms.count, 0); /* at once */
    AWAIT(weft_sleep(0));
    weft_task_release(victim);
    AWAIT(weft_sleep_ticks(WEFT_FOREVER));
    ASYNC_END;
}

/* CPython: test_tasks.BaseTaskTests.test_sleep_cancel */
static void an_endless_sleep_ends_by_cancellation_only(void)
{
    CHECK_INT(WORLD_RUN(forever), WEFT_EDEADLOCK);
    CHECK_TRACE("cancel 1, a ECANCELLED");
}

static void start_sleepers(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(sleeper, .name = "a", .delay = 1));
    weft_task_release(SPAWN(in_order));
    weft_task_release(SPAWN(alternating));
}

static void verify_reports(struct world *world)
{
    CHECK(world->reports == 0 || world->fail_at > 0);
}

static void a_cancelled_sleeper_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_sleepers, verify_reports) > 20);
    CHECK(sweep_memory(start_sleepers, verify_reports) > 5);
}

#define TESTS(X)                                            \
    X(sleeping_for_zero_or_less_takes_one_turn_and_no_time) \
    X(a_sleeper_goes_on_in_the_turn_after_its_alarm)        \
    X(sleepers_wake_by_deadline_then_by_age)                \
    X(a_time_that_is_not_a_number_fails)                    \
    X(a_cancellation_beats_an_alarm_that_has_rung)          \
    X(a_cancellation_takes_back_an_alarm_that_is_due)       \
    X(an_endless_sleep_ends_by_cancellation_only)           \
    X(a_cancelled_sleeper_leaves_nothing)
TEST_MAIN(TESTS)
