/* test_ev_wake.c - who may wake the driver on libev.
 *
 * make threads runs it under ThreadSanitizer.
 */
#include "evs.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

static void *call_when_it_is_blocked(void *arg)
{
    while (!atomic_load(&real.is_blocked)) {
        sched_yield();
    }
    CHECK_INT(weft_call_soon_threadsafe(&real.world.loop, &handles[0],
                                        say_and_stop, arg),
              0);
    return NULL;
}

static void another_thread_wakes_a_loop_that_waits(void)
{
    pthread_t thread;
    char word[] = "woken";

    reset();
    CHECK_INT(pthread_create(&thread, NULL, call_when_it_is_blocked, word), 0);
    CHECK_INT(weft_loop_run_forever(&real.world.loop), 0);
    CHECK_TRACE("woken");
    CHECK_INT(pthread_join(thread, NULL), 0);
    real_close(&real);
}

enum { THREADS = 8, CALLS = 500 };

static struct weft_handle calls[THREADS][CALLS];
static int next_call[THREADS];
static int calls_left;
static int calls_out_of_order;

static void count_call(void *arg)
{
    struct weft_handle *handle = arg;
    int thread = (int)((handle - &calls[0][0]) / CALLS);
    int call = (int)((handle - &calls[0][0]) % CALLS);

    calls_out_of_order += call != next_call[thread]++;
    if (--calls_left == 0) {
        weft_loop_stop(&real.world.loop);
    }
}

static void *make_calls(void *arg)
{
    struct weft_handle *mine = arg;

    for (int i = 0; i < CALLS; i++) {
        weft_call_soon_threadsafe(&real.world.loop, &mine[i], count_call,
                                  &mine[i]);
    }
    return NULL;
}

static void calls_of_many_threads_all_run_each_thread_s_in_order(void)
{
    pthread_t threads[THREADS];

    reset();
    memset(calls, 0, sizeof calls);
    memset(next_call, 0, sizeof next_call);
    calls_left = THREADS * CALLS;
    calls_out_of_order = 0;
    for (int i = 0; i < THREADS; i++) {
        CHECK_INT(pthread_create(&threads[i], NULL, make_calls, calls[i]), 0);
    }
    CHECK_INT(weft_loop_run_forever(&real.world.loop), 0);
    for (int i = 0; i < THREADS; i++) {
        CHECK_INT(pthread_join(threads[i], NULL), 0);
        CHECK_INT(next_call[i], CALLS);
    }
    CHECK_INT(calls_left, 0);
    CHECK_INT(calls_out_of_order, 0);
    real_close(&real);
}

static void on_signal(int number)
{
    (void)number;
    weft_call_soon_threadsafe(&real.world.loop, &handles[0], say_and_stop,
                              (void *)(uintptr_t) "signal");
}

static void *raise_when_it_is_blocked(void *arg)
{
    pthread_t *loop_thread = arg;

    while (!atomic_load(&real.is_blocked)) {
        sched_yield();
    }
    pthread_kill(*loop_thread, SIGUSR1);
    return NULL;
}

static void a_signal_handler_wakes_a_loop_that_waits(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct sigaction before;
    pthread_t self = pthread_self();
    pthread_t thread;

    reset();
    CHECK_INT(sigaction(SIGUSR1, &action, &before), 0);
    CHECK_INT(pthread_create(&thread, NULL, raise_when_it_is_blocked, &self),
              0);
    CHECK_INT(weft_loop_run_forever(&real.world.loop), 0);
    CHECK_TRACE("signal");
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(sigaction(SIGUSR1, &before, NULL), 0);
    real_close(&real);
}

#define TESTS(X)                                            \
    X(another_thread_wakes_a_loop_that_waits)               \
    X(calls_of_many_threads_all_run_each_thread_s_in_order) \
    X(a_signal_handler_wakes_a_loop_that_waits)
TEST_MAIN(TESTS)
