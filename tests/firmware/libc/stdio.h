/* stdio.h - what tests print with. Everything goes out by board_put. */
#ifndef LIBC_STDIO_H
#define LIBC_STDIO_H

#include <stdarg.h>
#include <stddef.h>

typedef struct libc_file FILE;

#define stdout ((FILE *)0)
#define stderr ((FILE *)0)
#define _IOLBF 1
#define setvbuf(file, buffer, mode, size) ((void)0)
#define fflush(file) ((void)0)

/* With %d %u %x %c %s %g %.1f, widths of numbers (%2d %02d), the lengths l, ll
 * and z, and nothing else. */
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int fprintf(FILE *file, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int snprintf(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int sprintf(char *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int vsnprintf(char *buffer, size_t size, const char *format, va_list values)
    __attribute__((format(printf, 3, 0)));

#endif /* LIBC_STDIO_H */
