/* loops.h - a loop on a virtual clock, turn by turn, and handles that speak.
 *
 * In the Python of its tests log() appends to the trace, and the clock of the
 * loop is virtual too.
 */
#ifndef LOOPS_H
#define LOOPS_H

#include "check.h"

static struct world world;
static struct weft_handle handles[8];

static inline void reset(void)
{
    memset(handles, 0, sizeof handles);
    world_open(&world);
}

static inline void say(void *arg)
{
    trace("%s", (const char *)arg);
}

static inline void call(int which, void (*callback)(void *arg),
                        const char *word)
{
    CHECK_INT(weft_call_soon(&world.loop, &handles[which], callback,
                             (void *)(uintptr_t)word),
              0);
}

static inline void turn(void)
{
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
}

static inline void say_and_stop(void *arg)
{
    say(arg);
    weft_loop_stop(&world.loop);
}

struct job {
    struct weft_frame frame;
    int turns;
    int error;
    bool stops;
};

static inline async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    while (self->turns-- > 0) {
        AWAIT(weft_sleep(0));
    }
    trace("job");
    if (self->stops) {
        weft_loop_stop(weft_loop_current());
    }
    if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    ASYNC_END;
}

#endif /* LOOPS_H */
