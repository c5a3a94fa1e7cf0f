/* test_concurrent.c - what concurrent.futures.Future promises to threads.
 *
 * make threads runs it under ThreadSanitizer.
 */
#include <math.h>

#include "threads.h"

static struct weft_concurrent future;
static int numbers[2] = {42, 43};

static void reset(void)
{
    alarm(30);
    memset(&future, 0, sizeof future);
}

static void one_of_zeros_is_pending(void)
{
    void *value = &numbers[1];

    reset();
    CHECK(!weft_concurrent_done(&future));
    CHECK(!weft_concurrent_cancelled(&future));
    CHECK_INT(weft_concurrent_result(&future, 0, &value), WEFT_ETIMEOUT);
    CHECK_INT(weft_concurrent_result(&future, -1, &value), WEFT_ETIMEOUT);
    CHECK_INT(weft_concurrent_result(&future, 1e-9, &value), WEFT_ETIMEOUT);
    CHECK_INT(weft_concurrent_result(&future, NAN, &value), WEFT_EINVAL);
    CHECK(value == &numbers[1]);
    CHECK(weft_list_is_empty(&future.threads));
}

static void a_result_is_set_once(void)
{
    void *value = NULL;

    reset();
    CHECK_INT(weft_concurrent_set_result(&future, &numbers[0]), 0);
    CHECK(weft_concurrent_done(&future));
    CHECK(!weft_concurrent_cancelled(&future));
    CHECK_INT(weft_concurrent_result(&future, 0, &value), 0);
    CHECK(value == &numbers[0]);
    CHECK_INT(weft_concurrent_result(&future, WEFT_NO_TIMEOUT, NULL), 0);
    CHECK_INT(weft_concurrent_set_result(&future, &numbers[1]),
              WEFT_EINVALIDSTATE);
    CHECK_INT(weft_concurrent_set_error(&future, WEFT_EUSER),
              WEFT_EINVALIDSTATE);
    CHECK(!weft_concurrent_cancel(&future));
    CHECK_INT(weft_concurrent_result(&future, 0, &value), 0);
    CHECK(value == &numbers[0]);
}

static void an_error_is_a_negative_code(void)
{
    void *value = &numbers[1];

    reset();
    CHECK_INT(weft_concurrent_set_error(&future, 0), WEFT_EINVAL);
    CHECK_INT(weft_concurrent_set_error(&future, 5), WEFT_EINVAL);
    CHECK(!weft_concurrent_done(&future));
    CHECK_INT(weft_concurrent_set_error(&future, WEFT_EUSER), 0);
    CHECK_INT(weft_concurrent_result(&future, 0, &value), WEFT_EUSER);
    CHECK(value == &numbers[1]);
    CHECK(!weft_concurrent_cancelled(&future));
}

static void what_is_cancelled_is_not_begun_nor_completed(void)
{
    reset();
    CHECK(weft_concurrent_cancel(&future));
    CHECK(weft_concurrent_cancel(&future)); /* as Python's */
    CHECK(weft_concurrent_cancelled(&future));
    CHECK_INT(weft_concurrent_result(&future, 0, NULL), WEFT_ECANCELLED);
    CHECK(!weft_concurrent_start(&future));
    CHECK_INT(weft_concurrent_set_result(&future, NULL), WEFT_EINVALIDSTATE);
}

static void what_is_begun_is_not_cancelled(void)
{
    reset();
    CHECK(weft_concurrent_start(&future));
    CHECK(!weft_concurrent_cancel(&future));
    CHECK(!weft_concurrent_done(&future));
    CHECK_INT(weft_concurrent_set_result(&future, NULL), 0);
    CHECK(!weft_concurrent_cancelled(&future));
    CHECK_INT(weft_concurrent_result(&future, 0, NULL), 0);
}

/* ---- Threads that wait ---- */

struct waiter {
    pthread_t thread;
    double timeout;
    int status;
    void *value;
};

static void *wait_for_result(void *arg)
{
    struct waiter *waiter = arg;

    waiter->status =
        weft_concurrent_result(&future, waiter->timeout, &waiter->value);
    return NULL;
}

static void start_waiters(struct waiter *waiters, int count)
{
    static const double timeouts[] = {WEFT_NO_TIMEOUT, 1000, 5e8};

    reset();
    memset(waiters, 0, (size_t)count * sizeof *waiters);
    for (int i = 0; i < count; i++) {
        waiters[i].timeout = timeouts[i];
        thread_start(&waiters[i].thread, wait_for_result, &waiters[i]);
    }
    thread_await_blocked(&future, count);
}

static void all_threads_that_wait_get_the_value(void)
{
    struct waiter waiters[3];

    start_waiters(waiters, 3);
    CHECK_INT(weft_concurrent_set_result(&future, &numbers[0]), 0);
    for (int i = 0; i < 3; i++) {
        thread_join(waiters[i].thread);
        CHECK_INT(waiters[i].status, 0);
        CHECK(waiters[i].value == &numbers[0]);
    }
    CHECK(weft_list_is_empty(&future.threads));
}

static void all_threads_that_wait_get_the_error(void)
{
    struct waiter waiters[2];

    start_waiters(waiters, 2);
    CHECK_INT(weft_concurrent_set_error(&future, WEFT_EUSER), 0);
    for (int i = 0; i < 2; i++) {
        thread_join(waiters[i].thread);
        CHECK_INT(waiters[i].status, WEFT_EUSER);
        CHECK(waiters[i].value == NULL);
    }
}

static void cancelling_wakes_those_that_wait(void)
{
    struct waiter waiter;

    start_waiters(&waiter, 1);
    CHECK(weft_concurrent_cancel(&future));
    thread_join(waiter.thread);
    CHECK_INT(waiter.status, WEFT_ECANCELLED);
}

static void *complete_its_own(void *arg)
{
    CHECK_INT(weft_concurrent_set_result(arg, NULL), 0);
    return NULL;
}

/* Under a sanitizer: the memory is the waiting thread's at once. */
static void its_memory_may_be_gone_once_it_is_done(void)
{
    alarm(30);
    for (int i = 0; i < 50; i++) {
        struct weft_concurrent *local = calloc(1, sizeof *local);
        pthread_t thread;

        thread_start(&thread, complete_its_own, local);
        CHECK_INT(weft_concurrent_result(local, WEFT_NO_TIMEOUT, NULL), 0);
        free(local);
        thread_join(thread);
    }
}

/* ---- Callbacks ---- */

static pthread_t called_in;

static void say(void *text)
{
    called_in = pthread_self();
    trace("%s", (const char *)text);
}

static void *complete(void *arg)
{
    trace("complete");
    CHECK_INT(weft_concurrent_set_result(&future, NULL), 0);
    CHECK(pthread_equal(called_in, pthread_self()));
    trace("completed");
    return arg;
}

static void callbacks_are_called_in_the_completing_thread(void)
{
    struct weft_handle handles[3] = {{.arg = NULL}};
    pthread_t thread;

    reset();
    called_in = pthread_self();
    weft_concurrent_add_done_callback(&future, &handles[0], say, "a");
    weft_concurrent_add_done_callback(&future, &handles[1], say, "b");
    CHECK_INT(weft_concurrent_add_done_callback(&future, &handles[1], say, "b"),
              WEFT_EALREADY);
    weft_concurrent_add_done_callback(&future, &handles[2], say, "c");
    CHECK(weft_concurrent_remove_done_callback(&future, &handles[0]));
    CHECK(!weft_concurrent_remove_done_callback(&future, &handles[0]));
    thread_start(&thread, complete, NULL);
    thread_join(thread);
    CHECK_TRACE("complete, b, c, completed");
    CHECK(!weft_concurrent_remove_done_callback(&future, &handles[1]));
    CHECK_INT(weft_concurrent_add_done_callback(&future, &handles[0], say, "a"),
              0);
    CHECK_TRACE("a");
    CHECK(pthread_equal(called_in, pthread_self()));
}

struct job {
    struct weft_concurrent future;
    struct weft_handle handle;
};

static void free_job(void *arg)
{
    CHECK_INT(weft_concurrent_result(&((struct job *)arg)->future, 0, NULL), 0);
    free(arg);
    trace("freed");
}

static void a_callback_may_free_everything(void)
{
    struct job *job = calloc(1, sizeof *job);

    weft_concurrent_add_done_callback(&job->future, &job->handle, free_job,
                                      job);
    CHECK_INT(weft_concurrent_set_result(&job->future, NULL), 0);
    CHECK_TRACE("freed");
}

#define TESTS(X)                                     \
    X(one_of_zeros_is_pending)                       \
    X(a_result_is_set_once)                          \
    X(an_error_is_a_negative_code)                   \
    X(what_is_cancelled_is_not_begun_nor_completed)  \
    X(what_is_begun_is_not_cancelled)                \
    X(all_threads_that_wait_get_the_value)           \
    X(all_threads_that_wait_get_the_error)           \
    X(cancelling_wakes_those_that_wait)              \
    X(its_memory_may_be_gone_once_it_is_done)        \
    X(callbacks_are_called_in_the_completing_thread) \
    X(a_callback_may_free_everything)
TEST_MAIN(TESTS)
