/* executors.h - functions for threads that wait until they are let through.
 *
 *     static struct gate gate;
 *
 *     SPAWN(through, .gate = &gate);      calls pass_gate(&gate) in a thread
 *     gate_await_begun(&gate);            it is in the thread by now
 *     gate_open(&gate);                   and goes on
 */
#ifndef EXECUTORS_H
#define EXECUTORS_H

#include "threads.h"

static struct real real;
static struct weft_executor executor;

struct gate {
    struct weft_concurrent begun;
    struct weft_concurrent opened;
    int result;
    int calls;
};

static inline int pass_gate(void *arg)
{
    struct gate *gate = arg;

    gate->calls++;
    weft_concurrent_set_result(&gate->begun, NULL);
    weft_concurrent_result(&gate->opened, WEFT_NO_TIMEOUT, NULL);
    return gate->result;
}

static inline void gate_open(struct gate *gate)
{
    CHECK_INT(weft_concurrent_set_result(&gate->opened, NULL), 0);
}

/* Blocks the loop, too. */
static inline void gate_await_begun(struct gate *gate)
{
    CHECK_INT(weft_concurrent_result(&gate->begun, WEFT_NO_TIMEOUT, NULL), 0);
}

static inline bool gate_has_begun(struct gate *gate)
{
    return weft_concurrent_done(&gate->begun);
}

/* A task that waits for it. */
struct through {
    struct weft_frame frame;
    struct gate *gate;
    struct weft_job *job; /* or NULL: weft_to_thread */
    const char *name;
};

static inline async through(struct weft_frame *frame)
{
    ASYNC_BEGIN(through);
    if (self->job != NULL) {
        AWAIT(
            weft_run_in_executor(self->job, &executor, pass_gate, self->gate));
    } else {
        AWAIT(weft_to_thread(pass_gate, self->gate));
    }
    trace("%s %d", self->name, frame->value);
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s %s", self->name, weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

static inline void executors_open(void)
{
    real_open(&real);
    real.world.loop.poll_turns = 1;
    memset(&executor, 0, sizeof executor);
}

static inline void executors_close(void)
{
    CHECK_INT(weft_loop_cancel_all(&real.world.loop), 0);
    CHECK_INT(real.world.loop.expected, 0);
    CHECK_INT(weft_executor_close(&executor), 0);
    CHECK_INT(weft_executor_threads(&executor), 0);
    CHECK_INT(weft_executor_busy(&executor), 0);
    CHECK_INT(weft_executor_queued(&executor), 0);
    real_close(&real);
}

#endif /* EXECUTORS_H */
