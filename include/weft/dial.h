/* dial.h - a connected socket: whichever address of a host answers first.
 *
 * Python   the part of loop.create_connection that connects, with
 *          happy_eyeballs_delay, interleave, family and local_addr
 * Memory   a coroutine's struct of the caller's, and from the loop's allocator
 *          some 600 bytes an address, for the length of the call
 * Moving   not during the await
 * Errors   of resolve.h; -errno of the last address, such as -ECONNREFUSED, and
 *          of the others in `failures`; WEFT_EINVAL for neither host nor port,
 *          and for a delay below 0 or that is not a number; WEFT_ENOMEM
 *
 *     struct weft_dial dial;                    in the coroutine's struct
 *
 *     AWAIT(CALL(&self->dial, weft_dial, .host = "example.org",
 *                .port = "80"));
 *     ... self->dial.result, a descriptor of yours ...
 *
 * As RFC 8305 has it: the addresses are tried alternating between IPv6 and
 * IPv4, each next one when the latest has failed, or has not answered for a
 * quarter of a second. The first one that is connected wins, the others are
 * closed. Streams are opened with connect.h.
 */
#ifndef WEFT_DIAL_H
#define WEFT_DIAL_H

#include "weft/address.h"
#include "weft/resolve.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How many failures are kept. */
enum { WEFT_DIAL_FAILURES = 8 };

/* The delay where none is given, in seconds. */
#define WEFT_HAPPY_EYEBALLS_DELAY 0.25

struct weft_dial_race_;

struct weft_dial_failure {
    uint32_t address[7]; /* private: a struct sockaddr of IPv4 or IPv6 */
    int error;
};

struct weft_dial {
    struct weft_frame frame;

    /* public */
    const char *host;            /* name or number; NULL: loopback      */
    const char *port;            /* "80" or "http"                      */
    const char *local_host;      /* bind to it first; NULL: do not      */
    const char *local_port;      /* NULL: any                           */
    int family;                  /* AF_INET, AF_INET6; 0 is both        */
    int interleave;              /* so many addresses of the first family
                                        before one of the other; 0 is 1     */
    double happy_eyeballs_delay; /* seconds; 0: a quarter of one;
                                        WEFT_NO_TIMEOUT: one address after the
                                        other, in the resolver's order      */

    /* read-only */
    int result;           /* the descriptor: non-blocking, TCP_NODELAY        */
    size_t failure_count; /* of addresses; the first ones are in `failures` */
    struct weft_dial_failure failures[WEFT_DIAL_FAILURES];

    /* private */
    struct weft_lookup lookup;
    struct weft_lookup local;
    struct weft_dial_race_ *race;
    size_t index;
    int error;
};

/* A coroutine: for CALL, SPAWN or START. */
struct weft_async weft_dial(struct weft_frame *frame);

/* "connect 127.0.0.1:1: ECONNREFUSED; connect [::1]:1: ECONNREFUSED", cut to
 * `size`. Gives `text`. */
char *weft_dial_failures(const struct weft_dial *dial, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_DIAL_H */
