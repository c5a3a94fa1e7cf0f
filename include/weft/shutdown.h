/* shutdown.h - end a program in good order when it is told to.
 *
 * Python   the usual recipe: loop.add_signal_handler for SIGINT and SIGTERM,
 *          cancel asyncio.all_tasks(), gather them
 * Memory   one struct; nothing is allocated
 * Moving   not while started
 * Errors   WEFT_ENOTASK outside of a task; WEFT_EALREADY for one in use;
 *          WEFT_EINVAL for a time that is not a number; WEFT_EOTHERLOOP where
 *          another loop catches SIGINT or SIGTERM; WEFT_ENOMEM
 *
 *     static struct weft_shutdown shutdown;
 *
 *     weft_shutdown_on_signals(&shutdown, 10);  in the main coroutine
 *     ...
 *     status = ASYNC_RUN(program);
 *     return weft_shutdown_exit_code(&shutdown, status);
 *
 * The first SIGINT or SIGTERM cancels every task but the main one, waits until
 * all of them are done, and then cancels the main task: what that has opened
 * is there for the others to their end. A second signal ends the process at
 * once, and so does the end of the time that all this may take.
 */
#ifndef WEFT_SHUTDOWN_H
#define WEFT_SHUTDOWN_H

#include "weft/task.h"
#include "weft/timer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_shutdown {      /* all zero: idle */
    int number;             /* read-only: the signal that came, or 0 */
    struct weft_loop *loop; /* read-only: NULL when idle             */

    /* private */
    struct weft_task *main;         /* NULL when it is done            */
    weft_ticks grace;               /* from the signal to the hard end */
    struct weft_timer limit;        /* has a place all the time        */
    struct weft_entry closing;      /* in what the loop's close does   */
    struct weft_handle interrupted; /* SIGINT                          */
    struct weft_handle terminated;  /* SIGTERM                         */
    struct weft_handle main_done;
    struct weft_handle other_done; /* of the task that is waited for */
};

/* Shut down on SIGINT and SIGTERM; the running task is the main one. From the
 * signal on all may take so many seconds; INFINITY sets no limit. In force
 * until the loop's close. */
int weft_shutdown_on_signals(struct weft_shutdown *shutdown, double seconds);

/* Begin without a signal, and end as if this one had come. Harmless when idle,
 * or when it has begun. */
void weft_shutdown_begin(struct weft_shutdown *shutdown, int number);

/* Idle again: SIGINT and SIGTERM do what they did before. What is cancelled
 * stays so. Idempotent. */
void weft_shutdown_stop(struct weft_shutdown *shutdown);

/* For the end of main(), with what ASYNC_RUN gave: 0 after success, and for a
 * program that ended because it was told to; else 1. */
int weft_shutdown_exit_code(const struct weft_shutdown *shutdown, int status);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_SHUTDOWN_H */
