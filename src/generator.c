/* generator.c - into a suspended generator: for its next value, or its end. */
#include "weft/generator.h"

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

struct weft_op weft_aclose(struct weft_frame *generator)
{
    if (!weft_frame_is_running(generator)) {
        if (generator->state == 0) {
            generator->state = WEFT_FINISHED_; /* not begun: nothing to undo */
        }
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
