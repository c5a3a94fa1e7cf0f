/* tls_server.c - a handshake before each connection of a server. */
#include <stddef.h>

#include "../macros/weft/coroutine.h"
#include "weft/tls.h"

static struct weft_tls_server *tls_server_of(struct weft_server *server)
{
    return WEFT_OWNER(server, struct weft_tls_server, server);
}

/* ---- Streams ---- */

/* The server's handler. That of the user follows in the same allocation. */
struct weft_tls_client_ {
    struct weft_frame frame;
    struct weft_stream *stream;
    struct weft_tls tls;
    struct weft_start_tls start;
    union {
        struct weft_frame frame;
        max_align_t aligned;
    } handler;
};

static struct weft_async handle_tls(struct weft_frame *frame)
{
    struct weft_tls_server *server;
    struct weft_stream **place;

    ASYNC_BEGIN(weft_tls_client_);
    server = tls_server_of(weft_server_of(self->stream));
    ASYNC_AWAIT(ASYNC_CALL(&self->start, weft_start_tls, .tls = &self->tls,
                           .stream = self->stream, .context = server->context));
    server = tls_server_of(weft_server_of(self->stream));
    place = (struct weft_stream **)(void *)((char *)&self->handler +
                                            server->handler.stream);
    *place = self->stream;
    ASYNC_AWAIT(weft_task_call_(&self->handler.frame, server->handler.run));
    ASYNC_END;
}

int weft_start_tls_server(struct weft_tls_server *server,
                          struct weft_handler handler, const char *host,
                          const char *port, struct weft_tls_context *context)
{
    struct weft_handler ours = {
        handle_tls, offsetof(struct weft_tls_client_, handler) + handler.size,
        offsetof(struct weft_tls_client_, stream)};
    int status;

    if (context == NULL || !context->is_server) {
        return WEFT_EINVAL;
    }
    status = weft_start_server(&server->server, ours, host, port);
    if (status == 0) {
        server->context = context;
        server->handler = handler;
    }
    return status;
}

/* ---- Protocols ---- */

/* In place of the user's connection_made, which comes after the handshake. */
static void begin_tls_connection(struct weft_transport *transport)
{
    struct weft_tls_connection *connection =
        WEFT_OWNER(transport, struct weft_tls_connection, transport);
    struct weft_tls_server *server = tls_server_of(
        WEFT_OWNER(transport->roster, struct weft_server, connections));
    int status;

    transport->protocol = server->protocol;
    transport->readable.kind = &weft_transport_made_; /* not made yet */
    status = weft_tls_begin_(&connection->tls, transport, server->context, NULL,
                             NULL);
    if (status < 0) {
        transport->readable.kind = &weft_transport_readable_;
        weft_transport_lose_(transport, status);
    }
}

static const struct weft_protocol tls_begin_protocol = {
    .connection_made = begin_tls_connection};

int weft_create_tls_server(struct weft_tls_server *server,
                           weft_make_connection *make,
                           const struct weft_protocol *protocol,
                           const char *host, const char *port,
                           struct weft_tls_context *context)
{
    int status;

    if (context == NULL || !context->is_server) {
        return WEFT_EINVAL;
    }
    status = weft_create_server(&server->server, make, &tls_begin_protocol,
                                host, port);
    if (status == 0) {
        server->context = context;
        server->protocol = protocol;
    }
    return status;
}
