/* gathers.h - what the tests of gather share: jobs as planned, one who gathers
 * them, and one who watches and may cancel.
 */
#ifndef GATHERS_H
#define GATHERS_H

#include "check.h"
#include "sweep.h"

/* Sleeps, then ends or fails; takes its time over a cancellation. */
struct job {
    struct weft_frame frame;
    const char *name;
    double delay;
    int code;
    double lingers;
    bool swallows;
    int err;
    int result;
};

static inline async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    ASYNC_TRY {
        if (self->delay > 0) {
            AWAIT(weft_sleep(self->delay));
        }
        if (self->code < 0) {
            ASYNC_RAISE(self->code);
        }
        trace("%s ends", self->name);
    }
    ASYNC_CATCH_ALL(self->err) {
        if (self->lingers > 0) {
            trace("%s lingers", self->name);
            AWAIT(weft_sleep(self->lingers));
        }
        trace("%s %s", self->name, weft_error_name(self->err));
        if (!self->swallows) {
            ASYNC_RAISE(self->err);
        }
    }
    ASYNC_RETURN(self->name[0]);
    ASYNC_END;
}

enum { JOBS = 3 };

struct gathering {
    struct weft_frame frame;
    struct weft_join jobs[JOBS];
    struct job plan[JOBS]; /* up to the first without a name */
    size_t count;
    int flags;
    int err;
};

static inline async gathering(struct weft_frame *frame)
{
    ASYNC_BEGIN(gathering);
    for (size_t i = 0; i < JOBS && self->plan[i].name != NULL; i++) {
        const struct job *plan = &self->plan[i];

        self->jobs[i].task = SPAWN(
            job, .name = plan->name, .delay = plan->delay, .code = plan->code,
            .lingers = plan->lingers, .swallows = plan->swallows);
        self->count = i + 1;
    }
    ASYNC_TRY {
        AWAIT(weft_gather(self->jobs, self->count, self->flags));
        trace("gathered");
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("raised %s", weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_FINALLY
    if (frame->outcome == 0) {
        for (size_t i = 0; i < self->count; i++) {
            self->err = weft_task_error(self->jobs[i].task);
            if (self->err < 0) {
                trace("%s", weft_error_name(self->err));
            } else {
                trace("%c", WEFT_RESULT(self->jobs[i].task, job));
            }
        }
    }
    weft_join_release(self->jobs, self->count);
    ASYNC_END;
}

/* Keeps the loop going behind a gathering, and cancels it if told to. */
struct watching {
    struct weft_frame frame;
    struct weft_task gather;
    struct gathering gathering;
    double cancel_at;
    int child; /* cancel this child instead, counted from 1 */
};

static inline async watching(struct weft_frame *frame)
{
    ASYNC_BEGIN(watching);
    if (weft_task_start_(&self->gather, &self->gathering.frame, gathering)) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    if (self->cancel_at > 0) {
        AWAIT(weft_sleep(self->cancel_at));
        if (self->child > 0) {
            weft_task_cancel(self->gathering.jobs[self->child - 1].task);
        } else {
            trace("cancel %d", weft_task_cancel(&self->gather));
        }
    }
    AWAIT(weft_sleep(20));
    trace("%s", weft_error_name(weft_task_error(&self->gather)));
    weft_task_release(&self->gather);
    ASYNC_END;
}

#define PLAN(...) .gathering.plan = {__VA_ARGS__}
#define ALL .gathering.flags = WEFT_RETURN_ERRORS
#define WATCH(...) CHECK_INT(WORLD_RUN(watching, __VA_ARGS__), 0)

#endif /* GATHERS_H */
