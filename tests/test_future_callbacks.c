/* test_future_callbacks.c - adding and removing the done callbacks of a
 * future, as asyncio.Future has it.
 *
 * In the Python of these tests log() appends to the trace.
 */
#include "futures.h"

static void say_and_add(void *arg)
{
    say(arg);
    when_done(2, "late");
}

/* python3.13 prints "set, b, a, late":
 *
 *     def b(future):
 *         log("b")
 *         future.add_done_callback(lambda _: log("late"))
 *
 *     loop = asyncio.new_event_loop()
 *     future = loop.create_future()
 *     future.add_done_callback(b)
 *     future.add_done_callback(lambda _: log("a"))
 *     future.set_result(None)
 *     log("set")
 *     loop.call_later(0, loop.stop)
 *     loop.run_forever()
 *     loop.stop()
 *     loop.run_forever()
 */
static void callbacks_run_in_the_next_turn_oldest_first(void)
{
    static char b[] = "b";

    reset();
    CHECK_INT(
        weft_future_add_done_callback(&future, &handles[0], say_and_add, b), 0);
    when_done(1, "a");
    CHECK_INT(weft_future_set_result(&future, NULL), 0);
    trace("set");
    turn();
    CHECK_TRACE("set, b, a");
    turn();
    CHECK_TRACE("late");
    world_close(&world);
}

static void a_callback_is_added_once(void)
{
    reset();
    when_done(0, "a");
    CHECK_INT(weft_future_add_done_callback(&future, &handles[0], say, NULL),
              WEFT_EALREADY);
    weft_future_cancel(&future);
    CHECK_INT(weft_future_add_done_callback(&future, &handles[0], say, NULL),
              WEFT_EALREADY);
    turn();
    CHECK_TRACE("a");
    world_close(&world);
}

/* python3.13 prints "1, 0, b, c":
 *
 *     def a(_): log("a")
 *     def b(_): log("b")
 *     def c(_): log("c")
 *
 *     loop = asyncio.new_event_loop()
 *     future = loop.create_future()
 *     future.add_done_callback(a)
 *     future.add_done_callback(b)
 *     future.add_done_callback(c)
 *     log(future.remove_done_callback(a))
 *     future.set_result(None)
 *     log(future.remove_done_callback(b))
 *     loop.stop()
 *     loop.run_forever()
 */
static void a_removed_callback_does_not_run_unless_it_is_scheduled(void)
{
    reset();
    when_done(0, "a");
    when_done(1, "b");
    when_done(2, "c");
    trace("%d", weft_future_remove_done_callback(&future, &handles[0]));
    weft_future_set_result(&future, NULL);
    trace("%d", weft_future_remove_done_callback(&future, &handles[1]));
    turn();
    CHECK_TRACE("1, 0, b, c");
    CHECK(!weft_future_remove_done_callback(&future, &handles[3]));
    world_close(&world);
}

static void a_scheduled_callback_can_be_cancelled(void)
{
    reset();
    when_done(0, "a");
    when_done(1, "b");
    weft_future_set_result(&future, NULL);
    weft_handle_cancel(&handles[0]);
    turn();
    CHECK_TRACE("b");
    world_close(&world);
}

static void remove_second(void *arg)
{
    say(arg);
    weft_future_remove_done_callback(&future, &handles[1]);
    CHECK_INT(weft_future_add_done_callback(&future, &handles[0], say,
                                            (void *)(uintptr_t) "again"),
              0);
}

/* CPython: test_futures.BaseFutureDoneCallbackTests.test_schedule_callbacks_list_mutation_1 */
static void the_list_may_change_while_it_runs(void)
{
    static char a[] = "a";

    reset();
    weft_future_add_done_callback(&future, &handles[0], remove_second, a);
    when_done(1, "b");
    weft_future_cancel(&future);
    turn();
    CHECK_TRACE("a, b");
    turn();
    CHECK_TRACE("again");
    world_close(&world);
}

enum { CALLBACKS = 3 };

static void add(int which)
{
    static char names[CALLBACKS][2] = {"a", "b", "c"};

    CHECK_INT(weft_future_add_done_callback(&future, &handles[which], say,
                                            names[which]),
              0);
}

/* Three callbacks, some of them removed, then the end. */
static void end_without(unsigned removed, int error)
{
    reset();
    for (int i = 0; i < CALLBACKS; i++) {
        add(i);
    }
    for (int i = 0; i < CALLBACKS; i++) {
        if (removed & 1u << i) {
            CHECK(weft_future_remove_done_callback(&future, &handles[i]));
            CHECK(!weft_future_remove_done_callback(&future, &handles[i]));
        }
    }
    CHECK_INT(error < 0 ? weft_future_set_error(&future, error)
                        : weft_future_set_result(&future, NULL),
              0);
    turn();
    CHECK_INT(weft_future_result(&future, NULL), error);
    world_close(&world);
}

/*
 * CPython: test_futures.BaseFutureDoneCallbackTests.test_callbacks_invoked_on_set_result
 * CPython: test_futures.BaseFutureDoneCallbackTests.test_callbacks_invoked_on_set_exception
 */
static void all_run_after_a_result_and_after_an_error(void)
{
    end_without(0, 0);
    CHECK_TRACE("a, b, c");
    end_without(0, WEFT_EUSER);
    CHECK_TRACE("a, b, c");
}

/*
 * CPython: test_futures.BaseFutureDoneCallbackTests.test_callbacks_remove_first_callback
 * CPython: test_futures.BaseFutureDoneCallbackTests.test_callbacks_remove_first_and_second_callback
 * CPython: test_futures.BaseFutureDoneCallbackTests.test_callbacks_remove_third_callback
 */
static void any_of_them_can_be_removed(void)
{
    end_without(1, 0);
    CHECK_TRACE("b, c");
    end_without(1 | 2, 0);
    CHECK_TRACE("c");
    end_without(4, 0);
    CHECK_TRACE("a, b");
    end_without(1 | 2 | 4, 0);
    CHECK_TRACE("");
}

static void one_that_was_removed_can_be_added_again_at_the_end(void)
{
    reset();
    add(0);
    add(1);
    CHECK(!weft_future_remove_done_callback(&future, &handles[2]));
    CHECK(weft_future_remove_done_callback(&future, &handles[0]));
    add(0);
    CHECK(weft_future_cancel(&future));
    turn();
    CHECK_TRACE("b, a");
    world_close(&world);
}

/*
 * CPython: test_futures.BaseFutureDoneCallbackTests.test_remove_done_callback
 */
static void each_handle_is_a_callback_of_its_own(void)
{
    reset();
    when_done(0, "a");
    when_done(1, "a");
    when_done(2, "a");
    CHECK(!weft_future_remove_done_callback(&future, &handles[3]));
    CHECK(weft_future_remove_done_callback(&future, &handles[1]));
    weft_future_set_result(&future, NULL);
    turn();
    CHECK_TRACE("a, a");
    world_close(&world);
}

/* Python: 0, call_soon, other */
static void what_waits_for_something_else_is_not_removed(void)
{
    struct weft_future other = {0};

    reset();
    CHECK_INT(weft_future_add_done_callback(&other, &handles[0], say,
                                            (void *)(uintptr_t) "other"),
              0);
    CHECK_INT(weft_call_soon(&world.loop, &handles[1], say,
                             (void *)(uintptr_t) "call_soon"),
              0);
    CHECK(!weft_future_remove_done_callback(&future, &handles[0]));
    CHECK(!weft_future_remove_done_callback(&future, &handles[1]));
    weft_future_set_result(&other, NULL);
    CHECK(!weft_future_remove_done_callback(&other, &handles[0]));
    turn();
    CHECK_TRACE("call_soon, other");
    world_close(&world);
}

/* ---- Passing it on ---- */

struct link {
    struct weft_handle handle;
    struct weft_future from, to;
};

static void pass_on(void *arg)
{
    struct link *link = arg;
    void *value;
    int error = weft_future_result(&link->from, &value);

    if (weft_future_cancelled(&link->from)) {
        CHECK(weft_future_cancel(&link->to));
    } else if (error < 0) {
        CHECK_INT(weft_future_set_error(&link->to, error), 0);
    } else {
        CHECK_INT(weft_future_set_result(&link->to, value), 0);
    }
}

static void link_up(struct link *link)
{
    memset(link, 0, sizeof *link);
    CHECK_INT(weft_future_add_done_callback(&link->from, &link->handle, pass_on,
                                            link),
              0);
    CHECK_INT(weft_future_add_done_callback(&link->to, &handles[0], say,
                                            (void *)(uintptr_t) "passed on"),
              0);
}

/* A turn later it has the same end, of all the ends there are; an error that
 * says "cancelled" is not a cancellation.
 *
 * CPython: test_futures.BaseFutureTests.test_copy_state
 */
static void a_callback_can_pass_the_end_on(void)
{
    struct link link;
    void *value = NULL;
    int answer = 10;

    reset();
    link_up(&link);
    weft_future_set_result(&link.from, &answer);
    CHECK(!weft_future_done(&link.to));
    turn();
    CHECK_INT(weft_future_result(&link.to, &value), 0);
    CHECK(value == &answer);
    turn();
    link_up(&link);
    weft_future_set_error(&link.from, WEFT_EUSER);
    turn();
    CHECK_INT(weft_future_result(&link.to, NULL), WEFT_EUSER);
    CHECK(!weft_future_cancelled(&link.to));
    turn();
    link_up(&link);
    weft_future_cancel(&link.from);
    turn();
    CHECK(weft_future_cancelled(&link.to));
    turn();
    link_up(&link);
    weft_future_set_error(&link.from, WEFT_ECANCELLED);
    CHECK(!weft_future_cancelled(&link.from));
    turn();
    CHECK(!weft_future_cancelled(&link.to));
    CHECK_INT(weft_future_result(&link.to, NULL), WEFT_ECANCELLED);
    turn();
    CHECK_TRACE("passed on, passed on, passed on, passed on");
    world_close(&world);
}

#define TESTS(X)                                              \
    X(callbacks_run_in_the_next_turn_oldest_first)            \
    X(a_callback_is_added_once)                               \
    X(a_removed_callback_does_not_run_unless_it_is_scheduled) \
    X(a_scheduled_callback_can_be_cancelled)                  \
    X(the_list_may_change_while_it_runs)                      \
    X(all_run_after_a_result_and_after_an_error)              \
    X(any_of_them_can_be_removed)                             \
    X(one_that_was_removed_can_be_added_again_at_the_end)     \
    X(each_handle_is_a_callback_of_its_own)                   \
    X(what_waits_for_something_else_is_not_removed)           \
    X(a_callback_can_pass_the_end_on)
TEST_MAIN(TESTS)
