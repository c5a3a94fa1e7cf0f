/* server.c - a task a listening socket. */
#include "weft/server.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"
#include "weft/resolve.h"
#include "weft/wire.h"

enum { SERVER_BACKLOG = 100, SERVER_PAUSE = 1 /* second */ };

void weft_server_wake_closers_(struct weft_server *server)
{
    if (server->acceptor_count == 0 && server->client_count == 0) {
        while (weft_task_wake_first_(&server->closers)) {
        }
    }
}

/* The transport of a protocol has closed. */
static void forget_connection(struct weft_roster_ *roster)
{
    struct weft_server *server =
        WEFT_OWNER(roster, struct weft_server, connections);

    server->client_count--;
    weft_server_wake_closers_(server);
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
    server->client_count++;
    return 0;
}

/* Take what has come: 0 when there is no more for now, or a negative code. */
static int accept_some(struct weft_acceptor *acceptor)
{
    int limit = acceptor->server->backlog;

    for (int i = 0; i <= limit; i++) {
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
        status = acceptor->server->make != NULL
                     ? start_connection(acceptor->server, fd)
                     : weft_server_start_client_(acceptor->server, fd);
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
    acceptor->server->acceptor_count--;
    weft_server_wake_closers_(acceptor->server);
    weft_task_release(&acceptor->task);
}

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

/* Begin to accept from `count` listening sockets, or close them all. */
int weft_server_start_(struct weft_server *server, const int *fds, int count)
{
    int status = reserve_starts(weft_loop_current_, count);

    for (int i = 0; i < count; i++) {
        if (status == 0) {
            start_acceptor(server, &server->acceptors[i], fds[i]);
        } else {
            close(fds[i]);
        }
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
    server->port = 0;
    server->inode = 0;
    server->make = NULL;
    server->connections.on_leave = forget_connection;
    if (server->backlog <= 0) {
        server->backlog = SERVER_BACKLOG;
    }
    return 0;
}

static int start_inet(struct weft_server *server, const char *host,
                      const char *port)
{
    struct weft_lookup lookup = {0};
    int fds[WEFT_SERVER_SOCKETS] = {0};
    int count;

    if (host != NULL && host[0] == '\0') {
        host = NULL;
    }
    count = weft_lookup_numeric_(&lookup, host, port, true);
    if (count == 0) {
        count = weft_server_listen_(server, lookup.addresses, fds);
        weft_lookup_close(&lookup);
    }
    return count < 0 ? count : weft_server_start_(server, fds, count);
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

void weft_server_close(struct weft_server *server)
{
    for (size_t i = 0; i < WEFT_SERVER_SOCKETS; i++) {
        struct weft_acceptor *acceptor = &server->acceptors[i];

        if (acceptor->server != NULL && !weft_task_done(&acceptor->task)) {
            weft_server_remove_file_(server, acceptor->fd);
            weft_task_cancel(&acceptor->task);
        }
    }
}

/* Neither changes the list before the next turn. */
static void each_connection(struct weft_server *server,
                            void (*end)(struct weft_transport *transport))
{
    struct weft_list *list = &server->connections.transports;
    struct weft_node *node = weft_list_first(list);

    while (node != NULL) {
        end(WEFT_OWNER(node, struct weft_transport, node));
        node = weft_list_next(list, node);
    }
}

void weft_server_close_clients(struct weft_server *server)
{
    weft_server_cancel_clients_(server);
    each_connection(server, weft_transport_close);
}

void weft_server_abort_clients(struct weft_server *server)
{
    weft_server_abort_streams_(server);
    each_connection(server, weft_transport_abort);
}

static const struct weft_wait_kind server_closed_wait = {
    {weft_task_run_, "server wait_closed", weft_task_itself_},
    NULL,
    weft_task_withdraw_};

struct weft_op weft_server_wait_closed(struct weft_server *server)
{
    if (server->acceptor_count == 0 && server->client_count == 0) {
        return weft_op_(0);
    }
    return weft_task_park_(&server_closed_wait, &server->closers, server, NULL);
}

struct weft_async weft_serve_forever(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_serve_forever);
    if (!weft_server_is_serving(self->server)) {
        ASYNC_RAISE(WEFT_ECLOSED);
    }
    ASYNC_AWAIT(weft_server_wait_closed(self->server));
    ASYNC_FINALLY
    if (frame->outcome == WEFT_ECANCELLED) {
        weft_server_close(self->server);
        weft_server_close_clients(self->server);
        ASYNC_AWAIT(weft_server_wait_closed(self->server));
    }
    ASYNC_END;
}
