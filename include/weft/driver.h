/* driver.h - the loop's only way to time and to descriptors.
 *
 * Python   a selector and time.monotonic, as a BaseEventLoop uses them
 * Memory   64 bytes (64-bit), the first member of each driver's struct
 * Moving   not while a loop uses it
 * Errors   of poll: the run ends with it; of watch: whoever waits for the
 *          descriptor gets it
 *
 * Three ship: weft_ev (libev), weft_sim (a virtual clock for tests) and the
 * bare one of a firmware port. A fourth is a file, not a change: fill in the
 * functions, and hand the struct to weft_loop_init.
 */
#ifndef WEFT_DRIVER_H
#define WEFT_DRIVER_H

#include "weft/handle.h"
#include "weft/time.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The last one is none: who has the descriptor, whether or not it watches. */
enum weft_direction { WEFT_READ, WEFT_WRITE, WEFT_OWNS_ };

struct weft_driver {
    /* A clock that never goes back. */
    weft_ticks (*now)(struct weft_driver *driver);

    /* Wait for events, at most `timeout` ticks; 0 does not wait, WEFT_FOREVER
     * has no limit. Appends the entry of each ready descriptor to `events`,
     * in the kernel's order, a reader before a writer of the same descriptor,
     * and none that is linked already. 0, or a negative code that ends the
     * run: WEFT_EDEADLOCK when nothing can ever happen. */
    int (*poll)(struct weft_driver *driver, weft_ticks timeout,
                struct weft_list *events);

    /* End a poll that is waiting now, or the next one. The only function that
     * may be called from another thread, a signal handler or an interrupt. */
    void (*wake)(struct weft_driver *driver);

    /* Report `entry` whenever the descriptor is ready in that direction, until
     * told otherwise. At most one entry for each; a new one takes the place of
     * the old. That of WEFT_OWNS_ is kept, and never reported. 0 or a negative
     * code. NULL where there are no descriptors, and so the next two. */
    int (*watch)(struct weft_driver *driver, int fd,
                 enum weft_direction direction, struct weft_entry *entry);
    void (*unwatch)(struct weft_driver *driver, int fd,
                    enum weft_direction direction);

    /* The entry that is watching, or NULL. */
    struct weft_entry *(*watcher)(struct weft_driver *driver, int fd,
                                  enum weft_direction direction);

    /* How many turns with work ready may pass between two polls, and how many
     * ticks. 1 turn polls every turn, as asyncio does. */
    unsigned poll_turns;
    weft_ticks poll_interval;
};

#ifdef __cplusplus
}
#endif

#endif /* WEFT_DRIVER_H */
