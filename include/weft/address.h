/* address.h - where a socket is, or is to send to.
 *
 * Python   the tuples and paths that asyncio and socket take for addresses
 * Memory   136 bytes (64-bit)
 * Moving   yes, and copying
 * Errors   WEFT_ENAME for a host that is not a number; WEFT_ELIMIT for a path
 *          that does not fit; WEFT_EINVAL; -errno
 *
 *     struct weft_address to;
 *     char text[WEFT_ADDRESS_TEXT];
 *
 *     weft_address_set(&to, "127.0.0.1", 53);
 *     puts(weft_address_text(&to, text, sizeof text));     127.0.0.1:53
 *
 * Names are looked up with weft_getaddrinfo; weft_address_copy takes one of its
 * results.
 */
#ifndef WEFT_ADDRESS_H
#define WEFT_ADDRESS_H

#include "weft/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sockaddr; /* the system's: <sys/socket.h>, which is not included here
                    because of all the short names that it takes */

/* Enough for every text of weft_address_text. */
enum { WEFT_ADDRESS_TEXT = 128 };

struct weft_address { /* all zero: none */
    union {
        char bytes[128];
        uint64_t aligned;
    } room;        /* private: any kind of struct sockaddr     */
    unsigned size; /* public: how much of it is used; 0: none  */
};

/* For the system's functions: bind(fd, WEFT_SOCKADDR(&to), to.size). */
#define WEFT_SOCKADDR(address) ((struct sockaddr *)(void *)&(address)->room)

/* AF_INET and so on; AF_UNSPEC for none. */
int weft_address_family(const struct weft_address *address);

/* A numeric host, of IPv4 or IPv6, also with a scope as in "fe80::1%eth0". */
int weft_address_set(struct weft_address *address, const char *host, int port);

/* The path of a Unix socket; one that begins with '@' is Linux's abstract
 * name. */
int weft_address_set_path(struct weft_address *address, const char *path);

/* What the system has: WEFT_EINVAL for more than fits. */
int weft_address_copy(struct weft_address *address, const struct sockaddr *from,
                      unsigned size);

/* The socket's own address, and that of its peer. 0 or -errno. */
int weft_address_of_socket(struct weft_address *address, int fd);
int weft_address_of_peer(struct weft_address *address, int fd);

/* The port; 0 for what has none. */
int weft_address_port(const struct weft_address *address);

/* The same place? Two of no place are equal. */
bool weft_address_equal(const struct weft_address *one,
                        const struct weft_address *other);

/* "127.0.0.1:53", "[::1]:53", the path, "@name", or "" for none; cut to `size`.
 * Gives `text`. */
char *weft_address_text(const struct weft_address *address, char *text,
                        size_t size);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_ADDRESS_H */
