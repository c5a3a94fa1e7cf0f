/* groups.h - jobs, and a group of them with a body, for the tests of groups.
 *
 * A job sleeps, then ends or fails; a plan says how, and how it takes a
 * cancellation. A block runs up to three jobs in a group, and one more as the
 * body of its ASYNC_WITH.
 *
 * The Python behind "Python:", printed on a virtual clock by 3.13, whose
 * TaskGroup had its set of tasks replaced by one that keeps their order:
 *
 *     async def block(plans, body):
 *         try:
 *             async with asyncio.TaskGroup() as group:
 *                 for plan in plans:
 *                     group.create_task(job(**plan))
 *                 await job("body", **body)
 *             log("behind")
 *         except BaseException as error:
 *             log("out", name(error))
 *             for each in getattr(error, "exceptions", []):
 *                 log(name(each))
 *             if isinstance(error, asyncio.CancelledError):
 *                 raise
 *         finally:
 *             log("cancelling", asyncio.current_task().cancelling())
 */
#ifndef GROUPS_H
#define GROUPS_H

#include "check.h"
#include "sweep.h"

struct plan {
    const char *name;
    double delay;
    int turns;      /* after the delay                        */
    int code;       /* raised after both                      */
    double lingers; /* before it gives in to a cancellation  */
    int on_cancel;  /* raised in its place                    */
    bool swallows;
};

struct job {
    struct weft_frame frame;
    struct plan plan;
    int i;
    int err;
    int result;
};

static async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    ASYNC_TRY {
        if (self->plan.delay > 0) {
            AWAIT(weft_sleep(self->plan.delay));
        }
        for (self->i = 0; self->i < self->plan.turns; self->i++) {
            AWAIT(weft_sleep(0));
        }
        if (self->plan.code < 0) {
            ASYNC_RAISE(self->plan.code);
        }
        trace("%s ends", self->plan.name);
    }
    ASYNC_CATCH_ALL(self->err) {
        if (self->err == WEFT_ECANCELLED && self->plan.lingers > 0) {
            trace("%s lingers", self->plan.name);
            AWAIT(weft_sleep(self->plan.lingers));
        }
        if (self->err == WEFT_ECANCELLED && self->plan.on_cancel < 0) {
            self->err = self->plan.on_cancel;
        }
        trace("%s %s", self->plan.name, weft_error_name(self->err));
        if (!self->plan.swallows) {
            ASYNC_RAISE(self->err);
        }
    }
    ASYNC_RETURN(self->plan.name[0]);
    ASYNC_END;
}

/* The errors of a group that has ended, in order. */
static inline void trace_group(struct weft_group *group)
{
    struct weft_task *task = NULL;

    while ((task = weft_group_errors(group, task)) != NULL) {
        trace("%s", weft_error_name(weft_task_error(task)));
    }
    if (group->body_error < 0) {
        trace("%s", weft_error_name(group->body_error));
    }
}

enum { BLOCK_JOBS = 3 };

struct block {
    struct weft_frame frame;
    struct plan plans[BLOCK_JOBS]; /* up to the first without a name */
    struct plan body;
    int ticks; /* of a task that counts turns */
    struct weft_group group;
    struct job job;
    int err;
};

struct ticker {
    struct weft_frame frame;
    int turns;
    int i;
};

static async ticker(struct weft_frame *frame)
{
    ASYNC_BEGIN(ticker);
    for (self->i = 1; self->i <= self->turns; self->i++) {
        trace("turn %d", self->i);
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

static inline async block(struct weft_frame *frame)
{
    ASYNC_BEGIN(block);
    if (self->ticks > 0) {
        weft_task_release(SPAWN(ticker, .turns = self->ticks));
    }
    self->body.name = "body";
    ASYNC_TRY {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            for (int i = 0; i < BLOCK_JOBS && self->plans[i].name; i++) {
                weft_task_release(weft_group_spawn(&self->group, job,
                                                   .plan = self->plans[i]));
            }
            AWAIT(CALL(&self->job, job, .plan = self->body));
        }
        trace("behind");
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("out %s", weft_error_name(self->err));
        trace_group(&self->group);
        if (self->err == WEFT_ECANCELLED) {
            ASYNC_RAISE(self->err);
        }
    }
    ASYNC_FINALLY
    trace("cancelling %u", weft_task_cancelling(weft_current_task()));
    weft_group_clear(&self->group);
    ASYNC_END;
}

#define PLANS(...) .plans = {__VA_ARGS__}

#endif /* GROUPS_H */
