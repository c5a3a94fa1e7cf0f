/* port.h - what the files of this port know of each other. */
#ifndef PORT_H
#define PORT_H

/* Begin to count ticks. */
void port_start_clock(void);

#endif /* PORT_H */
