/* server.c - a task a listening socket, and a task a connection. */
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

enum { SERVER_BACKLOG = 100, SERVER_PAUSE = 1 /* second */ };

/* A connection. The handler's struct follows it in the same allocation. */
struct weft_client {
    struct weft_frame frame;
    struct weft_server *server;
    struct weft_task *task;
    struct weft_node node; /* in the server's clients */
    struct weft_handle done;
    struct weft_stream stream;
    int error;
    union {
        struct weft_frame frame;
        max_align_t aligned;
    } handler;
};

struct weft_server *weft_server_of(const struct weft_stream *stream)
{
    return WEFT_OWNER(stream, struct weft_client, stream)->server;
}

static void wake_closers(struct weft_server *server)
{
    if (server->acceptor_count == 0 && server->client_count == 0) {
        while (weft_task_wake_first_(&server->closers)) {
        }
    }
}

static struct weft_async serve_client(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_client);
    ASYNC_TRY {
        ASYNC_AWAIT(
            weft_task_call_(&self->handler.frame, self->server->handler.run));
    }
    ASYNC_CATCH(self->error) {
        weft_loop_report_(weft_loop_current_, "a connection's handler failed",
                          self->error, self->task);
    }
    weft_stream_close(&self->stream);
    ASYNC_TRY {
        ASYNC_AWAIT(weft_stream_wait_closed(&self->stream));
    }
    ASYNC_CATCH(self->error) {
        /* the peer is gone, and with it who would care */
    }
    ASYNC_END;
}

/* The task is done, perhaps cancelled before its first line: so this is no
 * ASYNC_FINALLY. A stream that is still open here was cancelled. */
static void forget_client(void *arg)
{
    struct weft_client *client = arg;
    struct weft_server *server = client->server;

    weft_stream_abort(&client->stream);
    weft_node_unlink(&client->node);
    server->client_count--;
    wake_closers(server);
    weft_task_release(client->task);
}

/* Make the connection's task. The descriptor is its own from here on. */
static int start_client(struct weft_server *server, int fd)
{
    size_t size = offsetof(struct weft_client, handler) + server->handler.size;
    struct weft_task *task = weft_task_spawn_(serve_client, NULL, size);
    struct weft_client *client;
    struct weft_stream **place;
    int status;

    if (task == NULL) {
        close(fd);
        return WEFT_ENOMEM;
    }
    client = (struct weft_client *)(void *)weft_task_frame(task);
    place = (struct weft_stream **)(void *)((char *)&client->handler +
                                            server->handler.stream);
    *place = &client->stream;
    client->server = server;
    client->task = task;
    weft_list_push(&server->clients, &client->node);
    server->client_count++;
    weft_task_add_done_callback(task, &client->done, forget_client, client);
    status = weft_stream_open(&client->stream, fd);
    if (status < 0) {
        close(fd);
        weft_task_cancel(task);
    }
    return status;
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
        status = start_client(acceptor->server, fd);
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

    close(acceptor->fd);
    acceptor->server->acceptor_count--;
    wake_closers(acceptor->server);
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

int weft_start_server(struct weft_server *server, struct weft_handler handler,
                      const char *host, const char *port)
{
    struct weft_loop *loop = weft_loop_current();
    struct weft_lookup lookup = {0};
    int fds[WEFT_SERVER_SOCKETS] = {0};
    int count;
    int status;

    if (server->acceptor_count > 0 || server->client_count > 0) {
        return WEFT_EALREADY;
    }
    if (loop == NULL) {
        return WEFT_ENOLOOP;
    }
    if (loop->driver->watch == NULL) {
        return -ENOTSUP;
    }
    status = weft_lookup_numeric_(&lookup, host, port, true);
    if (status < 0) {
        return status;
    }
    server->handler = handler;
    server->port = 0;
    if (server->backlog <= 0) {
        server->backlog = SERVER_BACKLOG;
    }
    count = weft_server_listen_(server, lookup.addresses, fds);
    weft_lookup_close(&lookup);
    if (count < 0) {
        return count;
    }
    status = reserve_starts(loop, count);
    for (int i = 0; i < count; i++) {
        if (status == 0) {
            start_acceptor(server, &server->acceptors[i], fds[i]);
        } else {
            close(fds[i]);
        }
    }
    return status;
}

void weft_server_close(struct weft_server *server)
{
    for (size_t i = 0; i < WEFT_SERVER_SOCKETS; i++) {
        struct weft_acceptor *acceptor = &server->acceptors[i];

        if (acceptor->server != NULL) {
            weft_task_cancel(&acceptor->task);
        }
    }
}

void weft_server_close_clients(struct weft_server *server)
{
    struct weft_node *node = weft_list_first(&server->clients);

    while (node != NULL) {
        weft_task_cancel(WEFT_OWNER(node, struct weft_client, node)->task);
        node = weft_list_next(&server->clients, node);
    }
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
