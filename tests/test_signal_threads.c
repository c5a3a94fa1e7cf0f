/* test_signal_threads.c - signals that come to a loop that waits, to other
 * threads, and to a forked child.
 *
 * make threads runs it under ThreadSanitizer.
 */
#include <signal.h>
#include <sys/wait.h>

#include "threads.h"

static struct weft_handle caught;

static void call_back(void *name)
{
    trace("%s", (const char *)name);
}

static struct real real;

static void stop_loop(void *arg)
{
    trace("caught");
    weft_loop_stop(arg);
}

static void *raise_when_blocked(void *arg)
{
    (void)arg;
    while (!atomic_load(&real.is_blocked)) {
        sched_yield();
    }
    kill(getpid(), SIGALRM);
    return NULL;
}

/* CPython: test_events.EventLoopTestsMixin.test_signal_handling_while_selecting
 */
static void a_loop_that_waits_is_woken(void)
{
    struct weft_loop *loop = &real.world.loop;
    pthread_t thread;

    real_open(&real);
    CHECK_INT(weft_add_signal_handler(loop, SIGALRM, &caught, stop_loop, loop),
              0);
    thread_start(&thread, raise_when_blocked, NULL);
    CHECK_INT(weft_loop_run_forever(loop), 0);
    thread_join(thread);
    CHECK_TRACE("caught");
    real_close(&real);
}

enum { RAISERS = 4, RAISES = 500 };

static int signals_seen;

static void count_signal(void *arg)
{
    (void)arg;
    signals_seen++;
}

static void *raise_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < RAISES; i++) {
        raise(SIGUSR1);
    }
    return NULL;
}

static void signals_of_several_threads_are_all_counted(void)
{
    pthread_t threads[RAISERS];

    signals_seen = 0;
    real_open(&real);
    CHECK_INT(weft_add_signal_handler(&real.world.loop, SIGUSR1, &caught,
                                      count_signal, NULL),
              0);
    for (int i = 0; i < RAISERS; i++) {
        thread_start(&threads[i], raise_often, NULL);
    }
    while (signals_seen < RAISERS * RAISES) { /* or be killed by the alarm */
        real_turn(&real);
    }
    for (int i = 0; i < RAISERS; i++) {
        thread_join(threads[i]);
    }
    real_turn(&real);
    CHECK_INT(signals_seen, RAISERS * RAISES);
    real_close(&real);
}

static atomic_bool raises_on;

static void *raise_all_the_time(void *arg)
{
    while (atomic_load(&raises_on)) {
        raise(SIGUSR1);
    }
    return arg;
}

static void a_removal_waits_for_handlers_in_other_threads(void)
{
    struct weft_loop *loop = &real.world.loop;
    pthread_t threads[2];

    CHECK(signal(SIGUSR1, SIG_IGN) == SIG_DFL);
    signals_seen = 0;
    real_open(&real);
    atomic_store(&raises_on, true);
    for (int i = 0; i < 2; i++) {
        thread_start(&threads[i], raise_all_the_time, NULL);
    }
    for (int i = 0; i < 300 || signals_seen < 300; i++) {
        struct weft_handle handle; /* anew each time, and garbage after it */

        memset(&handle, 0, sizeof handle);
        CHECK_INT(
            weft_add_signal_handler(loop, SIGUSR1, &handle, count_signal, NULL),
            0);
        real_turn(&real);
        CHECK(weft_remove_signal_handler(loop, SIGUSR1));
        CHECK(!weft_handle_is_scheduled(&handle));
        memset(&handle, 0xa5, sizeof handle);
    }
    atomic_store(&raises_on, false);
    thread_join(threads[0]);
    thread_join(threads[1]);
    real_close(&real);
    signal(SIGUSR1, SIG_DFL);
}

static void end_child(int number)
{
    _exit(number == SIGTERM ? 42 : 1);
}

/* CPython: test_unix_events.TestFork.test_fork_signal_handling */
static void a_forked_child_with_a_handler_of_its_own_is_its_own_business(void)
{
    int status = 0;
    pid_t child;

    real_open(&real);
    CHECK_INT(weft_add_signal_handler(&real.world.loop, SIGTERM, &caught,
                                      call_back, "parent"),
              0);
    child = fork();
    if (child == 0) {
        signal(SIGTERM, end_child);
        raise(SIGTERM);
        _exit(1);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
    real_turn(&real);
    CHECK_TRACE("");
    raise(SIGTERM);
    real_turn(&real);
    CHECK_TRACE("parent");
    real_close(&real);
}

#define TESTS(X)                                     \
    X(a_loop_that_waits_is_woken)                    \
    X(signals_of_several_threads_are_all_counted)    \
    X(a_removal_waits_for_handlers_in_other_threads) \
    X(a_forked_child_with_a_handler_of_its_own_is_its_own_business)
TEST_MAIN(TESTS)
