/* executor.c - threads that take jobs from a queue. */
#include "weft/executor.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "weft/loop.h"

/* One for all, so that an executor of zeros is open. It is held for some
 * stores, and where there is something to tell, a system call. */
static pthread_mutex_t executor_mutex = PTHREAD_MUTEX_INITIALIZER;

/* An idle thread is in its executor's list; who takes it out gives it a job,
 * or sends it home. */
struct weft_thread_ {
    struct weft_node node;
    struct weft_executor *executor;
    struct weft_thread_ *next; /* of all */
    struct weft_job *job;
    pthread_t id;
    pthread_cond_t goes_on;
};

static WEFT_THREAD_LOCAL_ struct weft_job *executor_job_here;

void weft_executor_lock_(void)
{
    pthread_mutex_lock(&executor_mutex);
}

void weft_executor_unlock_(void)
{
    pthread_mutex_unlock(&executor_mutex);
}

struct weft_job *weft_current_job(void)
{
    return executor_job_here;
}

/* ---- In the threads ---- */

/* The thread has no loop, but the variables of who waits: it holds them, so
 * nobody changes them, and without a loop it cannot either. Codes that mean
 * something else to AWAIT are no results. */
static int call_job_function(struct weft_job *job)
{
    struct weft_loop *outer = weft_loop_current_;
    struct weft_loop values = {.is_guarded = true, .context = job->context};
    int result;

    weft_loop_current_ = &values;
    executor_job_here = job;
    result = job->function(job->arg);
    executor_job_here = NULL;
    weft_loop_current_ = outer;
    return result > WEFT_FRESH_ ? result : WEFT_EINVAL;
}

/* Under the lock, which is given away meanwhile. The loop takes it before it
 * lets go of the job: so loop and driver are there until they were told. */
static void run_executor_job(struct weft_executor *executor,
                             struct weft_job *job)
{
    int result;

    weft_executor_unlock_();
    result = call_job_function(job);
    weft_executor_lock_();
    executor->busy--;
    job->result = result;
    job->state = WEFT_JOB_OVER_;
    weft_call_soon_threadsafe(job->loop, &job->arrival, weft_job_arrive_, job);
}

static void begin_executor_job(struct weft_executor *executor,
                               struct weft_thread_ *thread,
                               struct weft_job *job)
{
    executor->busy++;
    job->state = WEFT_JOB_RUNNING_;
    thread->job = job;
}

/* Until there is a job, or none will come. */
static struct weft_job *next_executor_job(struct weft_executor *executor,
                                          struct weft_thread_ *thread)
{
    struct weft_node *node = NULL;
    struct weft_job *job;

    if (thread->job == NULL) {
        node = weft_list_pop(&executor->queue);
    }
    if (node != NULL) {
        executor->queued--;
        begin_executor_job(executor, thread,
                           WEFT_OWNER(node, struct weft_job, node));
    } else if (thread->job == NULL && !executor->is_closed) {
        weft_list_push(&executor->idle, &thread->node);
        while (weft_node_is_linked(&thread->node)) {
            pthread_cond_wait(&thread->goes_on, &executor_mutex);
        }
    }
    job = thread->job;
    thread->job = NULL;
    return job;
}

static void *run_executor_thread(void *arg)
{
    struct weft_thread_ *thread = arg;
    struct weft_executor *executor = thread->executor;
    struct weft_job *job;
    bool is_last;

    weft_executor_lock_();
    while ((job = next_executor_job(executor, thread)) != NULL) {
        run_executor_job(executor, job);
    }
    is_last = --executor->alive == 0;
    weft_executor_unlock_();
    if (is_last) { /* and only if it was closed is a thread at its end */
        weft_concurrent_set_result(&executor->ended, NULL);
    }
    return NULL;
}

/* ---- Jobs come ---- */

static size_t executor_thread_limit(const struct weft_executor *executor)
{
    long processors;

    if (executor->thread_limit > 0) {
        return executor->thread_limit;
    }
    processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 1 ? 5 : processors > 28 ? 32 : (size_t)processors + 4;
}

/* Signals are for the threads of the program. */
static int create_executor_thread(struct weft_thread_ *thread)
{
    sigset_t all;
    sigset_t before;
    int status;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    status = pthread_create(&thread->id, NULL, run_executor_thread, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -status;
}

/* One more thread, which begins with this job. */
static int add_executor_thread(struct weft_executor *executor,
                               struct weft_job *job)
{
    struct weft_thread_ *thread = calloc(1, sizeof *thread);
    int status;

    if (thread == NULL) {
        return WEFT_ENOMEM;
    }
    status = -pthread_cond_init(&thread->goes_on, NULL);
    if (status == 0) {
        thread->executor = executor;
        thread->job = job;
        status = create_executor_thread(thread);
        if (status < 0) {
            pthread_cond_destroy(&thread->goes_on);
        }
    }
    if (status < 0) {
        free(thread);
        return status;
    }
    begin_executor_job(executor, thread, job);
    executor->alive++;
    thread->next = executor->threads;
    executor->threads = thread;
    return 0;
}

/* To an idle thread, to a new one, or behind the others. */
int weft_executor_take_(struct weft_executor *executor, struct weft_job *job)
{
    struct weft_node *node = weft_list_pop(&executor->idle);

    if (node != NULL) {
        struct weft_thread_ *thread =
            WEFT_OWNER(node, struct weft_thread_, node);

        begin_executor_job(executor, thread, job);
        pthread_cond_signal(&thread->goes_on);
        return 0;
    }
    if (executor->alive < executor_thread_limit(executor)) {
        int status = add_executor_thread(executor, job);

        if (status == 0 || executor->alive == 0) {
            return status;
        }
    }
    if (executor->queue_limit > 0 &&
        executor->queued >= executor->queue_limit) {
        return WEFT_EQUEUEFULL;
    }
    weft_list_push(&executor->queue, &job->node);
    executor->queued++;
    job->state = WEFT_JOB_QUEUED_;
    return 0;
}

bool weft_executor_drop_(struct weft_job *job)
{
    if (job->state != WEFT_JOB_QUEUED_) {
        return false;
    }
    weft_node_unlink(&job->node);
    job->executor->queued--;
    return true;
}

/* ---- The end ---- */

/* True if no thread is left already, or never was. */
static bool send_executor_threads_home(struct weft_executor *executor)
{
    struct weft_node *node;
    bool are_gone;

    weft_executor_lock_();
    executor->is_closed = true;
    while ((node = weft_list_pop(&executor->idle)) != NULL) {
        pthread_cond_signal(
            &WEFT_OWNER(node, struct weft_thread_, node)->goes_on);
    }
    are_gone = executor->alive == 0;
    weft_executor_unlock_();
    return are_gone;
}

struct weft_op weft_executor_shutdown(struct weft_executor *executor)
{
    if (weft_loop_current_->task == NULL) {
        return weft_op_(WEFT_ENOTASK);
    }
    weft_concurrent_start(&executor->ended); /* nobody can cancel it */
    if (send_executor_threads_home(executor)) {
        return weft_op_(0);
    }
    return weft_concurrent_wait(&executor->ended);
}

int weft_executor_close(struct weft_executor *executor)
{
    struct weft_thread_ *threads;

    if (executor_job_here != NULL && executor_job_here->executor == executor) {
        return WEFT_EDEADLOCK;
    }
    send_executor_threads_home(executor);
    weft_executor_lock_();
    threads = executor->threads;
    executor->threads = NULL;
    weft_executor_unlock_();
    while (threads != NULL) {
        struct weft_thread_ *next = threads->next;

        pthread_join(threads->id, NULL);
        pthread_cond_destroy(&threads->goes_on);
        free(threads);
        threads = next;
    }
    return 0;
}
