/* step.c - the trampoline: from the loop into a coroutine, and back. */
#include "weft/step.h"

#include "weft/loop.h"
#include "weft/park.h"
#include "weft/trap.h"

WEFT_RARE_ static void trap_at(struct weft_frame *frame, const char *message)
{
    struct weft_site site = weft_frame_site(frame);

    weft_trap_(message, site.name, site.file, weft_frame_line(frame));
}

/* Remember the innermost of a chain of failing frames, whose caller links lead
 * outward. A frame that fails otherwise than its callee begins anew. The callee
 * may be gone by now, so what is to be known of it is kept in the task: who
 * awaited it, and its code, for which future.error is free until the end. */
WEFT_RARE_ static void note_failure(struct weft_task *task,
                                    struct weft_frame *frame)
{
    if (!weft_task_has_(task, WEFT_TASK_CLIMBING_) || task->wait.out != frame ||
        task->future.error != frame->outcome) {
        task->object = frame;
        weft_task_set_(task, WEFT_TASK_CLIMBING_);
    }
    task->wait.out = frame->caller;
    task->future.error = frame->outcome;
}

struct weft_frame *weft_task_origin(const struct weft_task *task)
{
    if (task->future.error >= 0 || !weft_task_has_(task, WEFT_TASK_CLIMBING_)) {
        return NULL;
    }
    return weft_task_contains_(task, task->object) ? task->object : task->frame;
}

void weft_forget_origin(void)
{
    if (weft_current_task() != NULL) {
        weft_task_clear_(weft_current_task(), WEFT_TASK_CLIMBING_);
    }
}

/* It says it is pending, so it must be parked, in its innermost frame. A
 * cancellation that came while it ran takes effect now. */
WEFT_RARE_ static void stay_parked(struct weft_task *task,
                                   struct weft_frame *frame)
{
    const struct weft_wait_kind *wait = weft_task_wait_(task);

    if (!weft_task_is_parked_(task) || task->frame != frame) {
        trap_at(frame, "an operation was started and not awaited");
    } else if (wait->cancel != NULL && wait->cancel(task)) {
        weft_task_clear_(task, WEFT_TASK_MUST_CANCEL_);
    }
}

/* A frame is done or has yielded: what its caller's AWAIT gives. */
static int leave_frame(struct weft_task *task, struct weft_frame *frame,
                       int step)
{
    if (weft_task_is_parked_(task) || task->frame != frame) {
        trap_at(frame, "an operation was started and not awaited");
    }
    if (step == WEFT_YIELDED_) {
        if (frame->caller == NULL || frame->error == WEFT_AWAITED_) {
            trap_at(frame, "YIELD, and nobody iterates");
        }
        return frame->error == WEFT_EGENERATOREXIT
                   ? WEFT_EINVALIDSTATE /* it was told to end */
                   : 0;
    }
    if (frame->outcome < 0) {
        note_failure(task, frame);
    }
    return frame->outcome;
}

const struct weft_wait_kind weft_turn_wait_ = {
    {weft_task_run_, "turn", weft_task_itself_}, NULL, NULL};

/* The innermost frame stops here: parked, or for one turn. Until an await ends
 * its frame's value is free to hold the moment at which it began. */
static inline void stop_task(struct weft_loop *loop, struct weft_task *task,
                             struct weft_frame *frame, int step)
{
    if (step == WEFT_TURN_) {
        if (weft_task_is_parked_(task) || task->frame != frame) {
            trap_at(frame, "an operation was started and not awaited");
        }
        weft_loop_ready_(loop, &task->alarm.entry);
        return;
    }
#if !defined(WEFT_FREESTANDING) /* where dumps are */
    if (frame->value == WEFT_PENDING_) {
        frame->value = weft_wait_moment_(loop->now);
    }
#endif
    if (!weft_task_is_parked_(task) || task->frame != frame ||
        weft_task_has_(task, WEFT_TASK_MUST_CANCEL_)) {
        stay_parked(task, frame);
    }
}

/* The innermost frame did not stop: go on with its caller when it is done, or
 * with the coroutine it has called, until something stops. The C stack is one
 * frame deep however long the chain is. */
WEFT_APART_ static void go_on_until_it_stops(struct weft_loop *loop,
                                             struct weft_task *task,
                                             struct weft_frame *frame, int step)
{
    int status = 0;

    do {
        if (step != WEFT_CALLED_) {
            status = leave_frame(task, frame, step);
            if (frame->caller == NULL) {
                weft_task_finish_(loop, task, status);
                loop->task = NULL; /* it may be gone */
                return;
            }
            task->frame = frame->caller;
            if (step == WEFT_YIELDED_) {
                frame->caller = NULL; /* anyone may ask for the next value */
            }
        }
        frame = task->frame;
        if (step != WEFT_CALLED_) {
            frame->value = status; /* a callee brings its own */
        }
        step = frame->resume(frame).step;
    } while (step != WEFT_PENDING_ && step != WEFT_TURN_);
    stop_task(loop, task, frame, step);
}

/* What a wait gives to the task that goes on from it. */
static int outcome_of_wait(struct weft_task *task,
                           const struct weft_wait_kind *wait)
{
    const int delivered = WEFT_TASK_MUST_CANCEL_ | WEFT_TASK_WITHDRAWN_;
    int status = weft_task_has_(task, delivered) ? WEFT_ECANCELLED : 0;

    weft_task_unpark_(task);
    weft_task_clear_(task, WEFT_TASK_MUST_CANCEL_); /* resume may ask anew */
    if (wait->resume != NULL) {
        status = wait->resume(task, status);
    }
    weft_task_clear_(task, WEFT_TASK_WITHDRAWN_ | WEFT_TASK_WOKEN_);
    return status;
}

/* Resume the innermost frame, unless the wait is not over yet. A task that is
 * cancelled before its first line has none to resume. */
WEFT_APART_ static int resume_from_wait(struct weft_task *task,
                                        struct weft_frame *frame)
{
    int status = outcome_of_wait(task, weft_task_wait_(task));

    if (status == WEFT_PENDING_) {
        return status;
    }
    if (status < 0 && frame->state == WEFT_START_) {
        frame->outcome = status;
        frame->state = WEFT_FINISHED_;
        return WEFT_DONE_;
    }
    frame->value = status;
    return frame->resume(frame).step;
}

/* One step. A task that takes turns and is not cancelled comes straight
 * through. */
static inline void step_task(struct weft_loop *loop, struct weft_task *task)
{
    const int flags =
        WEFT_TASK_MUST_CANCEL_ | WEFT_TASK_WITHDRAWN_ | WEFT_TASK_WOKEN_;
    struct weft_frame *frame = task->frame;
    int step;

    loop->task = task;
    if (WEFT_LIKELY_(!weft_task_is_parked_(task) &&
                     !weft_task_has_(task, flags))) {
        frame->value = 0;
        step = frame->resume(frame).step;
    } else {
        step = resume_from_wait(task, frame);
    }
    if (WEFT_LIKELY_(step == WEFT_TURN_)) {
        stop_task(loop, task, frame, WEFT_TURN_);
    } else if (step == WEFT_PENDING_) {
        stop_task(loop, task, frame, WEFT_PENDING_);
    } else {
        go_on_until_it_stops(loop, task, frame, step);
    }
}

void weft_task_run_(struct weft_loop *loop, struct weft_entry *entry)
{
    do {
        step_task(loop, WEFT_OWNER(entry, struct weft_task, alarm.entry));
    } while ((entry = weft_loop_next_(loop, weft_task_run_)) != NULL);
}

struct weft_task *weft_task_eager_(struct weft_task *task)
{
    struct weft_loop *loop = weft_loop_running();
    struct weft_task *outer;

    if (task == NULL || loop == NULL) {
        return task; /* without a running loop it begins like any other */
    }
    outer = loop->task;
    weft_node_unlink(&task->alarm.entry.node);
    step_task(loop, task);
    loop->task = outer;
    return task;
}

struct weft_op weft_task_call_(struct weft_frame *frame,
                               struct weft_async (*resume)(struct weft_frame *))
{
    struct weft_task *task = weft_current_task();

    if (task == NULL) {
        return weft_op_(WEFT_ENOTASK);
    }
    frame->resume = resume;
    frame->state = WEFT_START_;
    frame->value = 0;
    frame->error = WEFT_AWAITED_; /* so that a YIELD in it is noticed */
    frame->caller = task->frame;
    task->frame = frame;
    return weft_op_(WEFT_CALLED_);
}
