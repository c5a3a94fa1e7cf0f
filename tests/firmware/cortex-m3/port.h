/* port.h - what the files of this port know of each other. */
#ifndef PORT_H
#define PORT_H

#include <stddef.h>
#include <stdint.h>

/* Interrupts. */
void systick_handler(void);
void receive_handler(void);

/* Begin to count ticks, from a processor clock of so many hertz. */
void port_start_clock(uint32_t hertz);

#endif /* PORT_H */
