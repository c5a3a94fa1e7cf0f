/* races.h - attempts, and a race between them, for the tests of staggered.
 *
 * A plan says how long an attempt takes, how it ends, and how it takes a
 * cancellation. "Python:" stands for what asyncio does, printed on a virtual
 * clock by Python 3.13 with the staggered_race of 3.14 (3.13's does not await
 * what it cancels), whose set of tasks was replaced by one that keeps order:
 *
 *     async def race(plans, delay, ticks, strikes):
 *         try:
 *             _, winner, errors = await staggered_race(
 *                 [lambda i=i, plan=plan: attempt(i, **plan)
 *                  for i, plan in enumerate(plans)], delay)
 *             log("winner", -1 if winner is None else winner, "at", time())
 *             for error in errors:
 *                 log(name(error))
 *         except BaseException as error:
 *             log("out", name(error), "at", time())
 */
#ifndef RACES_H
#define RACES_H

#include "check.h"
#include "sweep.h"

struct plan {
    bool is_there;
    double delay;
    int turns;      /* after the delay                       */
    int code;       /* raised after both                     */
    double lingers; /* before it gives in to a cancellation  */
    int on_cancel;  /* raised in its place                   */
    bool swallows;
};

struct attempt {
    struct weft_frame frame;
    size_t index;
    struct plan plan;
    int i;
    int err;
};

static async attempt(struct weft_frame *frame)
{
    ASYNC_BEGIN(attempt);
    trace("%zu begins", self->index);
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
        trace("%zu succeeds", self->index);
    }
    ASYNC_CATCH_ALL(self->err) {
        if (self->err == WEFT_ECANCELLED && self->plan.lingers > 0) {
            trace("%zu lingers", self->index);
            AWAIT(weft_sleep(self->plan.lingers));
        }
        if (self->err == WEFT_ECANCELLED && self->plan.on_cancel < 0) {
            self->err = self->plan.on_cancel;
        }
        trace("%zu %s", self->index, weft_error_name(self->err));
        if (!self->plan.swallows) {
            ASYNC_RAISE(self->err);
        }
    }
    ASYNC_END;
}

enum { RACE_ATTEMPTS = 3 };

struct race {
    struct weft_frame frame;
    struct plan plans[RACE_ATTEMPTS]; /* up to the first that is not there */
    weft_ticks delay;
    int ticks;         /* of a task that counts the turns beside it         */
    int strike;        /* the turn in which it is cancelled, counted from 1 */
    double strikes[2]; /* and when                                          */
    struct weft_staggered staggered;
    struct weft_attempt attempts[RACE_ATTEMPTS];
    struct attempt slots[RACE_ATTEMPTS];
    struct weft_timer timers[2];
    struct weft_task *task;
    int err;
};

static struct weft_op begin_attempt(void *arg, size_t index)
{
    struct race *self = arg;

    return CALL(&self->slots[index], attempt, .index = index,
                .plan = self->plans[index]);
}

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

struct striker {
    struct weft_frame frame;
    struct weft_task *victim;
    int turns;
};

static async striker(struct weft_frame *frame)
{
    ASYNC_BEGIN(striker);
    for (; self->turns > 0; self->turns--) {
        AWAIT(weft_sleep(0));
    }
    trace("strike");
    weft_task_cancel(self->victim);
    ASYNC_END;
}

static inline void strike(void *arg)
{
    struct race *self = arg;

    trace("strike");
    weft_task_cancel(self->task);
}

/* What is beside the race. */
static inline void start_company(struct race *self)
{
    struct weft_loop *loop = weft_loop_running();

    self->task = weft_current_task();
    if (self->ticks > 0) {
        weft_task_release(SPAWN(ticker, .turns = self->ticks));
    }
    if (self->strike > 0) {
        weft_task_release(SPAWN(striker, .victim = weft_current_task(),
                                .turns = self->strike - 1));
    }
    for (int i = 0; i < 2; i++) {
        if (self->strikes[i] > 0) {
            weft_call_later(loop, &self->timers[i], self->strikes[i], strike,
                            self);
        }
    }
}

static inline size_t count_plans(const struct race *self)
{
    size_t count = 0;

    while (count < RACE_ATTEMPTS && self->plans[count].is_there) {
        count++;
    }
    return count;
}

static inline async race(struct weft_frame *frame)
{
    ASYNC_BEGIN(race);
    start_company(self);
    ASYNC_TRY {
        AWAIT(CALL(&self->staggered, weft_staggered, .begin = begin_attempt,
                   .arg = self, .attempts = self->attempts,
                   .count = count_plans(self), .delay = self->delay));
        trace("winner %d at %g", self->staggered.winner,
              weft_loop_time(weft_loop_running()));
        for (size_t i = 0; i < self->staggered.started; i++) {
            trace("%s", weft_error_name(self->attempts[i].error));
        }
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("out %s at %g", weft_error_name(self->err),
              weft_loop_time(weft_loop_running()));
    }
    AWAIT(weft_sleep(20));
    ASYNC_FINALLY
    weft_timer_cancel(&self->timers[0]);
    weft_timer_cancel(&self->timers[1]);
    ASYNC_END;
}

#define TRY(...)                      \
    {                                 \
        .is_there = true, __VA_ARGS__ \
    }
#define PLANS(...) .plans = {__VA_ARGS__}
#define AFTER(seconds) .delay = weft_ticks_from(seconds)
#define AFTER_FAILURE .delay = WEFT_FOREVER

#endif /* RACES_H */
