/* cares.h - names looked up by c-ares in the loop, without threads.
 *
 * Python   what aiodns is to asyncio: another loop.getaddrinfo
 * Memory   one struct; c-ares' own and some 150 bytes a lookup and an address,
 *          from malloc
 * Moving   not while open
 * Errors   WEFT_EALREADY when it is open; WEFT_EINVAL for servers that are no
 *          addresses; WEFT_ENOMEM; of lookups: WEFT_ENAME, -ETIMEDOUT,
 *          -ECONNREFUSED, WEFT_ECLOSED
 *
 *     struct weft_cares cares = {0};
 *
 *     weft_cares_open(&cares, &loop);
 *     ...                                       weft_getaddrinfo as ever
 *     weft_cares_close(&cares);                 before the loop
 *
 * From the opening on weft_getaddrinfo, weft_getnameinfo and all that is made
 * of them ask c-ares, in this loop. Link with -lweft-cares -lcares; or, where
 * weft is one header, say `#define WEFT_WITH_CARES` before including it.
 */
#ifndef WEFT_CARES_H
#define WEFT_CARES_H

#include "weft/io.h"
#include "weft/resolve.h"
#include "weft/timer.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WEFT_CARES_SOCKETS = 16 };

struct weft_cares { /* all zero: closed */
    /* public, before the opening; zero is what the system is set to */
    const char *servers; /* "127.0.0.1:5353,[::1]:53": whom to ask           */
    const char *lookups; /* "b" asks servers, "f" reads the hosts file; "fb" */
    double timeout;      /* seconds until a server is asked again            */
    int tries;           /* how often it is asked                            */

    /* read-only */
    struct weft_loop *loop; /* NULL: closed                                  */
    size_t running; /* questions, also those nobody waits for any more */

    /* private */
    struct weft_resolver resolver;
    void *channel;
    int error; /* why all questions are given up */
    struct weft_timer alarm;
    struct weft_cares_socket_ {
        struct weft_entry readable, writable;
        struct weft_cares *cares; /* NULL: free */
        int fd;
    } sockets[WEFT_CARES_SOCKETS];
};

/* Take the place of threads, for all lookups of this loop to come. Reads the
 * system's settings, which are small files. */
int weft_cares_open(struct weft_cares *cares, struct weft_loop *loop);

/* Threads again. Who still waits for an answer is given WEFT_ECLOSED. Harmless
 * when closed. */
void weft_cares_close(struct weft_cares *cares);

/* Between files: c-ares has done something; and what the resolver does. */
void weft_cares_settle_(struct weft_cares *cares);
int weft_cares_find_addresses_(struct weft_resolver *resolver, const char *host,
                               const char *port, const struct addrinfo *hints,
                               struct weft_lookup_job **job);
int weft_cares_find_name_(struct weft_resolver *resolver,
                          const struct weft_address *address, int flags,
                          struct weft_lookup_job **job);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_CARES_H */
