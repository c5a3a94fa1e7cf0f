/* workers.h - one loop for each of several threads.
 *
 * Python   a process or a thread a core with asyncio.run in each, and
 *          SO_REUSEPORT, as uvicorn --workers does it
 * Memory   one struct; from malloc, a runner and the coroutine's struct a
 *          thread
 * Moving   not while it runs
 * Errors   the first one that a worker ends with, which stops the others;
 *          WEFT_EALREADY inside a running loop, or for a second run; -EAGAIN
 *          when a thread cannot be made; WEFT_ENOMEM
 *
 *     static struct weft_workers workers;
 *
 *     status = weft_workers_run(&workers, 4, serve, .port = "8080");
 *
 * Each thread has a loop, and in it a main task of its own, as ASYNC_RUN makes
 * it. What tasks use belongs to one loop; between them stands thread_queue.h.
 */
#ifndef WEFT_WORKERS_H
#define WEFT_WORKERS_H

#include <semaphore.h>

#if !defined(__cplusplus)
#include <stdatomic.h>
#endif

#include "weft/runner.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_workers { /* all zero: not yet run */
    int error;        /* read-only, after the run: the first */

    /* private */
    struct weft_worker_ *each;
    int alive;
    sem_t news; /* that a worker has ended, or all shall */
#if defined(__cplusplus)
    bool may_post, is_stopping;
#else
    atomic_bool may_post, is_stopping;
#endif
};

/* Run the coroutine `name`, its arguments by name, in so many threads, or with
 * 0 in one for each processor; block until all are done. Gives 0, also when
 * they were stopped, or the first error. For one run: zero it for another. */
#define weft_workers_run(workers, count, ...) \
    weft_workers_run_with_(workers, count, __VA_ARGS__, .frame = {0})
#define weft_workers_run_with_(workers, count, name, ...) \
    weft_workers_run_((workers), (count), (name),         \
                      &(struct name){__VA_ARGS__}.frame, sizeof(struct name))

/* Cancel the main task of each worker. From any thread or signal handler, also
 * before the run. */
void weft_workers_stop(struct weft_workers *workers);

/* Which worker's thread this is, from 0 on; -1 if none. */
int weft_worker_index(void);

/* Find a free port of a numeric address, for servers with `reuse_port` of
 * several workers: the socket in *fd keeps it until it is closed. The port, or
 * a negative code. */
int weft_reserve_port(const char *host, int *fd);

int weft_workers_run_(struct weft_workers *workers, int count,
                      struct weft_async (*resume)(struct weft_frame *),
                      const struct weft_frame *initial, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_WORKERS_H */
