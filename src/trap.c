/* trap.c - the end of a program that broke a rule. */
#include "weft/trap.h"

#if !defined(WEFT_FREESTANDING)
#include <stdio.h>
#include <stdlib.h>
#endif

#if !defined(WEFT_TRAP)
void weft_trap_(const char *message, const char *name, const char *file,
                int line)
{
#if !defined(WEFT_FREESTANDING)
    fprintf(stderr, "weft: %s at %s:%d: %s\n", name, file, line, message);
    abort();
#else
    for (;;) {
        weft_port_trap(message, name, file, line);
    }
#endif
}
#endif
