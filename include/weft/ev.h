/* ev.h - the driver for real time and descriptors, on libev.
 *
 * Python   selectors.DefaultSelector
 * Memory   one struct, an ev_loop, and about 80 bytes a watched descriptor
 * Moving   not while a loop uses it
 * Errors   WEFT_ENOMEM; -EBADF for a descriptor below 0
 *
 *     struct weft_ev ev;
 *     struct weft_loop loop;
 *
 *     if (weft_ev_open(&ev, weft_allocator_libc()) < 0) ...
 *     weft_loop_init(&loop, &ev.driver);
 *
 * libev is used as a poller only: weft's own ready list and alarms decide the
 * order, since libev runs pending watchers last in, first out, and timers
 * before descriptors. It is an ev_loop of its own, never the default one,
 * which would reap the process's children. LIBEV_FLAGS in the environment
 * chooses the backend, as always with libev.
 */
#ifndef WEFT_EV_H
#define WEFT_EV_H

#include "weft/allocator.h"
#include "weft/driver.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_ev {
    struct weft_driver driver;   /* read-only: give this to the loop */
    struct weft_ev_state *state; /* private   */
};

int weft_ev_open(struct weft_ev *ev, struct weft_allocator *allocator);

/* After the loop's close. */
void weft_ev_close(struct weft_ev *ev);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_EV_H */
