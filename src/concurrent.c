/* concurrent.c - from pending to done, once, whoever asks. */
#include "weft/concurrent.h"

#include <pthread.h>
#include <time.h>

#include "weft/loop.h"

/* One for all: so a future needs neither be opened nor closed, and is safe to
 * throw away the moment it is done. It is held for some stores and, where
 * somebody waits, a system call. */
static pthread_mutex_t concurrent_mutex = PTHREAD_MUTEX_INITIALIZER;

/* On its own C stack, until it has the lock again. */
struct waiting_thread {
    struct weft_node node;
    pthread_cond_t goes_on;
};

void weft_concurrent_lock_(void)
{
    pthread_mutex_lock(&concurrent_mutex);
}

void weft_concurrent_unlock_(void)
{
    pthread_mutex_unlock(&concurrent_mutex);
}

bool weft_concurrent_done(const struct weft_concurrent *concurrent)
{
    bool done;

    weft_concurrent_lock_();
    done = weft_concurrent_is_done_(concurrent);
    weft_concurrent_unlock_();
    return done;
}

bool weft_concurrent_cancelled(const struct weft_concurrent *concurrent)
{
    bool cancelled;

    weft_concurrent_lock_();
    cancelled = concurrent->state == WEFT_FUTURE_CANCELLED;
    weft_concurrent_unlock_();
    return cancelled;
}

/* ---- Completing ---- */

static void signal_threads(struct weft_concurrent *concurrent)
{
    struct weft_node *node = weft_list_first(&concurrent->threads);

    while (node != NULL) {
        pthread_cond_signal(
            &WEFT_OWNER(node, struct waiting_thread, node)->goes_on);
        node = weft_list_next(&concurrent->threads, node);
    }
}

/* From the unlocking on, the callbacks are all that is left of it. */
void weft_concurrent_complete_(struct weft_concurrent *concurrent, int error,
                               void *value)
{
    struct weft_list callbacks = WEFT_EMPTY_LIST_;
    struct weft_node *node;

    concurrent->state =
        error == WEFT_ECANCELLED ? WEFT_FUTURE_CANCELLED : WEFT_FUTURE_FINISHED;
    concurrent->error = error;
    concurrent->value = value;
    signal_threads(concurrent);
    if (concurrent->loop != NULL) {
        weft_call_soon_threadsafe(concurrent->loop, &concurrent->arrival,
                                  weft_concurrent_arrive_, concurrent);
    }
    weft_list_splice(&callbacks, &concurrent->callbacks);
    weft_concurrent_unlock_();
    while ((node = weft_list_pop(&callbacks)) != NULL) {
        struct weft_handle *handle =
            WEFT_OWNER(node, struct weft_handle, entry.node);

        handle->callback(handle->arg);
    }
}

static int complete_once(struct weft_concurrent *concurrent, int error,
                         void *value)
{
    weft_concurrent_lock_();
    if (weft_concurrent_is_done_(concurrent) || concurrent->home != NULL) {
        weft_concurrent_unlock_();
        return WEFT_EINVALIDSTATE; /* done, or a coroutine's to complete */
    }
    weft_concurrent_complete_(concurrent, error, value);
    return 0;
}

int weft_concurrent_set_result(struct weft_concurrent *concurrent, void *value)
{
    return complete_once(concurrent, 0, value);
}

int weft_concurrent_set_error(struct weft_concurrent *concurrent, int error)
{
    return error < 0 ? complete_once(concurrent, error, NULL) : WEFT_EINVAL;
}

bool weft_concurrent_start(struct weft_concurrent *concurrent)
{
    bool begins;

    weft_concurrent_lock_();
    begins = !weft_concurrent_is_done_(concurrent);
    concurrent->is_running = begins;
    weft_concurrent_unlock_();
    return begins;
}

bool weft_concurrent_cancel(struct weft_concurrent *concurrent)
{
    bool will_be;

    weft_concurrent_lock_();
    if (weft_concurrent_is_done_(concurrent)) {
        will_be = concurrent->state == WEFT_FUTURE_CANCELLED;
    } else if (concurrent->on_cancel != NULL) {
        will_be = concurrent->on_cancel(concurrent);
    } else if (concurrent->is_running) {
        will_be = false;
    } else {
        weft_concurrent_complete_(concurrent, WEFT_ECANCELLED, NULL);
        return true;
    }
    weft_concurrent_unlock_();
    return will_be;
}

/* ---- Threads that wait ---- */

static int init_waiting_thread(struct waiting_thread *thread)
{
    pthread_condattr_t attributes;
    int status = pthread_condattr_init(&attributes);

    if (status == 0) {
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        status = pthread_cond_init(&thread->goes_on, &attributes);
        pthread_condattr_destroy(&attributes);
    }
    thread->node.next = NULL;
    return -status;
}

static struct timespec deadline_after(weft_ticks limit)
{
    const weft_ticks second = WEFT_TICKS_PER_SECOND;
    struct timespec deadline;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += (time_t)(limit / second);
    deadline.tv_nsec += (long)(1e9 * weft_seconds_from(limit % second));
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_nsec -= 1000000000;
        deadline.tv_sec++;
    }
    return deadline;
}

/* Under the lock, which is given away meanwhile. */
static int block_until_done(struct weft_concurrent *concurrent,
                            weft_ticks limit)
{
    struct waiting_thread thread;
    struct timespec deadline;
    bool in_time = true;
    int status = init_waiting_thread(&thread);

    if (status < 0) {
        return status;
    }
    if (limit != WEFT_FOREVER) {
        deadline = deadline_after(limit);
    }
    weft_list_push(&concurrent->threads, &thread.node);
    while (!weft_concurrent_is_done_(concurrent) && in_time) {
        if (limit == WEFT_FOREVER) {
            pthread_cond_wait(&thread.goes_on, &concurrent_mutex);
        } else {
            in_time = pthread_cond_timedwait(&thread.goes_on, &concurrent_mutex,
                                             &deadline) == 0;
        }
    }
    weft_node_unlink(&thread.node);
    pthread_cond_destroy(&thread.goes_on);
    return weft_concurrent_is_done_(concurrent) ? 0 : WEFT_ETIMEOUT;
}

int weft_concurrent_result(struct weft_concurrent *concurrent, double timeout,
                           void **value)
{
    weft_ticks limit = weft_ticks_from(timeout);
    int status = 0;

    if (limit == WEFT_TICKS_INVALID) {
        return WEFT_EINVAL;
    }
    weft_concurrent_lock_();
    if (!weft_concurrent_is_done_(concurrent)) {
        if (limit <= 0) {
            status = WEFT_ETIMEOUT;
        } else if (concurrent->home != NULL &&
                   concurrent->home == weft_loop_current_) {
            status = WEFT_EDEADLOCK;
        } else {
            status = block_until_done(concurrent, limit);
        }
    }
    if (status == 0) {
        status = concurrent->error;
        if (status == 0 && value != NULL) {
            *value = concurrent->value;
        }
    }
    weft_concurrent_unlock_();
    return status;
}

/* ---- Callbacks ---- */

int weft_concurrent_add_done_callback(struct weft_concurrent *concurrent,
                                      struct weft_handle *handle,
                                      void (*callback)(void *arg), void *arg)
{
    weft_concurrent_lock_();
    if (weft_handle_is_scheduled(handle)) {
        weft_concurrent_unlock_();
        return WEFT_EALREADY;
    }
    if (weft_concurrent_is_done_(concurrent)) {
        weft_concurrent_unlock_();
        callback(arg);
        return 0;
    }
    weft_handle_set_(handle, callback, arg);
    weft_list_push(&concurrent->callbacks, &handle->entry.node);
    weft_concurrent_unlock_();
    return 0;
}

bool weft_concurrent_remove_done_callback(struct weft_concurrent *concurrent,
                                          struct weft_handle *handle)
{
    bool removed;

    weft_concurrent_lock_();
    removed = !weft_concurrent_is_done_(concurrent) &&
              weft_handle_is_scheduled(handle);
    if (removed) {
        weft_node_unlink(&handle->entry.node);
    }
    weft_concurrent_unlock_();
    return removed;
}
