/* test_schedules_time.c - what holds in any order: sleeps, timers, timeouts.
 *
 * Time drifts while they work, so that deadlines come in the middle of what
 * they race with. Nothing comes early, and nothing very late: a few turns.
 */
#include "children.h"

static struct weft_event never;

/* ---- Sleeps ---- */

struct sleeper {
    struct weft_frame frame;
    int rounds;
    weft_ticks until;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    for (self->rounds = 4; self->rounds > 0; self->rounds--) {
        self->until = schedule.world.sim.now + chance(10);
        AWAIT(weft_sleep_ticks(self->until - schedule.world.sim.now));
        CHECK(schedule_is_time(self->until));
    }
    ASYNC_END;
}

/* Keeps the loop busy: alarms must come all the same. */
struct spinner {
    struct weft_frame frame;
    int i;
};

static async spinner(struct weft_frame *frame)
{
    ASYNC_BEGIN(spinner);
    for (self->i = 0; self->i < 60; self->i++) {
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

static void start_sleepers(void)
{
    schedule_victim(SPAWN(spinner));
    for (int i = 0; i < 4; i++) {
        schedule_victim(SPAWN(sleeper));
    }
}

static void verify_alarms(void)
{
    CHECK_INT(schedule.world.loop.alarms.count, 0);
    CHECK_INT(schedule.world.loop.reserved, 0);
    CHECK(weft_list_is_empty(&never.waiters));
}

static void a_sleep_is_not_too_short(void)
{
    schedules_run(start_sleepers, NULL, verify_alarms);
}

/* ---- Timers: once, in time, and not after they were cancelled ---- */

enum { TIMERS = 4 };

static struct weft_timer timers[TIMERS];
static weft_ticks due[TIMERS];
static bool is_due[TIMERS];
static weft_ticks latest; /* deadline of those that ran */

static void fire(void *arg)
{
    weft_ticks *when = arg;

    CHECK(is_due[when - due]);
    is_due[when - due] = false;
    CHECK(schedule_is_time(*when));
    CHECK(*when >= latest);
    latest = *when;
}

static void cancel_one(void)
{
    int i = chance(TIMERS);

    if (chance(2) == 0) {
        weft_timer_cancel(&timers[i]);
        is_due[i] = false;
    }
}

struct clockmaker {
    struct weft_frame frame;
    int rounds;
};

/* All in one go, so that a later one cannot have an earlier deadline. */
static async clockmaker(struct weft_frame *frame)
{
    ASYNC_BEGIN(clockmaker);
    for (int i = 0; i < TIMERS; i++) {
        due[i] = schedule.world.sim.now + 1 + chance(10);
        is_due[i] = true;
        CHECK_INT(weft_call_at_ticks(&schedule.world.loop, &timers[i], due[i],
                                     fire, &due[i]),
                  0);
    }
    for (self->rounds = 3; self->rounds > 0; self->rounds--) {
        AWAIT(weft_sleep_ticks(chance(5)));
        cancel_one();
    }
    AWAIT(weft_sleep_ticks(12 + 4 * SCHEDULE_DRIFT));
    for (int i = 0; i < TIMERS; i++) {
        CHECK(!is_due[i]);
        CHECK(!weft_timer_is_set(&timers[i]));
    }
    ASYNC_END;
}

static void start_clockmaker(void)
{
    memset(timers, 0, sizeof timers);
    memset(is_due, 0, sizeof is_due);
    latest = 0;
    schedule_spared(SPAWN(clockmaker));
    schedule_victim(SPAWN(sleeper));
}

static void a_timer_runs_once_or_never(void)
{
    schedules_run(start_clockmaker, NULL, verify_alarms);
}

/* ---- Timeouts, one in the other: each tells its own from all others ---- */

struct limited {
    struct weft_frame frame;
    struct weft_timeout outer, inner;
    int err;
};

static void look_at_expiry(const struct weft_timeout *timeout, int error)
{
    CHECK_INT(error, WEFT_ETIMEOUT);
    CHECK_INT(schedule_strikes(), 0); /* or it were that */
    CHECK(weft_timeout_expired(timeout));
    CHECK(schedule.world.sim.now >= timeout->when);
}

static async limited(struct weft_frame *frame)
{
    ASYNC_BEGIN(limited);
    ASYNC_TRY {
        ASYNC_WITH(&self->outer, weft_timeout_ticks(&self->outer, chance(10))) {
            ASYNC_TRY {
                ASYNC_WITH(&self->inner,
                           weft_timeout_ticks(&self->inner, chance(10))) {
                    AWAIT(dawdle());
                    if (chance(4) == 0) {
                        weft_timeout_reschedule_ticks(
                            &self->inner, schedule.world.sim.now + chance(8));
                    }
                    if (chance(3) == 0) {
                        AWAIT(weft_event_wait(&never));
                        CHECK(false);
                    }
                    AWAIT(dawdle());
                }
                CHECK(!weft_timeout_expired(&self->inner) ||
                      schedule.world.sim.now >= self->inner.when);
            }
            ASYNC_CATCH(self->err) {
                look_at_expiry(&self->inner, self->err);
            }
            AWAIT(dawdle());
        }
    }
    ASYNC_CATCH_ALL(self->err) {
        if (self->err == WEFT_ECANCELLED) {
            CHECK(schedule_strikes() > 0);
        } else {
            look_at_expiry(&self->outer, self->err);
        }
    }
    CHECK(!weft_timer_is_set(&self->outer.timer));
    CHECK(!weft_timer_is_set(&self->inner.timer));
    CHECK_INT(weft_task_cancelling(weft_current_task()), schedule_strikes());
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

static void start_limited(void)
{
    schedule_victim(SPAWN(spinner));
    for (int i = 0; i < 3; i++) {
        schedule_victim(SPAWN(limited));
    }
    schedule_spared(SPAWN(limited));
}

static void verify_limited(void)
{
    verify_alarms();
    CHECK(!weft_task_cancelled(schedule.tasks[schedule.count - 1]));
}

static void timeouts_tell_their_cancellations_apart(void)
{
    schedules_run(start_limited, NULL, verify_limited);
}

/* ---- wait_for: a result, or a time-out, when the work has ended ---- */

struct work {
    struct weft_frame frame;
    struct child child;
    int rounds;
    bool is_endless, is_stubborn, fails;
};

static async work(struct weft_frame *frame)
{
    ASYNC_BEGIN(work);
    if (self->is_endless) {
        AWAIT(weft_event_wait(&never));
    }
    AWAIT(CALL(&self->child, child, .rounds = self->rounds,
               .is_stubborn = self->is_stubborn, .fails = self->fails));
    ASYNC_FINALLY
    AWAIT(dawdle());
    ASYNC_END;
}

struct patron {
    struct weft_frame frame;
    struct weft_wait_for limit;
    struct work work;
    int tries;
    unsigned strikes;
    weft_ticks until;
    int err;
};

static void prepare(struct patron *patron)
{
    memset(&patron->work, 0, sizeof patron->work);
    patron->work.is_endless = chance(3) == 0;
    patron->work.is_stubborn = chance(3) == 0;
    patron->work.fails = chance(3) == 0;
    patron->work.rounds = chance(4);
    patron->strikes = schedule_strikes();
    patron->err = 0;
}

/* Time is up, and the work that had begun was cancelled, by nobody else. */
static bool has_timed_out(const struct patron *patron)
{
    const struct weft_frame *work = &patron->work.frame;

    return schedule.world.sim.now >= patron->until &&
           schedule_strikes() == patron->strikes &&
           (work->resume == NULL || work->outcome == WEFT_ECANCELLED);
}

static async patron(struct weft_frame *frame)
{
    ASYNC_BEGIN(patron);
    for (self->tries = 3; self->tries > 0; self->tries--) {
        prepare(self);
        self->until = schedule.world.sim.now + chance(9);
        ASYNC_TRY {
            AWAIT(weft_wait_for_ticks(
                &self->limit,
                CALL(&self->work, work, .is_endless = self->work.is_endless,
                     .is_stubborn = self->work.is_stubborn,
                     .fails = self->work.fails, .rounds = self->work.rounds),
                self->until - schedule.world.sim.now));
            CHECK(!self->work.is_endless && !self->work.fails);
        }
        ASYNC_CATCH_ALL(self->err) {
            CHECK(self->err == WEFT_ETIMEOUT || self->err == WEFT_EINVAL ||
                  schedule_strikes() > 0);
            CHECK(self->err != WEFT_ETIMEOUT || has_timed_out(self));
            CHECK(self->err != WEFT_EINVAL || self->work.fails);
        }
        CHECK(!weft_frame_is_running(&self->work.frame));
        CHECK(!weft_timer_is_set(&self->limit.timeout.timer));
        CHECK_INT(weft_task_cancelling(weft_current_task()),
                  schedule_strikes());
        if (self->err == WEFT_ECANCELLED) {
            ASYNC_RAISE(self->err);
        }
    }
    ASYNC_END;
}

static void start_patrons(void)
{
    schedule_victim(SPAWN(patron));
    schedule_victim(SPAWN(patron));
    schedule_spared(SPAWN(patron));
}

static void verify_patrons(void)
{
    verify_alarms();
    CHECK(!weft_task_cancelled(schedule.tasks[2]));
}

static void wait_for_ends_with_the_work_or_in_time(void)
{
    schedules_run(start_patrons, NULL, verify_patrons);
}

#define TESTS(X)                               \
    X(a_sleep_is_not_too_short)                \
    X(a_timer_runs_once_or_never)              \
    X(timeouts_tell_their_cancellations_apart) \
    X(wait_for_ends_with_the_work_or_in_time)
TEST_MAIN(TESTS)
