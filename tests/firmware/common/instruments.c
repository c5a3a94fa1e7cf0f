/* instruments.c - a sensor, a button and a watchdog that are not there. */
#include "instruments.h"

enum { LEVELS = 16 };

static int temperature = 200;
static char pin[LEVELS] = "0";
static unsigned char read_next;
static unsigned meals;

int sensor_read(void)
{
    return temperature;
}

void sensor_show(int value)
{
    temperature = value;
}

bool button_read(void)
{
    bool level = pin[read_next] == '1';

    if (!button_is_steady()) {
        read_next++;
    }
    return level;
}

void button_show(const char *levels)
{
    unsigned char i = 0;

    for (; i + 1 < LEVELS && levels[i] != '\0'; i++) {
        pin[i] = levels[i];
    }
    pin[i] = '\0';
    read_next = 0;
}

bool button_is_steady(void)
{
    return pin[read_next] == '\0' || pin[read_next + 1] == '\0';
}

void watchdog_feed(void)
{
    meals++;
}

unsigned watchdog_meals(void)
{
    return meals;
}
