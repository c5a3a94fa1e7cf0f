/* concurrent.h - a result that any thread hands to any other, or to a loop.
 *
 * Python   concurrent.futures.Future; a wait is asyncio.wrap_future
 * Memory   128 bytes (64-bit); nothing is allocated
 * Moving   not until it is done, and seen by all who wait for it
 * Errors   WEFT_EINVALIDSTATE when it is done already; WEFT_ETIMEOUT when a
 *          thread has waited long enough; WEFT_EOTHERLOOP for tasks of two
 *          loops waiting at once; WEFT_EDEADLOCK, WEFT_ENOTASK, WEFT_EINVAL
 *
 *     static struct weft_concurrent answer;         all zero: pending
 *
 *     weft_concurrent_set_result(&answer, &data);   in any thread
 *
 *     weft_concurrent_result(&answer, 5, &value);   in another, which blocks
 *     AWAIT(weft_concurrent_wait(&answer));         in a task, which does not
 *
 * Every function here may be called in any thread, but not in a signal
 * handler. Who completes it touches it for the last time before anybody can
 * see that it is done; its memory is free for other use from then on, as soon
 * as all who wait for it have gone on.
 */
#ifndef WEFT_CONCURRENT_H
#define WEFT_CONCURRENT_H

#include "weft/future.h"
#include "weft/wait.h" /* WEFT_NO_TIMEOUT */

#ifdef __cplusplus
extern "C" {
#endif

struct weft_concurrent {        /* all private; all zero: pending */
    struct weft_list threads;   /* that wait                              */
    struct weft_list callbacks; /* handles, oldest first                  */
    struct weft_list tasks;     /* that wait; of `loop` and its thread    */
    struct weft_loop *loop;     /* to be told; NULL: no task waits        */
    struct weft_handle arrival; /* on its way there when it is done       */
    struct weft_loop *home;     /* that it comes from, if from a loop     */
    bool (*on_cancel)(struct weft_concurrent *concurrent); /* see below   */
    void *value;
    int error;
    unsigned char state; /* enum weft_future_state */
    bool is_running;     /* begun, and not to be cancelled any more */
};

bool weft_concurrent_done(const struct weft_concurrent *concurrent);
bool weft_concurrent_cancelled(const struct weft_concurrent *concurrent);

/* Make it done: with a value, or with a negative code. Wakes all threads and
 * tasks that wait, and calls the callbacks in this thread. O(waiters).
 * WEFT_EINVALIDSTATE when it is done already, so also when nobody wants it any
 * more; WEFT_EINVAL for a code that is not negative. */
int weft_concurrent_set_result(struct weft_concurrent *concurrent, void *value);
int weft_concurrent_set_error(struct weft_concurrent *concurrent, int error);

/* Who computes it begins: false if it was cancelled, and true otherwise; from
 * then on it cannot be. Python's set_running_or_notify_cancel. */
bool weft_concurrent_start(struct weft_concurrent *concurrent);

/* Make it done with WEFT_ECANCELLED; false if it is begun or done. A coroutine
 * in a loop (remote.h) is asked to stop, and done some time later. */
bool weft_concurrent_cancel(struct weft_concurrent *concurrent);

/* Block this thread until it is done, for so many seconds at most: 0 only
 * looks, WEFT_NO_TIMEOUT waits for ever. Gives 0 and the value, or the code it
 * failed with; WEFT_ETIMEOUT; WEFT_EDEADLOCK in the thread of the loop that is
 * to complete it. `value` may be NULL. */
int weft_concurrent_result(struct weft_concurrent *concurrent, double timeout,
                           void **value);

/* Call callback(arg) when it is done, in the thread that completes it; here
 * and now if it is done already. The handle is the caller's, and idle again
 * when the callback begins. WEFT_EALREADY. O(1). */
int weft_concurrent_add_done_callback(struct weft_concurrent *concurrent,
                                      struct weft_handle *handle,
                                      void (*callback)(void *arg), void *arg);

/* Take it back: false if it was called, is being called or will be. */
bool weft_concurrent_remove_done_callback(struct weft_concurrent *concurrent,
                                          struct weft_handle *handle);

/* Under AWAIT: until it is done; raises its error. Does not yield when it is
 * done already. Cancelling the task cancels it, if it is not begun. */
struct weft_op weft_concurrent_wait(struct weft_concurrent *concurrent)
    WEFT_MUST_AWAIT_;

/* Between files. What is decided under this lock is decided once. With
 * on_cancel set, that is called under it in place of cancelling, and says
 * whether it is going to; complete gives the lock back. */
static inline bool weft_concurrent_is_done_(
    const struct weft_concurrent *concurrent)
{
    return concurrent->state != WEFT_FUTURE_PENDING;
}

void weft_concurrent_lock_(void);
void weft_concurrent_unlock_(void);
void weft_concurrent_complete_(struct weft_concurrent *concurrent, int error,
                               void *value);
void weft_concurrent_arrive_(void *concurrent);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_CONCURRENT_H */
