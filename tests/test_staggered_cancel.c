/* test_staggered_cancel.c - a staggered_race that is cancelled, or that cannot
 * go on.
 */
#include <math.h>

#include "races.h"

#define RACE(...) CHECK_INT(WORLD_RUN(race, __VA_ARGS__), 0)

/* Python: 0 begins, 1 begins, strike, 0 ECANCELLED, 1 ECANCELLED, out
 * ECANCELLED at 3; 0 begins, strike, 0 ECANCELLED, out ECANCELLED at 3 */
static void a_cancelled_race_cancels_every_attempt(void)
{
    RACE(AFTER(1), .strikes = {3}, PLANS(TRY(.delay = 9), TRY(.delay = 9)));
    CHECK_TRACE("0 begins, 1 begins, strike, 0 ECANCELLED, 1 ECANCELLED, "
                "out ECANCELLED at 3");
    RACE(AFTER(5), .strikes = {3}, PLANS(TRY(.delay = 9), TRY(.delay = 9)));
    CHECK_TRACE("0 begins, strike, 0 ECANCELLED, out ECANCELLED at 3");
}

/* Python: 0 begins, 1 begins, strike, 0 lingers, 1 ECANCELLED, strike, out
 * ECANCELLED at 4 */
static void a_second_cancellation_is_passed_on_as_well(void)
{
    RACE(AFTER(1), .strikes = {3, 4},
         PLANS(TRY(.delay = 9, .lingers = 3), TRY(.delay = 9)));
    CHECK_TRACE("0 begins, 1 begins, strike, 0 lingers, 1 ECANCELLED, strike, "
                "out ECANCELLED at 4");
}

/* Python: 0 begins, 1 begins, strike, 0 ECANCELLED, 1 ECANCELLED, out
 * ECANCELLED at 3 */
static void an_attempt_that_swallows_does_not_save_the_race(void)
{
    RACE(AFTER(1), .strikes = {3},
         PLANS(TRY(.delay = 9, .swallows = true), TRY(.delay = 9)));
    CHECK_TRACE("0 begins, 1 begins, strike, 0 ECANCELLED, 1 ECANCELLED, "
                "out ECANCELLED at 3");
}

/* Python: the same, for each turn that the race takes */
static void a_cancellation_beats_a_success_that_was_not_seen_yet(void)
{
    RACE(AFTER_FAILURE, .ticks = 5, .strike = 1, PLANS(TRY(.delay = 0)));
    CHECK_TRACE("turn 1, strike, 0 begins, 0 succeeds, turn 2, turn 3, turn 4, "
                "out ECANCELLED at 0, turn 5");
    RACE(AFTER_FAILURE, .ticks = 5, .strike = 2, PLANS(TRY(.delay = 0)));
    CHECK_TRACE("turn 1, 0 begins, 0 succeeds, turn 2, strike, turn 3, turn 4, "
                "out ECANCELLED at 0, turn 5");
    RACE(AFTER_FAILURE, .ticks = 5, .strike = 3, PLANS(TRY(.delay = 0)));
    CHECK_TRACE("turn 1, 0 begins, 0 succeeds, turn 2, turn 3, strike, turn 4, "
                "out ECANCELLED at 0, turn 5");
    RACE(AFTER_FAILURE, .ticks = 5, .strike = 4, PLANS(TRY(.delay = 0)));
    CHECK_TRACE("turn 1, 0 begins, 0 succeeds, turn 2, turn 3, turn 4, strike, "
                "out ECANCELLED at 0, turn 5");
}

/* Python: the same */
static void a_cancellation_between_two_attempts_is_not_lost(void)
{
    RACE(AFTER_FAILURE, .ticks = 6, .strike = 2,
         PLANS(TRY(.code = WEFT_EUSER), TRY(.delay = 0)));
    CHECK_TRACE("turn 1, 0 begins, 0 EUSER, turn 2, strike, 1 begins, "
                "1 succeeds, turn 3, turn 4, turn 5, out ECANCELLED at 0, "
                "turn 6");
    RACE(AFTER_FAILURE, .ticks = 6, .strike = 1,
         PLANS(TRY(.code = WEFT_EUSER), TRY(.delay = 0)));
    CHECK_TRACE("turn 1, strike, 0 begins, 0 EUSER, turn 2, turn 3, turn 4, "
                "out ECANCELLED at 0, turn 5, turn 6");
}

/* ---- Two limits around it ---- */

static struct weft_timeout outer_limit, inner_limit;

struct stubborn {
    struct weft_frame frame;
    int err;
};

static async stubborn(struct weft_frame *frame)
{
    ASYNC_BEGIN(stubborn);
    CHECK_INT(weft_timeout_reschedule(&inner_limit, -1), 0);
    AWAIT(weft_sleep(0));
    ASYNC_TRY {
        AWAIT(weft_sleep(0));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("first %s", weft_error_name(self->err));
    }
    CHECK_INT(weft_timeout_reschedule(&outer_limit, -1), 0);
    AWAIT(weft_sleep(0));
    ASYNC_TRY {
        AWAIT(weft_sleep(0));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("second %s", weft_error_name(self->err));
    }
    ASYNC_END;
}

static struct weft_op begin_stubborn(void *arg, size_t index)
{
    (void)index;
    return CALL((struct stubborn *)arg, stubborn);
}

struct limited {
    struct weft_frame frame;
    struct weft_staggered staggered;
    struct weft_attempt attempts[1];
    struct stubborn stubborn;
    int err;
};

static async limited(struct weft_frame *frame)
{
    ASYNC_BEGIN(limited);
    ASYNC_WITH(&outer_limit, weft_timeout_ticks(&outer_limit, WEFT_FOREVER)) {
        ASYNC_WITH(&inner_limit,
                   weft_timeout_ticks(&inner_limit, WEFT_FOREVER)) {
            ASYNC_TRY {
                AWAIT(CALL(&self->staggered, weft_staggered,
                           .begin = begin_stubborn, .arg = &self->stubborn,
                           .attempts = self->attempts, .count = 1,
                           .delay = WEFT_FOREVER));
            }
            ASYNC_CATCH_ALL(self->err) {
                trace("third %s", weft_error_name(self->err));
                ASYNC_RAISE(self->err);
            }
        }
    }
    ASYNC_END;
}

/* CPython: test_staggered.StaggeredTests.test_cancelled */
static void each_cancellation_arrives_and_the_race_is_cancelled(void)
{
    CHECK_INT(WORLD_RUN(limited), WEFT_ETIMEOUT);
    CHECK_TRACE("first ECANCELLED, second ECANCELLED, third ECANCELLED");
}

/* ---- What cannot go on ---- */

struct twice {
    struct weft_frame frame;
    struct race first;
    struct weft_staggered staggered;
    weft_ticks delay;
};

static async twice(struct weft_frame *frame)
{
    ASYNC_BEGIN(twice);
    AWAIT(CALL(&self->staggered, weft_staggered, .begin = begin_attempt,
               .arg = &self->first, .attempts = self->first.attempts,
               .count = 1, .delay = self->delay));
    trace("winner %d", self->staggered.winner);
    AWAIT(CALL(&self->staggered, weft_staggered, .begin = begin_attempt,
               .arg = &self->first, .attempts = self->first.attempts,
               .count = 1, .delay = self->delay));
    trace("winner %d", self->staggered.winner);
    ASYNC_END;
}

static void the_memory_can_be_used_again(void)
{
    CHECK_INT(WORLD_RUN(twice), 0);
    CHECK_TRACE("0 begins, 0 succeeds, winner 0, 0 begins, 0 succeeds, "
                "winner 0");
}

static void a_delay_that_is_not_a_number_is_an_error(void)
{
    CHECK_INT(WORLD_RUN(twice, AFTER((double)NAN)), WEFT_EINVAL);
    CHECK_TRACE("");
}

struct greedy {
    struct weft_frame frame;
    struct weft_staggered outer, inner;
    struct weft_attempt *attempts;
};

static struct weft_op begin_greedy(void *arg, size_t index)
{
    struct greedy *self = arg;

    trace("outer %zu", index);
    return CALL(&self->inner, weft_staggered, .begin = begin_attempt,
                .attempts = self->attempts, .count = 1);
}

static async greedy(struct weft_frame *frame)
{
    static struct weft_attempt attempts[1];

    ASYNC_BEGIN(greedy);
    self->attempts = attempts;
    AWAIT(CALL(&self->outer, weft_staggered, .begin = begin_greedy, .arg = self,
               .attempts = attempts, .count = 1, .delay = WEFT_FOREVER));
    CHECK_INT(self->outer.winner, -1);
    trace("%s", weft_error_name(attempts[0].error));
    ASYNC_END;
}

static void memory_in_use_is_left_alone(void)
{
    CHECK_INT(WORLD_RUN(greedy), 0);
    CHECK_TRACE("outer 0, EALREADY");
}

struct shared {
    struct weft_frame frame;
    struct weft_staggered staggered;
    struct weft_task *other;
};

static struct weft_attempt shared_attempts[3];
static struct race shared_slots;

/* The second attempt's memory is a task's already. */
static async shared(struct weft_frame *frame)
{
    ASYNC_BEGIN(shared);
    memset(&shared_slots, 0, sizeof shared_slots);
    shared_slots.plans[0].delay = 9;
    shared_slots.plans[1].delay = 9;
    CHECK_INT(START(&shared_attempts[2].task, &shared_slots.slots[2], attempt,
                    .index = 2, .plan = {.delay = 1}),
              0);
    AWAIT(CALL(&self->staggered, weft_staggered, .begin = begin_attempt,
               .arg = &shared_slots, .attempts = shared_attempts, .count = 3,
               AFTER(0.5)));
    ASYNC_FINALLY
    trace("started %zu", self->staggered.started);
    weft_task_release(&shared_attempts[2].task);
    ASYNC_END;
}

static void a_race_that_cannot_go_on_cancels_what_has_begun(void)
{
    CHECK_INT(WORLD_RUN(shared), WEFT_EALREADY);
    CHECK_TRACE("2 begins, 0 begins, 0 ECANCELLED, started 1, 2 ECANCELLED");
}

struct narrow {
    struct weft_frame frame;
    struct race race;
    struct weft_staggered staggered;
};

static async narrow(struct weft_frame *frame)
{
    ASYNC_BEGIN(narrow);
    self->race.plans[0].delay = 9;
    AWAIT(CALL(&self->staggered, weft_staggered, .begin = begin_attempt,
               .arg = &self->race, .attempts = self->race.attempts, .count = 2,
               AFTER(1)));
    ASYNC_FINALLY
    trace("%s", weft_error_name(frame->outcome));
    ASYNC_END;
}

/* Each task takes a place among the alarms, and so does the delay. */
static void without_memory_for_alarms_it_is_an_error(void)
{
    static struct weft_heap_place places[4];

    for (unsigned count = 1; count <= 4; count++) {
        static struct narrow slot;
        struct weft_task task = {0};
        struct world world;

        world_open(&world);
        weft_loop_set_alarms(&world.loop, places, count);
        CHECK_INT(START(&task, &slot, narrow), 0);
        CHECK_INT(weft_loop_run_until_complete(&world.loop, &task),
                  count < 4 ? WEFT_ENOMEM : 0);
        weft_task_release(&task);
        world_close(&world);
    }
    CHECK_TRACE("ENOMEM, "                         /* for the first */
                "ENOMEM, "                         /* the second    */
                "0 begins, 0 ECANCELLED, ENOMEM, " /* the delay     */
                "0 begins, 1 begins, 1 succeeds, 0 ECANCELLED, OK");
}

/* ---- Sweeps ---- */

struct spawning {
    struct weft_frame frame;
    struct weft_staggered staggered;
    struct weft_attempt attempts[2];
    struct weft_task *tasks[2];
};

static struct weft_op begin_task(void *arg, size_t index)
{
    struct spawning *self = arg;

    self->tasks[index] =
        SPAWN(attempt, .index = index, .plan = {.delay = 2, .lingers = 1});
    return weft_join(self->tasks[index]);
}

static async spawning(struct weft_frame *frame)
{
    ASYNC_BEGIN(spawning);
    AWAIT(CALL(&self->staggered, weft_staggered, .begin = begin_task,
               .arg = self, .attempts = self->attempts, .count = 2, AFTER(1)));
    ASYNC_FINALLY
    weft_task_release(self->tasks[0]);
    weft_task_release(self->tasks[1]);
    ASYNC_END;
}

static void start_races(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(spawning));
    weft_task_release(
        SPAWN(race, AFTER(1),
              PLANS(TRY(.delay = 1, .code = WEFT_EUSER),
                    TRY(.delay = 9, .lingers = 1), TRY(.delay = 1))));
    weft_task_release(SPAWN(race, AFTER(0), PLANS(TRY(.delay = 1))));
}

static void verify_races(struct world *world)
{
    CHECK(world->reports == 0 || world->fail_at > 0);
}

static void a_cancelled_race_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_races, verify_races) > 100);
    CHECK(sweep_memory(start_races, verify_races) > 5);
}

#define TESTS(X)                                            \
    X(a_cancelled_race_cancels_every_attempt)               \
    X(a_second_cancellation_is_passed_on_as_well)           \
    X(an_attempt_that_swallows_does_not_save_the_race)      \
    X(a_cancellation_beats_a_success_that_was_not_seen_yet) \
    X(a_cancellation_between_two_attempts_is_not_lost)      \
    X(each_cancellation_arrives_and_the_race_is_cancelled)  \
    X(the_memory_can_be_used_again)                         \
    X(a_delay_that_is_not_a_number_is_an_error)             \
    X(memory_in_use_is_left_alone)                          \
    X(a_race_that_cannot_go_on_cancels_what_has_begun)      \
    X(without_memory_for_alarms_it_is_an_error)             \
    X(a_cancelled_race_leaves_nothing)
TEST_MAIN(TESTS)
