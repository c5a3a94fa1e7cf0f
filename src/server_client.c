/* server_client.c - a stream and a task for each connection of a server. */
#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"
#include "weft/server.h"

/* A connection. The handler's struct follows it in the same allocation. */
struct weft_client {
    struct weft_frame frame;
    struct weft_server *server;
    struct weft_task *task;
    struct weft_node node; /* in the server's clients */
    struct weft_handle done;
    struct weft_stream stream;
    int error;
    bool is_idle;    /* between two requests */
    bool is_aborted; /* by the server        */
    union {
        struct weft_frame frame;
        max_align_t aligned;
    } handler;
};

struct weft_server *weft_server_of(const struct weft_stream *stream)
{
    return WEFT_OWNER(stream, struct weft_client, stream)->server;
}

/* A peer that goes away, and a server that does, are no mistakes of the
 * handler's. */
static bool is_client_hang_up(const struct weft_client *client, int error)
{
    switch (error) {
    case -ECONNRESET:
    case -EPIPE:
    case -ECONNABORTED:
    case -ETIMEDOUT:
    case WEFT_ETIMEOUT: /* it lingered */
        return error == client->stream.transport.error;
    case WEFT_ECLOSED:
        return client->is_aborted;
    default:
        return false;
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
        if (!is_client_hang_up(self, self->error)) {
            weft_loop_report_(weft_loop_current_,
                              "a connection's handler failed", self->error,
                              self->task);
        }
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
    weft_server_forget_client_(server);
    weft_task_release(client->task);
}

int weft_server_start_client_(struct weft_server *server, int fd)
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
    weft_server_count_client_(server);
    weft_task_add_done_callback(task, &client->done, forget_client, client);
    status = weft_stream_open(&client->stream, fd);
    if (status < 0) {
        close(fd);
        weft_task_cancel(task);
    }
    return status;
}

void weft_server_cancel_clients_(struct weft_server *server)
{
    struct weft_node *node = weft_list_first(&server->clients);

    while (node != NULL) {
        weft_task_cancel(WEFT_OWNER(node, struct weft_client, node)->task);
        node = weft_list_next(&server->clients, node);
    }
}

void weft_server_abort_streams_(struct weft_server *server)
{
    struct weft_node *node = weft_list_first(&server->clients);

    while (node != NULL) {
        struct weft_client *client = WEFT_OWNER(node, struct weft_client, node);

        client->is_aborted = true;
        weft_stream_abort(&client->stream);
        node = weft_list_next(&server->clients, node);
    }
}

void weft_server_sweep_streams_(struct weft_server *server)
{
    struct weft_node *node = weft_list_first(&server->clients);

    while (node != NULL) {
        weft_transport_sweep_(
            &WEFT_OWNER(node, struct weft_client, node)->stream.transport);
        node = weft_list_next(&server->clients, node);
    }
}

void weft_server_set_idle(struct weft_stream *stream, bool is_idle)
{
    struct weft_client *client = WEFT_OWNER(stream, struct weft_client, stream);

    client->is_idle = is_idle;
    if (is_idle && client->server->is_shutting_down) {
        weft_stream_feed_eof(stream);
    }
}

void weft_server_end_idle_(struct weft_server *server)
{
    struct weft_node *node = weft_list_first(&server->clients);

    while (node != NULL) {
        struct weft_client *client = WEFT_OWNER(node, struct weft_client, node);

        if (client->is_idle) {
            weft_stream_feed_eof(&client->stream);
        }
        node = weft_list_next(&server->clients, node);
    }
}
