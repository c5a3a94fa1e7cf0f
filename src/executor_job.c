/* executor_job.c - jobs, as their loop sees them. */
#include "weft/executor.h"

#include "weft/loop.h"
#include "weft/park.h"
#include "weft/var.h"

/* ---- From the loop, and back ---- */

static void finish_executor_job(struct weft_job *job)
{
    struct weft_loop *loop = job->loop;

    job->is_done = true;
    job->state = WEFT_JOB_IDLE_;
    loop->expected--;
    weft_context_drop_(loop->allocator, job->context);
    job->context = NULL;
    while (weft_task_wake_first_(&job->waiters)) {
        continue;
    }
}

/* In the loop, once the thread is out of its memory. */
void weft_job_arrive_(void *arg)
{
    weft_executor_lock_();
    weft_executor_unlock_();
    finish_executor_job(arg);
}

static void *values_of_submitter(struct weft_loop *loop)
{
    return weft_context_share_(loop->task != NULL ? loop->task->future.value
                                                  : loop->context);
}

static int submit_job_to(struct weft_loop *loop, struct weft_executor *executor,
                         struct weft_job *job)
{
    int status;

    job->executor = executor;
    job->loop = loop;
    job->context = values_of_submitter(loop);
    job->is_done = job->is_cancelled = false;
    status = weft_executor_take_(executor, job);
    if (status < 0) {
        weft_context_drop_(loop->allocator, job->context);
        job->context = NULL;
    } else {
        loop->expected++;
    }
    return status;
}

int weft_executor_submit(struct weft_executor *executor, struct weft_job *job,
                         int (*function)(void *arg), void *arg)
{
    struct weft_loop *loop = weft_loop_current();
    int status;

    if (loop == NULL) {
        return WEFT_ENOLOOP;
    }
    if (executor == NULL) {
        executor = weft_executor_default_(loop);
    }
    if (executor == NULL) {
        return WEFT_ENOMEM;
    }
    weft_executor_lock_();
    if (job->state != WEFT_JOB_IDLE_) {
        status = WEFT_EALREADY;
    } else if (executor->is_closed) {
        status = WEFT_ECLOSED;
    } else {
        job->function = function;
        job->arg = arg;
        status = submit_job_to(loop, executor, job);
    }
    weft_executor_unlock_();
    return status;
}

bool weft_job_cancel(struct weft_job *job)
{
    bool was_queued;

    weft_executor_lock_();
    was_queued = weft_executor_drop_(job);
    job->is_cancelled = true;
    weft_executor_unlock_();
    if (was_queued) {
        job->result = WEFT_ECANCELLED;
        finish_executor_job(job);
    }
    return was_queued;
}

bool weft_job_is_cancelled(const struct weft_job *job)
{
    bool is_cancelled;

    weft_executor_lock_();
    is_cancelled = job->is_cancelled;
    weft_executor_unlock_();
    return is_cancelled;
}

/* ---- Waiting ---- */

static int resume_job_wait(struct weft_task *task, int status)
{
    const struct weft_job *job = task->object;

    return status < 0 ? status : job->result;
}

/* One that the function has to end is woken by its end. */
static bool cancel_job_wait(struct weft_task *task)
{
    struct weft_job *job = task->object;

    return weft_job_cancel(job) || (job->abandon && weft_task_withdraw_(task));
}

static const struct weft_wait_kind job_wait = {
    {weft_task_run_, "executor", weft_task_itself_},
    resume_job_wait,
    cancel_job_wait};

struct weft_op weft_job_wait(struct weft_job *job)
{
    if (job->is_done) {
        return weft_op_(job->result);
    }
    return job->loop != NULL
               ? weft_task_park_(&job_wait, &job->waiters, job, NULL)
               : weft_op_(WEFT_EINVALIDSTATE); /* never submitted */
}

struct weft_op weft_run_in_executor(struct weft_job *job,
                                    struct weft_executor *executor,
                                    int (*function)(void *arg), void *arg)
{
    int status = weft_current_task() != NULL
                     ? weft_executor_submit(executor, job, function, arg)
                     : WEFT_ENOTASK;

    return status < 0 ? weft_op_(status) : weft_job_wait(job);
}

static int resume_to_thread(struct weft_task *task, int status)
{
    struct weft_job *job = task->object;

    if (status == 0) {
        status = job->result;
    }
    weft_free_(weft_loop_current_->allocator, job, sizeof *job);
    return status;
}

static const struct weft_wait_kind to_thread_wait = {
    {weft_task_run_, "to_thread", weft_task_itself_},
    resume_to_thread,
    cancel_job_wait};

struct weft_op weft_to_thread(int (*function)(void *arg), void *arg)
{
    struct weft_allocator *allocator = weft_loop_current_->allocator;
    struct weft_job *job;
    int status;

    if (weft_current_task() == NULL) {
        return weft_op_(WEFT_ENOTASK);
    }
    job = weft_allocate_(allocator, sizeof *job);
    if (job == NULL) {
        return weft_op_(WEFT_ENOMEM);
    }
    memset(job, 0, sizeof *job);
    status = weft_executor_submit(NULL, job, function, arg);
    if (status < 0) {
        weft_free_(allocator, job, sizeof *job);
        return weft_op_(status);
    }
    return weft_task_park_(&to_thread_wait, &job->waiters, job, NULL);
}

/* ---- Questions ---- */

static size_t executor_number(const size_t *number)
{
    size_t value;

    weft_executor_lock_();
    value = *number;
    weft_executor_unlock_();
    return value;
}

size_t weft_executor_queued(struct weft_executor *executor)
{
    return executor_number(&executor->queued);
}

size_t weft_executor_busy(struct weft_executor *executor)
{
    return executor_number(&executor->busy);
}

size_t weft_executor_threads(struct weft_executor *executor)
{
    return executor_number(&executor->alive);
}
