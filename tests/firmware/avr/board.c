/* board.c - an Arduino Uno: an ATmega328P at 16 MHz, as simavr plays it. The
 * tests run on its larger brother, an ATmega1284P. avr-libc's start code makes
 * memory ready and calls main(). */
#include "../common/board.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <stddef.h>

#include "port.h"

#if defined(USART_RX_vect)
#define RECEIVE_VECTOR USART_RX_vect
#else
#define RECEIVE_VECTOR USART0_RX_vect
#endif

#define BAUD 38400UL /* more than an int can be */

static void (*on_byte)(unsigned char byte);

void board_open(void (*received)(unsigned char byte))
{
    port_start_clock();
    DDRB |= 1 << DDB5;
    UBRR0 = (uint16_t)(F_CPU / 16 / BAUD - 1);
    UCSR0B = 1 << TXEN0;
    if (received != NULL) {
        on_byte = received;
        UCSR0B = 1 << TXEN0 | 1 << RXEN0 | 1 << RXCIE0;
    }
    sei();
}

ISR(RECEIVE_VECTOR)
{
    on_byte(UDR0);
}

void board_put(char byte)
{
    while ((UCSR0A & 1 << UDRE0) == 0) {
        continue;
    }
    UDR0 = (unsigned char)byte;
}

void board_led(bool on)
{
    PORTB = on ? 1 << PORTB5 : 0;
}

/* To sleep with interrupts off is to stop for ever, and ends the emulation. It
 * finds the status in a register that no hardware uses. */
_Noreturn void board_end(int status)
{
    while ((UCSR0A & 1 << UDRE0) == 0) {
        continue; /* the last byte is still on its way */
    }
    cli();
    GPIOR0 = (uint8_t)status;
    for (;;) {
        sleep_cpu();
    }
}

/* The start code calls it with what main() returns. */
_Noreturn void exit(int status);
_Noreturn void exit(int status)
{
    board_end(status);
}
