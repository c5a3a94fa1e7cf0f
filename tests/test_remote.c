/* test_remote.c - what asyncio.run_coroutine_threadsafe promises.
 *
 * make threads runs it under ThreadSanitizer.
 */
#include "remotes.h"

struct add {
    struct weft_frame frame;
    int a, b;
    bool fails, cancels;
    int result;
};

static async add(struct weft_frame *frame)
{
    ASYNC_BEGIN(add);
    AWAIT(weft_sleep(0));
    if (self->fails) {
        ASYNC_RAISE(WEFT_EUSER);
    }
    if (self->cancels) {
        weft_task_cancel(weft_current_task());
        AWAIT(weft_sleep(0));
    }
    ASYNC_RETURN(self->a + self->b);
    ASYNC_END;
}

/* ---- What a thread does ---- */

static struct weft_remote remote;

static void get_a_sum(struct weft_loop *loop)
{
    struct add slot = {.result = 0};
    void *value = NULL;

    CHECK_INT(weft_run_coroutine_threadsafe(loop, &remote, &slot, add, .a = 1,
                                            .b = 2),
              0);
    CHECK_INT(weft_concurrent_result(&remote.future, 1000, &value), 0);
    CHECK(value == &slot);
    CHECK_INT(slot.result, 3);
    trace("%d", slot.result);

    /* Both may be used again. */
    CHECK_INT(weft_run_coroutine_threadsafe(loop, &remote, &slot, add, .a = 4,
                                            .b = 5),
              0);
    CHECK_INT(weft_concurrent_result(&remote.future, WEFT_NO_TIMEOUT, NULL), 0);
    CHECK_INT(slot.result, 9);
}

/*
 * CPython: test_tasks.RunCoroutineThreadsafeTests.test_run_coroutine_threadsafe
 */
static void a_thread_gets_the_result_of_a_coroutine(void)
{
    remotes_run(get_a_sum);
    CHECK_TRACE("3");
}

static void get_an_error(struct weft_loop *loop)
{
    struct add slot = {.result = 0};
    void *value = &slot;

    weft_run_coroutine_threadsafe(loop, &remote, &slot, add, .fails = true);
    trace("%s", weft_error_name(weft_concurrent_result(
                    &remote.future, WEFT_NO_TIMEOUT, &value)));
    CHECK(value == &slot);
    CHECK(!weft_concurrent_cancelled(&remote.future));
}

/*
 * CPython: test_tasks.RunCoroutineThreadsafeTests.test_run_coroutine_threadsafe_with_exception
 */
static void a_thread_gets_the_error_of_a_coroutine(void)
{
    remotes_run(get_an_error);
    CHECK_TRACE("EUSER"); /* and no report: somebody has seen it */
}

static void get_a_cancellation(struct weft_loop *loop)
{
    struct add slot;

    memset(&slot, 0, sizeof slot);
    weft_run_coroutine_threadsafe(loop, &remote, &slot, add, .cancels = true);
    trace("%s", weft_error_name(weft_concurrent_result(&remote.future,
                                                       WEFT_NO_TIMEOUT, NULL)));
    CHECK(weft_concurrent_cancelled(&remote.future));
}

/*
 * CPython: test_tasks.RunCoroutineThreadsafeTests.test_run_coroutine_threadsafe_task_cancelled
 */
static void a_coroutine_that_is_cancelled_cancels_the_future(void)
{
    remotes_run(get_a_cancellation);
    CHECK_TRACE("ECANCELLED");
}

static void get_no_start(struct weft_loop *loop)
{
    struct add slot;

    memset(&slot, 0, sizeof slot);
    weft_run_coroutine_threadsafe(loop, &remote, &slot, add, .a = 1);
    trace("%s", weft_error_name(weft_concurrent_result(&remote.future,
                                                       WEFT_NO_TIMEOUT, NULL)));
    CHECK(!weft_frame_is_running(&slot.frame));
}

/*
 * CPython: test_tasks.RunCoroutineThreadsafeTests.test_run_coroutine_threadsafe_task_factory_exception
 */
static void a_failure_to_start_is_set_and_reported(void)
{
    static struct weft_heap_place places[1]; /* the main task's */

    remotes_open(get_no_start);
    weft_loop_set_alarms(&remotes.real.world.loop, places, 1);
    remotes_finish();
    CHECK_INT(remotes.real.world.reports, 1);
    CHECK_TRACE("report ENOMEM, ENOMEM");
}

static void run_out_of_time(struct weft_loop *loop)
{
    struct stay slot;

    memset(&slot, 0, sizeof slot);
    weft_run_coroutine_threadsafe(loop, &remote, &slot, stay, .name = "stay");
    CHECK_INT(weft_concurrent_result(&remote.future, 0, NULL), WEFT_ETIMEOUT);
    CHECK(weft_concurrent_cancel(&remote.future));
    CHECK_INT(weft_concurrent_result(&remote.future, WEFT_NO_TIMEOUT, NULL),
              WEFT_ECANCELLED);
}

/*
 * CPython: test_tasks.RunCoroutineThreadsafeTests.test_run_coroutine_threadsafe_with_timeout
 */
static void a_thread_that_cannot_wait_cancels_and_leaves_no_task(void)
{
    remotes_open(run_out_of_time);
    remotes_join();
    CHECK(weft_all_tasks(&remotes.real.world.loop, NULL) == NULL);
    remotes_close();
    CHECK_TRACE("stay begins, stay ECANCELLED");
}

/* ---- What is refused ---- */

static void ask_twice(struct weft_loop *loop)
{
    struct stay slot;
    struct stay other;
    struct weft_remote second;

    memset(&slot, 0, sizeof slot);
    memset(&other, 0, sizeof other);
    memset(&second, 0, sizeof second);
    CHECK_INT(
        weft_run_coroutine_threadsafe(loop, &remote, &slot, stay, .name = "a"),
        0);
    CHECK_INT(
        weft_run_coroutine_threadsafe(loop, &remote, &other, stay, .name = "b"),
        WEFT_EALREADY);
    CHECK(other.name == NULL);
    CHECK_INT(weft_concurrent_set_result(&remote.future, NULL),
              WEFT_EINVALIDSTATE);
    CHECK_INT(weft_concurrent_set_error(&remote.future, WEFT_EUSER),
              WEFT_EINVALIDSTATE);
    weft_concurrent_cancel(&remote.future);
    weft_concurrent_result(&remote.future, WEFT_NO_TIMEOUT, NULL);
}

static void it_is_refused_while_in_use(void)
{
    remotes_run(ask_twice);
    CHECK_TRACE("a begins, a ECANCELLED");
}

static void waiting_in_the_loops_own_thread_is_a_deadlock(void)
{
    struct world world;
    static struct add slot;

    memset(&remote, 0, sizeof remote);
    world_open(&world);
    CHECK_INT(weft_run_coroutine_threadsafe(&world.loop, &remote, &slot, add,
                                            .a = 1, .b = 2),
              0);
    CHECK_INT(weft_concurrent_result(&remote.future, 0, NULL), WEFT_ETIMEOUT);
    CHECK_INT(weft_concurrent_result(&remote.future, 1, NULL), WEFT_EDEADLOCK);
    CHECK_INT(weft_concurrent_result(&remote.future, WEFT_NO_TIMEOUT, NULL),
              WEFT_EDEADLOCK);
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
    CHECK_INT(weft_concurrent_result(&remote.future, WEFT_NO_TIMEOUT, NULL), 0);
    CHECK_INT(slot.result, 3);
    world_close(&world);
}

#define TESTS(X)                                            \
    X(a_thread_gets_the_result_of_a_coroutine)              \
    X(a_thread_gets_the_error_of_a_coroutine)               \
    X(a_coroutine_that_is_cancelled_cancels_the_future)     \
    X(a_failure_to_start_is_set_and_reported)               \
    X(a_thread_that_cannot_wait_cancels_and_leaves_no_task) \
    X(it_is_refused_while_in_use)                           \
    X(waiting_in_the_loops_own_thread_is_a_deadlock)
TEST_MAIN(TESTS)
