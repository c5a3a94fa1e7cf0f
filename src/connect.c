/* connect.c - a non-blocking connect, address after address. */
#include "weft/connect.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"

/* Begin to connect: 0 when it is connected or on its way, or -errno. */
static int begin_connect(struct weft_open_connection *self)
{
    const struct addrinfo *address = self->address;

    self->fd =
        socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    if (self->fd < 0) {
        return -errno;
    }
    if (fcntl(self->fd, F_SETFD, FD_CLOEXEC) < 0 ||
        fcntl(self->fd, F_SETFL, O_NONBLOCK) < 0) {
        return -errno;
    }
    if (connect(self->fd, address->ai_addr, address->ai_addrlen) < 0 &&
        errno != EINPROGRESS && errno != EINTR) {
        return -errno;
    }
    return 0;
}

static int connect_error(int fd)
{
    int error = 0;
    socklen_t size = sizeof error;

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0) {
        error = errno;
    }
    return -error;
}

static void drop_socket(struct weft_open_connection *self)
{
    if (self->fd >= 0) {
        close(self->fd);
        self->fd = -1;
    }
}

struct weft_async weft_open_connection(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_open_connection);
    self->fd = -1;
    if (!weft_stream_is_closed(self->stream)) {
        ASYNC_RAISE(WEFT_EALREADY);
    }
    ASYNC_AWAIT(weft_getaddrinfo(&self->lookup, self->host, self->port));
    self->error = WEFT_ENAME;
    for (self->address = self->lookup.addresses; self->address != NULL;
         self->address = self->address->ai_next) {
        drop_socket(self);
        self->error = begin_connect(self);
        if (self->error < 0) {
            continue;
        }
        ASYNC_AWAIT(weft_wait_writable(self->fd));
        self->error = connect_error(self->fd);
        if (self->error == 0) {
            self->error = weft_stream_open(self->stream, self->fd);
            if (self->error == 0) {
                self->fd = -1; /* the stream's now */
            }
            break;
        }
    }
    if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    ASYNC_FINALLY
    drop_socket(self);
    weft_lookup_close(&self->lookup);
    ASYNC_END;
}
