/* shields.h - what the tests of shield share: a job, and who waits for it under
 * a shield.
 */
#ifndef SHIELDS_H
#define SHIELDS_H

#include "check.h"
#include "sweep.h"

struct job {
    struct weft_frame frame;
    const char *name;
    double delay;
    int code;
    int err;
    int result;
};

static inline async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    ASYNC_TRY {
        if (self->delay > 0) {
            AWAIT(weft_sleep(self->delay));
        } else {
            AWAIT(weft_sleep(0));
        }
        if (self->code < 0) {
            ASYNC_RAISE(self->code);
        }
        trace("%s ends", self->name);
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s %s", self->name, weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_RETURN(42);
    ASYNC_END;
}

struct guard {
    struct weft_frame frame;
    struct weft_task *task;
    bool is_blind; /* the result is gone by then */
    int err;
};

static inline async guard(struct weft_frame *frame)
{
    ASYNC_BEGIN(guard);
    ASYNC_TRY {
        AWAIT(weft_shield(self->task));
        if (self->is_blind) {
            trace("got it");
        } else {
            trace("got %d", WEFT_RESULT(self->task, job));
        }
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("guard %s", weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
}

static inline void verify_reports(struct world *world)
{
    CHECK(world->reports == 0 || world->fail_at > 0);
}

#endif /* SHIELDS_H */
