/* waits.h - what the tests of wait share: jobs as planned, one who waits for
 * them, and one who watches and may cancel.
 */
#ifndef WAITS_H
#define WAITS_H

#include "check.h"
#include "sweep.h"

struct ticker {
    struct weft_frame frame;
    int turns;
    int i;
};

static inline async ticker(struct weft_frame *frame)
{
    ASYNC_BEGIN(ticker);
    for (self->i = 1; self->i <= self->turns; self->i++) {
        trace("turn %d", self->i);
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

/* Sleeps, takes turns, then ends or fails. */
struct plan {
    const char *name;
    double delay;
    int turns;
    int code;
};

struct job {
    struct weft_frame frame;
    struct plan plan;
    int i;
    int err;
};

static inline async job(struct weft_frame *frame)
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
        trace("%s %s", self->plan.name, weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
}

enum { JOBS = 2 };

struct waiting {
    struct weft_frame frame;
    struct plan plans[JOBS];
    size_t count;
    enum weft_return_when when;
    double timeout; /* 0: none */
    double first;   /* sleep so long before the wait       */
    int turns;      /* or let so many turns pass           */
    int ticks;      /* count the turns of the wait         */
    double stab;    /* cancel the last job then            */
    bool looks;     /* at the errors                       */
    int rounds;     /* more of them */
    struct weft_join jobs[JOBS];
    struct weft_timer timer;
    int i;
    int err;
};

static inline void stab(void *arg)
{
    trace("cancel");
    weft_task_cancel(arg);
}

static inline void trace_jobs(struct waiting *self)
{
    for (size_t i = 0; i < self->count; i++) {
        struct weft_task *task = self->jobs[i].task;

        if (task == NULL) {
            trace("none");
        } else if (!self->looks) {
            trace("%s", weft_task_done(task) ? "done" : "runs");
        } else if (weft_task_done(task)) {
            trace("%s", weft_error_name(weft_task_error(task)));
        } else {
            trace("runs");
        }
    }
}

static inline async waiting(struct weft_frame *frame)
{
    struct weft_loop *loop = weft_loop_running();

    ASYNC_BEGIN(waiting);
    for (size_t i = 0; i < self->count; i++) {
        self->jobs[i].task = SPAWN(job, .plan = self->plans[i]);
    }
    if (self->first > 0) {
        AWAIT(weft_sleep(self->first));
    }
    for (self->i = 0; self->i < self->turns; self->i++) {
        AWAIT(weft_sleep(0));
    }
    if (self->ticks > 0) {
        weft_task_release(SPAWN(ticker, .turns = self->ticks));
    }
    if (self->stab > 0) {
        weft_call_later(loop, &self->timer, self->stab, stab,
                        self->jobs[self->count - 1].task);
    }
    ASYNC_TRY {
        do {
            AWAIT(weft_wait(self->jobs, self->count, self->when,
                            self->timeout != 0 ? self->timeout
                                               : WEFT_NO_TIMEOUT));
            trace("%d at %g", frame->value, weft_loop_time(loop));
        } while (self->rounds-- > 0);
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("wait %s", weft_error_name(self->err));
        ASYNC_RAISE(self->err);
    }
    ASYNC_FINALLY
    trace_jobs(self);
    weft_join_release(self->jobs, self->count);
    weft_timer_cancel(&self->timer);
    ASYNC_END;
}

/* Let the jobs end, after the wait. */
struct watching {
    struct weft_frame frame;
    struct waiting waiting;
    struct weft_task task;
    int turns;
    double strike_at;
};

static inline async watching(struct weft_frame *frame)
{
    ASYNC_BEGIN(watching);
    if (weft_task_start_(&self->task, &self->waiting.frame, waiting) < 0) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    for (; self->turns > 0; self->turns--) {
        AWAIT(weft_sleep(0));
    }
    if (self->strike_at > 0) {
        AWAIT(weft_sleep(self->strike_at));
        trace("cancel %d", weft_task_cancel(&self->task));
    }
    AWAIT(weft_sleep(20));
    trace("%s", weft_error_name(weft_task_error(&self->task)));
    weft_task_release(&self->task);
    ASYNC_END;
}

#define TWO(a, b, ...) .waiting = {.count = 2, .plans = {a, b}, __VA_ARGS__}
#define ONE(a, ...) .waiting = {.count = 1, .plans = {a}, __VA_ARGS__}
#define JOB(...)    \
    {               \
        __VA_ARGS__ \
    }
#define A JOB(.name = "a", .delay = 1)
#define B JOB(.name = "b", .delay = 1.5)
#define WAIT(...) CHECK_INT(WORLD_RUN(watching, __VA_ARGS__), 0)

/* `waiting` gets WEFT_ENOMEM then, and nobody looks at that. */
static inline void verify_reports(struct world *world)
{
    CHECK(world->reports == 0 || world->fail_at > 0);
}

#endif /* WAITS_H */
