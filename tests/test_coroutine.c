/* test_coroutine.c - what the words of macros/weft/coroutine.h promise. Tasks
 * are in test_coroutine_task.c, long chains and what a frame shows in
 * test_coroutine_deep.c, and mistakes in test_coroutine_trap.c.
 */
#include "coroutines.h"
#include "sweep.h"

/* ---- Awaiting ---- */

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
    trace("went on with %s", frame->value == INT_MAX ? "INT_MAX" : "less");
    ASYNC_END;
}

static void await_leaves_the_number_in_the_frame(void)
{
    CHECK_INT(WORLD_RUN(numbers, .status = INT_MAX), 0);
    CHECK_TRACE("42, 0, 0, went on with INT_MAX");
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

/*
 * CPython: test_pep492.CoroutineTests.test_double_await
 */
static void call_leaves_a_running_slot_alone(void)
{
    shared = (struct sleeper){.name = NULL};
    CHECK_INT(WORLD_RUN(two_sharers), 0);
    CHECK_TRACE("a sleeps, b: EALREADY, a wakes, a is done, again sleeps, "
                "again wakes");
}

/* ---- Sweeps ---- */

static void start_calls(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(inline_calls));
    weft_task_release(SPAWN(sleeper, .name = "s"));
}

static void verify_calls(struct world *world)
{
    CHECK_INT(world->reports, 0);
}

static void a_cancelled_chain_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_calls, verify_calls) > 5);
}

#define TESTS(X)                                   \
    X(awaiting_a_coroutine_takes_no_turn)          \
    X(call_sets_what_is_named_and_zeroes_the_rest) \
    X(await_leaves_the_number_in_the_frame)        \
    X(a_failed_operation_leaves_the_coroutine)     \
    X(return_hands_back_a_value_and_exit_none)     \
    X(raise_fails_with_the_code)                   \
    X(raising_what_is_no_error_raises_einval)      \
    X(call_leaves_a_running_slot_alone)            \
    X(a_cancelled_chain_leaves_nothing)
TEST_MAIN(TESTS)
