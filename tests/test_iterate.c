/* test_iterate.c - what YIELD, ASYNC_FOR and ASYNC_GENERATOR promise. */
#include "check.h"
#include "sweep.h"
#include "trap.h"

struct numbers {
    struct weft_frame frame;
    int limit;
    bool waits;
    int fails_at;
    int value;
    int i;
};

static int open_generators;

static async numbers(struct weft_frame *frame)
{
    ASYNC_BEGIN(numbers);
    trace("begin");
    open_generators++;
    for (self->i = 1; self->i <= self->limit; self->i++) {
        if (self->waits) {
            AWAIT(weft_sleep(1));
        }
        if (self->i == self->fails_at) {
            ASYNC_RAISE(WEFT_EUSER);
        }
        YIELD(self->i * 10);
    }
    trace("end");
    ASYNC_FINALLY
    open_generators--;
    ASYNC_END;
}

struct ticker {
    struct weft_frame frame;
    int i;
};

static async ticker(struct weft_frame *frame)
{
    ASYNC_BEGIN(ticker);
    for (self->i = 1; self->i <= 3; self->i++) {
        trace("turn %d", self->i);
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

struct iterating {
    struct weft_frame frame;
    struct numbers numbers;
    int limit;
    bool waits;
    int fails_at;
    int skips, stops; /* values */
    bool awaits;      /* in the block */
    bool ticks;
    int err;
    int sum;
};

static async iterating(struct weft_frame *frame)
{
    ASYNC_BEGIN(iterating);
    if (self->ticks) {
        weft_task_release(SPAWN(ticker));
    }
    ASYNC_GENERATOR(&self->numbers, numbers, .limit = self->limit,
                    .waits = self->waits, .fails_at = self->fails_at);
    trace("made");
    ASYNC_TRY {
        ASYNC_FOR(&self->numbers) {
            if (self->numbers.value == self->skips) {
                continue;
            }
            if (self->numbers.value == self->stops) {
                break;
            }
            if (self->awaits) {
                AWAIT(weft_sleep(1));
            }
            trace("%d", self->numbers.value);
        }
        trace("done");
    }
    ASYNC_CATCH(self->err) {
        trace("caught %s", weft_error_name(self->err));
    }
    /* what is left, or nothing */
    ASYNC_FOR(&self->numbers) {
        trace("rest %d", self->numbers.value);
    }
    ASYNC_END;
}

/* Python: an `async def` with yield runs nothing until the first `async for`
 * step, and hands its values over without a turn. */
static void values_come_in_order_and_without_a_turn(void)
{
    CHECK_INT(WORLD_RUN(iterating, .limit = 3, .ticks = true), 0);
    CHECK_TRACE("made, begin, 10, 20, 30, end, done, turn 1");
}

static void a_generator_without_values_runs_no_block(void)
{
    CHECK_INT(WORLD_RUN(iterating), 0);
    CHECK_TRACE("made, begin, end, done");
}

static void generator_and_block_may_both_wait(void)
{
    CHECK_INT(WORLD_RUN(iterating, .limit = 2, .waits = true, .awaits = true),
              0);
    CHECK_TRACE("made, begin, 10, 20, end, done");
}

static void continue_takes_the_next_and_break_leaves_it_suspended(void)
{
    CHECK_INT(WORLD_RUN(iterating, .limit = 4, .skips = 10, .stops = 30), 0);
    CHECK_TRACE("made, begin, 20, done, rest 40, end");
}

/* Python: an async generator that has raised is exhausted. */
static void an_error_is_raised_in_the_consumer_and_ends_the_generator(void)
{
    CHECK_INT(WORLD_RUN(iterating, .limit = 4, .fails_at = 2), 0);
    CHECK_TRACE("made, begin, 10, caught EUSER");
    CHECK_INT(WORLD_RUN(iterating, .limit = 4, .fails_at = 2, .waits = true),
              0);
    CHECK_TRACE("made, begin, 10, caught EUSER");
    CHECK_INT(open_generators, 0);
}

/* ---- One generator, several consumers ---- */

static struct numbers source;

struct consumer {
    struct weft_frame frame;
    const char *name;
    int err;
};

static async consumer(struct weft_frame *frame)
{
    ASYNC_BEGIN(consumer);
    ASYNC_TRY {
        ASYNC_FOR(&source) {
            trace("%s %d", self->name, source.value);
            AWAIT(weft_sleep(0));
        }
        trace("%s ends", self->name);
    }
    ASYNC_CATCH(self->err) {
        trace("%s %s", self->name, weft_error_name(self->err));
    }
    ASYNC_END;
}

struct consuming {
    struct weft_frame frame;
    bool waits;
    struct weft_join jobs[2];
};

static async consuming(struct weft_frame *frame)
{
    ASYNC_BEGIN(consuming);
    ASYNC_GENERATOR(&source, numbers, .limit = 4, .waits = self->waits);
    self->jobs[0].task = SPAWN(consumer, .name = "a");
    self->jobs[1].task = SPAWN(consumer, .name = "b");
    AWAIT(weft_gather(self->jobs, 2, 0));
    weft_join_release(self->jobs, 2);
    ASYNC_END;
}

static void consumers_share_what_a_generator_yields(void)
{
    CHECK_INT(WORLD_RUN(consuming), 0);
    CHECK_TRACE("begin, a 10, b 20, a 30, b 40, end, a ends, b ends");
}

/* Python: RuntimeError "anext(): asynchronous generator is already running" */
static void a_generator_that_waits_serves_one_consumer_at_a_time(void)
{
    CHECK_INT(WORLD_RUN(consuming, .waits = true), 0);
    CHECK_TRACE("begin, b EALREADY, a 10, a 20, a 30, a 40, end, a ends");
}

/* ---- Loops in loops ---- */

struct table {
    struct weft_frame frame;
    struct numbers rows, columns;
};

static async table(struct weft_frame *frame)
{
    ASYNC_BEGIN(table);
    ASYNC_GENERATOR(&self->rows, numbers, .limit = 2);
    ASYNC_FOR(&self->rows) {
        ASYNC_GENERATOR(&self->columns, numbers, .limit = 2, .waits = true);
        ASYNC_FOR(&self->columns) {
            if (self->rows.value == 20) {
                continue;
            }
            trace("%d+%d", self->rows.value, self->columns.value);
        }
    }
    ASYNC_END;
}

static void iterations_nest(void)
{
    CHECK_INT(WORLD_RUN(table), 0);
    CHECK_TRACE("begin, begin, 10+10, 10+20, end, begin, end, end");
}

/* A generator that passes on what another yields. */
struct doubled {
    struct weft_frame frame;
    struct numbers numbers;
    int value;
};

static async doubled(struct weft_frame *frame)
{
    ASYNC_BEGIN(doubled);
    ASYNC_GENERATOR(&self->numbers, numbers, .limit = 2, .waits = true);
    ASYNC_FOR(&self->numbers) {
        YIELD(self->numbers.value * 2);
    }
    ASYNC_END;
}

struct doubling {
    struct weft_frame frame;
    struct doubled doubled;
};

static async doubling(struct weft_frame *frame)
{
    ASYNC_BEGIN(doubling);
    ASYNC_GENERATOR(&self->doubled, doubled);
    ASYNC_FOR(&self->doubled) {
        trace("%d", self->doubled.value);
    }
    ASYNC_END;
}

static void generators_stack(void)
{
    CHECK_INT(WORLD_RUN(doubling), 0);
    CHECK_TRACE("begin, 20, 40, end");
}

/* ---- Bad use ---- */

struct unmade {
    struct weft_frame frame;
    struct numbers numbers;
};

static async unmade(struct weft_frame *frame)
{
    ASYNC_BEGIN(unmade);
    ASYNC_FOR(&self->numbers) {
        trace("never");
    }
    ASYNC_END;
}

static void iterating_over_nothing_fails(void)
{
    CHECK_INT(WORLD_RUN(unmade), WEFT_EINVALIDSTATE);
}

static void yield_to_nobody(void)
{
    WORLD_RUN(numbers, .limit = 1);
}

struct calls_generator {
    struct weft_frame frame;
    struct numbers numbers;
};

static async calls_generator(struct weft_frame *frame)
{
    ASYNC_BEGIN(calls_generator);
    AWAIT(CALL(&self->numbers, numbers, .limit = 1));
    ASYNC_END;
}

static void yield_to_a_call(void)
{
    WORLD_RUN(calls_generator);
}

static void make_again(void)
{
    struct numbers slot = {.limit = 1};

    ASYNC_GENERATOR(&slot, numbers, .limit = 1);
    slot.frame.state = WEFT_START_;
    ASYNC_GENERATOR(&slot, numbers, .limit = 2);
}

static void mistakes_that_cannot_be_errors_trap(void)
{
    CHECK_TRAPS(yield_to_nobody, "YIELD, and nobody iterates");
    CHECK_TRAPS(yield_to_a_call, "YIELD, and nobody iterates");
    CHECK_TRAPS(make_again, "the generator in this slot is still running");
    CHECK_TRAPS(make_again, "weft: numbers at ");
}

/* ---- Sweeps ---- */

static void start_iterations(struct world *world)
{
    (void)world;
    open_generators = 0;
    source = (struct numbers){.limit = 0};
    weft_task_release(SPAWN(iterating, .limit = 3, .waits = true));
    weft_task_release(SPAWN(doubling));
    weft_task_release(SPAWN(consuming, .waits = true));
}

static void verify_no_report(struct world *world)
{
    CHECK_INT(world->reports, 0);
}

/* `consuming` fails when it cannot spawn, and nobody looks at that. */
static void verify_one_report(struct world *world)
{
    CHECK(world->reports <= 1);
}

/* A consumer that is cancelled in its own block leaves the generator behind
 * suspended; one that is cancelled while the generator waits takes it along. */
static void a_cancelled_iteration_leaves_no_task(void)
{
    CHECK(sweep_cancel(start_iterations, verify_no_report) > 20);
    CHECK(sweep_memory(start_iterations, verify_one_report) > 3);
}

#define TESTS(X)                                                 \
    X(values_come_in_order_and_without_a_turn)                   \
    X(a_generator_without_values_runs_no_block)                  \
    X(generator_and_block_may_both_wait)                         \
    X(continue_takes_the_next_and_break_leaves_it_suspended)     \
    X(an_error_is_raised_in_the_consumer_and_ends_the_generator) \
    X(consumers_share_what_a_generator_yields)                   \
    X(a_generator_that_waits_serves_one_consumer_at_a_time)      \
    X(iterations_nest)                                           \
    X(generators_stack)                                          \
    X(iterating_over_nothing_fails)                              \
    X(mistakes_that_cannot_be_errors_trap)                       \
    X(a_cancelled_iteration_leaves_no_task)
TEST_MAIN(TESTS)
