/* port.c - weft on a Cortex-M, whichever: SysTick is the clock, PRIMASK the
 * critical section, WFI the way to wait. */
#include "port.h"

#include <weft/bare.h>

struct systick {
    volatile uint32_t control, reload, current;
};

#define SYSTICK ((struct systick *)0xe000e010)
#define SYSTICK_ON 7u /* counts the processor's clock, and interrupts */

static volatile weft_ticks ticks;

void systick_handler(void)
{
    ticks = (weft_ticks)((uint64_t)ticks + 1); /* may wrap */
}

void port_start_clock(uint32_t hertz)
{
    SYSTICK->reload = hertz / WEFT_TICKS_PER_SECOND - 1;
    SYSTICK->current = 0;
    SYSTICK->control = SYSTICK_ON;
}

/* [port] */
/* A critical section because a tick may be wider than what the processor reads
 * at once. */
weft_ticks weft_port_now(void)
{
    unsigned state = weft_port_enter();
    weft_ticks now = ticks;

    weft_port_exit(state);
    return now;
}

unsigned weft_port_enter(void)
{
    unsigned state;

    __asm__ volatile("mrs %0, primask\n\t"
                     "cpsid i"
                     : "=r"(state)
                     :
                     : "memory");
    return state;
}

void weft_port_exit(unsigned state)
{
    __asm__ volatile("msr primask, %0" : : "r"(state) : "memory");
}

/* WFI ends when an interrupt is pending although PRIMASK holds it back, so one
 * that came just before is not slept through. Its handler runs between cpsie
 * and cpsid; without isb it might not.
 *
 * The next tick ends every wait, so `timeout` need not be looked at. A board
 * that must save power sets a timer to it, and does without the tick. */
void weft_port_idle(weft_ticks timeout)
{
    (void)timeout;
    __asm__ volatile("dsb\n\t"
                     "wfi\n\t"
                     "cpsie i\n\t"
                     "isb\n\t"
                     "cpsid i"
                     :
                     :
                     : "memory");
}
/* [port] */
