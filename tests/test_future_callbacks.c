/* test_future_callbacks.c - adding and removing the done callbacks of a
 * future, as asyncio.Future has it.
 */
#include "check.h"

enum { CALLBACKS = 3 };

static struct weft_future future;
static struct weft_handle handles[CALLBACKS];

static void say(void *arg)
{
    trace("%s", (const char *)arg);
}

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
    static struct world world;

    memset(&future, 0, sizeof future);
    memset(handles, 0, sizeof handles);
    world_open(&world);
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
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
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

/* CPython: test_futures.BaseFutureDoneCallbackTests.test_remove_done_callback */
static void one_that_was_removed_can_be_added_again_at_the_end(void)
{
    static struct world world;

    memset(&future, 0, sizeof future);
    memset(handles, 0, sizeof handles);
    world_open(&world);
    add(0);
    add(1);
    CHECK(!weft_future_remove_done_callback(&future, &handles[2]));
    CHECK(weft_future_remove_done_callback(&future, &handles[0]));
    add(0);
    CHECK(weft_future_cancel(&future));
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    CHECK_TRACE("b, a");
    world_close(&world);
}

#define TESTS(X)                                 \
    X(all_run_after_a_result_and_after_an_error) \
    X(any_of_them_can_be_removed)                \
    X(one_that_was_removed_can_be_added_again_at_the_end)
TEST_MAIN(TESTS)
