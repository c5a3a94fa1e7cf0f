/* port.c - weft on an AVR: timer 0 is the clock, the I flag the critical
 * section, idle mode the way to wait. */
#include <avr/interrupt.h>
#include <avr/io.h>

#include <weft/bare.h>

#include "port.h"

static volatile weft_ticks ticks;

/* A thousand times in a second. */
ISR(TIMER0_COMPA_vect)
{
    ticks = (weft_ticks)((uint64_t)ticks +
                         WEFT_TICKS_PER_SECOND / 1000); /* may wrap */
}

/* The timer counts to OCR0A, a 64th of the processor's clock at a time. */
void port_start_clock(void)
{
    _Static_assert(F_CPU / 64000 <= 256, "another prescaler is needed");
    OCR0A = F_CPU / 64000 - 1;
    TCCR0A = 1 << WGM01;
    TCCR0B = 1 << CS01 | 1 << CS00;
    TIMSK0 = 1 << OCIE0A;
    SMCR = 1 << SE; /* idle: timers and serial lines go on */
}

/* A critical section, because a tick is wider than what the processor reads at
 * once. */
weft_ticks weft_port_now(void)
{
    unsigned state = weft_port_enter();
    weft_ticks now = ticks;

    weft_port_exit(state);
    return now;
}

unsigned weft_port_enter(void)
{
    unsigned state = SREG;

    cli(); /* a compiler barrier as well */
    return state;
}

void weft_port_exit(unsigned state)
{
    __asm__ volatile("" : : : "memory");
    SREG = (uint8_t)state;
}

/* The processor executes one more instruction after sei before it takes an
 * interrupt. With sleep in that place one that came just before is not slept
 * through: it ends the sleep at once. The compiler must put nothing between
 * the two, so they are one statement.
 *
 * The next tick ends every wait, so `timeout` need not be looked at. A board
 * that must save power sets a timer to it, and does without the tick. */
void weft_port_idle(weft_ticks timeout)
{
    (void)timeout;
    __asm__ volatile("sei\n\t"
                     "sleep\n\t"
                     "cli"
                     :
                     :
                     : "memory");
}
