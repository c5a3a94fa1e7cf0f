/* test_schedules_tasks.c - what holds in any order: waiting for several tasks.
 *
 * Of children that return, fail, are cancelled, or will not be; by a parent
 * that is cancelled, too.
 */
#include "children.h"

/* ---- Join: the other has ended, and a cancellation is passed on ---- */

static bool root_is_stubborn;

struct follower {
    struct weft_frame frame;
    struct weft_task *task;
    int err;
};

static async follower(struct weft_frame *frame)
{
    ASYNC_BEGIN(follower);
    AWAIT(weft_sleep_ticks(chance(3)));
    ASYNC_TRY {
        AWAIT(weft_join(self->task));
        CHECK_INT(weft_task_error(self->task), 0);
    }
    ASYNC_CATCH_ALL(self->err) {
        CHECK(weft_task_done(self->task));
        CHECK(self->err == weft_task_error(self->task) ||
              weft_task_cancelling(weft_current_task()) > 0);
        CHECK(root_is_stubborn || schedule_strikes() == 0 ||
              schedule_since_strike() <= SHORT);
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
}

static void start_followers(void)
{
    struct weft_task *task = schedule_victim(any_child());

    root_is_stubborn = child_of_task(task)->is_stubborn;
    for (int i = 0; i < 4; i++) {
        struct weft_task *next = schedule_victim(SPAWN(follower, .task = task));

        task = chance(2) == 0 ? next : task;
    }
}

static void verify_nothing(void)
{
    CHECK_INT(schedule.world.loop.task_count, 0);
}

static void who_joins_goes_on_after_the_end(void)
{
    schedules_run(start_followers, NULL, verify_nothing);
}

/* ---- Gather ---- */

struct gatherer {
    struct weft_frame frame;
    struct weft_join jobs[CHILDREN];
    size_t count;
    weft_ticks began;
    int flags;
    int err;
};

static async gatherer(struct weft_frame *frame)
{
    ASYNC_BEGIN(gatherer);
    self->count = children_begin(self->jobs, schedule_victim);
    AWAIT(dawdle());
    self->began = schedule.world.sim.now;
    ASYNC_TRY {
        AWAIT(weft_gather(self->jobs, self->count, self->flags));
        CHECK_INT(schedule_strikes(), 0);
        CHECK_INT(children_done(self->jobs, self->count), self->count);
        CHECK(self->flags != 0 ||
              children_with(self->jobs, self->count, 0) == self->count);
        CHECK(children_prompt(self->jobs, self->count, self->began,
                              children_last_end(self->jobs, self->count)));
    }
    ASYNC_CATCH_ALL(self->err) {
        CHECK(!children_watched(self->jobs, self->count));
        if (schedule_strikes() == 0) {
            CHECK_INT(self->flags, 0);
            CHECK(children_with(self->jobs, self->count, self->err) > 0);
            CHECK(children_prompt(
                self->jobs, self->count, self->began,
                children_first_end(self->jobs, self->count, self->err)));
        } else {
            CHECK(self->flags == 0 ||
                  children_done(self->jobs, self->count) == self->count);
            CHECK(children_stubborn(self->jobs, self->count) ||
                  schedule_since_strike() <= SHORT);
        }
        ASYNC_RAISE(self->err);
    }
    ASYNC_FINALLY
    AWAIT(weft_gather(self->jobs, self->count, WEFT_RETURN_ERRORS));
    CHECK_INT(children_done(self->jobs, self->count), self->count);
    CHECK(!children_watched(self->jobs, self->count));
    ASYNC_END;
}

static void start_gatherer(void)
{
    for (int i = 0; i < 2; i++) {
        schedule_victim(
            SPAWN(gatherer, .flags = chance(2) ? WEFT_RETURN_ERRORS : 0));
    }
}

static void a_gather_goes_on_when_all_have_ended_or_one_failed(void)
{
    schedules_run(start_gatherer, NULL, verify_nothing);
}

/* ---- Wait: enough are done, or time is up; and none is cancelled ---- */

struct chooser {
    struct weft_frame frame;
    struct weft_join jobs[CHILDREN];
    size_t count;
    weft_ticks began;
    enum weft_return_when when;
    weft_ticks timeout;
    weft_ticks until;
    int err;
};

/* When it has to go on: with the child that makes it enough, or in time. */
static weft_ticks time_to_go_on(const struct chooser *chooser)
{
    weft_ticks when = children_last_end(chooser->jobs, chooser->count);
    weft_ticks first =
        chooser->when == WEFT_FIRST_COMPLETED
            ? children_first_end(chooser->jobs, chooser->count, EVERY)
        : chooser->when == WEFT_FIRST_EXCEPTION
            ? children_first_end(chooser->jobs, chooser->count, WEFT_EINVAL)
            : WEFT_FOREVER;

    when = first < when ? first : when;
    when = when > chooser->began ? when : chooser->began;
    return when < chooser->until ? when : chooser->until;
}

static async chooser(struct weft_frame *frame)
{
    ASYNC_BEGIN(chooser);
    self->count = children_begin(self->jobs, schedule_spared);
    AWAIT(dawdle());
    self->when = (enum weft_return_when)chance(3);
    self->timeout = chance(2) == 0 ? WEFT_FOREVER : chance(6);
    self->began = schedule.world.sim.now;
    self->until = weft_ticks_after(self->began, self->timeout);
    ASYNC_TRY {
        AWAIT(weft_wait_ticks(self->jobs, self->count, self->when,
                              self->timeout));
        CHECK_INT(frame->value, children_done(self->jobs, self->count));
        CHECK(schedule_is_time(time_to_go_on(self)));
    }
    ASYNC_CATCH_ALL(self->err) {
        CHECK_INT(self->err, WEFT_ECANCELLED);
    }
    CHECK(!children_watched(self->jobs, self->count));
    CHECK_INT(children_cancelling(self->jobs, self->count), 0);
    ASYNC_END;
}

static void start_chooser(void)
{
    schedule_victim(SPAWN(chooser));
    schedule_victim(SPAWN(chooser));
}

static void a_wait_goes_on_when_enough_are_done(void)
{
    schedules_run(start_chooser, NULL, verify_nothing);
}

/* ---- As completed: each of them once, when it has ended ---- */

struct collector {
    struct weft_frame frame;
    struct weft_join jobs[CHILDREN];
    struct weft_as_completed ends;
    struct weft_aclosing closing;
    struct weft_task *seen[CHILDREN];
    size_t count;
    size_t collected;
    weft_ticks until;
    bool left_early;
    int err;
};

static void collect(struct collector *collector)
{
    struct weft_task *task = collector->ends.value;

    CHECK(weft_task_done(task));
    for (size_t i = 0; i < collector->collected; i++) {
        CHECK(collector->seen[i] != task);
    }
    if (CHECK(collector->collected < collector->count)) {
        collector->seen[collector->collected++] = task;
    }
}

static async collector(struct weft_frame *frame)
{
    ASYNC_BEGIN(collector);
    self->count = children_begin(self->jobs, schedule_spared);
    AWAIT(dawdle());
    ASYNC_GENERATOR(&self->ends, weft_as_completed, .joins = self->jobs,
                    .count = self->count,
                    .timeout = chance(2) == 0 ? WEFT_FOREVER : chance(8));
    self->until = weft_ticks_after(schedule.world.sim.now, self->ends.timeout);
    ASYNC_TRY {
        ASYNC_WITH(&self->closing,
                   weft_aclosing(&self->closing, &self->ends.frame)) {
            ASYNC_FOR(&self->ends) {
                collect(self);
                AWAIT(dawdle());
                if (chance(8) == 0) {
                    self->left_early = true;
                    break;
                }
            }
        }
        CHECK(self->left_early || self->collected == self->count);
    }
    ASYNC_CATCH_ALL(self->err) {
        CHECK(self->err == WEFT_ECANCELLED ||
              (self->err == WEFT_ETIMEOUT &&
               schedule.world.sim.now >= self->until &&
               self->collected < self->count));
    }
    CHECK(!children_watched(self->jobs, self->count));
    CHECK(!weft_timer_is_set(&self->ends.timer));
    CHECK_INT(children_cancelling(self->jobs, self->count), 0);
    ASYNC_END;
}

static void start_collector(void)
{
    schedule_victim(SPAWN(collector));
    schedule_victim(SPAWN(collector));
}

static void as_completed_gives_each_of_them_once(void)
{
    schedules_run(start_collector, NULL, verify_nothing);
}

#define TESTS(X)                                          \
    X(who_joins_goes_on_after_the_end)                    \
    X(a_gather_goes_on_when_all_have_ended_or_one_failed) \
    X(a_wait_goes_on_when_enough_are_done)                \
    X(as_completed_gives_each_of_them_once)
TEST_MAIN(TESTS)
