/* gather.c - count tasks down to none, or to the first error. */
#include "weft/gather.h"

#include "weft/park.h"

static int resume_gather(struct weft_task *task, int status);
static int resume_cancelled_gather(struct weft_task *task, int status);
static bool cancel_gather(struct weft_task *task);

/* The kind is the state: which errors count, and whether a cancellation was
 * passed on. */
static const struct weft_wait_kind gather_wait = {
    {weft_task_run_, "gather", weft_task_itself_},
    resume_gather,
    cancel_gather};
static const struct weft_wait_kind gather_all_wait = {
    {weft_task_run_, "gather", weft_task_itself_},
    resume_gather,
    cancel_gather};
static const struct weft_wait_kind gather_all_cancelled_wait = {
    {weft_task_run_, "gather", weft_task_itself_},
    resume_cancelled_gather,
    cancel_gather};
static const struct weft_wait_kind gather_cancelled_wait = {
    {weft_task_run_, "gather", weft_task_itself_},
    resume_cancelled_gather,
    cancel_gather};

static bool errors_count(const struct weft_task *task)
{
    const struct weft_wait_kind *wait = weft_task_wait_(task);

    return wait == &gather_wait || wait == &gather_cancelled_wait;
}

/* A turn after the child's end. Once the waiter is woken, `left` is the place
 * of the join that failed, counted from 1, or 0. */
static void count_child(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_join *join = WEFT_OWNER(entry, struct weft_join, entry);
    int error = join->task->future.error;
    struct weft_task *waiter;
    struct weft_join *joins;

    (void)loop;
    weft_task_set_(join->task, WEFT_TASK_SEEN_);
    waiter = weft_join_arrived_(join);
    joins = waiter->object;
    if (weft_task_has_(waiter, WEFT_TASK_WOKEN_)) {
        return;
    }
    waiter->wait.many.left--;
    if (error < 0 && errors_count(waiter)) {
        waiter->wait.many.left = (weft_half_)(join - joins + 1);
        weft_task_wake_(waiter);
    } else if (waiter->wait.many.left == 0) {
        weft_task_wake_(waiter);
    }
}

static const struct weft_kind child_kind = {count_child, "gather",
                                            weft_join_awaiter_};

/* Nobody waits any more. What the children still do is not looked at. */
static void detach_children(struct weft_join *joins, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (joins[i].waiter != NULL) {
            weft_task_seen_(joins[i].task);
            weft_join_forget_(&joins[i]);
        }
    }
}

static int resume_gather(struct weft_task *task, int status)
{
    struct weft_join *joins = task->object;
    size_t failed = task->wait.many.left;

    if (status < 0 || failed > 0) { /* else all of them are counted */
        detach_children(joins, task->wait.many.count);
    }
    if (status == 0 && failed > 0) {
        status = weft_task_error(joins[failed - 1].task);
    }
    return status;
}

static int resume_cancelled_gather(struct weft_task *task, int status)
{
    status = resume_gather(task, status);
    return status < 0 ? status : WEFT_ECANCELLED;
}

static bool cancel_gather(struct weft_task *task)
{
    struct weft_join *joins = task->object;
    bool any = false;

    for (size_t i = 0; i < task->wait.many.count; i++) {
        any = weft_task_cancel(joins[i].task) || any;
    }
    if (any) {
        task->alarm.entry.kind = errors_count(task)
                                     ? &gather_cancelled_wait.kind
                                     : &gather_all_cancelled_wait.kind;
    }
    return any;
}

/* What can be said without waiting: how many are not done, or an error. */
static int count_running(struct weft_join *joins, size_t count, int flags,
                         weft_half_ *running)
{
    int status = weft_join_check_(joins, count);

    *running = 0;
    if (status < 0) {
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        struct weft_task *task = joins[i].task;

        joins[i].waiter = NULL;
        if (!weft_task_done(task)) {
            (*running)++;
        } else if (weft_task_error(task) < 0 && status == 0 &&
                   !(flags & WEFT_RETURN_ERRORS)) {
            status = weft_task_error(task);
        }
    }
    return status;
}

/* After an early error the others run on, and nobody looks at theirs. */
static void ignore_errors(const struct weft_join *joins, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (joins[i].task != NULL) {
            weft_task_seen_(joins[i].task);
        }
    }
}

struct weft_op weft_gather(struct weft_join *joins, size_t count, int flags)
{
    struct weft_task *waiter = weft_current_task();
    struct weft_op op;
    weft_half_ running;
    int status;

    status = count_running(joins, count, flags, &running);
    if (status < 0 || running == 0) {
        ignore_errors(joins, status < 0 ? count : 0);
        return weft_op_(status);
    }
    op = weft_task_park_(flags & WEFT_RETURN_ERRORS ? &gather_all_wait
                                                    : &gather_wait,
                         NULL, joins, NULL);
    if (op.status != WEFT_PENDING_) {
        return op;
    }
    waiter->wait.many.count = (weft_half_)count;
    waiter->wait.many.left = running;
    for (size_t i = 0; i < count; i++) {
        if (!weft_task_done(joins[i].task)) {
            weft_join_watch_(&joins[i], waiter, &child_kind);
        }
    }
    return op;
}
