/* process_pool.h - C functions in processes of their own, which may crash.
 *
 * Python   concurrent.futures.ProcessPoolExecutor with run_in_executor
 * Memory   one struct, and 8 bytes a worker from malloc; a call is the caller's
 * Moving   not while open
 * Errors   WEFT_ECRASHED when the process ended under a call, or has no more to
 *          fork from; WEFT_ELIMIT for a reply that does not fit; WEFT_ECLOSED,
 *          WEFT_EBUSY, WEFT_EALREADY; WEFT_EINVAL; -errno of fork; otherwise
 *          the function's own
 *
 *     int main(void)
 *     {
 *         weft_process_pool_open(&pool, 0);     before there are threads
 *         status = ASYNC_RUN(program);
 *         weft_process_pool_close(&pool);
 *     }
 *
 *     AWAIT(CALL(&self->call, weft_process_call, .pool = &pool,
 *                .function = factor, .request = &self->number,
 *                .request_size = sizeof self->number, .reply = &self->factors,
 *                .reply_limit = sizeof self->factors));
 *
 * The open forks one process that does nothing but fork workers when they are
 * asked for, and reaps them: so the program may have threads later, and its own
 * children, SIGCHLD and wait() stay its own. Request and reply are bytes.
 */
#ifndef WEFT_PROCESS_POOL_H
#define WEFT_PROCESS_POOL_H

#include "weft/frame.h"
#include "weft/lock.h"
#include "weft/semaphore.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a function in a worker gets, and fills in. */
struct weft_work {
    const void *request;
    size_t request_size;
    void *reply;        /* aligned for any type, and zero at first */
    size_t reply_limit; /* how much fits                           */
    size_t reply_size;  /* how much of it is to be sent back       */
};

/* Gives 0 or more, or a negative code. It has the memory of the program as it
 * was at the open, and what it leaves there stays in its worker. */
typedef int weft_work_function(struct weft_work *work);

struct weft_worker_process_ {
    int fd;
    int pid;
};

struct weft_process_pool { /* all zero: closed */
    size_t limit;          /* read-only: workers at most                  */
    size_t alive;          /* read-only: workers that there are           */
    size_t crashed;        /* read-only: workers that ended under a call  */
    bool is_open;          /* read-only */

    /* private */
    int server; /* the process that forks */
    int control;
    size_t owed;           /* workers that were asked for, and not given yet */
    struct weft_lock lock; /* of who asks */
    struct weft_semaphore places;
    struct weft_worker_process_ *idle;
    size_t idle_count;
};

/* With as many workers as processors if `limit` is 0. All descriptors but the
 * standard three are closed in them, and they do not see Ctrl-C. */
int weft_process_pool_open(struct weft_process_pool *pool, size_t limit);

/* End the workers. Blocks for a moment. WEFT_EBUSY while a call is under way;
 * harmless when closed. */
int weft_process_pool_close(struct weft_process_pool *pool);

struct weft_process_hire_ { /* private */
    struct weft_frame frame;
    struct weft_process_pool *pool;
    struct weft_worker_process_ worker;
    bool has_lock;
};

/* For CALL, or SPAWN: run function(work) in a worker that is free, or in a new
 * one, or wait for one. The coroutine fails with the function's negative code;
 * `result` is what it gave. Cancelled, the worker is killed. */
struct weft_process_call {
    struct weft_frame frame;

    /* public: arguments */
    struct weft_process_pool *pool;
    weft_work_function *function;
    const void *request;
    size_t request_size;
    void *reply;
    size_t reply_limit;

    /* read-only */
    int result;
    size_t reply_size;

    /* private */
    struct weft_process_hire_ hire;
    struct weft_worker_process_ worker;
    bool has_place, has_worker, is_over;
    int phase;
    size_t done; /* bytes of it that went through */
    struct weft_process_head_ {
        weft_work_function *function;
        size_t request_size;
        size_t reply_limit;
    } head;
    struct weft_process_tail_ {
        int result;
        size_t reply_size;
    } tail;
};

struct weft_async weft_process_call(struct weft_frame *frame);

/* Between files: what goes through the control socket, and the process at its
 * other end, which does not return. */
struct weft_process_order_ {
    int fire; /* the worker to end; 0: make one, and send its socket */
};

struct weft_process_answer_ {
    int pid; /* or a negative code, and no socket */
};

void weft_process_pool_server_(int control);
struct weft_async weft_process_hire_(struct weft_frame *frame);
bool weft_process_pool_take_(struct weft_process_pool *pool,
                             struct weft_worker_process_ *worker);
void weft_process_pool_dismiss_(struct weft_process_pool *pool,
                                struct weft_worker_process_ worker);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_PROCESS_POOL_H */
