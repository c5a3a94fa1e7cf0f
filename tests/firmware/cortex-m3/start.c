/* start.c - from reset to main(): the vector table, and memory made ready. */
#include "../common/board.h"
#include "port.h"

/* Addresses that port.ld sets. */
extern uint32_t data_begin[], data_end[], bss_begin[], bss_end[];
extern uint32_t data_image[], stack_top[];

int main(void);
void reset_handler(void);

/* The processor has loaded the stack pointer from the table already. */
void reset_handler(void)
{
    const uint32_t *from = data_image;

    for (uint32_t *to = data_begin; to < data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = bss_begin; to < bss_end;) {
        *to++ = 0;
    }
    board_end(main());
}

/* A fault, or an interrupt that nobody expects. */
static void unexpected(void)
{
    board_end(99);
}

union vector {
    uint32_t *stack;
    void (*handler)(void);
};

__attribute__((section(".vectors"), used)) static const union vector table[] = {
    {.stack = stack_top},
    {.handler = reset_handler},
    /* clang-format off */
    {.handler = unexpected}, /* non-maskable     */
    {.handler = unexpected}, /* hard fault       */
    {.handler = unexpected}, /* memory           */
    {.handler = unexpected}, /* bus              */
    {.handler = unexpected}, /* usage            */
    {.handler = NULL}, {.handler = NULL}, {.handler = NULL}, {.handler = NULL},
    {.handler = unexpected}, /* supervisor call  */
    {.handler = unexpected}, /* debug monitor    */
    {.handler = NULL},
    {.handler = unexpected}, /* pended call      */
    {.handler = systick_handler},
    {.handler = receive_handler}, /* interrupt 0 */
    /* clang-format on */
};
