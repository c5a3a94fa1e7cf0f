/* resolve.h - addresses of a host name.
 *
 * Python   loop.getaddrinfo
 * Memory   about 200 bytes from malloc a lookup that needs a thread, and the
 *          list of addresses, both until weft_lookup_close
 * Moving   not during the await
 * Errors   WEFT_ENAME when the name cannot be resolved; WEFT_ENOMEM; -EAGAIN
 *          when no thread can be made; WEFT_EALREADY
 *
 *     struct weft_lookup lookup;                in the coroutine's struct
 *
 *     AWAIT(weft_getaddrinfo(&self->lookup, "example.org", "80"));
 *     ... self->lookup.addresses ...
 *     weft_lookup_close(&self->lookup);
 *
 * A numeric address is translated at once. A name is looked up by the C
 * library in a thread of its own, so a slow name server holds up nobody else.
 * Cancelling the await returns in the next turn and lets the thread finish
 * alone; the loop does not close before it has.
 */
#ifndef WEFT_RESOLVE_H
#define WEFT_RESOLVE_H

#include "weft/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

struct addrinfo;

struct weft_lookup {             /* all zero: empty */
    struct addrinfo *addresses;  /* read-only: a list, as the C library's   */
    struct weft_lookup_job *job; /* private   */
};

/* Under AWAIT: the stream addresses of host and port. `host` NULL is the
 * loopback, `port` NULL is 0; both texts are copied. */
struct weft_op weft_getaddrinfo(struct weft_lookup *lookup, const char *host,
                                const char *port) WEFT_MUST_AWAIT_;

/* Free the addresses. Harmless when empty. */
void weft_lookup_close(struct weft_lookup *lookup);

/* Between files: translate a numeric address without a thread. `passive` is
 * for listening. 0 or a code. */
int weft_lookup_numeric_(struct weft_lookup *lookup, const char *host,
                         const char *port, bool passive);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_RESOLVE_H */
