/* socks.h - sockets of a test on the loopback. */
#ifndef SOCKS_H
#define SOCKS_H

#include "real.h"

/* A non-blocking socket bound to a free port, and its address. */
static inline int socks_bind(int family, int type, struct weft_address *own)
{
    int fd = socket(family, type, 0);

    CHECK_INT(weft_address_set(own, family == AF_INET ? "127.0.0.1" : "::1", 0),
              0);
    if (fd < 0 || bind(fd, WEFT_SOCKADDR(own), own->size) < 0) {
        close(fd);
        return -1;
    }
    CHECK_INT(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    CHECK_INT(weft_address_of_socket(own, fd), 0);
    return fd;
}

static inline bool socks_have_ip6(void)
{
    struct weft_address own;
    int fd = socks_bind(AF_INET6, SOCK_STREAM, &own);

    close(fd);
    return fd >= 0;
}

/* Fill a socket until it takes no more, and count. */
static inline size_t socks_fill(int fd)
{
    static char block[4096];
    size_t filled = 0;

    for (size_t size = sizeof block; size > 0;) {
        ssize_t count = send(fd, block, size, MSG_DONTWAIT);

        if (count > 0) {
            filled += (size_t)count;
        } else {
            size /= 2;
        }
    }
    return filled;
}

/* How many bytes other than 0 come before the end, or before it would wait;
 * `total`, if not NULL, is increased by how many in all. */
static inline size_t socks_drain(int fd, size_t *total)
{
    static char block[4096];
    size_t others = 0;
    ssize_t count;

    while ((count = recv(fd, block, sizeof block, MSG_DONTWAIT)) > 0) {
        for (ssize_t i = 0; i < count; i++) {
            others += block[i] != 0;
        }
        if (total != NULL) {
            *total += (size_t)count;
        }
    }
    return others;
}

/* An address that does not answer: its queue of connections is full. */
struct silent {
    struct weft_address own;
    int fds[4];
};

static inline void silent_open(struct silent *silent)
{
    silent->fds[0] = socks_bind(AF_INET, SOCK_STREAM, &silent->own);
    CHECK_INT(listen(silent->fds[0], 0), 0);
    for (int i = 1; i < 4; i++) {
        silent->fds[i] = socket(AF_INET, SOCK_STREAM, 0);
        CHECK_INT(fcntl(silent->fds[i], F_SETFL, O_NONBLOCK), 0);
        connect(silent->fds[i], WEFT_SOCKADDR(&silent->own), silent->own.size);
    }
}

static inline void silent_close(struct silent *silent)
{
    for (int i = 0; i < 4; i++) {
        close(silent->fds[i]);
    }
}

#endif /* SOCKS_H */
