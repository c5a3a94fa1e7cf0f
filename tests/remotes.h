/* remotes.h - a loop in this thread, and another thread that uses it.
 *
 *     remotes_run(function);      run the loop while a thread calls function
 *
 * or, step by step, remotes_open, remotes_join, remotes_close.
 */
#ifndef REMOTES_H
#define REMOTES_H

#include "threads.h"

static struct {
    struct real real;
    void (*function)(struct weft_loop *loop);
    struct weft_concurrent over; /* the thread is at its end */
    pthread_t thread;
} remotes;

/* Waits until it is cancelled. */
struct stay {
    struct weft_frame frame;
    const char *name;
    struct weft_event never;
    struct weft_concurrent *begun; /* or NULL */
};

static inline async stay(struct weft_frame *frame)
{
    ASYNC_BEGIN(stay);
    trace("%s begins", self->name);
    if (self->begun != NULL) {
        weft_concurrent_set_result(self->begun, NULL);
    }
    AWAIT(weft_event_wait(&self->never));
    ASYNC_FINALLY
    trace("%s %s", self->name, weft_error_name(frame->outcome));
    ASYNC_END;
}

struct remotes_host {
    struct weft_frame frame;
};

static inline async remotes_host(struct weft_frame *frame)
{
    ASYNC_BEGIN(remotes_host);
    AWAIT(weft_concurrent_wait(&remotes.over));
    ASYNC_END;
}

static inline void *remotes_thread(void *arg)
{
    remotes.function(&remotes.real.world.loop);
    weft_concurrent_set_result(&remotes.over, NULL);
    return arg;
}

static inline void remotes_open(void (*function)(struct weft_loop *loop))
{
    memset(&remotes, 0, sizeof remotes);
    real_open(&remotes.real);
    remotes.function = function;
}

/* Run the loop until the thread is at its end. */
static inline void remotes_join(void)
{
    thread_start(&remotes.thread, remotes_thread, NULL);
    CHECK_INT(ASYNC_RUN_IN(&remotes.real.world.loop, remotes_host), 0);
    thread_join(remotes.thread);
}

static inline void remotes_close(void)
{
    real_close(&remotes.real);
}

static inline void remotes_finish(void)
{
    remotes_join();
    remotes_close();
}

static inline void remotes_run(void (*function)(struct weft_loop *loop))
{
    remotes_open(function);
    remotes_finish();
}

#endif /* REMOTES_H */
