/* board.h - what the programs here want of a board, beside the four functions
 * of weft/bare.h.
 *
 *     board_open(received);                     clock, serial line, interrupts
 *     board_put('x');
 *     board_end(0);
 *
 * Each port defines all of them, in its board.c.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>

/* Start the clock and the serial line, and let interrupts in. The receive
 * interrupt calls `received` for each byte; with NULL nothing is received. */
void board_open(void (*received)(unsigned char byte));

/* Send a byte, as soon as the transmitter has a place for it. */
void board_put(char byte);

void board_led(bool on);

/* End the emulation; 0 is success. */
_Noreturn void board_end(int status);

#endif /* BOARD_H */
