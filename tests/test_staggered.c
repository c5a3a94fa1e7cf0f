/* test_staggered.c - what asyncio's staggered_race promises, one promise per
 * function.
 */
#include "races.h"

#define RACE(...) CHECK_INT(WORLD_RUN(race, __VA_ARGS__), 0)

/* Python: turn 1, turn 2, turn 3, winner -1 at 0, turn 4
 *
 * CPython: test_staggered.StaggeredTests.test_empty
 */
static void without_attempts_nobody_wins(void)
{
    RACE(AFTER_FAILURE, .ticks = 4);
    CHECK_TRACE("turn 1, turn 2, turn 3, winner -1 at 0, turn 4");
}

/* Python: turn 1, 0 begins, 0 succeeds, turn 2, turn 3, turn 4, winner 0 at 0,
 * OK, turn 5
 *
 * CPython: test_staggered.StaggeredTests.test_one_successful
 */
static void after_a_success_no_other_attempt_begins(void)
{
    RACE(AFTER_FAILURE, .ticks = 5, PLANS(TRY(.delay = 0), TRY(.delay = 0)));
    CHECK_TRACE("turn 1, 0 begins, 0 succeeds, turn 2, turn 3, turn 4, "
                "winner 0 at 0, OK, turn 5");
    RACE(AFTER(9), PLANS(TRY(.delay = 1), TRY(.delay = 1)));
    CHECK_TRACE("0 begins, 0 succeeds, winner 0 at 1, OK");
}

/* Python: turn 1, 0 begins, 0 EUSER, turn 2, 1 begins, 1 succeeds, turn 3,
 * turn 4, turn 5, winner 1 at 0, EUSER, OK, turn 6; turn 1, 0 begins, turn 2,
 * 0 EUSER, turn 3, 1 begins, turn 4, 1 succeeds, ...
 *
 * CPython: test_staggered.StaggeredTests.test_first_error_second_successful
 */
static void a_failure_begins_the_next_attempt_in_the_next_turn(void)
{
    RACE(AFTER_FAILURE, .ticks = 6,
         PLANS(TRY(.code = WEFT_EUSER), TRY(.delay = 0)));
    CHECK_TRACE("turn 1, 0 begins, 0 EUSER, turn 2, 1 begins, 1 succeeds, "
                "turn 3, turn 4, turn 5, winner 1 at 0, EUSER, OK, turn 6");
    RACE(AFTER_FAILURE, .ticks = 8,
         PLANS(TRY(.turns = 1, .code = WEFT_EUSER), TRY(.turns = 1)));
    CHECK_TRACE("turn 1, 0 begins, turn 2, 0 EUSER, turn 3, 1 begins, turn 4, "
                "1 succeeds, turn 5, turn 6, turn 7, winner 1 at 0, EUSER, OK, "
                "turn 8");
}

/* Python: 0 begins, 1 begins, 1 succeeds, 0 ECANCELLED, winner 1 at 1.5,
 * ECANCELLED, OK; the third does not begin
 *
 * CPython: test_staggered.StaggeredTests.test_first_timeout_second_successful
 */
static void the_next_attempt_begins_after_the_delay(void)
{
    RACE(AFTER(0.5), PLANS(TRY(.delay = 10), TRY(.delay = 1)));
    CHECK_TRACE("0 begins, 1 begins, 1 succeeds, 0 ECANCELLED, winner 1 at "
                "1.5, ECANCELLED, OK");
    RACE(AFTER(0.5), PLANS(TRY(.delay = 10), TRY(.delay = 0), TRY(.delay = 0)));
    CHECK_TRACE("0 begins, 1 begins, 1 succeeds, 0 ECANCELLED, winner 1 at "
                "0.5, ECANCELLED, OK");
}

/* Python: turn 1, 0 begins, 0 EUSER, turn 2, 1 begins, 1 ELIMIT, turn 3, turn
 * 4, turn 5, winner -1 at 0, EUSER, ELIMIT, turn 6; 0 begins, 1 begins, 0
 * EUSER, 1 ELIMIT, winner -1 at 3.5, EUSER, ELIMIT
 *
 * CPython: test_staggered.StaggeredTests.test_none_successful
 */
static void when_all_fail_nobody_wins(void)
{
    RACE(AFTER_FAILURE, .ticks = 6,
         PLANS(TRY(.code = WEFT_EUSER), TRY(.code = WEFT_ELIMIT)));
    CHECK_TRACE("turn 1, 0 begins, 0 EUSER, turn 2, 1 begins, 1 ELIMIT, "
                "turn 3, turn 4, turn 5, winner -1 at 0, EUSER, ELIMIT, "
                "turn 6");
    RACE(AFTER(0.5), PLANS(TRY(.delay = 1, .code = WEFT_EUSER),
                           TRY(.delay = 3, .code = WEFT_ELIMIT)));
    CHECK_TRACE("0 begins, 1 begins, 0 EUSER, 1 ELIMIT, winner -1 at 3.5, "
                "EUSER, ELIMIT");
}

/* Python: 0 begins, 0 EUSER, 1 begins, 1 ELIMIT, 2 begins, 2 succeeds, winner
 * 2 at 5; 0 begins, 1 begins, 0 EUSER, 2 begins, 2 succeeds, 1 ECANCELLED,
 * winner 2 at 5, for the second begins at 2 and the third at 4 */
static void only_the_failure_of_the_latest_shortens_the_delay(void)
{
    RACE(AFTER(5),
         PLANS(TRY(.delay = 1, .code = WEFT_EUSER),
               TRY(.delay = 3, .code = WEFT_ELIMIT), TRY(.delay = 1)));
    CHECK_TRACE("0 begins, 0 EUSER, 1 begins, 1 ELIMIT, 2 begins, 2 succeeds, "
                "winner 2 at 5, EUSER, ELIMIT, OK");
    RACE(AFTER(2), PLANS(TRY(.delay = 3, .code = WEFT_EUSER), TRY(.delay = 9),
                         TRY(.delay = 1)));
    CHECK_TRACE("0 begins, 1 begins, 0 EUSER, 2 begins, 2 succeeds, "
                "1 ECANCELLED, winner 2 at 5, EUSER, ECANCELLED, OK");
}

/* Python: 0 begins, 0 EUSER, 1 begins, 1 succeeds, winner 1 at 2; the failure
 * of 0 does not count for 1: 0 begins, 1 begins, 0 EUSER, 1 EUSER, 2 begins, 2
 * succeeds, winner 2 at 11 */
static void a_failure_at_the_end_of_the_delay_counts_once(void)
{
    RACE(AFTER(1), PLANS(TRY(.delay = 1, .code = WEFT_EUSER), TRY(.delay = 1),
                         TRY(.delay = 1)));
    CHECK_TRACE("0 begins, 0 EUSER, 1 begins, 1 succeeds, winner 1 at 2, "
                "EUSER, OK");
    RACE(AFTER(1), PLANS(TRY(.delay = 2, .code = WEFT_EUSER),
                         TRY(.delay = 1, .code = WEFT_EUSER), TRY(.delay = 9)));
    CHECK_TRACE("0 begins, 1 begins, 0 EUSER, 1 EUSER, 2 begins, 2 succeeds, "
                "winner 2 at 11, EUSER, EUSER, OK");
}

/* Python: turn 1, 0 begins, turn 2, turn 3, turn 4, turn 5, 1 begins, turn 6,
 * turn 7, turn 8, turn 9, 2 begins, 2 succeeds, 0 ECANCELLED, 1 ECANCELLED */
static void a_delay_of_nothing_takes_a_few_turns(void)
{
    RACE(AFTER(0), .ticks = 9,
         PLANS(TRY(.delay = 3), TRY(.delay = 2), TRY(.delay = 1)));
    CHECK_TRACE("turn 1, 0 begins, turn 2, turn 3, turn 4, turn 5, 1 begins, "
                "turn 6, turn 7, turn 8, turn 9, 2 begins, 2 succeeds, "
                "0 ECANCELLED, 1 ECANCELLED, winner 2 at 1, ECANCELLED, "
                "ECANCELLED, OK");
}

/* Python: 0 begins, 1 begins, 2 begins, 2 succeeds, 0 EUSER, 1 lingers, 1
 * ELIMIT, winner 2 at 4, EUSER, ELIMIT, OK */
static void the_losers_are_awaited(void)
{
    RACE(AFTER(1),
         PLANS(TRY(.delay = 9, .on_cancel = WEFT_EUSER),
               TRY(.delay = 9, .lingers = 1, .on_cancel = WEFT_ELIMIT),
               TRY(.delay = 1)));
    CHECK_TRACE("0 begins, 1 begins, 2 begins, 2 succeeds, 0 EUSER, 1 lingers, "
                "1 ELIMIT, winner 2 at 4, EUSER, ELIMIT, OK");
}

/* Both would succeed in this turn. Python: 0 begins, 1 begins, 0 succeeds, 1
 * ECANCELLED, winner 0 at 3, OK, ECANCELLED */
static void the_first_of_two_in_one_turn_wins(void)
{
    RACE(AFTER(1), PLANS(TRY(.delay = 3), TRY(.delay = 2)));
    CHECK_TRACE("0 begins, 1 begins, 0 succeeds, 1 ECANCELLED, winner 0 at 3, "
                "OK, ECANCELLED");
}

/* In Python this breaks an assertion. */
static void who_swallows_the_cancellation_comes_second(void)
{
    RACE(AFTER(1), PLANS(TRY(.delay = 9, .swallows = true), TRY(.delay = 1)));
    CHECK_TRACE("0 begins, 1 begins, 1 succeeds, 0 ECANCELLED, winner 1 at 2, "
                "OK, OK");
}

/* ---- Other operations, and other memory ---- */

static struct weft_event starting_gun;

static struct weft_op begin_waiting(void *arg, size_t index)
{
    static struct weft_event never;
    bool *began = arg;

    began[index] = true;
    if (index == 2) {
        weft_event_set(&starting_gun);
    }
    return weft_event_wait(index == 2 ? &never : &starting_gun);
}

struct plain {
    struct weft_frame frame;
    struct weft_staggered staggered;
    struct weft_attempt attempts[3];
    bool began[3];
};

static async plain(struct weft_frame *frame)
{
    ASYNC_BEGIN(plain);
    AWAIT(CALL(&self->staggered, weft_staggered, .begin = begin_waiting,
               .arg = self->began, .attempts = self->attempts, .count = 3,
               AFTER(0.1)));
    CHECK_INT(self->staggered.winner, 0);
    CHECK_INT(self->staggered.started, 3);
    CHECK(self->began[2]);
    CHECK_INT(self->attempts[0].error, 0);
    CHECK_INT(self->attempts[1].error, WEFT_ECANCELLED);
    CHECK_INT(self->attempts[2].error, WEFT_ECANCELLED);
    CHECK_INT(weft_loop_running()->task_count, 1);
    trace("behind");
    ASYNC_END;
}

/* Two attempts are woken in one turn, before either has run.
 *
 * CPython: test_staggered.StaggeredTests.test_multiple_winners
 */
static void an_attempt_may_be_any_operation(void)
{
    starting_gun = (struct weft_event){0};
    CHECK_INT(WORLD_RUN(plain), 0);
    CHECK_TRACE("behind");
}

#define TESTS(X)                                          \
    X(without_attempts_nobody_wins)                       \
    X(after_a_success_no_other_attempt_begins)            \
    X(a_failure_begins_the_next_attempt_in_the_next_turn) \
    X(the_next_attempt_begins_after_the_delay)            \
    X(when_all_fail_nobody_wins)                          \
    X(only_the_failure_of_the_latest_shortens_the_delay)  \
    X(a_failure_at_the_end_of_the_delay_counts_once)      \
    X(a_delay_of_nothing_takes_a_few_turns)               \
    X(the_losers_are_awaited)                             \
    X(the_first_of_two_in_one_turn_wins)                  \
    X(who_swallows_the_cancellation_comes_second)         \
    X(an_attempt_may_be_any_operation)
TEST_MAIN(TESTS)
