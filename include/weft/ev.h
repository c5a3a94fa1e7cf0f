/* ev.h - the driver for real time and descriptors, on libev.
 *
 * Python   selectors.DefaultSelector
 * Memory   one struct, an ev_loop, and about 80 bytes a watched descriptor
 * Moving   not while a loop uses it
 * Errors   WEFT_ENOMEM; -EBADF for a descriptor below 0; see weft_ev_start
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
 *
 * Guest mode: weft on an ev_loop of yours, beside your watchers.
 *
 *     weft_ev_attach(&ev, weft_allocator_libc(), host);
 *     weft_loop_init(&loop, &ev.driver);
 *     weft_ev_start(&ev, &loop);
 *     ev_run(host, 0);                          runs your watchers and weft
 *     weft_ev_stop(&ev);
 *     weft_loop_cancel_all(&loop);
 *     weft_loop_close(&loop);
 *     weft_ev_close(&ev);                       before ev_loop_destroy(host)
 */
#ifndef WEFT_EV_H
#define WEFT_EV_H

#include "weft/allocator.h"
#include "weft/driver.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ev_loop;
struct weft_loop;

struct weft_ev {
    struct weft_driver driver;    /* read-only: give this to the loop */
    struct weft_ev_state *state;  /* private   */
    struct weft_ev_guest_ *guest; /* private: NULL on an ev_loop of its own */
};

#if !defined(WEFT_NO_EV)
int weft_ev_open(struct weft_ev *ev, struct weft_allocator *allocator);

/* The same on an ev_loop of the caller's, which outlives it. A run of weft's
 * then runs the host's watchers, too, whenever it polls; inside a callback of
 * the host it ends with WEFT_EALREADY. WEFT_EINVAL without a host. */
int weft_ev_attach(struct weft_ev *ev, struct weft_allocator *allocator,
                   struct ev_loop *host);

/* From now on the host's ev_run runs the loop's turns, at the end of each of
 * its iterations and within the loop's budget of turns and time. It does not
 * return while a task is not done, unless by ev_break. The loop counts as
 * running, also in the host's callbacks. Harmless when started. WEFT_EINVAL if
 * `ev` is not attached, or not the loop's driver; WEFT_ECLOSED, WEFT_EALREADY.
 * O(watched descriptors). */
int weft_ev_start(struct weft_ev *ev, struct weft_loop *loop);

/* The host goes on without weft, which stands still until it is started again
 * or runs by itself. Inside a turn: when that has ended, as weft_loop_stop.
 * Harmless when stopped. O(watched descriptors). */
void weft_ev_stop(struct weft_ev *ev);

/* After the loop's close. */
void weft_ev_close(struct weft_ev *ev);

/* Between files. Events are found while they are served; libev looks for them
 * until it finds one when they are not, or is told. */
int weft_ev_open_on_(struct weft_ev *ev, struct weft_allocator *allocator,
                     struct ev_loop *host);
void weft_ev_serve_(struct weft_ev *ev, bool is_served);
void weft_ev_mute_(struct weft_ev *ev);
struct weft_list *weft_ev_events_(struct weft_ev *ev);
void weft_ev_detach_(struct weft_ev *ev, struct weft_allocator *allocator);
#endif

#ifdef __cplusplus
}
#endif

#endif /* WEFT_EV_H */
