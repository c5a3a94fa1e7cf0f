/* address.c - socket addresses of every family, and their texts. */
#include "weft/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

/* What may be in an address. */
union address_place {
    struct sockaddr any;
    struct sockaddr_in ip4;
    struct sockaddr_in6 ip6;
    struct sockaddr_un path;
};

_Static_assert(sizeof(struct sockaddr_storage) <=
                   sizeof((struct weft_address *)0)->room,
               "every address fits");

static union address_place decoded_address(const struct weft_address *address)
{
    union address_place place;

    memset(&place, 0, sizeof place);
    memcpy(&place, &address->room,
           address->size < sizeof place ? address->size : sizeof place);
    return place;
}

int weft_address_family(const struct weft_address *address)
{
    return address->size > 0 ? decoded_address(address).any.sa_family
                             : AF_UNSPEC;
}

int weft_address_copy(struct weft_address *address, const struct sockaddr *from,
                      unsigned size)
{
    memset(address, 0, sizeof *address);
    if (size > sizeof address->room) {
        return WEFT_EINVAL;
    }
    if (size > 0) { /* else `from` may be NULL */
        memcpy(&address->room, from, size);
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
    struct sockaddr_un place;
    size_t length = path != NULL ? strlen(path) : 0;

    memset(address, 0, sizeof *address);
    memset(&place, 0, sizeof place);
    if (length == 0) {
        return WEFT_EINVAL;
    }
    if (length >= sizeof place.sun_path) {
        return WEFT_ELIMIT;
    }
    place.sun_family = AF_UNIX;
    memcpy(place.sun_path, path, length);
    if (path[0] == '@') {
        place.sun_path[0] = '\0';
    } else {
        length++; /* the NUL behind it */
    }
    memcpy(&address->room, &place, sizeof place);
    address->size = path_place + (socklen_t)length;
    return 0;
}

typedef int ask_address(int fd, struct sockaddr *address, socklen_t *size);

static int address_from(struct weft_address *address, int fd, ask_address *ask)
{
    socklen_t size = sizeof address->room;

    memset(address, 0, sizeof *address);
    if (ask(fd, WEFT_SOCKADDR(address), &size) < 0) {
        return -errno;
    }
    address->size = size;
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
        return ntohs(decoded_address(address).ip4.sin_port);
    case AF_INET6:
        return ntohs(decoded_address(address).ip6.sin6_port);
    default:
        return 0;
    }
}

bool weft_address_equal(const struct weft_address *one,
                        const struct weft_address *other)
{
    const union address_place a = decoded_address(one);
    const union address_place b = decoded_address(other);

    if (weft_address_family(one) != weft_address_family(other) ||
        weft_address_port(one) != weft_address_port(other)) {
        return false;
    }
    switch (weft_address_family(one)) {
    case AF_INET:
        return a.ip4.sin_addr.s_addr == b.ip4.sin_addr.s_addr;
    case AF_INET6:
        return IN6_ARE_ADDR_EQUAL(&a.ip6.sin6_addr, &b.ip6.sin6_addr) &&
               a.ip6.sin6_scope_id == b.ip6.sin6_scope_id;
    default:
        return one->size == other->size &&
               memcmp(&one->room, &other->room, one->size) == 0;
    }
}

static void put_address_ip6(const struct sockaddr_in6 *ip6, char *text,
                            size_t size)
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
static void put_address_path(const struct weft_address *address, char *text,
                             size_t size)
{
    const char *path = address->room.bytes + path_place;
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
    const union address_place place = decoded_address(address);
    char host[INET_ADDRSTRLEN] = "";

    if (size == 0) {
        return text;
    }
    text[0] = '\0';
    switch (weft_address_family(address)) {
    case AF_INET:
        inet_ntop(AF_INET, &place.ip4.sin_addr, host, sizeof host);
        snprintf(text, size, "%s:%d", host, weft_address_port(address));
        break;
    case AF_INET6:
        put_address_ip6(&place.ip6, text, size);
        break;
    case AF_UNIX:
        put_address_path(address, text, size);
        break;
    default:
        break;
    }
    return text;
}
