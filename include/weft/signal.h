/* signal.h - signals of the system as callbacks of the loop.
 *
 * Python   loop.add_signal_handler, loop.remove_signal_handler
 * Memory   a handle of the caller's a signal; nothing is allocated
 * Moving   a handle not while its signal is caught
 * Errors   -EINVAL for what is no signal or cannot be caught; WEFT_EOTHERLOOP
 *          where another loop catches it; WEFT_EALREADY for a handle in use;
 *          WEFT_ECLOSED
 *
 *     weft_add_signal_handler(&loop, SIGHUP, &self->hup, reload, self);
 *     ...
 *     weft_remove_signal_handler(&loop, SIGHUP);
 *
 * The callback runs in a turn of the loop, as any other, and not in the signal
 * handler: it may do what it likes. A loop that waits is woken for it. To await
 * a signal, let the callback set an event.
 */
#ifndef WEFT_SIGNAL_H
#define WEFT_SIGNAL_H

#include "weft/loop.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Call callback(arg) once for each time the signal comes. Takes the place of a
 * callback that the loop has for it already, which will not run any more. For
 * the loop's thread; whichever thread the system interrupts is of no matter.
 * SIGSEGV, SIGBUS, SIGFPE and SIGILL are refused: a fault that nobody has
 * mended would come again for ever. */
int weft_add_signal_handler(struct weft_loop *loop, int number,
                            struct weft_handle *handle,
                            void (*callback)(void *arg), void *arg);

/* True if there was one. It will not run any more, and the signal does again
 * what it did before. The loop's close does this for all that are left. */
bool weft_remove_signal_handler(struct weft_loop *loop, int number);

/* Between files: the same, but the second of all signals that were added so
 * acts at once, in the handler, as if nobody caught it. */
int weft_add_ending_signal_(struct weft_loop *loop, int number,
                            struct weft_handle *handle,
                            void (*callback)(void *arg), void *arg);

/* The handle that a loop gave for it; NULL when it is not caught. */
struct weft_handle *weft_signal_handle_(int number);

/* Let a signal do what it does where nobody catches it, here and now. */
void weft_signal_default_(int number);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_SIGNAL_H */
