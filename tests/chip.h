/* chip.h - a device of one processor, as a port sees it, in a test program.
 *
 * weft is compiled freestanding here. The clock moves only while the chip is
 * idle. One interrupt comes at the n-th chance, for a test that tries every n:
 * a chance is each call of the port, and if the interrupt is to come later than
 * the chip has anything to do, it comes when the chip is idle. In a critical
 * section it waits for its end.
 *
 *     chip_begin(handler, n);
 *     weft_loop_run_forever(&chip.loop);
 *     CHECK(!chip.is_stuck);                    nobody slept for ever
 */
#ifndef CHIP_H
#define CHIP_H

#define WEFT_FREESTANDING
#define WEFT_IMPLEMENTATION
#include "check.h"

static struct {
    struct weft_bare bare;
    struct weft_loop loop;
    struct weft_heap_place places[8];
    weft_ticks now;
    unsigned is_masked;
    bool is_pending;
    bool is_stuck; /* idle for ever, and nothing can come */
    int idles;
    int chances;
    int comes_at; /* the chance that brings the interrupt; 0: it has come */
    void (*handler)(void);
} chip;

static void chip_chance(bool is_last)
{
    if (chip.comes_at > 0 && (++chip.chances == chip.comes_at || is_last)) {
        chip.comes_at = 0;
        chip.is_pending = true;
    }
    if (chip.is_pending && !chip.is_masked) {
        chip.is_pending = false;
        chip.is_masked = 1;
        chip.handler();
        chip.is_masked = 0;
    }
}

weft_ticks weft_port_now(void)
{
    chip_chance(false);
    return chip.now;
}

unsigned weft_port_enter(void)
{
    unsigned state = chip.is_masked;

    chip_chance(false);
    chip.is_masked = 1;
    return state;
}

void weft_port_exit(unsigned state)
{
    chip.is_masked = state;
    chip_chance(false);
}

/* Interrupts are let in for a moment at the end, as a port does. */
void weft_port_idle(weft_ticks timeout)
{
    CHECK_INT(chip.is_masked, 1);
    CHECK(timeout > 0);
    chip.idles++;
    chip_chance(timeout == WEFT_FOREVER);
    if (!chip.is_pending && timeout == WEFT_FOREVER) {
        chip.is_stuck = true;
        weft_loop_stop(&chip.loop);
    } else if (!chip.is_pending) {
        chip.now += timeout;
    }
    chip.is_masked = 0;
    chip_chance(false);
    chip.is_masked = 1;
}

void weft_port_trap(const char *message, const char *name, const char *file,
                    int line)
{
    printf("  trap: %s at %s:%d: %s\n", name, file, line, message);
    abort();
}

/* The handler is called once, at chance number `n`; 0: never. */
static inline void chip_begin(void (*handler)(void), int n)
{
    memset(&chip, 0, sizeof chip);
    weft_bare_init(&chip.bare);
    weft_loop_init(&chip.loop, &chip.bare.driver);
    weft_loop_set_alarms(&chip.loop, chip.places, 8);
    chip.handler = handler;
    chip.comes_at = n;
}

#endif /* CHIP_H */
