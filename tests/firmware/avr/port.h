/* port.h - what the files of this port know of each other. Each file of a
 * program begins with it: -include in port.sh. */
#ifndef PORT_H
#define PORT_H

/* Constants lie in RAM on this processor, texts among them. So a trap does not
 * say which rule was broken, only where, and the compiler leaves out texts that
 * nobody looks at. */
#define WEFT_TRAP(message) port_trap()

_Noreturn void port_trap(void);

/* Begin to count ticks. */
void port_start_clock(void);

#endif /* PORT_H */
