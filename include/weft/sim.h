/* sim.h - a driver whose time is virtual: tests and simulations.
 *
 * Python   a test loop with a patched clock; trio's MockClock with autojump
 * Memory   72 bytes
 * Errors   WEFT_EDEADLOCK ends the run when every task waits and there is no
 *          alarm to jump to
 *
 *     struct weft_sim sim;
 *     struct weft_loop loop;
 *
 *     weft_sim_init(&sim);
 *     weft_loop_init(&loop, &sim.driver);
 *
 * When nothing is ready the clock jumps to the next deadline, so a program
 * that sleeps for an hour runs in microseconds, the same way each time.
 */
#ifndef WEFT_SIM_H
#define WEFT_SIM_H

#include "weft/driver.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_sim {
    struct weft_driver driver; /* read-only: give this to the loop */
    weft_ticks now;            /* public: may be set forward       */
};

/* The clock begins at 0. */
void weft_sim_init(struct weft_sim *sim);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_SIM_H */
