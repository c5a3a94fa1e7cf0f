/* test_coroutine.c - what the words of macros/weft/coroutine.h promise. */
#include "check.h"
#include "sweep.h"
#include "trap.h"

/* Says when each turn begins, as far as it can see. */
struct ticker {
    struct weft_frame frame;
    int turns;
    int i;
};

static async ticker(struct weft_frame *frame)
{
    ASYNC_BEGIN(ticker);
    for (self->i = 1; self->i <= self->turns; self->i++) {
        trace("turn %d", self->i);
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

/* ---- Awaiting ---- */

struct leaf {
    struct weft_frame frame;
    int number;
    int left_alone;
    int result;
};

static async leaf(struct weft_frame *frame)
{
    ASYNC_BEGIN(leaf);
    trace("leaf %d/%d", self->number, self->left_alone);
    ASYNC_RETURN(self->number * 2);
    ASYNC_END;
}

struct branch {
    struct weft_frame frame;
    struct leaf leaf;
    int result;
};

static async branch(struct weft_frame *frame)
{
    ASYNC_BEGIN(branch);
    AWAIT(CALL(&self->leaf, leaf, .number = 7));
    ASYNC_RETURN(self->leaf.result + 1);
    ASYNC_END;
}

struct inline_calls {
    struct weft_frame frame;
    struct branch branch;
};

static async inline_calls(struct weft_frame *frame)
{
    ASYNC_BEGIN(inline_calls);
    weft_task_release(SPAWN(ticker, .turns = 2));
    AWAIT(CALL(&self->branch, branch));
    trace("got %d", self->branch.result);
    AWAIT(CALL(&self->branch, branch));
    trace("got %d", self->branch.result);
    AWAIT(weft_sleep(0));
    trace("after a turn");
    ASYNC_END;
}

/* Python: three nested `async def` and a ticker made with create_task print
 * the whole chain before the ticker's first line. */
static void awaiting_a_coroutine_takes_no_turn(void)
{
    CHECK_INT(WORLD_RUN(inline_calls), 0);
    CHECK_TRACE("leaf 7/0, got 15, leaf 7/0, got 15, turn 1, after a turn, "
                "turn 2");
}

struct zeroing {
    struct weft_frame frame;
    struct leaf leaf;
};

static async zeroing(struct weft_frame *frame)
{
    ASYNC_BEGIN(zeroing);
    self->leaf.left_alone = 99;
    self->leaf.result = 99;
    AWAIT(CALL(&self->leaf, leaf, .number = 1));
    self->leaf.number = 99;
    AWAIT(CALL(&self->leaf, leaf));
    trace("result %d", self->leaf.result);
    AWAIT(CALL(&self->leaf, leaf, .left_alone = 5, .number = 3));
    ASYNC_END;
}

static void call_sets_what_is_named_and_zeroes_the_rest(void)
{
    CHECK_INT(WORLD_RUN(zeroing), 0);
    CHECK_TRACE("leaf 1/0, leaf 0/0, result 0, leaf 3/5");
}

static struct weft_op number_op(int status) WEFT_MUST_AWAIT_;
static struct weft_op number_op(int status)
{
    return weft_op_(status);
}

struct numbers {
    struct weft_frame frame;
    int status;
};

static async numbers(struct weft_frame *frame)
{
    ASYNC_BEGIN(numbers);
    AWAIT(number_op(42));
    trace("%d", frame->value);
    AWAIT(weft_sleep(0));
    trace("%d", frame->value);
    AWAIT(weft_sleep(1));
    trace("%d", frame->value);
    AWAIT(number_op(self->status));
    trace("went on with %d", frame->value);
    ASYNC_END;
}

static void await_leaves_the_number_in_the_frame(void)
{
    CHECK_INT(WORLD_RUN(numbers, .status = INT_MAX), 0);
    CHECK_TRACE("42, 0, 0, went on with 2147483647");
}

static void a_failed_operation_leaves_the_coroutine(void)
{
    CHECK_INT(WORLD_RUN(numbers, .status = -1), -1);
    CHECK_TRACE("42, 0, 0");
    CHECK_INT(WORLD_RUN(numbers, .status = WEFT_EUSER - 3), WEFT_EUSER - 3);
    CHECK_TRACE("42, 0, 0");
}

/* ---- Ending ---- */

struct pair {
    int a, b;
};

struct ending {
    struct weft_frame frame;
    int how;
    struct pair result;
};

static async ending(struct weft_frame *frame)
{
    ASYNC_BEGIN(ending);
    self->result.a = 1;
    if (self->how == 0) {
        ASYNC_RETURN((struct pair){.a = 5, .b = 6});
    } else if (self->how == 1) {
        ASYNC_EXIT;
    } else if (self->how <= -1) {
        ASYNC_RAISE(self->how);
    } else if (self->how == 2) {
        ASYNC_RAISE(0);
    } else if (self->how == 3) {
        ASYNC_RAISE(7);
    }
    trace("fell off the end");
    ASYNC_END;
}

struct endings {
    struct weft_frame frame;
    struct ending ending;
    struct weft_task *task;
};

static async endings(struct weft_frame *frame)
{
    ASYNC_BEGIN(endings);
    AWAIT(CALL(&self->ending, ending, .how = 0));
    trace("%d %d", self->ending.result.a, self->ending.result.b);
    AWAIT(CALL(&self->ending, ending, .how = 1));
    trace("%d %d", self->ending.result.a, self->ending.result.b);
    CHECK(weft_frame_is_done(&self->ending.frame));
    CHECK(!weft_frame_is_running(&self->ending.frame));
    AWAIT(CALL(&self->ending, ending, .how = 4));
    self->task = SPAWN(ending, .how = 0);
    AWAIT(weft_join(self->task));
    trace("%d %d", WEFT_RESULT(self->task, ending).a,
          WEFT_RESULT(self->task, ending).b);
    weft_task_release(self->task);
    ASYNC_END;
}

static void return_hands_back_a_value_and_exit_none(void)
{
    CHECK_INT(WORLD_RUN(endings), 0);
    CHECK_TRACE("5 6, 1 0, fell off the end, 5 6");
}

static void raise_fails_with_the_code(void)
{
    CHECK_INT(WORLD_RUN(ending, .how = WEFT_ETIMEOUT), WEFT_ETIMEOUT);
    CHECK_INT(WORLD_RUN(ending, .how = -1), -1);
    CHECK_TRACE("");
}

static void raising_what_is_no_error_raises_einval(void)
{
    CHECK_INT(WORLD_RUN(ending, .how = 2), WEFT_EINVAL);
    CHECK_INT(WORLD_RUN(ending, .how = 3), WEFT_EINVAL);
    CHECK_TRACE("");
}

/* ---- The slot of a call ---- */

struct sleeper {
    struct weft_frame frame;
    const char *name;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    trace("%s sleeps", self->name);
    AWAIT(weft_sleep(1));
    trace("%s wakes", self->name);
    ASYNC_END;
}

static struct sleeper shared;

struct sharer {
    struct weft_frame frame;
    const char *name;
    int err;
};

static async sharer(struct weft_frame *frame)
{
    ASYNC_BEGIN(sharer);
    ASYNC_TRY {
        AWAIT(CALL(&shared, sleeper, .name = self->name));
    }
    ASYNC_CATCH(self->err) {
        trace("%s: %s", self->name, weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    trace("%s is done", self->name);
    ASYNC_END;
}

struct two_sharers {
    struct weft_frame frame;
    struct weft_join jobs[2];
};

static async two_sharers(struct weft_frame *frame)
{
    ASYNC_BEGIN(two_sharers);
    self->jobs[0].task = SPAWN(sharer, .name = "a");
    self->jobs[1].task = SPAWN(sharer, .name = "b");
    AWAIT(weft_gather(self->jobs, 2, WEFT_RETURN_ERRORS));
    CHECK_INT(weft_task_error(self->jobs[0].task), 0);
    CHECK_INT(weft_task_error(self->jobs[1].task), WEFT_EALREADY);
    weft_join_release(self->jobs, 2);
    AWAIT(CALL(&shared, sleeper, .name = "again"));
    ASYNC_END;
}

static void call_leaves_a_running_slot_alone(void)
{
    shared = (struct sleeper){.name = NULL};
    CHECK_INT(WORLD_RUN(two_sharers), 0);
    CHECK_TRACE("a sleeps, b: EALREADY, a wakes, a is done, again sleeps, "
                "again wakes");
}

/* ---- Tasks ---- */

struct spawning {
    struct weft_frame frame;
    struct weft_task *task;
};

static async spawning(struct weft_frame *frame)
{
    ASYNC_BEGIN(spawning);
    self->task = SPAWN(leaf, .number = 4);
    trace("spawned");
    CHECK(!weft_task_done(self->task));
    AWAIT(weft_sleep(0));
    trace("%d", WEFT_RESULT(self->task, leaf));
    weft_task_release(self->task);
    ASYNC_END;
}

static void a_task_begins_in_the_next_turn(void)
{
    CHECK_INT(WORLD_RUN(spawning), 0);
    CHECK_TRACE("spawned, leaf 4/0, 8");
}

static void without_a_loop_nothing_is_spawned(void)
{
    static struct weft_task task;
    static struct leaf slot = {.number = 3};

    CHECK(weft_loop_current() == NULL);
    CHECK(SPAWN(leaf, .number = 1) == NULL);
    CHECK_INT(START(&task, &slot, leaf, .number = 1), WEFT_ENOLOOP);
    CHECK(!weft_frame_is_running(&slot.frame));
    CHECK_TRACE("");
}

static void out_of_memory_spawn_gives_null(void)
{
    struct world world;

    for (long n = 1; n <= 2; n++) {
        world_open(&world);
        world.fail_at = n;
        CHECK(SPAWN(leaf, .number = 1) == NULL);
        CHECK_INT(world.loop.task_count, 0);
        world_close(&world);
    }
    CHECK_TRACE("");
}

struct starting {
    struct weft_frame frame;
    struct weft_task task;
    struct sleeper slot;
};

static async starting(struct weft_frame *frame)
{
    ASYNC_BEGIN(starting);
    CHECK_INT(START(&self->task, &self->slot, sleeper, .name = "first"), 0);
    CHECK_INT(START(&self->task, &self->slot, sleeper, .name = "no"),
              WEFT_EALREADY);
    AWAIT(weft_sleep(0));
    CHECK_INT(START(&self->task, &self->slot, sleeper, .name = "no"),
              WEFT_EALREADY);
    CHECK_STR(self->slot.name, "first");
    AWAIT(weft_join(&self->task));
    CHECK_INT(START(&self->task, &self->slot, sleeper, .name = "no"),
              WEFT_EALREADY);
    weft_task_release(&self->task);
    CHECK_INT(START(&self->task, &self->slot, sleeper, .name = "second"), 0);
    AWAIT(weft_join(&self->task));
    weft_task_release(&self->task);
    ASYNC_END;
}

static void start_uses_memory_of_yours_and_refuses_a_running_task(void)
{
    struct world world;

    world_open(&world);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, starting), 0);
    CHECK_INT(world.allocations, 1); /* the loop's places for alarms */
    world_close(&world);
    CHECK_TRACE("first sleeps, first wakes, second sleeps, second wakes");
}

struct self_canceller {
    struct weft_frame frame;
    int how;
    int result;
};

static async self_canceller(struct weft_frame *frame)
{
    ASYNC_BEGIN(self_canceller);
    weft_task_cancel(weft_current_task());
    trace("goes on");
    if (self->how == 1) {
        AWAIT(weft_sleep(0));
    } else if (self->how == 2) {
        AWAIT(weft_sleep(1));
    } else {
        ASYNC_RETURN(5);
    }
    trace("not here");
    ASYNC_END;
}

struct cancelling {
    struct weft_frame frame;
    struct weft_task *task;
    int how;
};

static async cancelling(struct weft_frame *frame)
{
    ASYNC_BEGIN(cancelling);
    for (self->how = 0; self->how < 3; self->how++) {
        self->task = SPAWN(self_canceller, .how = self->how);
        while (!weft_task_done(self->task)) {
            AWAIT(weft_sleep(0));
        }
        trace("%d", weft_task_cancelled(self->task));
        CHECK_INT(weft_task_error(self->task), WEFT_ECANCELLED);
        weft_task_release(self->task);
    }
    self->task = SPAWN(leaf);
    CHECK(weft_task_cancel(self->task));
    AWAIT(weft_sleep(0));
    trace("unborn %d", weft_task_cancelled(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

/* Python: a task that calls current_task().cancel() and returns is cancelled,
 * its value dropped; one cancelled before its first step never runs. */
static void a_task_that_cancels_itself_is_stopped_where_it_waits(void)
{
    CHECK_INT(WORLD_RUN(cancelling), 0);
    CHECK_TRACE("goes on, 1, goes on, 1, goes on, 1, unborn 1");
}

/* ---- Deep chains ---- */

enum { DEPTH = 1000 };

struct knot {
    struct weft_frame frame;
    int depth;
    int fails;
    int result;
};

static struct knot knots[DEPTH + 1];
static int unwound;
static char *stack_at[2];

static async knot(struct weft_frame *frame)
{
    char here = 0;

    ASYNC_BEGIN(knot);
    stack_at[self->depth == DEPTH] = &here;
    if (self->depth < DEPTH) {
        AWAIT(CALL(self + 1, knot, .depth = self->depth + 1,
                   .fails = self->fails));
        CHECK_INT(self[1].result, DEPTH - self->depth - 1);
    } else {
        trace("bottom");
        AWAIT(weft_sleep(1));
        if (self->fails) {
            ASYNC_RAISE(WEFT_EUSER);
        }
    }
    ASYNC_RETURN(DEPTH - self->depth);
    ASYNC_FINALLY
    CHECK_INT(unwound++, DEPTH - self->depth);
    ASYNC_END;
}

struct deep {
    struct weft_frame frame;
    int fails;
    bool cancels;
    struct weft_task *task;
};

static async deep(struct weft_frame *frame)
{
    ASYNC_BEGIN(deep);
    self->task = SPAWN(ticker, .turns = 3);
    weft_task_release(self->task);
    if (self->cancels) {
        weft_task_cancel(weft_current_task());
    }
    AWAIT(CALL(knots, knot, .fails = self->fails));
    trace("%d", knots[0].result);
    ASYNC_END;
}

static void a_chain_of_a_thousand_runs_in_one_step_and_one_c_frame(void)
{
    unwound = 0;
    CHECK_INT(WORLD_RUN(deep), 0);
    CHECK_TRACE("bottom, turn 1, turn 2, turn 3, 1000");
    CHECK_INT(unwound, DEPTH + 1);
    CHECK(stack_at[0] == stack_at[1]);
}

static void an_error_climbs_a_thousand_frames_in_one_step(void)
{
    unwound = 0;
    CHECK_INT(WORLD_RUN(deep, .fails = 1), WEFT_EUSER);
    CHECK_TRACE("bottom, turn 1, turn 2, turn 3");
    CHECK_INT(unwound, DEPTH + 1);
}

static void a_cancellation_starts_at_the_innermost_frame(void)
{
    unwound = 0;
    CHECK_INT(WORLD_RUN(deep, .cancels = true), WEFT_ECANCELLED);
    /* turn 2 is the one in which the end of the main task stops the run */
    CHECK_TRACE("bottom, turn 1, turn 2");
    CHECK_INT(unwound, DEPTH + 1);
}

/* ---- What a frame shows ---- */

static int parked_line;

struct shown {
    struct weft_frame frame;
};

static async shown(struct weft_frame *frame)
{
    ASYNC_BEGIN(shown);
    AWAIT(weft_sleep(1));
    parked_line = __LINE__ - 1;
    ASYNC_END;
}

struct looking {
    struct weft_frame frame;
    struct weft_task task;
    struct shown shown;
    int line;
};

static async looking(struct weft_frame *frame)
{
    ASYNC_BEGIN(looking);
    CHECK_INT(weft_frame_line(&self->shown.frame), 0);
    CHECK_INT(START(&self->task, &self->shown, shown), 0);
    CHECK_INT(weft_frame_line(&self->shown.frame), 0);
    AWAIT(weft_sleep(0));
    self->line = weft_frame_line(&self->shown.frame);
    CHECK_STR(weft_frame_site(&self->shown.frame).name, "shown");
    CHECK(strstr(weft_frame_site(&self->shown.frame).file, "test_coroutine"));
    CHECK_INT(weft_frame_line(&self->shown.frame), self->line);
    AWAIT(weft_join(&self->task));
    CHECK_INT(self->line, parked_line);
    CHECK_INT(weft_frame_line(&self->shown.frame), 0);
    weft_task_release(&self->task);
    ASYNC_END;
}

static void a_parked_frame_knows_its_line_and_function(void)
{
    CHECK_INT(WORLD_RUN(looking), 0);
    CHECK(parked_line > 0);
}

/* ---- What traps ---- */

static void resume_a_finished_frame(void)
{
    struct leaf slot = {.frame = {0}};

    slot.frame.state = WEFT_START_;
    (void)leaf(&slot.frame);
    (void)leaf(&slot.frame);
}

static void resume_a_frame_never_called(void)
{
    struct leaf slot = {.frame = {0}};

    (void)leaf(&slot.frame);
}

struct switching {
    struct weft_frame frame;
    int how;
};

static async switching(struct weft_frame *frame)
{
    ASYNC_BEGIN(switching);
    switch (self->how) {
    case 0:
        AWAIT(weft_sleep(1));
        break;
    default:
        AWAIT(number_op(-1));
    }
    ASYNC_END;
}

static void await_in_a_switch(void)
{
    WORLD_RUN(switching);
}

static struct weft_op forgotten;

struct forgetting {
    struct weft_frame frame;
    int how;
    struct leaf leaf;
};

static async forgetting(struct weft_frame *frame)
{
    ASYNC_BEGIN(forgetting);
    if (self->how == 0) {
        forgotten = weft_sleep(1);
    } else if (self->how == 1) {
        forgotten = CALL(&self->leaf, leaf);
    } else {
        forgotten = weft_sleep(1);
        AWAIT(weft_sleep(2));
    }
    ASYNC_END;
}

static void forget_a_sleep(void)
{
    WORLD_RUN(forgetting, .how = 0);
}

static void forget_a_call(void)
{
    WORLD_RUN(forgetting, .how = 1);
}

static void await_another(void)
{
    WORLD_RUN(forgetting, .how = 2);
}

static void mistakes_that_cannot_be_errors_trap(void)
{
    CHECK_TRAPS(resume_a_finished_frame, "weft: leaf at ");
    CHECK_TRAPS(resume_a_finished_frame, "resumed after its end");
    CHECK_TRAPS(resume_a_frame_never_called, "never called");
    CHECK_TRAPS(await_in_a_switch, "is it inside a switch?");
    CHECK_TRAPS(forget_a_sleep, "started and not awaited");
    CHECK_TRAPS(forget_a_call, "started and not awaited");
    CHECK_TRAPS(await_another, "before the first was awaited");
    CHECK_INT(WORLD_RUN(switching, .how = 1), -1);
}

static void an_operation_outside_of_a_task_says_so(void)
{
    static struct weft_event event;
    struct leaf slot = {.frame = {0}};

    CHECK_INT(weft_sleep(1).status, WEFT_ENOTASK);
    CHECK_INT(weft_event_wait(&event).status, WEFT_ENOTASK);
    CHECK_INT(CALL(&slot, leaf).status, WEFT_ENOTASK);
    CHECK(!weft_frame_is_running(&slot.frame));
}

/* ---- Sweeps ---- */

static void start_calls(struct world *world)
{
    (void)world;
    shared = (struct sleeper){.name = NULL};
    unwound = 0;
    weft_task_release(SPAWN(inline_calls));
    weft_task_release(SPAWN(spawning));
    weft_task_release(SPAWN(sleeper, .name = "s"));
}

static void verify_calls(struct world *world)
{
    CHECK_INT(world->reports, 0);
}

static void a_cancelled_chain_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_calls, verify_calls) > 10);
}

#define TESTS(X)                                              \
    X(awaiting_a_coroutine_takes_no_turn)                     \
    X(call_sets_what_is_named_and_zeroes_the_rest)            \
    X(await_leaves_the_number_in_the_frame)                   \
    X(a_failed_operation_leaves_the_coroutine)                \
    X(return_hands_back_a_value_and_exit_none)                \
    X(raise_fails_with_the_code)                              \
    X(raising_what_is_no_error_raises_einval)                 \
    X(call_leaves_a_running_slot_alone)                       \
    X(a_task_begins_in_the_next_turn)                         \
    X(without_a_loop_nothing_is_spawned)                      \
    X(out_of_memory_spawn_gives_null)                         \
    X(start_uses_memory_of_yours_and_refuses_a_running_task)  \
    X(a_task_that_cancels_itself_is_stopped_where_it_waits)   \
    X(a_chain_of_a_thousand_runs_in_one_step_and_one_c_frame) \
    X(an_error_climbs_a_thousand_frames_in_one_step)          \
    X(a_cancellation_starts_at_the_innermost_frame)           \
    X(a_parked_frame_knows_its_line_and_function)             \
    X(mistakes_that_cannot_be_errors_trap)                    \
    X(an_operation_outside_of_a_task_says_so)                 \
    X(a_cancelled_chain_leaves_nothing)
TEST_MAIN(TESTS)
