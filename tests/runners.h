/* runners.h - what the tests of weft_runner share: one that traces what it is
 * told of, and a coroutine that gives a value or fails.
 */
#ifndef RUNNERS_H
#define RUNNERS_H

#include <unistd.h>

#include "check.h"

static struct weft_runner runner;

static inline void trace_report(struct weft_loop *loop,
                                const struct weft_report *report)
{
    (void)loop;
    trace("report %s, %s", weft_error_name(report->error),
          report->task == NULL                             ? "no task"
          : weft_task_error(report->task) == report->error ? "its task"
                                                           : "another");
}

static inline void open_runner(void)
{
    alarm(30);
    CHECK_INT(weft_runner_open(&runner), 0);
    runner.loop.on_error = trace_report;
}

struct giver {
    struct weft_frame frame;
    int value;
    int *to;
    int code;
    bool is_elsewhere; /* not in this file's runner */
};

static inline async giver(struct weft_frame *frame)
{
    ASYNC_BEGIN(giver);
    CHECK((weft_loop_running() == &runner.loop) == !self->is_elsewhere);
    AWAIT(weft_sleep(0));
    if (self->code < 0) {
        ASYNC_RAISE(self->code);
    }
    *self->to = self->value;
    ASYNC_END;
}

#endif /* RUNNERS_H */
