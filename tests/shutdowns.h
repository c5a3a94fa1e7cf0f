/* shutdowns.h - what the tests of shutdown share: a service with two helpers,
 * and the signal that comes after a second of the virtual clock.
 *
 *     start();
 *     status = SERVE(.number = &termination, .seconds = 10);
 *     stop();
 */
#ifndef SHUTDOWNS_H
#define SHUTDOWNS_H

#include "interrupts.h"
#include "turn.h"

static struct weft_shutdown shutting;

static inline void send_signal(void *number)
{
    const int *signal_number = number;

    trace("signal");
    raise(*signal_number);
}

static const int interruption = SIGINT;
static const int termination = SIGTERM;

/* Tidies up for some seconds when it is cancelled; a stubborn one goes on
 * after that. */
struct helper {
    struct weft_frame frame;
    const char *name;
    double tidying;
    bool spawns;
    int err;
};

static inline async helper(struct weft_frame *frame)
{
    ASYNC_BEGIN(helper);
    ASYNC_TRY {
        AWAIT(weft_event_wait(&never));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s cancelled", self->name);
        if (self->spawns) {
            weft_task_release(SPAWN(helper, .name = "late"));
        }
        AWAIT(weft_sleep(self->tidying));
        trace("%s done", self->name);
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
}

struct service {
    struct weft_frame frame;
    const int *number; /* the signal that comes; NULL: none */
    double seconds;
    double tidying;  /* of the helpers */
    double swallows; /* go on so long after the cancellation, and succeed */
    int fails;       /* with that in the end */
    bool spawns;
    bool ends; /* without waiting */
    struct weft_timer timer;
    int err;
};

static inline async service(struct weft_frame *frame)
{
    ASYNC_BEGIN(service);
    CHECK_INT(weft_shutdown_on_signals(&shutting, self->seconds), 0);
    weft_task_release(SPAWN(helper, .name = "a", .tidying = self->tidying,
                            .spawns = self->spawns));
    weft_task_release(SPAWN(helper, .name = "b", .tidying = self->tidying));
    if (self->number != NULL) {
        weft_call_later(weft_loop_running(), &self->timer, 1, send_signal,
                        (void *)(uintptr_t)self->number);
    }
    if (self->ends) {
        AWAIT(weft_sleep(0));
        ASYNC_EXIT;
    }
    ASYNC_TRY {
        AWAIT(weft_event_wait(&never));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("main cancelled");
        if (self->swallows > 0) {
            AWAIT(weft_sleep(self->swallows));
        } else {
            ASYNC_RAISE(self->fails < 0 ? self->fails : self->err);
        }
    }
    trace("main goes on");
    ASYNC_END;
}

#define SERVE(...) ASYNC_RUN_IN(&world.loop, service, __VA_ARGS__)

static inline void start(void)
{
    memset(&shutting, 0, sizeof shutting);
    world_open(&world);
}

static inline void stop(void)
{
    weft_shutdown_stop(&shutting);
    finish();
}

#endif /* SHUTDOWNS_H */
