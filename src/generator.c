/* generator.c - into a suspended generator: for its next value, or its end. */
#include "weft/generator.h"

#include "weft/loop.h"
#include "weft/task.h"

static struct weft_op enter_generator(struct weft_task *task,
                                      struct weft_frame *generator, int status)
{
    if (task == NULL) {
        return weft_op_(WEFT_ENOTASK);
    }
    if (generator->caller != NULL) {
        return weft_op_(WEFT_EALREADY); /* somebody else is in it */
    }
    generator->caller = task->frame;
    generator->value = status;
    task->frame = generator;
    return weft_op_(WEFT_CALLED_);
}

struct weft_op weft_task_next_(struct weft_frame *generator)
{
    if (weft_frame_is_done(generator)) {
        return weft_op_(0);
    }
    if (generator->resume == NULL) {
        return weft_op_(WEFT_EINVALIDSTATE);
    }
    if (generator->state == 0) {
        generator->state = WEFT_START_;
    }
    return enter_generator(weft_current_task(), generator, 0);
}

/* True if there is nothing to undo: it has ended, or never begins now. */
static bool needs_no_close(struct weft_frame *generator)
{
    if (generator->state == 0) {
        generator->state = WEFT_FINISHED_;
    }
    return weft_frame_is_done(generator);
}

struct weft_op weft_aclose(struct weft_frame *generator)
{
    if (needs_no_close(generator)) {
        return weft_op_(0);
    }
    return enter_generator(weft_current_task(), generator, WEFT_EGENERATOREXIT);
}

static struct weft_op leave_aclosing(struct weft_with *with)
{
    return weft_aclose(WEFT_OWNER(with, struct weft_aclosing, with)->generator);
}

struct weft_op weft_aclosing(struct weft_aclosing *closing,
                             struct weft_frame *generator)
{
    closing->with.leave = leave_aclosing;
    closing->generator = generator;
    return weft_op_(0);
}

/* ---- By hand ---- */

/* Nobody's step: what wants to wait finds no task to park, and says so. A turn
 * is given to whoever asks for it, and refused here. */
static int step_alone(struct weft_frame *generator, int status)
{
    struct weft_loop *loop = weft_loop_current_;
    struct weft_task *task = loop->task;
    int step;

    if (generator->caller != NULL) {
        return WEFT_EALREADY;
    }
    if (task != NULL) {
        loop->task = NULL; /* not written to where no loop is open */
    }
    generator->caller = generator; /* somebody is in it */
    do {
        generator->value = status;
        step = generator->resume(generator).step;
        status = WEFT_ENOTASK;
    } while (step == WEFT_TURN_);
    generator->caller = NULL;
    if (task != NULL) {
        loop->task = task;
    }
    return step == WEFT_YIELDED_ ? 1 : generator->outcome;
}

int weft_next(struct weft_frame *generator)
{
    int status;

    if (weft_frame_take_(generator)) {
        return 1;
    }
    if (weft_frame_is_done(generator)) {
        return 0;
    }
    if (generator->resume == NULL) {
        return WEFT_EINVALIDSTATE;
    }
    if (generator->state == 0) {
        generator->state = WEFT_START_;
    }
    status = step_alone(generator, 0);
    if (status > 0) {
        weft_frame_take_(generator);
    }
    return status;
}

int weft_close(struct weft_frame *generator)
{
    int status;

    if (needs_no_close(generator)) {
        return 0;
    }
    status = step_alone(generator, WEFT_EGENERATOREXIT);
    return status > 0 ? WEFT_EINVALIDSTATE : status; /* it yielded again */
}
