/* server_listen.c - listening sockets: of addresses, of names, the user's. */
#include "weft/server.h"

#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"
#include "weft/resolve.h"

/* ---- Sockets ---- */

static int listen_on(struct weft_server *server, struct addrinfo *address,
                     int *result)
{
    int fd =
        socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    int one = 1;

    if (fd < 0) {
        return -errno;
    }
    (void)weft_fd_prepare_(fd);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (server->reuse_port) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    }
    if (address->ai_family == AF_INET6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    }
    if (bind(fd, address->ai_addr, address->ai_addrlen) < 0 ||
        listen(fd, server->backlog) < 0) {
        int error = -errno;

        close(fd);
        return error;
    }
    *result = fd;
    return 0;
}

static void note_server_port(struct weft_server *server)
{
    struct weft_address address;

    server->port = 0;
    if (server->sock_count > 0 &&
        weft_address_of_socket(&address, server->socks[0]) == 0) {
        server->port = weft_address_port(&address);
    }
    snprintf(server->port_text, sizeof server->port_text, "%d", server->port);
}

static void drop_server_socks(struct weft_server *server, int first)
{
    while (server->sock_count > first) {
        close(server->socks[--server->sock_count]);
    }
}

void weft_server_drop_socks_(struct weft_server *server)
{
    drop_server_socks(server, 0);
}

/* What is wrong with a socket is known here, and not in the first accept. */
static int adopt_server_sock(const struct weft_server *server, int fd,
                             bool is_unix)
{
    struct weft_address address;
    int type = 0;
    socklen_t size = sizeof type;
    int status = weft_address_of_socket(&address, fd);

    if (status < 0 || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0) {
        return -errno;
    }
    if (type != SOCK_STREAM ||
        (is_unix && weft_address_family(&address) != AF_UNIX)) {
        return WEFT_EINVAL;
    }
    status = weft_fd_prepare_(fd);
    return status == 0 && listen(fd, server->backlog) < 0 ? -errno : status;
}

int weft_server_adopt_(struct weft_server *server, bool is_unix)
{
    int status = 0;

    for (int i = 0; i < server->sock_count && status == 0; i++) {
        status = adopt_server_sock(server, server->socks[i], is_unix);
    }
    note_server_port(server);
    return status;
}

/* ---- Addresses ---- */

/* All addresses of one call get the free port that its first one found. */
static void share_server_port(struct addrinfo *address,
                              const struct weft_address *served)
{
    uint16_t port = htons((uint16_t)weft_address_port(served));

    /* sin_port and sin6_port lie at the same place */
    memcpy((char *)address->ai_addr + offsetof(struct sockaddr_in, sin_port),
           &port, sizeof port);
}

/* A name may give the same address twice, and so may several. */
static bool has_server_address(const struct weft_server *server, int first,
                               struct addrinfo *address)
{
    bool is_found = false;

    for (int i = first; i < server->sock_count && !is_found; i++) {
        struct weft_address wanted;
        struct weft_address served;

        weft_address_of_socket(&served, server->socks[i]);
        share_server_port(address, &served);
        weft_address_copy(&wanted, address->ai_addr, address->ai_addrlen);
        is_found = weft_address_equal(&wanted, &served);
    }
    return is_found;
}

/* A socket for each address, behind `first` others. A host without IPv6 still
 * has the other address: then `missing` is why. */
static int add_server_addresses(struct weft_server *server, int first,
                                struct addrinfo *address, int *missing)
{
    for (; address != NULL; address = address->ai_next) {
        int fd = -1;
        int status;

        if (has_server_address(server, first, address)) {
            continue;
        }
        if (server->sock_count == WEFT_SERVER_SOCKETS) {
            return WEFT_ELIMIT;
        }
        status = listen_on(server, address, &fd);
        if (status == 0) {
            server->socks[server->sock_count++] = fd;
        } else if (status == -EAFNOSUPPORT || status == -EADDRNOTAVAIL) {
            *missing = status;
        } else {
            return status;
        }
    }
    return 0;
}

/* After the last address. */
static int end_server_listen(struct weft_server *server, int first, int status,
                             int missing)
{
    if (status == 0 && server->sock_count == first) {
        status = missing < 0 ? missing : WEFT_ENAME; /* a name of nothing */
    }
    if (status < 0) {
        drop_server_socks(server, first);
    }
    note_server_port(server);
    return status;
}

/* ---- Hosts ---- */

/* Take the first one from "localhost,::1"; NULL is left behind the last. */
static int next_server_host(const char **rest, char *name, size_t size)
{
    size_t length = strcspn(*rest, ",");

    if (length == 0 || length >= size) {
        return WEFT_ENAME;
    }
    memcpy(name, *rest, length);
    name[length] = '\0';
    *rest = (*rest)[length] == ',' ? *rest + length + 1 : NULL;
    return 0;
}

static int add_server_number(struct weft_server *server, int first,
                             const char *host, const char *port, int *missing)
{
    struct weft_lookup lookup = {0};
    int status = weft_lookup_numeric_(&lookup, host, port, true);

    if (status == 0) {
        status = add_server_addresses(server, first, lookup.addresses, missing);
        weft_lookup_close(&lookup);
    }
    return status;
}

int weft_server_bind_(struct weft_server *server, const char *host,
                      const char *port)
{
    char name[INET6_ADDRSTRLEN + IF_NAMESIZE];
    int first = server->sock_count;
    int missing = 0;
    int status = 0;

    if (host == NULL && port == NULL) {
        return WEFT_EINVAL; /* somebody has forgotten the sockets */
    }
    if (host == NULL || host[0] == '\0') {
        status = add_server_number(server, first, NULL, port, &missing);
    } else {
        while (status == 0 && host != NULL) {
            status = next_server_host(&host, name, sizeof name);
            if (status == 0) {
                status = add_server_number(server, first, name, port, &missing);
            }
        }
    }
    return end_server_listen(server, first, status, missing);
}

struct weft_async weft_server_listen(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_server_listen);
    self->first = self->server->sock_count;
    self->status = weft_server_prepare_(self->server);
    if (self->status < 0) {
        ASYNC_RAISE(self->status);
    }
    if (self->host == NULL || self->host[0] == '\0') {
        self->status = weft_server_bind_(self->server, NULL, self->port);
        self->host = NULL;
    }
    while (self->status == 0 && self->host != NULL) {
        self->status =
            next_server_host(&self->host, self->name, sizeof self->name);
        if (self->status < 0) {
            break;
        }
        ASYNC_AWAIT(weft_getaddrinfo(&self->lookup, self->name, self->port));
        self->status = add_server_addresses(
            self->server, self->first, self->lookup.addresses, &self->missing);
        weft_lookup_close(&self->lookup);
    }
    self->status = end_server_listen(self->server, self->first, self->status,
                                     self->missing);
    if (self->status < 0) {
        ASYNC_RAISE(self->status);
    }
    ASYNC_FINALLY
    weft_lookup_close(&self->lookup);
    if (frame->outcome < 0) {
        drop_server_socks(self->server, self->first);
    }
    ASYNC_END;
}

/* ---- Paths ---- */

static bool find_server_file(int fd, struct sockaddr_un *address,
                             struct stat *status)
{
    socklen_t size = sizeof *address;

    memset(address, 0, sizeof *address);
    return getsockname(fd, (struct sockaddr *)address, &size) == 0 &&
           address->sun_path[0] != '\0' && stat(address->sun_path, status) == 0;
}

void weft_server_note_file_(struct weft_server *server)
{
    struct sockaddr_un address;
    struct stat status;

    if (!server->keeps_file &&
        find_server_file(server->socks[0], &address, &status)) {
        server->device = (uint64_t)status.st_dev;
        server->inode = (uint64_t)status.st_ino;
    }
}

void weft_server_remove_file_(struct weft_server *server, int fd)
{
    struct sockaddr_un address;
    struct stat status;

    if (server->inode != 0 && find_server_file(fd, &address, &status) &&
        (uint64_t)status.st_dev == server->device &&
        (uint64_t)status.st_ino == server->inode) {
        unlink(address.sun_path);
    }
    server->inode = 0;
}
