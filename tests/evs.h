/* evs.h - the driver on libev, with handles that speak. */
#ifndef EVS_H
#define EVS_H

#include "real.h"

static struct real real;
static struct weft_handle handles[8];

static inline void reset(void)
{
    memset(handles, 0, sizeof handles);
    real_open(&real);
    real.world.loop.poll_turns = 1; /* events come in the turn they are due */
}

static inline void say(void *arg)
{
    trace("%s", (const char *)arg);
}

static inline void say_and_stop(void *arg)
{
    say(arg);
    weft_loop_stop(&real.world.loop);
}

#endif /* EVS_H */
