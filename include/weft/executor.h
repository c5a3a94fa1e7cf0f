/* executor.h - functions that block, in threads of their own.
 *
 * Python   loop.run_in_executor, asyncio.to_thread, ThreadPoolExecutor
 * Memory   216 bytes (64-bit), and about 100 from malloc a thread; a job is
 *          the caller's, that of weft_to_thread the loop's allocator's
 * Moving   an executor not until it is closed, a job not until it is done
 * Errors   WEFT_EQUEUEFULL when queue_limit jobs wait already; WEFT_ECLOSED
 *          after the shutdown; WEFT_EALREADY for a job in use; -EAGAIN when
 *          no thread can be made; WEFT_ENOMEM; otherwise the function's own
 *
 *     static int add_up(void *numbers);         gives 0 or more, or an error
 *
 *     AWAIT(weft_to_thread(add_up, &self->numbers));
 *     printf("%d\n", frame->value);
 *
 * A function that has begun cannot be stopped, and uses memory of the task that
 * waits for it. So a task that is cancelled meanwhile gets its WEFT_ECANCELLED
 * when the function is at its end, and not before; a function that is not begun
 * is not called at all. What shall be left alone has a job with `abandon` set.
 */
#ifndef WEFT_EXECUTOR_H
#define WEFT_EXECUTOR_H

#include "weft/concurrent.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_executor {   /* all zero: open; threads come with the jobs */
    size_t thread_limit; /* public, before the first job: 0 is the number of
                             processors and four more, at most 32           */
    size_t queue_limit;  /* public, before the first job: how many may wait
                             for a thread; 0 for no bound                   */

    /* private, under one lock for all executors */
    struct weft_list queue; /* jobs that wait, oldest first               */
    size_t queued;
    size_t busy;  /* threads that have a job                    */
    size_t alive; /* threads that are not at their end          */
    bool is_closed;
    struct weft_list idle; /* threads without a job                      */
    struct weft_thread_ *threads; /* all, to be joined                    */
    struct weft_concurrent ended; /* closed, and no thread is left        */
};

struct weft_job { /* all zero: idle */
    bool abandon; /* public: who waits and is cancelled goes on at once;
                             the job and what `arg` points to must then live
                             until weft_job_is_done                         */
    int result;   /* read-only, when it is done: what the function
                             gave; WEFT_ECANCELLED if it was not called     */

    /* private */
    bool is_done;
    bool is_cancelled; /* under the lock, as the state */
    unsigned char state;
    struct weft_node node; /* in the queue */
    struct weft_executor *executor;
    int (*function)(void *arg);
    void *arg;
    struct weft_loop *loop;
    void *context;            /* variables that the function sees   */
    struct weft_list waiters; /* of the loop's thread, as is_done   */
    struct weft_handle arrival;
};

/* Call function(arg) in a thread, as soon as one is free; returns at once. The
 * function sees the values that the task has of its variables. `executor` NULL
 * is the loop's default one. The loop does not close before the job is done. 0,
 * or a code. O(1). */
int weft_executor_submit(struct weft_executor *executor, struct weft_job *job,
                         int (*function)(void *arg), void *arg);

/* Under AWAIT: until it is done. frame->value is what the function gave; a
 * negative number is raised. Cancelled: see above. */
struct weft_op weft_job_wait(struct weft_job *job) WEFT_MUST_AWAIT_;

/* Both in one. */
struct weft_op weft_run_in_executor(struct weft_job *job,
                                    struct weft_executor *executor,
                                    int (*function)(void *arg), void *arg)
    WEFT_MUST_AWAIT_;

/* The same with the default executor, and a job of the loop's allocator. */
struct weft_op weft_to_thread(int (*function)(void *arg), void *arg)
    WEFT_MUST_AWAIT_;

/* In the loop's thread: is the memory free for other use? */
static inline bool weft_job_is_done(const struct weft_job *job)
{
    return job->is_done;
}

/* In the loop's thread: do not call the function, if it has not begun; false
 * if it has, and then it is told so. */
bool weft_job_cancel(struct weft_job *job);

/* In the function: the job it belongs to, NULL elsewhere; and whether who
 * waits for it was cancelled, so that it may as well end early. */
struct weft_job *weft_current_job(void);
bool weft_job_is_cancelled(const struct weft_job *job);

/* In any thread: jobs that wait for a thread, threads that have a job, and
 * threads that there are. */
size_t weft_executor_queued(struct weft_executor *executor);
size_t weft_executor_busy(struct weft_executor *executor);
size_t weft_executor_threads(struct weft_executor *executor);

/* Under AWAIT: take no more jobs, and wait until all are done and the threads
 * at their end. For a deadline, put it into weft_wait_for: then the rest goes
 * on without anybody waiting. The close is still to come. */
struct weft_op weft_executor_shutdown(struct weft_executor *executor)
    WEFT_MUST_AWAIT_;

/* Take no more jobs, block until all are done, and give the threads back.
 * Harmless when closed. WEFT_EDEADLOCK in one of its own threads. */
int weft_executor_close(struct weft_executor *executor);

/* The executor that NULL means in this thread's loop. It is made when it is
 * first needed, and closed with the loop; one that is set stays its owner's to
 * close. Shut down, it refuses jobs. WEFT_ENOLOOP, WEFT_ENOMEM. */
int weft_set_default_executor(struct weft_executor *executor);
struct weft_op weft_shutdown_default_executor(void) WEFT_MUST_AWAIT_;

/* Between files: NULL when out of memory. The lock, of all executors; a job's
 * way into a thread and out of the queue, both under it. */
struct weft_executor *weft_executor_default_(struct weft_loop *loop);
void weft_executor_lock_(void);
void weft_executor_unlock_(void);
int weft_executor_take_(struct weft_executor *executor, struct weft_job *job);
bool weft_executor_drop_(struct weft_job *job);
void weft_job_arrive_(void *job);

enum { WEFT_JOB_IDLE_, WEFT_JOB_QUEUED_, WEFT_JOB_RUNNING_, WEFT_JOB_OVER_ };

#ifdef __cplusplus
}
#endif

#endif /* WEFT_EXECUTOR_H */
