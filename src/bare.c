/* bare.c - sleep, unless somebody has called. */
#include "weft/bare.h"

static weft_ticks bare_now(struct weft_driver *driver)
{
    (void)driver;
    return weft_port_now();
}

/* Asking and falling asleep are one critical section, so that a wake is before
 * it, and seen, or ends the sleep. */
static int bare_poll(struct weft_driver *driver, weft_ticks timeout,
                     struct weft_list *events)
{
    struct weft_bare *bare = (struct weft_bare *)(void *)driver;
    unsigned state;

    (void)events;
    if (timeout == 0) {
        return 0;
    }
    state = weft_port_enter();
    if (!bare->is_woken) {
        weft_port_idle(timeout);
    }
    bare->is_woken = false;
    weft_port_exit(state);
    return 0;
}

static void bare_wake(struct weft_driver *driver)
{
    struct weft_bare *bare = (struct weft_bare *)(void *)driver;
    unsigned state = weft_port_enter();

    bare->is_woken = true;
    weft_port_exit(state);
}

void weft_bare_init(struct weft_bare *bare)
{
    memset(bare, 0, sizeof *bare);
    bare->driver.now = bare_now;
    bare->driver.poll = bare_poll;
    bare->driver.wake = bare_wake;
    bare->driver.poll_turns = 1;
}
