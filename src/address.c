/* address.c - socket addresses of every family, and their texts. */
#include "weft/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>

int weft_address_copy(struct weft_address *address, const struct sockaddr *from,
                      socklen_t size)
{
    memset(address, 0, sizeof *address);
    if (size > sizeof address->as) {
        return WEFT_EINVAL;
    }
    if (size > 0) { /* else `from` may be NULL */
        memcpy(&address->as, from, size);
    }
    address->size = size;
    return 0;
}

int weft_address_set(struct weft_address *address, const char *host, int port)
{
    struct addrinfo hints;
    struct addrinfo *found;
    char service[8];
    int status;

    memset(address, 0, sizeof *address);
    if (host == NULL || port < 0 || port > 65535) {
        return WEFT_EINVAL;
    }
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    snprintf(service, sizeof service, "%d", port);
    status = getaddrinfo(host, service, &hints, &found);
    if (status != 0) {
        return status == EAI_MEMORY ? WEFT_ENOMEM : WEFT_ENAME;
    }
    status = weft_address_copy(address, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return status;
}

/* Where the path begins in the struct. */
static const socklen_t path_place = offsetof(struct sockaddr_un, sun_path);

int weft_address_set_path(struct weft_address *address, const char *path)
{
    size_t length = strlen(path);

    memset(address, 0, sizeof *address);
    if (length == 0) {
        return WEFT_EINVAL;
    }
    if (length >= sizeof address->as.path.sun_path) {
        return WEFT_ELIMIT;
    }
    address->as.path.sun_family = AF_UNIX;
    memcpy(address->as.path.sun_path, path, length);
    address->size = path_place + (socklen_t)length;
    if (path[0] == '@') {
        address->as.path.sun_path[0] = '\0';
    } else {
        address->size++; /* the NUL behind it */
    }
    return 0;
}

typedef int ask_socket(int fd, struct sockaddr *address, socklen_t *size);

static int address_from(struct weft_address *address, int fd, ask_socket *ask)
{
    memset(address, 0, sizeof *address);
    address->size = sizeof address->as;
    if (ask(fd, &address->as.any, &address->size) < 0) {
        address->size = 0;
        return -errno;
    }
    return 0;
}

int weft_address_of_socket(struct weft_address *address, int fd)
{
    return address_from(address, fd, getsockname);
}

int weft_address_of_peer(struct weft_address *address, int fd)
{
    return address_from(address, fd, getpeername);
}

int weft_address_port(const struct weft_address *address)
{
    switch (weft_address_family(address)) {
    case AF_INET:
        return ntohs(address->as.ip4.sin_port);
    case AF_INET6:
        return ntohs(address->as.ip6.sin6_port);
    default:
        return 0;
    }
}

bool weft_address_equal(const struct weft_address *one,
                        const struct weft_address *other)
{
    const struct sockaddr_in6 *ip6 = &one->as.ip6;

    if (weft_address_family(one) != weft_address_family(other) ||
        weft_address_port(one) != weft_address_port(other)) {
        return false;
    }
    switch (weft_address_family(one)) {
    case AF_INET:
        return one->as.ip4.sin_addr.s_addr == other->as.ip4.sin_addr.s_addr;
    case AF_INET6:
        return IN6_ARE_ADDR_EQUAL(&ip6->sin6_addr, &other->as.ip6.sin6_addr) &&
               ip6->sin6_scope_id == other->as.ip6.sin6_scope_id;
    default:
        return one->size == other->size &&
               memcmp(&one->as, &other->as, one->size) == 0;
    }
}

static void put_ip6(const struct sockaddr_in6 *ip6, char *text, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "";
    char scope[16] = "";

    inet_ntop(AF_INET6, &ip6->sin6_addr, host, sizeof host);
    if (ip6->sin6_scope_id != 0) {
        snprintf(scope, sizeof scope, "%%%u", (unsigned)ip6->sin6_scope_id);
    }
    snprintf(text, size, "[%s%s]:%d", host, scope, ntohs(ip6->sin6_port));
}

/* A path may fill its array to the end, without a NUL. */
static void put_path(const struct weft_address *address, char *text,
                     size_t size)
{
    const char *path = address->as.path.sun_path;
    int length =
        address->size > path_place ? (int)(address->size - path_place) : 0;

    if (length > 0 && path[0] == '\0') {
        snprintf(text, size, "@%.*s", length - 1, path + 1);
    } else {
        snprintf(text, size, "%.*s", length, path);
    }
}

char *weft_address_text(const struct weft_address *address, char *text,
                        size_t size)
{
    char host[INET_ADDRSTRLEN] = "";

    if (size == 0) {
        return text;
    }
    text[0] = '\0';
    switch (weft_address_family(address)) {
    case AF_INET:
        inet_ntop(AF_INET, &address->as.ip4.sin_addr, host, sizeof host);
        snprintf(text, size, "%s:%d", host, weft_address_port(address));
        break;
    case AF_INET6:
        put_ip6(&address->as.ip6, text, size);
        break;
    case AF_UNIX:
        put_path(address, text, size);
        break;
    default:
        break;
    }
    return text;
}
