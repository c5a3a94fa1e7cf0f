/* test_event.c - what asyncio.Event promises, one promise per function.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include "check.h"
#include "sweep.h"
#include "turn.h"

static struct weft_event flag;

struct waiter {
    struct weft_frame frame;
    const char *name;
    int err;
};

static async waiter(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiter);
    trace("%s waits", self->name);
    ASYNC_TRY {
        AWAIT(weft_event_wait(&flag));
        trace("%s runs", self->name);
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s %s", self->name, weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
}

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

struct setter {
    struct weft_frame frame;
    bool clears;
};

static async setter(struct weft_frame *frame)
{
    ASYNC_BEGIN(setter);
    weft_task_release(SPAWN(waiter, .name = "a"));
    weft_task_release(SPAWN(waiter, .name = "b"));
    AWAIT(weft_sleep(1));
    trace("set");
    weft_event_set(&flag);
    if (self->clears) {
        weft_event_clear(&flag);
    }
    ASYNC_END;
}

static void set_wakes_every_waiter_in_order(void)
{
    flag = (struct weft_event){0};
    CHECK_INT(WORLD_RUN(setter), 0);
    CHECK_TRACE("a waits, b waits, set, a runs, b runs");
    CHECK(weft_event_is_set(&flag));
}

static void clear_after_set_does_not_hold_waiters_back(void)
{
    flag = (struct weft_event){0};
    CHECK_INT(WORLD_RUN(setter, .clears = true), 0);
    CHECK_TRACE("a waits, b waits, set, a runs, b runs");
    CHECK(!weft_event_is_set(&flag));
}

struct already {
    struct weft_frame frame;
    struct waiter waiter;
};

static async already(struct weft_frame *frame)
{
    ASYNC_BEGIN(already);
    weft_task_release(SPAWN(ticker, .turns = 1));
    AWAIT(CALL(&self->waiter, waiter, .name = "a"));
    trace("main");
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

/* Python: a waits, a runs, main, turn 1
 *
 * CPython: test_locks.EventTests.test_wait_on_set
 */
static void waiting_when_set_does_not_yield(void)
{
    flag = (struct weft_event){0};
    weft_event_set(&flag); /* outside of a loop, with nobody waiting */
    weft_event_set(&flag);
    CHECK_INT(WORLD_RUN(already), 0);
    CHECK_TRACE("a waits, a runs, main, turn 1");
}

enum order { SET_ONLY, SET_THEN_CANCEL, CANCEL_THEN_SET, SET_CLEAR_SET };

struct racing {
    struct weft_frame frame;
    enum order order;
    struct weft_task *a;
};

static async racing(struct weft_frame *frame)
{
    ASYNC_BEGIN(racing);
    self->a = SPAWN(waiter, .name = "a");
    AWAIT(weft_sleep(1));
    weft_task_release(SPAWN(ticker, .turns = 2));
    if (self->order == CANCEL_THEN_SET) {
        trace("cancel %d", weft_task_cancel(self->a));
        CHECK(weft_list_is_empty(&flag.waiters));
    } else if (self->order == SET_CLEAR_SET) {
        weft_task_release(SPAWN(waiter, .name = "b"));
    }
    weft_event_set(&flag);
    CHECK(weft_list_is_empty(&flag.waiters));
    trace("set");
    if (self->order == SET_THEN_CANCEL) {
        trace("cancel %d", weft_task_cancel(self->a));
    } else if (self->order == SET_CLEAR_SET) {
        weft_event_clear(&flag);
        AWAIT(weft_sleep(0));
        trace("again");
        weft_event_set(&flag);
        weft_event_set(&flag);
    }
    AWAIT(weft_sleep(0));
    trace("main %d", weft_task_cancelled(self->a));
    weft_task_release(self->a);
    ASYNC_END;
}

/* Python: a waits, set, turn 1, a runs, main */
static void a_waiter_goes_on_in_the_turn_after_the_set(void)
{
    flag = (struct weft_event){0};
    CHECK_INT(WORLD_RUN(racing), 0);
    CHECK_TRACE("a waits, set, turn 1, a runs, main 0, turn 2");
}

/* Python: a cancelled, in both orders */
static void a_cancellation_beats_a_set_before_or_after_it(void)
{
    flag = (struct weft_event){0};
    CHECK_INT(WORLD_RUN(racing, .order = SET_THEN_CANCEL), 0);
    CHECK_TRACE("a waits, set, cancel 1, turn 1, a ECANCELLED, main 1, "
                "turn 2");
    flag = (struct weft_event){0};
    CHECK_INT(WORLD_RUN(racing, .order = CANCEL_THEN_SET), 0);
    CHECK_TRACE("a waits, cancel 1, set, turn 1, a ECANCELLED, main 1, "
                "turn 2");
}

/* Python: b, which began to wait after the clear, waits for the next set */
static void who_comes_after_the_clear_waits(void)
{
    flag = (struct weft_event){0};
    CHECK_INT(WORLD_RUN(racing, .order = SET_CLEAR_SET), 0);
    CHECK_TRACE("a waits, set, turn 1, b waits, a runs, again, turn 2, "
                "b runs, main 0");
}

/* ---- Between the turns ---- */

static struct weft_task *begin_waiting(const char *name)
{
    return SPAWN(waiter, .name = name);
}

static void begin(void)
{
    flag = (struct weft_event){0};
    world_open(&world);
}

/* c, which begins after the set, does not wait, and so it runs first.
 *
 * CPython: test_locks.EventTests.test_wait
 */
static void one_that_comes_after_the_set_overtakes(void)
{
    begin();
    CHECK(!weft_event_is_set(&flag));
    weft_task_release(begin_waiting("a"));
    weft_task_release(begin_waiting("b"));
    turn();
    CHECK_TRACE("a waits, b waits");
    weft_task_release(begin_waiting("c"));
    weft_event_set(&flag);
    turn();
    CHECK_TRACE("c waits, c runs, a runs, b runs");
    CHECK_INT(world.loop.task_count, 0);
    finish();
}

/* CPython: test_locks.EventTests.test_wait_cancel */
static void a_waiter_can_be_cancelled_before_it_is_set(void)
{
    struct weft_task *a;

    begin();
    a = begin_waiting("a");
    cancel_soon(a);
    turn();
    CHECK(!weft_task_done(a));
    CHECK(weft_list_is_empty(&flag.waiters));
    turn();
    CHECK_TRACE("a waits, a ECANCELLED");
    CHECK(weft_task_cancelled(a));
    weft_task_release(a);
    finish();
}

/* CPython: test_locks.EventTests.test_clear */
static void clear_takes_a_set_back(void)
{
    begin();
    CHECK(!weft_event_is_set(&flag));
    weft_event_set(&flag);
    CHECK(weft_event_is_set(&flag));
    weft_event_clear(&flag);
    CHECK(!weft_event_is_set(&flag));
    weft_task_release(begin_waiting("a"));
    turn();
    turn();
    CHECK_TRACE("a waits");
    weft_event_set(&flag);
    finish();
    CHECK_TRACE("a runs");
}

/* CPython: test_locks.EventTests.test_clear_with_waiters */
static void a_waiter_is_woken_once_by_several_sets(void)
{
    begin();
    weft_task_release(begin_waiting("a"));
    turn();
    CHECK_TRACE("a waits");
    weft_event_set(&flag);
    weft_event_clear(&flag);
    CHECK(!weft_event_is_set(&flag));
    weft_event_set(&flag);
    weft_event_set(&flag);
    CHECK_INT(world.loop.task_count, 1);
    turn();
    CHECK_TRACE("a runs");
    CHECK_INT(world.loop.task_count, 0);
    CHECK(weft_list_is_empty(&flag.waiters));
    finish();
}

static void waiting_outside_of_a_task_is_an_error(void)
{
    begin();
    CHECK_INT(outcome(weft_event_wait(&flag)), WEFT_ENOTASK);
    CHECK(weft_list_is_empty(&flag.waiters));
    weft_event_set(&flag);
    CHECK_INT(outcome(weft_event_wait(&flag)), 0);
    finish();
}

static void start_setter(struct world *in)
{
    (void)in;
    flag = (struct weft_event){0};
    weft_task_release(SPAWN(setter));
}

static void verify_no_waiter(struct world *in)
{
    (void)in;
    CHECK(weft_list_is_empty(&flag.waiters));
}

static void a_cancelled_waiter_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_setter, verify_no_waiter) > 10);
    CHECK(sweep_memory(start_setter, verify_no_waiter) > 3);
}

#define TESTS(X)                                     \
    X(set_wakes_every_waiter_in_order)               \
    X(clear_after_set_does_not_hold_waiters_back)    \
    X(waiting_when_set_does_not_yield)               \
    X(a_waiter_goes_on_in_the_turn_after_the_set)    \
    X(a_cancellation_beats_a_set_before_or_after_it) \
    X(who_comes_after_the_clear_waits)               \
    X(one_that_comes_after_the_set_overtakes)        \
    X(a_waiter_can_be_cancelled_before_it_is_set)    \
    X(clear_takes_a_set_back)                        \
    X(a_waiter_is_woken_once_by_several_sets)        \
    X(waiting_outside_of_a_task_is_an_error)         \
    X(a_cancelled_waiter_leaves_nothing)
TEST_MAIN(TESTS)
