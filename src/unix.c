/* unix.c - sockets on a path. */
#include "weft/unix.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"
#include "weft/address.h"
#include "weft/sleep.h"

/* Between two attempts to connect, in seconds. */
#define UNIX_PAUSE 0.01

static int unix_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (fd < 0) {
        return -errno;
    }
    (void)weft_fd_prepare_(fd);
    return fd;
}

/* ---- Connecting ---- */

static void drop_unix_socket(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

/* Unlike TCP's, these are connected at once or not at all. -EAGAIN: the
 * server's queue is full, and nobody tells when it is not. */
static int connect_unix(int *fd, const char *path)
{
    struct weft_address address;
    int status = weft_address_set_path(&address, path);

    if (status < 0) {
        return status;
    }
    if (*fd < 0) {
        *fd = unix_socket();
    }
    if (*fd < 0) {
        return *fd;
    }
    do {
        status = connect(*fd, WEFT_SOCKADDR(&address), address.size);
    } while (status < 0 && errno == EINTR);
    return status < 0 ? -errno : 0;
}

struct weft_async weft_open_unix_connection(struct weft_frame *frame)
{
    int status;

    ASYNC_BEGIN(weft_open_unix_connection);
    self->fd = -1;
    if (!weft_stream_is_closed(self->stream)) {
        ASYNC_RAISE(WEFT_EALREADY);
    }
    while ((status = connect_unix(&self->fd, self->path)) == -EAGAIN) {
        ASYNC_AWAIT(weft_sleep(UNIX_PAUSE));
    }
    if (status == 0) {
        status = weft_stream_open(self->stream, self->fd);
    }
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    self->fd = -1; /* the stream's now */
    ASYNC_FINALLY
    drop_unix_socket(&self->fd);
    ASYNC_END;
}

struct weft_async weft_create_unix_connection(struct weft_frame *frame)
{
    int status;

    ASYNC_BEGIN(weft_create_unix_connection);
    self->fd = -1;
    if (!weft_transport_is_closed(self->transport)) {
        ASYNC_RAISE(WEFT_EALREADY);
    }
    while ((status = connect_unix(&self->fd, self->path)) == -EAGAIN) {
        ASYNC_AWAIT(weft_sleep(UNIX_PAUSE));
    }
    if (status == 0) {
        status = weft_transport_open(self->transport, self->fd, self->protocol);
    }
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    self->fd = -1; /* the transport's now */
    self->is_open = true;
    ASYNC_AWAIT(weft_sleep(0)); /* until connection_made was called */
    ASYNC_FINALLY
    if (frame->outcome < 0 && self->is_open) {
        weft_transport_abort(self->transport);
    }
    drop_unix_socket(&self->fd);
    ASYNC_END;
}

/* ---- Serving ---- */

/* Make way: only a socket is removed. */
static void remove_stale_socket(const char *path)
{
    struct stat status;

    if (path[0] != '@' && stat(path, &status) == 0 &&
        S_ISSOCK(status.st_mode)) {
        unlink(path);
    }
}

static int listen_unix(struct weft_server *server, const char *path)
{
    struct weft_address address;
    int result = weft_address_set_path(&address, path);
    int fd;

    if (result < 0) {
        return result;
    }
    fd = unix_socket();
    if (fd < 0) {
        return fd;
    }
    remove_stale_socket(path);
    if (bind(fd, WEFT_SOCKADDR(&address), address.size) < 0 ||
        listen(fd, server->backlog) < 0) {
        result = -errno;
        close(fd);
        return result;
    }
    server->socks[server->sock_count++] = fd;
    server->port = 0;
    server->port_text[0] = '\0';
    return 0;
}

static int start_unix(struct weft_server *server, const char *path)
{
    bool has_sock = server->sock_count > 0;
    int status;

    if (has_sock && (path != NULL || server->sock_count > 1)) {
        return WEFT_EINVAL;
    }
    status =
        has_sock ? weft_server_adopt_(server, true) : listen_unix(server, path);
    if (status == 0) {
        weft_server_note_file_(server);
        status = weft_server_start_(server);
    }
    if (status < 0 && !has_sock) {
        weft_server_drop_socks_(server);
    }
    return status;
}

int weft_start_unix_server(struct weft_server *server,
                           struct weft_handler handler, const char *path)
{
    int status = weft_server_prepare_(server);

    if (status == 0) {
        server->handler = handler;
        status = start_unix(server, path);
    }
    return status;
}

int weft_create_unix_server(struct weft_server *server,
                            weft_make_connection *make,
                            const struct weft_protocol *protocol,
                            const char *path)
{
    int status = weft_server_prepare_(server);

    if (status == 0) {
        server->make = make;
        server->protocol = protocol;
        status = start_unix(server, path);
    }
    return status;
}
