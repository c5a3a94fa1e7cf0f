/* tasks.h - what the tests of tasks share: a job that takes turns and ends or
 * fails, a chain of coroutines, and one who joins.
 */
#ifndef TASKS_H
#define TASKS_H

#include "check.h"
#include "sweep.h"
#include "turn.h"

static inline void say(void *arg)
{
    trace("%s", (const char *)arg);
}

struct job {
    struct weft_frame frame;
    const char *name;
    int turns;
    int error;
    int result;
};

static inline async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    trace("%s", self->name);
    while (self->turns-- > 0) {
        AWAIT(weft_sleep(0));
        trace("%s", self->name);
    }
    if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    ASYNC_RETURN((int)strlen(self->name));
    ASYNC_END;
}

struct chain {
    struct weft_frame frame;
    int depth;
    int error;
    struct chain *below;
};

static inline async chain(struct weft_frame *frame)
{
    ASYNC_BEGIN(chain);
    if (self->depth > 0) {
        AWAIT(CALL(self->below, chain, .depth = self->depth - 1,
                   .error = self->error, .below = self->below + 1));
    } else if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    if (self->depth % 100 == 0) {
        trace("%d", self->depth);
    }
    ASYNC_END;
}

struct joiner {
    struct weft_frame frame;
    struct weft_task *task;
    const char *name;
    bool owns;
};

static inline async joiner(struct weft_frame *frame)
{
    ASYNC_BEGIN(joiner);
    AWAIT(weft_join(self->task));
    ASYNC_FINALLY
    trace("%s", self->name);
    if (self->owns) {
        weft_task_release(self->task);
    }
    ASYNC_END;
}

#endif /* TASKS_H */
