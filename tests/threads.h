/* threads.h - tests with more than one thread, none of which sleeps.
 *
 *     pthread_t thread;
 *
 *     thread_start(&thread, function, arg);
 *     thread_await_blocked(&future, 1);   until a thread waits for it
 *     thread_join(thread);
 */
#ifndef THREADS_H
#define THREADS_H

#include <pthread.h>
#include <sched.h>

#include "real.h"

static inline void thread_start(pthread_t *thread, void *(*function)(void *arg),
                                void *arg)
{
    CHECK_INT(pthread_create(thread, NULL, function, arg), 0);
}

static inline void thread_join(pthread_t thread)
{
    CHECK_INT(pthread_join(thread, NULL), 0);
}

/* Until so many threads are blocked in it. */
static inline void thread_await_blocked(struct weft_concurrent *concurrent,
                                        int threads)
{
    int count = -1;

    while (count != threads) {
        struct weft_node *node;

        sched_yield();
        count = 0;
        weft_concurrent_lock_();
        for (node = weft_list_first(&concurrent->threads); node != NULL;
             node = weft_list_next(&concurrent->threads, node)) {
            count++;
        }
        weft_concurrent_unlock_();
    }
}

/* Until a task waits for it. */
static inline void thread_await_parked(struct weft_concurrent *concurrent)
{
    bool is_parked = false;

    while (!is_parked) {
        sched_yield();
        weft_concurrent_lock_();
        is_parked = concurrent->loop != NULL;
        weft_concurrent_unlock_();
    }
}

#endif /* THREADS_H */
