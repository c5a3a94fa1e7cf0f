/* futures.h - what the tests of futures share: one future, some handles, and a
 * world whose turns are taken one by one.
 */
#ifndef FUTURES_H
#define FUTURES_H

#include "check.h"

static struct weft_future future;
static struct weft_handle handles[4];
static struct world world;

static inline void reset(void)
{
    memset(&future, 0, sizeof future);
    memset(handles, 0, sizeof handles);
    world_open(&world);
}

static inline void turn(void)
{
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
}

static inline void say(void *arg)
{
    trace("%s", (const char *)arg);
}

static inline void when_done(int which, const char *word)
{
    CHECK_INT(weft_future_add_done_callback(&future, &handles[which], say,
                                            (void *)(uintptr_t)word),
              0);
}

#endif /* FUTURES_H */
