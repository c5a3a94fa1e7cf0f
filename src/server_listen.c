/* server_listen.c - listening sockets. */
#include "weft/server.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int listen_on(struct weft_server *server, struct addrinfo *address,
                     int *result)
{
    int fd =
        socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    int one = 1;

    if (fd < 0) {
        return -errno;
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
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

static int port_of(int fd)
{
    struct sockaddr_storage storage;
    socklen_t size = sizeof storage;
    uint16_t port = 0;

    memset(&storage, 0, sizeof storage);
    if (getsockname(fd, (struct sockaddr *)&storage, &size) == 0) {
        /* sin_port and sin6_port lie at the same place */
        memcpy(&port, (char *)&storage + offsetof(struct sockaddr_in, sin_port),
               sizeof port);
    }
    return ntohs(port);
}

/* The second address of "all" gets the free port that the first one found. */
static void share_port(struct weft_server *server, struct addrinfo *address)
{
    uint16_t port = htons((uint16_t)server->port);

    memcpy((char *)address->ai_addr + offsetof(struct sockaddr_in, sin_port),
           &port, sizeof port);
}

/* A host without IPv6 still has the other address. */
int weft_server_listen_(struct weft_server *server, struct addrinfo *addresses,
                        int *fds)
{
    int count = 0;
    int status = 0;
    int missing = 0;

    for (struct addrinfo *address = addresses;
         address != NULL && count < WEFT_SERVER_SOCKETS && status == 0;
         address = address->ai_next) {
        int result;

        if (server->port != 0) {
            share_port(server, address);
        }
        result = listen_on(server, address, &fds[count]);
        if (result == 0) {
            server->port = port_of(fds[count++]);
        } else if (result == -EAFNOSUPPORT || result == -EADDRNOTAVAIL) {
            missing = result;
        } else {
            status = result;
        }
    }
    if (status == 0 && count > 0) {
        return count;
    }
    while (count > 0) {
        close(fds[--count]);
    }
    return status < 0 ? status : missing;
}

void weft_server_remove_file_(struct weft_server *server, int fd)
{
    struct sockaddr_un address;
    socklen_t size = sizeof address;
    struct stat status;

    if (server->inode == 0) {
        return;
    }
    memset(&address, 0, sizeof address);
    if (getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
        stat(address.sun_path, &status) == 0 &&
        (uint64_t)status.st_dev == server->device &&
        (uint64_t)status.st_ino == server->inode) {
        unlink(address.sun_path);
    }
    server->inode = 0;
}
