/* bare.h - the driver of a device without an operating system.
 *
 * Python   none; a selector whose only event is the clock
 * Memory   72 bytes (64-bit)
 * Moving   not while a loop uses it
 * Errors   none; without a port's function the program does not link
 *
 *     static struct weft_bare bare;
 *     static struct weft_loop loop;
 *
 *     weft_bare_init(&bare);
 *     weft_loop_init(&loop, &bare.driver);
 *
 * The device is four functions, which are yours: a port. Add what to do when a
 * program breaks a rule (weft/trap.h), and weft runs there. When nothing is
 * ready the processor sleeps until the next interrupt or deadline.
 *
 * On a system with an operating system this is for tests of a port: link
 * libweft.a, or define WEFT_BARE where WEFT_IMPLEMENTATION is.
 */
#ifndef WEFT_BARE_H
#define WEFT_BARE_H

#include "weft/driver.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- A port defines these ---- */

/* The clock, in ticks, WEFT_TICKS_PER_SECOND of them in a second. It begins
 * anywhere and never goes back, but may wrap where weft_ticks does. */
weft_ticks weft_port_now(void);

/* Begin a critical section: no interrupt handler that calls weft runs from here
 * on. Gives what the end of the section needs to put back; they nest. */
unsigned weft_port_enter(void);
void weft_port_exit(unsigned state);

/* Sleep until an interrupt, for at most `timeout` ticks, which is more than 0;
 * WEFT_FOREVER: no limit. Called in a critical section, and returns in it, but
 * an interrupt that comes in between, or was waiting already, must end the
 * sleep, and its handler must have run before the return. May return early. */
void weft_port_idle(weft_ticks timeout);

/* ---- And weft makes a driver of them ---- */

struct weft_bare {
    struct weft_driver driver; /* read-only: give this to the loop  */
    bool is_woken;             /* private: in critical sections only */
};

/* Before the loop is opened on it. It is polled every turn: that reads the
 * clock. Set loop->poll_turns to read it less often. */
void weft_bare_init(struct weft_bare *bare);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_BARE_H */
