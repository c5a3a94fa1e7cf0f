/* trap.h - what happens when a program breaks a rule.
 *
 * Python   RuntimeError from the interpreter itself
 * Memory   none
 *
 *     #define WEFT_TRAP(message) my_reboot(message)
 *
 * Mistakes of the outside world are error codes. A trap is for what cannot be
 * one: a coroutine whose state makes no sense has no caller left to tell.
 * WEFT_TRAP must not return. Hosted, it prints and aborts.
 */
#ifndef WEFT_TRAP_H
#define WEFT_TRAP_H

#include "weft/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Print "weft: name at file:line: message" and abort. Freestanding: stop. */
void weft_trap_(const char *message, const char *name, const char *file,
                int line);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_TRAP_H */
