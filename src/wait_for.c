/* wait_for.c - a frame between an operation and who awaits it.
 *
 * The awaiting coroutine is the frame's caller, so the operation's outcome
 * comes here first and the timeout can look at it.
 */
#include "weft/wait_for.h"

#include "weft/join.h"
#include "weft/loop.h"
#include "weft/park.h"

enum { /* states of the frame, above those of every frame */
       OP_PARKED = WEFT_START_, /* the operation waits in the task itself     */
       OP_CALLED = WEFT_SLOT_   /* a callee runs, and will come back to this  */
};

static struct weft_async come_back(struct weft_frame *frame)
{
    static const struct weft_site site = {"wait_for", "wait_for.c"};
    struct weft_wait_for *wait = WEFT_OWNER(frame, struct weft_wait_for, frame);

    if (frame->state == OP_PARKED) {
        struct weft_async stopped = {frame->outcome};

        frame->state = OP_CALLED;
        return stopped;
    }
    if (frame->state != OP_CALLED) {
        return weft_frame_odd_(frame, &site);
    }
    frame->outcome = frame->value;
    if (frame->value < 0) {
        frame->outcome = weft_timeout_leave_(&wait->timeout, frame->value);
    } else {
        weft_timeout_leave_(&wait->timeout, 0);
    }
    return weft_frame_finish_(frame);
}

/* False when there is no time, or the timeout cannot be entered. */
bool weft_wait_for_begin_(struct weft_wait_for *wait, weft_ticks delay)
{
    weft_ticks when;

    wait->frame.outcome = WEFT_ETIMEOUT;
    if (weft_current_task() == NULL || weft_frame_is_running(&wait->frame)) {
        wait->frame.outcome =
            weft_current_task() == NULL ? WEFT_ENOTASK : WEFT_EALREADY;
        return false;
    }
    if (!weft_ticks_fit_(delay)) {
        wait->frame.outcome = WEFT_EINVAL;
        return false;
    }
    if (delay <= 0) {
        return false;
    }
    when = weft_ticks_after(weft_loop_ticks(weft_loop_current_), delay);
    wait->frame.outcome = weft_timeout_enter_(&wait->timeout, when);
    return wait->frame.outcome == 0;
}

struct weft_op weft_wait_for_op_(struct weft_wait_for *wait, struct weft_op op)
{
    struct weft_task *task = weft_current_task();
    struct weft_frame *frame = &wait->frame;

    if (op.status > WEFT_TURN_) {
        weft_timeout_leave_(&wait->timeout, 0);
        return op;
    }
    frame->resume = come_back;
    frame->value = op.status;
    frame->outcome = op.status; /* what to return when it is resumed first */
    if (op.status != WEFT_CALLED_) {
        frame->state = OP_PARKED;
        frame->caller = task->frame;
        task->frame = frame;
    } else {
        frame->state = OP_CALLED;
        frame->caller = task->frame->caller;
        task->frame->caller = frame;
    }
    return weft_op_(WEFT_CALLED_);
}

/* asyncio makes a task of the coroutine, cancels it before its first step and
 * waits for it: three turns. */
static const struct weft_wait_kind expired_wait = {
    {weft_task_run_, "wait_for", weft_task_itself_}, NULL, NULL};

static int resume_expired(struct weft_task *task, int status)
{
    (void)task;
    return status < 0 ? status : WEFT_ETIMEOUT;
}

static void count_turns(struct weft_loop *loop, struct weft_entry *entry);
static bool cancel_expired(struct weft_task *task);

static const struct weft_wait_kind turns_wait = {
    {count_turns, "wait_for", weft_task_itself_}, NULL, cancel_expired};
static const struct weft_wait_kind turned_wait = {
    {weft_task_run_, "wait_for", weft_task_itself_}, resume_expired, NULL};

static void count_turns(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_task *task = WEFT_OWNER(entry, struct weft_task, alarm.entry);

    if (task->wait.many.left-- > 0) {
        weft_loop_ready_(loop, entry);
        return;
    }
    entry->kind = &turned_wait.kind;
    weft_task_wake_(task);
}

static bool cancel_expired(struct weft_task *task)
{
    task->alarm.entry.kind = &expired_wait.kind;
    return weft_task_withdraw_(task);
}

struct weft_op weft_wait_for_nothing_(struct weft_wait_for *wait)
{
    struct weft_loop *loop = weft_loop_current_;
    struct weft_op op;

    if (wait->frame.outcome != WEFT_ETIMEOUT) {
        return weft_op_(wait->frame.outcome);
    }
    op = weft_task_park_(&turns_wait, &loop->ready, NULL, NULL);
    loop->task->wait.many.left = 1;
    return op;
}

/* ---- A task or a future, and no time ---- */

static void run_ended(struct weft_loop *loop, struct weft_entry *entry);
static int resume_ended_task(struct weft_task *task, int status);
static int resume_ended_future(struct weft_task *task, int status);

static const struct weft_wait_kind ended_task_wait = {
    {run_ended, "wait_for", weft_task_itself_},
    resume_ended_task,
    weft_task_withdraw_};
static const struct weft_wait_kind ended_future_wait = {
    {run_ended, "wait_for", weft_task_itself_},
    resume_ended_future,
    weft_task_withdraw_};

/* The entry comes here in the turn after the end, which takes one turn more to
 * reach the waiter, as in asyncio; and then once more. */
static void run_ended(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_task *task = WEFT_OWNER(entry, struct weft_task, alarm.entry);

    if (weft_task_has_(task, WEFT_TASK_WOKEN_ | WEFT_TASK_WITHDRAWN_)) {
        weft_task_run_(loop, entry);
    } else {
        weft_task_wake_(task);
    }
}

static int late_or(int error)
{
    return error == WEFT_ECANCELLED ? WEFT_ETIMEOUT : error;
}

/* Cancelled meanwhile: nobody looks at the other one's outcome. */
static int resume_ended_task(struct weft_task *task, int status)
{
    struct weft_task *ended = task->object;

    if (status == 0) {
        status = late_or(weft_task_error(ended));
    }
    weft_task_drop_(ended);
    return status;
}

static int resume_ended_future(struct weft_task *task, int status)
{
    struct weft_future *ended = task->object;

    return status < 0 ? status : late_or(ended->error);
}

/* The current task has parked: it waits in the list of what is to be cancelled
 * now. */
static void wait_for_end(const struct weft_wait_kind *wait)
{
    weft_current_task()->alarm.entry.kind = &wait->kind;
}

struct weft_op weft_wait_for_task_ticks(struct weft_wait_for *wait,
                                        struct weft_task *task,
                                        weft_ticks delay)
{
    struct weft_op op;

    if (weft_wait_for_begin_(wait, delay)) {
        return weft_wait_for_op_(wait, weft_join(task));
    }
    if (wait->frame.outcome != WEFT_ETIMEOUT) {
        return weft_op_(wait->frame.outcome);
    }
    op = weft_join(task);
    if (op.status == WEFT_PENDING_) {
        wait_for_end(&ended_task_wait);
        weft_task_cancel(task);
    }
    return op;
}

struct weft_op weft_wait_for_future_ticks(struct weft_wait_for *wait,
                                          struct weft_future *future,
                                          weft_ticks delay)
{
    struct weft_op op;

    if (weft_wait_for_begin_(wait, delay)) {
        return weft_wait_for_op_(wait, weft_future_wait(future));
    }
    if (wait->frame.outcome != WEFT_ETIMEOUT) {
        return weft_op_(wait->frame.outcome);
    }
    op = weft_future_wait(future);
    if (op.status == WEFT_PENDING_) {
        wait_for_end(&ended_future_wait);
        weft_future_cancel(future);
    }
    return op;
}
