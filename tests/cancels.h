/* cancels.h - what the tests of Task.cancel share: a future with one who waits
 * for it, and a sleeper.
 */
#ifndef CANCELS_H
#define CANCELS_H

#include "check.h"
#include "sweep.h"
#include "turn.h"

static struct weft_future future;

static inline void begin(void)
{
    memset(&future, 0, sizeof future);
    world_open(&world);
}

/* Trace the number of each turn, so that it shows when things happen. */
static inline void turns(int count)
{
    for (int i = 1; i <= count; i++) {
        trace("%d", i);
        turn();
    }
}

static inline void end(struct weft_task *task)
{
    trace("%s", !weft_task_done(task)       ? "pending"
                : weft_task_cancelled(task) ? "cancelled"
                                            : "finished");
    weft_task_release(task);
    world_close(&world);
}

struct waiter {
    struct weft_frame frame;
    int error;
    bool swallows;
};

static inline async waiter(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiter);
    ASYNC_TRY {
        AWAIT(weft_future_wait(&future));
        trace("value");
    }
    ASYNC_CATCH_ALL(self->error) {
        trace("caught");
        if (!self->swallows) {
            ASYNC_RAISE(self->error);
        }
    }
    AWAIT(weft_sleep(0));
    trace("goes on");
    ASYNC_END;
}

struct sleeper {
    struct weft_frame frame;
    double seconds;
};

static inline async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    AWAIT(weft_sleep(self->seconds));
    trace("slept");
    ASYNC_FINALLY
    trace("%s", weft_error_name(frame->outcome));
    AWAIT(weft_sleep(0));
    trace("cleaned up");
    ASYNC_END;
}

static inline void verify_no_waiter(struct world *swept)
{
    CHECK(weft_list_is_empty(&future.callbacks));
    CHECK_INT(swept->loop.alarms.count, 0);
}

#endif /* CANCELS_H */
