/* error.h - what can go wrong, as negative numbers with a name and a text.
 *
 * Python   asyncio's exceptions; OSError is -errno
 * Memory   none
 *
 *     if (code < 0)
 *         printf("%s: %s\n", weft_error_name(code), weft_error_message(code));
 *
 * Functions that can fail return 0 or a positive number on success. Codes of
 * the system are -errno; weft's own lie below WEFT_EBASE_, out of the system's
 * way and inside 16 bits; yours may start at WEFT_EUSER and go down.
 */
#ifndef WEFT_ERROR_H
#define WEFT_ERROR_H

#include "weft/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, distance from the base, text) */
#define WEFT_ERRORS(X)                                               \
    X(CANCELLED, 1, "the task was cancelled")                        \
    X(TIMEOUT, 2, "timed out")                                       \
    X(INVALIDSTATE, 3, "not possible in the object's present state") \
    X(QUEUEEMPTY, 4, "the queue is empty")                           \
    X(QUEUEFULL, 5, "the queue is full")                             \
    X(QUEUESHUTDOWN, 6, "the queue was shut down")                   \
    X(BROKENBARRIER, 7, "the barrier is broken")                     \
    X(INCOMPLETEREAD, 8, "the stream ended before enough was read")  \
    X(LIMIT, 9, "a limit was exceeded")                              \
    X(GROUP, 10, "tasks of the group failed")                        \
    X(ALREADY, 11, "it is running already")                          \
    X(NOLOOP, 12, "no loop is open in this thread")                  \
    X(NOTASK, 13, "not inside a task")                               \
    X(CLOSED, 14, "it is closed")                                    \
    X(STOPPED, 15, "the loop was stopped before the task was done")  \
    X(DEADLOCK, 16, "every task waits and nothing can wake one")     \
    X(GENERATOREXIT, 17, "the generator was closed early")           \
    X(NAME, 18, "the host name could not be resolved")               \
    X(BUSY, 19, "another task is waiting here already")              \
    X(LAGGED, 20, "items were overwritten before they were read")    \
    X(OTHERLOOP, 21, "it belongs to another loop or thread")         \
    X(TLS, 22, "TLS failed")                                         \
    X(TRUNCATED, 23, "the peer hung up without the goodbye of TLS")  \
    X(CRASHED, 24, "the process that was to do it has ended")

#define WEFT_EBASE_ (-20000)
#define WEFT_EUSER (-21000)

enum weft_error {
#define WEFT_ERROR_ENTRY_(name, distance, text) \
    WEFT_E##name = WEFT_EBASE_ - (distance),
    WEFT_ERRORS(WEFT_ERROR_ENTRY_)
#undef WEFT_ERROR_ENTRY_

    /* The two codes of the system that the freestanding layers need, with the
     * numbers that every libc gives them. */
    WEFT_ENOMEM = -12,
    WEFT_EINVAL = -22
};

/* "ETIMEOUT" for WEFT_ETIMEOUT, "ENOMEM" for -ENOMEM, "EUSER" for a code of
 * yours, "OK" for 0 and above. Never NULL; the text is static. O(codes). */
const char *weft_error_name(int code);

/* A sentence without a full stop. A system code's is the libc's, where there
 * is one. Never NULL. */
const char *weft_error_message(int code);

/* Neither a cancellation nor a generator's early end, the two that ordinary
 * handlers let pass. */
static inline bool weft_error_is_ordinary_(int code)
{
    return code < 0 && code != WEFT_ECANCELLED && code != WEFT_EGENERATOREXIT;
}

/* What ASYNC_RAISE raises: anything that is no error is a mistake. */
static inline int weft_error_checked_(int code)
{
    return code < 0 ? code : WEFT_EINVAL;
}

#ifdef __cplusplus
}
#endif

#endif /* WEFT_ERROR_H */
