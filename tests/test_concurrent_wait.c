/* test_concurrent_wait.c - what asyncio.wrap_future promises to tasks.
 *
 * make threads runs it under ThreadSanitizer.
 */
#include "sweep.h"
#include "threads.h"

static struct real real;
static struct weft_concurrent future;
static int number = 42;

static void reset(void)
{
    memset(&future, 0, sizeof future);
    real_open(&real);
}

struct waiter {
    struct weft_frame frame;
    const char *name;
    void *value;
};

static async waiter(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiter);
    AWAIT(weft_concurrent_wait(&future));
    CHECK_INT(weft_concurrent_result(&future, 0, &self->value), 0);
    trace("%s %d", self->name, *(int *)self->value);
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s %s", self->name, weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

static bool is_idle(const struct weft_concurrent *concurrent)
{
    return weft_list_is_empty(&concurrent->tasks) && concurrent->loop == NULL &&
           !weft_handle_is_scheduled(&concurrent->arrival);
}

/* ---- A thread completes it ---- */

static pthread_t completed_in;

static void *complete(void *arg)
{
    thread_await_parked(&future);
    completed_in = pthread_self();
    CHECK_INT(weft_concurrent_set_result(&future, arg), 0);
    return NULL;
}

/*
 * CPython: test_futures.BaseFutureTests.test_wrap_future
 */
static void a_task_gets_what_a_thread_sets(void)
{
    pthread_t thread;

    reset();
    thread_start(&thread, complete, &number);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, waiter, .name = "a"), 0);
    thread_join(thread);
    CHECK(!pthread_equal(completed_in, pthread_self()));
    CHECK_TRACE("a 42");
    CHECK(is_idle(&future));
    real_close(&real);
}

struct two {
    struct weft_frame frame;
    struct weft_join jobs[2];
};

static async two(struct weft_frame *frame)
{
    ASYNC_BEGIN(two);
    self->jobs[0].task = SPAWN(waiter, .name = "a");
    self->jobs[1].task = SPAWN(waiter, .name = "b");
    AWAIT(weft_gather(self->jobs, 2, WEFT_RETURN_ERRORS));
    weft_join_release(self->jobs, 2);
    ASYNC_END;
}

/* Both wait, and then the thread begins. */
static void run_two(void *(*function)(void *arg), void *arg)
{
    pthread_t thread;
    struct weft_task *task;

    reset();
    task = SPAWN(two);
    real_turn(&real);
    real_turn(&real);
    thread_start(&thread, function, arg);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task), 0);
    thread_join(thread);
    weft_task_release(task);
}

static void several_tasks_get_it_in_their_order(void)
{
    run_two(complete, &number);
    CHECK_TRACE("a 42, b 42");
    real_close(&real);
}

static void *fail(void *arg)
{
    thread_await_parked(&future);
    CHECK_INT(weft_concurrent_set_error(&future, WEFT_EUSER), 0);
    return arg;
}

static void an_error_is_raised(void)
{
    pthread_t thread;

    reset();
    thread_start(&thread, fail, NULL);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, waiter, .name = "a"), WEFT_EUSER);
    thread_join(thread);
    CHECK_TRACE("a EUSER");
    real_close(&real);
}

static void *cancel(void *arg)
{
    thread_await_parked(&future);
    CHECK(weft_concurrent_cancel(&future));
    return arg;
}

static void a_thread_can_cancel_it(void)
{
    run_two(cancel, NULL);
    CHECK_TRACE("a ECANCELLED, b ECANCELLED");
    real_close(&real);
}

static void what_is_done_already_does_not_yield(void)
{
    reset();
    CHECK_INT(weft_concurrent_set_result(&future, &number), 0);
    CHECK_INT(weft_concurrent_wait(&future).status, 0);
    memset(&future, 0, sizeof future);
    CHECK_INT(weft_concurrent_set_error(&future, WEFT_EUSER), 0);
    CHECK_INT(weft_concurrent_wait(&future).status, WEFT_EUSER);
    real_close(&real);
}

/*
 * CPython: test_futures.BaseFutureTests.test_wrap_future_without_loop
 */
static void outside_of_tasks_it_is_refused(void)
{
    memset(&future, 0, sizeof future);
    CHECK_INT(weft_concurrent_wait(&future).status, WEFT_ENOTASK);
    reset();
    CHECK_INT(weft_concurrent_wait(&future).status, WEFT_ENOTASK);
    CHECK(is_idle(&future));
    real_close(&real);
}

/* ---- The task is cancelled ---- */

static struct weft_task *parked_waiter(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(waiter, .name = "a");
    real_turn(&real);
    CHECK(future.loop == &real.world.loop);
    return task;
}

static void *wait_for_end(void *arg)
{
    (void)arg;
    CHECK_INT(weft_concurrent_result(&future, WEFT_NO_TIMEOUT, NULL),
              WEFT_ECANCELLED);
    return NULL;
}

/*
 * CPython: test_futures.BaseFutureTests.test_wrap_future_cancel
 */
static void cancelling_the_task_cancels_it(void)
{
    struct weft_task *task = parked_waiter();
    pthread_t thread;

    thread_start(&thread, wait_for_end, NULL);
    thread_await_blocked(&future, 1);
    weft_task_cancel(task);
    CHECK(weft_concurrent_cancelled(&future));
    CHECK(is_idle(&future));
    thread_join(thread);
    real_turn(&real);
    CHECK(weft_task_cancelled(task));
    CHECK_TRACE("a ECANCELLED");
    weft_task_release(task);
    real_close(&real);
}

/*
 * CPython: test_futures.BaseFutureTests.test_wrap_future_cancel2
 */
static void what_is_done_stays_so_although_the_task_is_cancelled(void)
{
    struct weft_task *task = parked_waiter();
    void *value = NULL;

    CHECK_INT(weft_concurrent_set_result(&future, &number), 0);
    weft_task_cancel(task);
    real_turn(&real);
    CHECK(is_idle(&future));
    real_turn(&real);
    CHECK(!weft_concurrent_cancelled(&future));
    CHECK_INT(weft_concurrent_result(&future, 0, &value), 0);
    CHECK(value == &number);
    CHECK(weft_task_cancelled(task));
    CHECK_TRACE("a ECANCELLED");
    weft_task_release(task);
    real_close(&real);
}

static void those_that_wait_with_it_are_cancelled_too(void)
{
    struct weft_task *first = parked_waiter();
    struct weft_task *second = SPAWN(waiter, .name = "b");

    real_turn(&real);
    weft_task_cancel(second);
    real_turn(&real);
    CHECK_TRACE("a ECANCELLED, b ECANCELLED");
    CHECK_INT(weft_task_cancelling(first), 0);
    weft_task_release(first);
    weft_task_release(second);
    real_close(&real);
}

static void what_is_begun_goes_on_without_the_task(void)
{
    struct weft_task *first = parked_waiter();
    struct weft_task *second = SPAWN(waiter, .name = "b");

    CHECK(weft_concurrent_start(&future));
    real_turn(&real);
    weft_task_cancel(first);
    real_turn(&real);
    CHECK_TRACE("a ECANCELLED");
    CHECK(!weft_concurrent_done(&future));
    CHECK(future.loop == &real.world.loop);
    weft_task_cancel(second);
    CHECK(is_idle(&future));
    real_turn(&real);
    CHECK_TRACE("b ECANCELLED");
    CHECK_INT(weft_concurrent_set_result(&future, &number), 0);
    CHECK(is_idle(&future)); /* nobody is told any more */
    weft_task_release(first);
    weft_task_release(second);
    real_close(&real);
}

/* ---- Two loops ---- */

/*
 * CPython: test_futures.BaseFutureTests.test_wrap_future_use_running_loop
 */
static void the_news_goes_to_the_loop_that_runs(void)
{
    struct world current; /* opened last */
    struct weft_task *task;

    reset();
    task = SPAWN(waiter, .name = "a");
    world_open(&current);
    real_turn(&real);
    CHECK(weft_loop_current() == &current.loop);
    CHECK(future.loop == &real.world.loop);
    CHECK_INT(weft_concurrent_set_result(&future, &number), 0);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task), 0);
    CHECK_TRACE("a 42");
    world_close(&current);
    weft_task_release(task);
    real_close(&real);
}

static void *wait_in_a_loop_of_its_own(void *arg)
{
    struct weft_ev ev;
    struct weft_loop loop;

    CHECK_INT(weft_ev_open(&ev, weft_allocator_libc()), 0);
    weft_loop_init(&loop, &ev.driver);
    loop.allocator = weft_allocator_libc();
    CHECK_INT(ASYNC_RUN_IN(&loop, waiter, .name = "other"), WEFT_EOTHERLOOP);
    CHECK_INT(weft_loop_close(&loop), 0);
    weft_ev_close(&ev);
    return arg;
}

static void tasks_of_two_loops_do_not_wait_at_once(void)
{
    struct weft_task *task = parked_waiter();
    pthread_t thread;

    thread_start(&thread, wait_in_a_loop_of_its_own, NULL);
    thread_join(thread);
    CHECK_INT(weft_concurrent_set_result(&future, &number), 0);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task), 0);
    CHECK_TRACE("other EOTHERLOOP, a 42");
    weft_task_release(task);
    real_close(&real);
}

/* ---- At every point ---- */

struct completer {
    struct weft_frame frame;
};

static async completer(struct weft_frame *frame)
{
    ASYNC_BEGIN(completer);
    AWAIT(weft_sleep(1));
    weft_concurrent_set_result(&future, &number);
    ASYNC_FINALLY
    weft_concurrent_set_error(&future, WEFT_EUSER);
    ASYNC_END;
}

static void start_all(struct world *world)
{
    (void)world;
    memset(&future, 0, sizeof future);
    weft_task_release(SPAWN(waiter, .name = "a"));
    weft_task_release(SPAWN(waiter, .name = "b"));
    weft_task_release(SPAWN(completer));
}

static void verify_future(struct world *world)
{
    CHECK_INT(world->loop.task_count, 0);
    CHECK(is_idle(&future));
}

static void nobody_is_left_waiting_wherever_a_task_is_cancelled(void)
{
    CHECK(sweep_cancel(start_all, verify_future) > 10);
    CHECK(sweep_memory(start_all, verify_future) > 3);
}

#define TESTS(X)                                            \
    X(a_task_gets_what_a_thread_sets)                       \
    X(several_tasks_get_it_in_their_order)                  \
    X(an_error_is_raised)                                   \
    X(a_thread_can_cancel_it)                               \
    X(what_is_done_already_does_not_yield)                  \
    X(outside_of_tasks_it_is_refused)                       \
    X(cancelling_the_task_cancels_it)                       \
    X(what_is_done_stays_so_although_the_task_is_cancelled) \
    X(those_that_wait_with_it_are_cancelled_too)            \
    X(what_is_begun_goes_on_without_the_task)               \
    X(the_news_goes_to_the_loop_that_runs)                  \
    X(tasks_of_two_loops_do_not_wait_at_once)               \
    X(nobody_is_left_waiting_wherever_a_task_is_cancelled)
TEST_MAIN(TESTS)
