/* port.c - weft on a RISC-V core in machine mode: mtime is the clock, the bit
 * MIE of mstatus the critical section, WFI the way to wait.
 *
 * There is no periodic tick. One tick of weft is one of mtime, and the timer
 * is set to what is waited for. */
#include "port.h"

#include <weft/bare.h>

_Static_assert(sizeof(weft_ticks) == 8, "mtime has 64 bits");

#define MTIMECMP ((volatile uint32_t *)0x02004000) /* CLINT, hart 0 */
#define MTIME ((volatile uint32_t *)0x0200bff8)

#define MSTATUS_MIE 8u
#define MIE_TIMER 0x80u
#define MIE_EXTERNAL 0x800u
#define CAUSE_TIMER 0x80000007u
#define CAUSE_EXTERNAL 0x8000000bu

/* Never is later than any time. The high word goes there first, so that no
 * time in between is in the past. */
static void set_timer(uint64_t when)
{
    MTIMECMP[1] = UINT32_MAX;
    MTIMECMP[0] = (uint32_t)when;
    MTIMECMP[1] = (uint32_t)(when >> 32);
}

/* Every trap comes here: an interrupt, or a fault. */
__attribute__((interrupt("machine"), aligned(4))) void trap_handler(void)
{
    uint32_t cause;

    __asm__ volatile("csrr %0, mcause" : "=r"(cause));
    if (cause == CAUSE_TIMER) {
        set_timer(UINT64_MAX); /* it has done its work: waking the core */
    } else if (cause == CAUSE_EXTERNAL) {
        external_handler();
    } else {
        fault_handler();
    }
}

void port_start_interrupts(void)
{
    set_timer(UINT64_MAX);
    __asm__ volatile("csrs mie, %0" : : "r"(MIE_TIMER | MIE_EXTERNAL));
    weft_port_exit(MSTATUS_MIE);
}

/* In two halves; again, if the low one has wrapped meanwhile. */
weft_ticks weft_port_now(void)
{
    uint32_t high;
    uint32_t low;

    do {
        high = MTIME[1];
        low = MTIME[0];
    } while (high != MTIME[1]);
    return (weft_ticks)((uint64_t)high << 32 | low);
}

unsigned weft_port_enter(void)
{
    unsigned state;

    __asm__ volatile("csrrci %0, mstatus, 8" : "=r"(state) : : "memory");
    return state & MSTATUS_MIE;
}

void weft_port_exit(unsigned state)
{
    __asm__ volatile("csrs mstatus, %0" : : "r"(state) : "memory");
}

/* WFI ends when an interrupt is pending although MIE holds it back, so one
 * that came just before is not slept through. The handler runs between csrsi
 * and csrci. */
void weft_port_idle(weft_ticks timeout)
{
    if (timeout != WEFT_FOREVER) {
        set_timer((uint64_t)weft_port_now() + (uint64_t)timeout);
    }
    __asm__ volatile("wfi\n\t"
                     "csrsi mstatus, 8\n\t"
                     "csrci mstatus, 8"
                     :
                     :
                     : "memory");
}
