/* runner.h - a loop with all that belongs to it.
 *
 * Python   asyncio.Runner, and its loop_factory; ASYNC_RUN is asyncio.run
 * Memory   one struct; malloc behind a pool for everything else
 * Moving   not while open
 * Errors   WEFT_EALREADY inside a running loop; WEFT_ECLOSED for a run after
 *          the close; WEFT_EINVAL without a driver; WEFT_ENOMEM; -EINTR from
 *          a run that Ctrl-C ended; otherwise the coroutine's own
 *
 *     struct weft_runner runner;
 *
 *     if (weft_runner_open(&runner) < 0) ...
 *     ASYNC_RUN_ON(&runner, prepare);
 *     ASYNC_RUN_ON(&runner, program, .verbose = true);
 *     weft_runner_close(&runner);
 *
 * weft_runner_open makes a libev driver; weft_runner_open_on takes one of
 * yours, as a loop_factory would: the virtual clock, or libev with settings.
 *
 * Runs of one runner share its loop: tasks that one leaves behind go on in the
 * next, which also sees the variables that the main coroutine has set. The
 * close cancels what is left and runs it to its end.
 *
 * During a run the first SIGINT cancels the main task, so that every
 * ASYNC_FINALLY runs, and the second ends the process at once. That is so only
 * in a process that has not set a handler for SIGINT itself, and for one
 * runner at a time.
 */
#ifndef WEFT_RUNNER_H
#define WEFT_RUNNER_H

#include "weft/ev.h"
#include "weft/pool.h"
#include "weft/run.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_runner {
    struct weft_loop loop; /* public: its fields */
    struct weft_pool pool; /* private */
    struct weft_ev ev;     /* private: if it was opened without driver */
    void (*close_ev)(struct weft_ev *ev); /* private: NULL if it was not */
    struct weft_task task;                /* private: the main task */
    struct weft_handle interrupt;         /* private */
    bool was_interrupted; /* private: Ctrl-C cancelled the main task */
};

#if !defined(WEFT_NO_EV)
int weft_runner_open(struct weft_runner *runner);

/* For ASYNC_RUN. */
int weft_run_(struct weft_async (*resume)(struct weft_frame *),
              struct weft_frame *frame);
#endif

/* On a driver of the caller's, which stays open when the runner closes, and
 * without libev if the driver is: weft_runner_open_on(&runner, &sim.driver). */
int weft_runner_open_on(struct weft_runner *runner, struct weft_driver *driver);

/* 0, or what kept tasks from ending; then it stays open. Harmless when
 * closed. */
int weft_runner_close(struct weft_runner *runner);

/* Between files: an open is both, and a driver in between. */
int weft_runner_prepare_(struct weft_runner *runner);
void weft_runner_begin_(struct weft_runner *runner, struct weft_driver *driver);

/* For ASYNC_RUN_ON. An error is reported through the loop's on_error. */
int weft_runner_run_(struct weft_runner *runner,
                     struct weft_async (*resume)(struct weft_frame *),
                     struct weft_frame *frame);

/* For ASYNC_RUN and ASYNC_RUN_SIM: the only run of a runner, and its close. */
int weft_runner_run_once_(struct weft_runner *runner,
                          struct weft_async (*resume)(struct weft_frame *),
                          struct weft_frame *frame);

/* For ASYNC_RUN_SIM. */
int weft_run_sim_(struct weft_async (*resume)(struct weft_frame *),
                  struct weft_frame *frame);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_RUNNER_H */
