/* datagram_open.c - a socket for an endpoint: made, bound and connected. */
#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"
#include "weft/datagram.h"
#include "weft/sleep.h"

/* Where one socket is to be, and to send to; size 0: nowhere. */
struct datagram_places {
    struct weft_address local, remote;
};

static bool is_local_wanted(const struct weft_create_datagram_endpoint *create)
{
    return create->local_host != NULL || create->local_port != NULL;
}

static bool is_remote_wanted(const struct weft_create_datagram_endpoint *create)
{
    return create->remote_host != NULL || create->remote_port != NULL;
}

static int set_datagram_option(int fd, int option)
{
    int yes = 1;

    return setsockopt(fd, SOL_SOCKET, option, &yes, sizeof yes) < 0 ? -errno
                                                                    : 0;
}

static int set_up_datagram_socket(
    const struct weft_create_datagram_endpoint *create, int fd,
    const struct datagram_places *places)
{
    int status = 0;

    if (create->reuse_port) {
#if defined(SO_REUSEPORT)
        status = set_datagram_option(fd, SO_REUSEPORT);
#else
        status = -ENOTSUP;
#endif
    }
    if (status == 0 && create->allow_broadcast) {
        status = set_datagram_option(fd, SO_BROADCAST);
    }
    if (status < 0) {
        return status;
    }
    status = weft_fd_prepare_(fd);
    if (status < 0) {
        return status;
    }
    if (places->local.size > 0 &&
        bind(fd, WEFT_SOCKADDR(&places->local), places->local.size) < 0) {
        return -errno;
    }
    if (places->remote.size > 0 && !create->allow_broadcast &&
        connect(fd, WEFT_SOCKADDR(&places->remote), places->remote.size) < 0) {
        return -errno;
    }
    return 0;
}

/* One attempt. */
static int open_datagram_at(const struct weft_create_datagram_endpoint *create,
                            int family, const struct datagram_places *places)
{
    bool is_fixed = create->allow_broadcast && places->remote.size > 0;
    int fd = socket(family, SOCK_DGRAM, 0);
    int status = fd < 0 ? -errno : set_up_datagram_socket(create, fd, places);

    if (status == 0) {
        status = weft_datagram_open_(create->endpoint, fd, create->protocol,
                                     is_fixed ? &places->remote : NULL);
    }
    if (status < 0 && fd >= 0) {
        close(fd);
    }
    return status;
}

/* ---- Unix ---- */

static void remove_stale_datagram(const char *path)
{
    struct stat about;

    if (path[0] != '@' && stat(path, &about) == 0 && S_ISSOCK(about.st_mode)) {
        unlink(path);
    }
}

static int open_datagram_at_paths(
    const struct weft_create_datagram_endpoint *create)
{
    struct datagram_places places;
    int status = 0;

    memset(&places, 0, sizeof places);
    if (create->local_path != NULL) {
        status = weft_address_set_path(&places.local, create->local_path);
    }
    if (status == 0 && create->remote_path != NULL) {
        status = weft_address_set_path(&places.remote, create->remote_path);
    }
    if (status < 0) {
        return status;
    }
    if (create->local_path != NULL) {
        remove_stale_datagram(create->local_path);
    }
    return open_datagram_at(create, AF_UNIX, &places);
}

/* ---- The Internet ---- */

static const struct addrinfo *address_of_family(const struct addrinfo *list,
                                                int family)
{
    while (list != NULL && list->ai_family != family) {
        list = list->ai_next;
    }
    return list;
}

static void copy_datagram_place(struct weft_address *place,
                                const struct addrinfo *from)
{
    weft_address_copy(place, from->ai_addr, (socklen_t)from->ai_addrlen);
}

/* One address after the other, each with a counterpart of its own family. The
 * first error is raised, when all have one. */
static int open_datagram_at_addresses(
    const struct weft_create_datagram_endpoint *create)
{
    const struct addrinfo *local = create->local.addresses;
    const struct addrinfo *remote = create->remote.addresses;
    const struct addrinfo *first = local != NULL ? local : remote;
    int error = 0;

    for (; first != NULL; first = first->ai_next) {
        struct datagram_places places;
        const struct addrinfo *other =
            address_of_family(remote, first->ai_family);
        int status;

        memset(&places, 0, sizeof places);
        if (local == NULL) {
            copy_datagram_place(&places.remote, first);
        } else {
            copy_datagram_place(&places.local, first);
            if (remote != NULL && other == NULL) {
                continue;
            }
            if (remote != NULL) {
                copy_datagram_place(&places.remote, other);
            }
        }
        status = open_datagram_at(create, first->ai_family, &places);
        if (status == 0) {
            return 0;
        }
        if (error == 0) {
            error = status;
        }
    }
    return error < 0 ? error : WEFT_EINVAL; /* no two of one family */
}

static int open_datagram_anywhere(
    const struct weft_create_datagram_endpoint *create)
{
    struct datagram_places places;

    memset(&places, 0, sizeof places);
    return open_datagram_at(create, create->family, &places);
}

/* ---- All of them ---- */

static bool is_at_paths(const struct weft_create_datagram_endpoint *create)
{
    return create->local_path != NULL || create->remote_path != NULL;
}

static int check_datagram_places(
    const struct weft_create_datagram_endpoint *create)
{
    bool is_at_hosts = is_local_wanted(create) || is_remote_wanted(create);

    if (!weft_datagram_is_closed(create->endpoint)) {
        return WEFT_EALREADY;
    }
    if (is_at_paths(create)
            ? is_at_hosts || (create->family != AF_UNIX && create->family != 0)
        : is_at_hosts ? create->family == AF_UNIX
                      : create->family == 0) {
        return WEFT_EINVAL;
    }
    return 0;
}

static int open_datagram_socket(
    const struct weft_create_datagram_endpoint *create)
{
    if (is_at_paths(create)) {
        return open_datagram_at_paths(create);
    }
    if (is_local_wanted(create) || is_remote_wanted(create)) {
        return open_datagram_at_addresses(create);
    }
    return open_datagram_anywhere(create);
}

struct weft_async weft_create_datagram_endpoint(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_create_datagram_endpoint);
    self->error = check_datagram_places(self);
    if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    self->local.family = self->remote.family = self->family;
    self->local.socktype = self->remote.socktype = SOCK_DGRAM;
    if (is_local_wanted(self)) {
        ASYNC_AWAIT(
            weft_getaddrinfo(&self->local, self->local_host, self->local_port));
    }
    if (is_remote_wanted(self)) {
        ASYNC_AWAIT(weft_getaddrinfo(&self->remote, self->remote_host,
                                     self->remote_port));
    }
    self->error = open_datagram_socket(self);
    if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    ASYNC_TRY {
        ASYNC_AWAIT(weft_sleep(0)); /* behind connection_made */
    }
    ASYNC_CATCH_ALL(self->error) {
        weft_datagram_abort(self->endpoint);
        ASYNC_RAISE(self->error);
    }
    ASYNC_FINALLY
    weft_lookup_close(&self->local);
    weft_lookup_close(&self->remote);
    ASYNC_END;
}
