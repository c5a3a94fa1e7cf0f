/* emulator.c CHIP IMAGE - run a program on simavr, with the chip's serial line
 * as standard input and output.
 *
 * Ends when the program sleeps with interrupts off; its status is then in the
 * register GPIOR0. A line on standard error tells how much memory it took: the
 * memory between its data and its stack is painted before, and what has lost
 * its paint was stack.
 */
#define _GNU_SOURCE /* ppoll */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>
#include <simavr/sim_time.h>

enum {
    FREQUENCY = 16000000,
    GPIOR0 = 0x3e, /* as the data space has it, on all chips used here */
    PAINT = 0xa5,
    LOOK_USEC = 200, /* how often a busy chip is asked whether it listens */
    LIMIT = 120,     /* seconds of the chip, lest one hangs for ever */
    CRASHED = 99
};

static struct avr_irq_t *to_chip;
static bool may_send;
static bool at_end; /* of our input */

/* Hand over one byte, if there is one within that time. */
static void feed(uint32_t microseconds)
{
    struct pollfd input = {.fd = 0, .events = POLLIN};
    struct timespec time = {.tv_nsec = microseconds * 1000L};
    unsigned char byte;

    if (at_end || !may_send) {
        input.fd = -1; /* only pass the time */
    }
    if (ppoll(&input, 1, &time, NULL) <= 0) {
        return;
    }
    if (read(0, &byte, 1) == 1) {
        avr_raise_irq(to_chip, byte);
    } else {
        at_end = true;
    }
}

/* The chip sleeps for so many cycles, unless an interrupt comes. Real time
 * passes, so that the emulator does not take the processor from others. */
static void sleep_chip(avr_t *avr, avr_cycle_count_t cycles)
{
    feed(avr_pending_sleep_usec(avr, cycles));
}

static avr_cycle_count_t look(avr_t *avr, avr_cycle_count_t when, void *arg)
{
    (void)arg;
    if (avr->state == cpu_Running) {
        feed(0);
    }
    return when + avr_usec_to_cycles(avr, LOOK_USEC);
}

static void send_byte(struct avr_irq_t *irq, uint32_t value, void *arg)
{
    unsigned char byte = (unsigned char)value;

    (void)irq, (void)arg;
    if (write(1, &byte, 1) != 1) {
        exit(CRASHED);
    }
}

static void set_may_send(struct avr_irq_t *irq, uint32_t value, void *arg)
{
    (void)irq, (void)value;
    may_send = arg != NULL;
}

static void connect_line(avr_t *avr)
{
    static char yes;
    const uint32_t line = AVR_IOCTL_UART_GETIRQ('0');
    uint32_t flags = 0; /* neither a copy on the console, nor a sleep */

    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    to_chip = avr_io_getirq(avr, line, UART_IRQ_INPUT);
    avr_irq_register_notify(avr_io_getirq(avr, line, UART_IRQ_OUTPUT),
                            send_byte, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, line, UART_IRQ_OUT_XON),
                            set_may_send, &yes);
    avr_irq_register_notify(avr_io_getirq(avr, line, UART_IRQ_OUT_XOFF),
                            set_may_send, NULL);
    avr->sleep = sleep_chip;
    avr_cycle_timer_register_usec(avr, LOOK_USEC, look, NULL);
}

/* Standard output is the program's alone. */
static void log_error(avr_t *avr, const int level, const char *format,
                      va_list values)
{
    (void)avr;
    if (level <= LOG_ERROR) {
        vfprintf(stderr, format, values);
    }
}

int main(int argc, char **argv)
{
    elf_firmware_t image = {0};
    avr_t *avr;
    unsigned first, lowest;
    int state;

    if (argc != 3) {
        fprintf(stderr, "usage: emulator CHIP IMAGE\n");
        return CRASHED;
    }
    avr_global_logger_set(log_error);
    avr = avr_make_mcu_by_name(argv[1]);
    if (avr == NULL || elf_read_firmware(argv[2], &image) != 0) {
        fprintf(stderr, "emulator: no %s, or no %s\n", argv[1], argv[2]);
        return CRASHED;
    }
    image.frequency = FREQUENCY;
    avr_init(avr);
    avr_load_firmware(avr, &image);
    first = avr->ioend + 1u + image.datasize + image.bsssize;
    if (first > avr->ramend) {
        fprintf(stderr, "emulator: %u bytes of data are too many\n",
                image.datasize + image.bsssize);
        return CRASHED;
    }
    memset(avr->data + first, PAINT, avr->ramend + 1u - first);
    avr->log = LOG_ERROR;
    connect_line(avr);
    do {
        state = avr_run(avr);
    } while (state != cpu_Done && state != cpu_Crashed &&
             avr->cycle < LIMIT * (avr_cycle_count_t)FREQUENCY);

    for (lowest = first; lowest <= avr->ramend; lowest++) {
        if (avr->data[lowest] != PAINT) {
            break;
        }
    }
    fprintf(stderr, "%s: %u bytes of data and %u of stack, of %u\n", argv[1],
            image.datasize + image.bsssize, avr->ramend + 1u - lowest,
            avr->ramend - avr->ioend);
    return state != cpu_Done || lowest == first ? CRASHED : avr->data[GPIOR0];
}
