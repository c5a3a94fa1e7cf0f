/* board.c - the board that QEMU calls virt. */
#include "../common/board.h"

#include "port.h"

#define UART ((volatile uint8_t *)0x10000000) /* a 16550 */

enum { /* its registers, by offset */
       UART_DATA = 0,
       UART_INTERRUPTS = 1,
       UART_STATE = 5
};

#define UART_RX_INTERRUPTS 1u /* of UART_INTERRUPTS */
#define UART_RX_READY 1u      /* of UART_STATE */
#define UART_TX_EMPTY 0x20u

/* The interrupt controller, for machine mode on hart 0. */
#define PLIC_PRIORITY ((volatile uint32_t *)0x0c000000)
#define PLIC_ENABLE (*(volatile uint32_t *)0x0c002000)
#define PLIC_THRESHOLD (*(volatile uint32_t *)0x0c200000)
#define PLIC_CLAIM (*(volatile uint32_t *)0x0c200004)
#define UART_LINE 10 /* the interrupt's number */

#define FINISHER (*(volatile uint32_t *)0x00100000)
#define FINISHER_PASS 0x5555u
#define FINISHER_FAIL 0x3333u

static void (*on_byte)(unsigned char byte);
static volatile bool led; /* the board has none */

void board_open(void (*received)(unsigned char byte))
{
    if (received != NULL) {
        on_byte = received;
        PLIC_PRIORITY[UART_LINE] = 1;
        PLIC_ENABLE = 1u << UART_LINE;
        PLIC_THRESHOLD = 0;
        UART[UART_INTERRUPTS] = UART_RX_INTERRUPTS;
    }
    port_start_interrupts();
}

void external_handler(void)
{
    uint32_t line = PLIC_CLAIM;

    while (UART[UART_STATE] & UART_RX_READY) {
        on_byte(UART[UART_DATA]);
    }
    PLIC_CLAIM = line; /* done with it */
}

void board_put(char byte)
{
    while (!(UART[UART_STATE] & UART_TX_EMPTY)) {
        continue;
    }
    UART[UART_DATA] = (uint8_t)byte;
}

void board_led(bool on)
{
    led = on;
}

void board_end(int status)
{
    for (;;) {
        FINISHER = status == 0 ? FINISHER_PASS
                               : (uint32_t)status << 16 | FINISHER_FAIL;
    }
}

void fault_handler(void)
{
    board_end(99);
}
