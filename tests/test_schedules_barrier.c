/* test_schedules_barrier.c - what holds in any order: barriers. */
#include "schedules.h"

/* ---- Barriers: all of a generation, or nobody ---- */

static struct weft_barrier barrier;
static unsigned left;     /* places of this generation that went on     */
static int generations;   /* that went on whole                         */
static int in_the_middle; /* inside a wait                              */

struct party {
    struct weft_frame frame;
    int rounds;
    bool may_break;
    struct weft_barrier_wait wait;
    int err;
};

static async party(struct weft_frame *frame)
{
    ASYNC_BEGIN(party);
    for (; self->rounds > 0; self->rounds--) {
        AWAIT(dawdle());
        in_the_middle++;
        ASYNC_TRY {
            AWAIT(CALL(&self->wait, weft_barrier_wait, .barrier = &barrier));
        }
        ASYNC_CATCH_ALL(self->err) {
            in_the_middle--;
            ASYNC_RAISE(self->err);
        }
        in_the_middle--;
        CHECK(self->wait.result < barrier.parties);
        if (!self->may_break) {
            CHECK((left & 1u << self->wait.result) == 0);
            left |= 1u << self->wait.result;
            if (left + 1 == 1u << barrier.parties) {
                left = 0;
                generations++;
            }
        }
    }
    ASYNC_END;
}

static void start_generations(void)
{
    bool is_one_round = chance(2) == 0;
    int parties = 1 + chance(4);

    CHECK_INT(weft_barrier_init(&barrier, (size_t)parties), 0);
    left = 0;
    generations = 0;
    in_the_middle = 0;
    for (int i = is_one_round ? 3 * parties : parties; i > 0; i--) {
        schedule_spared(SPAWN(party, .rounds = is_one_round ? 1 : 3));
    }
}

static void look_at_barrier(void)
{
    CHECK(weft_barrier_n_waiting(&barrier) < barrier.parties);
    CHECK((int)barrier.count <= in_the_middle);
}

static void verify_generations(void)
{
    CHECK_INT(generations, 3);
    CHECK_INT(left, 0);
    CHECK_INT(in_the_middle, 0);
    CHECK_INT(barrier.count, 0);
    CHECK_INT(barrier.state, WEFT_BARRIER_FILLING);
    CHECK(!weft_lock_locked(&barrier.lock));
    CHECK(weft_list_is_empty(&barrier.condition.waiters));
}

static void a_barrier_lets_a_generation_go_on_whole(void)
{
    schedules_run(start_generations, look_at_barrier, verify_generations);
}

/* Resets it now and then, and breaks it for good when a party is gone. */
struct breaker {
    struct weft_frame frame;
    struct weft_join parties[4];
    size_t count;
    int resets;
    struct weft_barrier_reset reset;
    struct weft_barrier_abort abort;
};

static async breaker(struct weft_frame *frame)
{
    ASYNC_BEGIN(breaker);
    for (; self->resets > 0; self->resets--) {
        AWAIT(dawdle());
        AWAIT(CALL(&self->reset, weft_barrier_reset, .barrier = &barrier));
        CHECK(!weft_barrier_broken(&barrier));
    }
    AWAIT(weft_wait(self->parties, self->count, WEFT_FIRST_COMPLETED,
                    WEFT_NO_TIMEOUT));
    AWAIT(CALL(&self->abort, weft_barrier_abort, .barrier = &barrier));
    CHECK(weft_barrier_broken(&barrier));
    AWAIT(weft_wait(self->parties, self->count, WEFT_ALL_COMPLETED,
                    WEFT_NO_TIMEOUT));
    for (size_t i = 0; i < self->count; i++) {
        int error = weft_task_error(self->parties[i].task);

        CHECK(error == 0 || error == WEFT_ECANCELLED ||
              error == WEFT_EBROKENBARRIER);
    }
    ASYNC_END;
}

static void start_breaker(void)
{
    struct weft_join parties[4];
    int count = 2 + chance(3);

    memset(parties, 0, sizeof parties);
    CHECK_INT(weft_barrier_init(&barrier, (size_t)count), 0);
    in_the_middle = 0;
    for (int i = 0; i < count; i++) {
        parties[i].task =
            schedule_victim(SPAWN(party, .rounds = 3, .may_break = true));
    }
    schedule_spared(
        SPAWN(breaker, .count = (size_t)count, .resets = chance(3),
              .parties = {parties[0], parties[1], parties[2], parties[3]}));
}

static void verify_broken(void)
{
    CHECK_INT(in_the_middle, 0);
    CHECK_INT(barrier.count, 0);
    CHECK(weft_barrier_broken(&barrier));
    CHECK(!weft_lock_locked(&barrier.lock));
    CHECK(weft_list_is_empty(&barrier.condition.waiters));
}

static void a_barrier_that_breaks_lets_everybody_go(void)
{
    schedules_run(start_breaker, look_at_barrier, verify_broken);
}

#define TESTS(X)                               \
    X(a_barrier_lets_a_generation_go_on_whole) \
    X(a_barrier_that_breaks_lets_everybody_go)
TEST_MAIN(TESTS)
