/* sim.h - a driver whose time is virtual: tests and simulations.
 *
 * Python   a test loop with a patched clock; trio's MockClock with autojump
 * Memory   96 bytes
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
 *
 *     weft_sim_shuffle(&sim, seed);             in any order, for tests
 *     sim.drift = weft_ticks_from(0.01);        and time goes by meanwhile
 *
 * A shuffled run explores: whatever is ready in a turn runs in a random order,
 * which the seed decides, so that a failure can be repeated. Alarms stay in
 * the order of their deadlines, behind what is ready in their turn; `drift`
 * lets them come a few turns earlier or later.
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
    weft_ticks drift;          /* public: some turns take this long at most,
                                  from 1 tick on; 0: none takes time       */
    uint64_t random;           /* private: where the numbers have come to  */
    bool is_shuffled;          /* private */
};

/* The clock begins at 0, and what is ready runs first in, first out. */
void weft_sim_init(struct weft_sim *sim);

/* From the next turn on, run what is ready in an order that depends on `seed`
 * only: the same on every machine. O(n log n) a turn of n entries. */
void weft_sim_shuffle(struct weft_sim *sim, uint64_t seed);

/* A random number below `below`, 0 for 0, from the same seed: for a test that
 * makes up its own delays and cancellations. */
uint64_t weft_sim_random(struct weft_sim *sim, uint64_t below);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_SIM_H */
