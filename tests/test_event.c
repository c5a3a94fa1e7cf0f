/* test_event.c - what asyncio.Event promises, one promise per function. */
#include "check.h"
#include "sweep.h"

static struct weft_event flag;

struct waiter {
    struct weft_frame frame;
    const char *name;
};

static async waiter(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiter);
    trace("%s waits", self->name);
    AWAIT(weft_event_wait(&flag));
    trace("%s runs", self->name);
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

static void start_setter(struct world *world)
{
    (void)world;
    flag = (struct weft_event){0};
    weft_task_release(SPAWN(setter));
}

static void verify_no_waiter(struct world *world)
{
    (void)world;
    CHECK(weft_list_is_empty(&flag.waiters));
}

static void a_cancelled_waiter_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_setter, verify_no_waiter) > 10);
    CHECK(sweep_memory(start_setter, verify_no_waiter) > 3);
}

#define TESTS(X)                                  \
    X(set_wakes_every_waiter_in_order)            \
    X(clear_after_set_does_not_hold_waiters_back) \
    X(a_cancelled_waiter_leaves_nothing)
TEST_MAIN(TESTS)
