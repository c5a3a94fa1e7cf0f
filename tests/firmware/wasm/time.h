/* time.h - the host's clock, for programs that ask how long they took. */
#ifndef WEB_TIME_H
#define WEB_TIME_H

#define CLOCKS_PER_SEC 1000

typedef long clock_t;

clock_t clock(void);

#endif /* WEB_TIME_H */
