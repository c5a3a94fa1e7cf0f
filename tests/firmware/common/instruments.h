/* instruments.h - a sensor, a button and a watchdog that are not there: what
 * they show is decided over the serial line. A product has drivers instead.
 */
#ifndef INSTRUMENTS_H
#define INSTRUMENTS_H

#include <stdbool.h>

/* As a driver would: tenths of a degree; pressed or not, contacts bouncing; a
 * timer that resets the board unless it is fed. */
int sensor_read(void);
bool button_read(void);
void watchdog_feed(void);

/* What they show. The button takes one level from each place of `levels`, '0'
 * or '1', at each reading, and stays at the last; the text is copied, cut. */
void sensor_show(int value);
void button_show(const char *levels);
bool button_is_steady(void);
unsigned watchdog_meals(void);

#endif /* INSTRUMENTS_H */
