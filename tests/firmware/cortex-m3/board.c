/* board.c - ARM's MPS2 board with a Cortex-M3 (AN385), as QEMU plays it. */
#include "../common/board.h"

#include "port.h"

enum { CLOCK = 25000000 };

struct uart { /* CMSDK APB UART */
    volatile uint32_t data, state, control, interrupts, divider;
};

#define UART0 ((struct uart *)0x40004000)
#define UART_TX_FULL 1u /* of state */
#define UART_RX_FULL 2u
#define UART_TX_ON 1u /* of control */
#define UART_RX_ON 2u
#define UART_RX_INTERRUPTS 8u
#define UART_RX_INTERRUPT 2u /* of interrupts */

#define NVIC_ENABLE (*(volatile uint32_t *)0xe000e100)
#define RECEIVE_LINE 0 /* the interrupt's number: see start.c */

#define LEDS (*(volatile uint32_t *)0x40028000)

static void (*on_byte)(unsigned char byte);

void board_open(void (*received)(unsigned char byte))
{
    port_start_clock(CLOCK);
    UART0->divider = CLOCK / 115200;
    UART0->control = UART_TX_ON;
    if (received != NULL) {
        on_byte = received;
        UART0->control = UART_TX_ON | UART_RX_ON | UART_RX_INTERRUPTS;
        NVIC_ENABLE = 1u << RECEIVE_LINE;
    }
    __asm__ volatile("cpsie i" : : : "memory");
}

void receive_handler(void)
{
    UART0->interrupts = UART_RX_INTERRUPT;
    while (UART0->state & UART_RX_FULL) {
        on_byte((unsigned char)UART0->data);
    }
}

void board_put(char byte)
{
    while (UART0->state & UART_TX_FULL) {
        continue;
    }
    UART0->data = (unsigned char)byte;
}

void board_led(bool on)
{
    LEDS = on;
}

/* Semihosting: the debugger, here QEMU, is asked to end the program. */
void board_end(int status)
{
    enum { EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026 };
    const int why[2] = {APPLICATION_EXIT, status};

    for (;;) {
        register int call __asm__("r0") = EXIT_EXTENDED;
        register const int *argument __asm__("r1") = why;

        __asm__ volatile("bkpt 0xab" : "+r"(call) : "r"(argument) : "memory");
    }
}
