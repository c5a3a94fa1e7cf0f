/* runner_ev.c - a runner with a libev driver of its own. Apart from the rest,
 * so that a program on another driver does without libev.
 */
#include "weft/runner.h"

int weft_runner_open(struct weft_runner *runner)
{
    int status = weft_runner_prepare_(runner);

    if (status < 0) {
        return status;
    }
    status = weft_ev_open(&runner->ev, &runner->pool.allocator);
    if (status < 0) {
        weft_pool_close(&runner->pool);
        return status;
    }
    runner->close_ev = weft_ev_close;
    weft_runner_begin_(runner, &runner->ev.driver);
    return 0;
}

int weft_run_(struct weft_async (*resume)(struct weft_frame *),
              struct weft_frame *frame)
{
    struct weft_runner runner;
    int status = weft_runner_open(&runner);

    return status < 0 ? status : weft_runner_run_once_(&runner, resume, frame);
}
