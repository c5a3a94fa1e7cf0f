/* resolve.h - addresses of a host name, and the name of an address.
 *
 * Python   loop.getaddrinfo, loop.getnameinfo
 * Memory   some 400 bytes from malloc a lookup that needs a thread, and the
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
 * alone; the loop does not close before it has. With c-ares (cares.h) there are
 * no threads.
 */
#ifndef WEFT_RESOLVE_H
#define WEFT_RESOLVE_H

#include "weft/address.h"
#include "weft/frame.h"
#include "weft/list.h"

#ifdef __cplusplus
extern "C" {
#endif

struct addrinfo;
struct weft_loop;
struct weft_lookup_job;

struct weft_lookup {             /* all zero: empty */
    struct addrinfo *addresses;  /* read-only: a list, as the C library's     */
    int family;                  /* public: AF_INET or AF_INET6; 0 is both    */
    int socktype;                /* public: SOCK_DGRAM; 0 is SOCK_STREAM      */
    struct weft_lookup_job *job; /* private */
    void (*release)(struct addrinfo *address); /* private */
};

/* Under AWAIT: the addresses of host and port. `host` NULL is the loopback,
 * `port` NULL is 0; both texts are copied. */
struct weft_op weft_getaddrinfo(struct weft_lookup *lookup, const char *host,
                                const char *port) WEFT_MUST_AWAIT_;

/* Free the addresses. Harmless when empty. */
void weft_lookup_close(struct weft_lookup *lookup);

struct weft_nameinfo { /* all zero: empty */
    char host[256];    /* read-only: its name, or number if it has none     */
    char port[32];     /* read-only: the service's name, or number          */
    struct weft_lookup_job *job; /* private */
};

/* Under AWAIT: the names of an address. `flags` are the C library's:
 * NI_NUMERICHOST and NI_NUMERICSERV ask for numbers, both of them without
 * waiting; with NI_NAMEREQD a host without a name fails. */
struct weft_op weft_getnameinfo(struct weft_nameinfo *name,
                                const struct weft_address *address, int flags)
    WEFT_MUST_AWAIT_;

/* Between files: translate a numeric address without a thread. `passive` is
 * for listening. 0 or a code. */
int weft_lookup_numeric_(struct weft_lookup *lookup, const char *host,
                         const char *port, bool passive);

/* What somebody is asked to find out. Its memory is theirs; it is shared with
 * one who waits in the loop until weft_lookup_finish_. */
struct weft_lookup_job {
    struct weft_task *waiter;
    bool is_done;
    bool is_unwanted; /* nobody wants to know any more */
    int status;
    struct addrinfo *addresses;
    void (*release)(struct addrinfo *address); /* of `addresses`        */
    char *host, *port;                         /* the names, NULL if none  */
    void (*close)(struct weft_lookup_job *job);
};

/* In the loop: it is found out. Frees it, now or when it has been read. */
void weft_lookup_finish_(struct weft_lookup_job *job, int status);

/* Who finds out in place of threads, in this loop. They may finish a job before
 * they return. 0 or a negative code. */
struct weft_resolver {
    int (*find_addresses)(struct weft_resolver *resolver, const char *host,
                          const char *port, const struct addrinfo *hints,
                          struct weft_lookup_job **job);
    int (*find_name)(struct weft_resolver *resolver,
                     const struct weft_address *address, int flags,
                     struct weft_lookup_job **job);
    struct weft_loop *loop;
    struct weft_node node; /* among those of this thread */
};
void weft_resolver_install_(struct weft_resolver *resolver,
                            struct weft_loop *loop);
void weft_resolver_remove_(struct weft_resolver *resolver);

/* The C library in a thread. `resolver` is not used. */
int weft_thread_find_addresses_(struct weft_resolver *resolver,
                                const char *host, const char *port,
                                const struct addrinfo *hints,
                                struct weft_lookup_job **job);
int weft_thread_find_name_(struct weft_resolver *resolver,
                           const struct weft_address *address, int flags,
                           struct weft_lookup_job **job);

/* The code of a number of the C library's, and of errno if it says so. */
int weft_error_of_lookup_(int status);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_RESOLVE_H */
