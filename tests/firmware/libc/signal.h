/* signal.h - there are none. */
#ifndef LIBC_SIGNAL_H
#define LIBC_SIGNAL_H

#define SIGINT 2
#define SIGTERM 15
#define SIG_DFL 0
#define signal(number, handler) ((void)0)

#endif /* LIBC_SIGNAL_H */
