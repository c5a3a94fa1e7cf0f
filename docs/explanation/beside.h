/* beside.h - the device that the programs beside this file run on: two lamps, a
 * button, and a clock of milliseconds. With an operating system it is played,
 * for ten seconds that take no time; without one it is a Cortex-M, of which
 * only what both programs need is here, so that their sizes can be compared.
 */
#ifndef BESIDE_H
#define BESIDE_H

#include <stdbool.h>
#include <stdint.h>

enum lamp { GREEN, RED, LAMPS };
enum answer { SOMEBODY, NOBODY };

static void on_button(void); /* of the program: called in the interrupt */

#if defined(WEFT_FREESTANDING)

static volatile uint32_t clock_ms;
static volatile uint8_t lamps[LAMPS];
static volatile uint8_t answered;

static inline void toggle(enum lamp lamp)
{
    lamps[lamp] ^= 1;
}

static inline void answer(enum answer answer)
{
    answered = (uint8_t)answer;
}

void tick_handler(void)
{
    clock_ms++;
}

void button_handler(void)
{
    on_button();
}

#else

#include <stdio.h>

static uint32_t clock_ms;

static inline void print_time(void)
{
    printf("%2u.%u ", (unsigned)(clock_ms / 1000),
           (unsigned)(clock_ms / 100 % 10));
}

static inline void toggle(enum lamp lamp)
{
    static bool lamps[LAMPS];

    lamps[lamp] = !lamps[lamp];
    print_time();
    printf("%s %s\n", lamp == GREEN ? "green" : "red",
           lamps[lamp] ? "on" : "off");
}

static inline void answer(enum answer answer)
{
    print_time();
    printf("%s\n", answer == SOMEBODY ? "somebody is there" : "nobody");
}

/* A millisecond of the ten seconds, in two of which somebody comes. */
static inline bool play(void)
{
    clock_ms++;
    if (clock_ms == 1200 || clock_ms == 7500) {
        on_button();
    }
    return clock_ms < 10000;
}

#endif

#endif /* BESIDE_H */
