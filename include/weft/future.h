/* future.h - a result that is not there yet.
 *
 * Python   asyncio.Future
 * Memory   32 bytes (64-bit); nothing is allocated
 * Moving   not while anything waits for it
 * Errors   WEFT_EINVALIDSTATE when it is done already, or not yet
 *
 *     static struct weft_future answer;         all zero: pending
 *     void *value;
 *
 *     AWAIT(weft_future_wait(&answer));         in a task
 *     weft_future_result(&answer, &value);
 *
 *     weft_future_set_result(&answer, &data);   anywhere in the loop's thread
 *
 * A task is a future too, of its end.
 */
#ifndef WEFT_FUTURE_H
#define WEFT_FUTURE_H

#include "weft/frame.h"
#include "weft/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

enum weft_future_state {
    WEFT_FUTURE_PENDING,
    WEFT_FUTURE_CANCELLED,
    WEFT_FUTURE_FINISHED,
    WEFT_FUTURE_STATES_ = 3 /* the bits of the state */
};

struct weft_future {
    struct weft_list callbacks; /* private: entries, oldest first           */
    unsigned char state;        /* private: enum weft_future_state, and
                                   above its two bits a task's flags        */
    unsigned char references;   /* private: of a task                       */
    unsigned char requests;     /* private: cancel requests of a task       */
    unsigned char units;        /* private: size of an allocated task       */
    int error;                  /* private: 0, or the negative code         */
    void *value;                /* private: the result; a task's context    */
};

static inline bool weft_future_done(const struct weft_future *future)
{
    return (future->state & WEFT_FUTURE_STATES_) != WEFT_FUTURE_PENDING;
}

static inline bool weft_future_cancelled(const struct weft_future *future)
{
    return (future->state & WEFT_FUTURE_STATES_) == WEFT_FUTURE_CANCELLED;
}

/* Make it done: with a value, with a negative code, or cancelled. Callbacks
 * and waiting tasks run in the next turn, oldest first. O(1).
 * WEFT_EINVALIDSTATE when it is done already, or a task's; WEFT_EINVAL for a
 * code that is not negative. weft_future_cancel says false when it was done,
 * and is weft_task_cancel for a task's. */
int weft_future_set_result(struct weft_future *future, void *value);
int weft_future_set_error(struct weft_future *future, int error);
bool weft_future_cancel(struct weft_future *future);

/* 0 and the value, or the negative code it failed with: WEFT_ECANCELLED,
 * WEFT_EINVALIDSTATE while it is pending. `value` may be NULL. */
int weft_future_result(const struct weft_future *future, void **value);

/* Call callback(arg) in the turn after it is done; in the next turn if it is
 * done already. The handle is the caller's, one for each callback, and idle
 * again when the callback begins. WEFT_EALREADY when it is scheduled,
 * WEFT_ENOLOOP when the future is done and no loop is open. O(1). */
int weft_future_add_done_callback(struct weft_future *future,
                                  struct weft_handle *handle,
                                  void (*callback)(void *arg), void *arg);

/* Take a callback back, true if it was still waiting for this future. Like
 * asyncio's, it cannot stop one that is about to run: weft_handle_cancel does.
 * O(callbacks). */
bool weft_future_remove_done_callback(struct weft_future *future,
                                      struct weft_handle *handle);

/* Under AWAIT: until it is done; raises its error. Does not yield when it is
 * done already. Cancelling the waiting task cancels the future. */
struct weft_op weft_future_wait(struct weft_future *future) WEFT_MUST_AWAIT_;

/* Between files: the end of every future. */
void weft_future_complete_(struct weft_future *future,
                           enum weft_future_state state, int error);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_FUTURE_H */
