/* trap.h - what happens when a program breaks a rule.
 *
 * Python   RuntimeError from the interpreter itself
 * Memory   none
 * Errors   none: a trap is for what has no caller left to tell
 *
 *     #define WEFT_TRAP(message) my_reboot(message)
 *
 * Mistakes of the outside world are error codes. A trap is for what cannot be
 * one, such as a coroutine whose state makes no sense. WEFT_TRAP must not
 * return, and is the same in all files of a program. Without it: hosted, weft
 * prints and aborts; freestanding, it calls a function that the port defines.
 */
#ifndef WEFT_TRAP_H
#define WEFT_TRAP_H

#include "weft/config.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(WEFT_FREESTANDING) && !defined(WEFT_TRAP)
/* A port defines this: tell as much of "name at file:line: message" as it can,
 * and stop, or begin anew. It must not return, or else is called again. */
void weft_port_trap(const char *message, const char *name, const char *file,
                    int line);
#endif

/* Print "weft: name at file:line: message" and abort. A WEFT_TRAP that makes
 * nothing of the message does not cost its text. */
#if defined(WEFT_TRAP)
static inline void weft_trap_(const char *message, const char *name,
                              const char *file, int line)
{
    (void)message, (void)name, (void)file, (void)line;
    WEFT_TRAP(message);
}
#else
void weft_trap_(const char *message, const char *name, const char *file,
                int line);
#endif

#ifdef __cplusplus
}
#endif

#endif /* WEFT_TRAP_H */
