/* test_eager_race.c - a staggered race that begins in an eager task's first
 * step. Its attempts are lazy tasks: asyncio's are eager under a factory for
 * such tasks, and win and fail alike.
 */
#include "races.h"

struct betting {
    struct weft_frame frame;
    struct plan plans[RACE_ATTEMPTS];
    weft_ticks delay;
    size_t started; /* attempts, in the end */
    struct weft_task *task;
};

static async betting(struct weft_frame *frame)
{
    ASYNC_BEGIN(betting);
    self->task = ASYNC_SPAWN_EAGER(
        race, .delay = self->delay,
        .plans = {self->plans[0], self->plans[1], self->plans[2]});
    trace("spawned, done %d", weft_task_done(self->task));
    AWAIT(weft_join(self->task));
    CHECK_INT(
        ((struct race *)(void *)weft_task_frame(self->task))->staggered.started,
        self->started);
    weft_task_release(self->task);
    ASYNC_END;
}

/* CPython: test_eager_task_factory.EagerTaskFactoryLoopTests.test_staggered_race_with_eager_tasks */
static void an_attempt_wins_from_one_that_blocks_and_one_that_fails(void)
{
    CHECK_INT(WORLD_RUN(betting, .started = 3, AFTER(0.25),
                        PLANS(TRY(.delay = 10), TRY(.delay = 1),
                              TRY(.turns = 1, .code = WEFT_EUSER))),
              0);
    CHECK_TRACE("spawned, done 0, 0 begins, 1 begins, 2 begins, 2 EUSER, "
                "1 succeeds, 0 ECANCELLED, winner 1 at 1.25, ECANCELLED, OK, "
                "EUSER");
}

/* CPython: test_eager_task_factory.EagerTaskFactoryLoopTests.test_staggered_race_with_eager_tasks_no_delay */
static void without_a_delay_a_failure_begins_the_next_and_no_more(void)
{
    CHECK_INT(WORLD_RUN(betting, .started = 2, AFTER_FAILURE,
                        PLANS(TRY(.code = WEFT_EUSER), TRY(.delay = 1),
                              TRY(.turns = 1))),
              0);
    CHECK_TRACE("spawned, done 0, 0 begins, 0 EUSER, 1 begins, 1 succeeds, "
                "winner 1 at 1, EUSER, OK");
}

#define TESTS(X)                                               \
    X(an_attempt_wins_from_one_that_blocks_and_one_that_fails) \
    X(without_a_delay_a_failure_begins_the_next_and_no_more)
TEST_MAIN(TESTS)
