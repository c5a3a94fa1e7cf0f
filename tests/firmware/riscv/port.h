/* port.h - what the files of this port know of each other. */
#ifndef PORT_H
#define PORT_H

#include <stddef.h>
#include <stdint.h>

/* In start.S, trap_handler is where all traps lead. */
void trap_handler(void);

/* Of the board: an interrupt from outside of the core, and a fault. */
void external_handler(void);
_Noreturn void fault_handler(void);

/* Let interrupts in. */
void port_start_interrupts(void);

#endif /* PORT_H */
