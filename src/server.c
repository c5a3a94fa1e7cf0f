/* server.c - a task a listening socket. */
#include "weft/server.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"

enum { SERVER_BACKLOG = 100 };

/* Seconds: without descriptors or memory; and see struct weft_server. */
enum { SERVER_PAUSE = 1, SERVER_LINGER = 60 };

/* ---- Accepting ---- */

static bool server_has_room(const struct weft_server *server)
{
    return server->max_clients == 0 ||
           server->client_count < server->max_clients;
}

static const struct weft_wait_kind server_room_wait = {
    {weft_task_run_, "server max_clients", weft_task_itself_},
    NULL,
    weft_task_withdraw_};

static struct weft_op wait_for_server_room(struct weft_server *server)
{
    return server_has_room(server)
               ? weft_op_(0)
               : weft_task_park_(&server_room_wait, &server->crowded, server,
                                 NULL);
}

/* The factory's memory becomes a connection. The descriptor is its own from
 * here on. */
static int start_connection(struct weft_server *server, int fd)
{
    struct weft_transport *transport = server->make(server);
    int status = transport == NULL
                     ? WEFT_ENOMEM
                     : weft_transport_open(transport, fd, server->protocol);

    if (status < 0) {
        close(fd);
        return status;
    }
    weft_roster_enter_(&server->connections, transport);
    weft_server_count_client_(server);
    return 0;
}

/* Take what has come: 0 when there is no more for now, or a negative code. */
static int accept_some(struct weft_acceptor *acceptor)
{
    struct weft_server *server = acceptor->server;

    for (int i = 0; i <= server->backlog && server_has_room(server); i++) {
        int fd = accept(acceptor->fd, NULL, NULL);
        int status;

        if (fd < 0) {
            /* The first four: none, or one that went away again. */
            return errno == EAGAIN || errno == EWOULDBLOCK ||
                           errno == ECONNABORTED || errno == EINTR
                       ? 0
                       : -errno;
        }
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        status = server->make != NULL ? start_connection(server, fd)
                                      : weft_server_start_client_(server, fd);
        if (status < 0) {
            return status;
        }
    }
    return 0;
}

static struct weft_async accept_clients(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_acceptor);
    for (;;) {
        ASYNC_TRY {
            ASYNC_AWAIT(wait_for_server_room(self->server));
            ASYNC_AWAIT(weft_wait_readable(self->fd));
            self->error = accept_some(self);
        }
        ASYNC_CATCH(self->error) {
            /* no memory to watch it: not for ever, either */
        }
        if (self->error < 0) {
            weft_loop_report_(weft_loop_current_,
                              "cannot accept connections for now", self->error,
                              NULL);
            ASYNC_AWAIT(weft_sleep(SERVER_PAUSE));
        }
    }
    ASYNC_END;
}

static void forget_acceptor(void *arg)
{
    struct weft_acceptor *acceptor = arg;

    weft_server_remove_file_(acceptor->server, acceptor->fd);
    close(acceptor->fd);
    weft_server_forget_acceptor_(acceptor->server);
    weft_task_release(&acceptor->task);
}

/* ---- Starting ---- */

/* After this, so many tasks start without fail. */
static int reserve_starts(struct weft_loop *loop, int count)
{
    int reserved = 0;
    int status = 0;

    while (reserved < count && status == 0) {
        status = weft_loop_reserve_(loop);
        reserved += status == 0;
    }
    while (reserved > 0) {
        weft_loop_unreserve_(loop);
        reserved--;
    }
    return status;
}

static void start_acceptor(struct weft_server *server,
                           struct weft_acceptor *acceptor, int fd)
{
    memset(acceptor, 0, sizeof *acceptor);
    acceptor->server = server;
    acceptor->fd = fd;
    weft_task_start_(&acceptor->task, &acceptor->frame, accept_clients);
    weft_task_add_done_callback(&acceptor->task, &acceptor->done,
                                forget_acceptor, acceptor);
    server->acceptor_count++;
}

int weft_server_start_(struct weft_server *server)
{
    int status = reserve_starts(weft_loop_current_, server->sock_count);

    if (status == 0) {
        for (int i = 0; i < server->sock_count; i++) {
            start_acceptor(server, &server->acceptors[i], server->socks[i]);
        }
        server->sock_count = 0;
    }
    return status;
}

int weft_server_prepare_(struct weft_server *server)
{
    struct weft_loop *loop = weft_loop_current();

    if (server->acceptor_count > 0 || server->client_count > 0) {
        return WEFT_EALREADY;
    }
    if (loop == NULL) {
        return WEFT_ENOLOOP;
    }
    if (loop->driver->watch == NULL) {
        return -ENOTSUP;
    }
    server->sweep_delay =
        weft_ticks_from(server->linger == 0 ? SERVER_LINGER : server->linger);
    if (server->sock_count < 0 || server->sock_count > WEFT_SERVER_SOCKETS ||
        server->sweep_delay < 0) { /* or not a number */
        return WEFT_EINVAL;
    }
    server->inode = 0;
    server->make = NULL;
    server->is_shutting_down = false;
    server->connections.on_leave = weft_server_forget_connection_;
    if (server->backlog <= 0) {
        server->backlog = SERVER_BACKLOG;
    }
    return 0;
}

static int start_inet(struct weft_server *server, const char *host,
                      const char *port)
{
    bool has_socks = server->sock_count > 0;
    int status;

    if (has_socks && (host != NULL || port != NULL)) {
        return WEFT_EINVAL;
    }
    status = has_socks ? weft_server_adopt_(server, false)
                       : weft_server_bind_(server, host, port);
    if (status == 0) {
        status = weft_server_start_(server);
    }
    if (status < 0 && !has_socks) {
        weft_server_drop_socks_(server);
    }
    return status;
}

int weft_start_server(struct weft_server *server, struct weft_handler handler,
                      const char *host, const char *port)
{
    int status = weft_server_prepare_(server);

    if (status == 0) {
        server->handler = handler;
        status = start_inet(server, host, port);
    }
    return status;
}

int weft_create_server(struct weft_server *server, weft_make_connection *make,
                       const struct weft_protocol *protocol, const char *host,
                       const char *port)
{
    int status = weft_server_prepare_(server);

    if (status == 0) {
        server->make = make;
        server->protocol = protocol;
        status = start_inet(server, host, port);
    }
    return status;
}
