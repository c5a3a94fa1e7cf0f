/* sim.c - a clock that jumps. */
#include "weft/sim.h"

#include "weft/error.h"

static weft_ticks sim_now(struct weft_driver *driver)
{
    return ((struct weft_sim *)(void *)driver)->now;
}

static int sim_poll(struct weft_driver *driver, weft_ticks timeout,
                    struct weft_list *events)
{
    struct weft_sim *sim = (struct weft_sim *)(void *)driver;

    (void)events;
    if (timeout == WEFT_FOREVER) {
        return WEFT_EDEADLOCK;
    }
    sim->now += timeout;
    return 0;
}

static void sim_wake(struct weft_driver *driver)
{
    (void)driver; /* it never waits */
}

void weft_sim_init(struct weft_sim *sim)
{
    memset(sim, 0, sizeof *sim);
    sim->driver.now = sim_now;
    sim->driver.poll = sim_poll;
    sim->driver.wake = sim_wake;
    sim->driver.poll_turns = 1;
}
