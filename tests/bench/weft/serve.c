/* serve.c - servers to be measured: echo by a protocol and by streams, and a
 * chat room. */
#include "ours.h"

#include <stdio.h>

/* ---- A protocol ---- */

static struct weft_transport *make_connection(struct weft_server *server)
{
    (void)server;
    return calloc(1, sizeof(struct weft_transport));
}

static void echo_bytes(struct weft_transport *transport, const char *data,
                       size_t size)
{
    weft_transport_write(transport, data, size);
}

static void forget(struct weft_transport *transport, int error)
{
    (void)error;
    free(transport);
}

static const struct weft_protocol echo = {.data_received = echo_bytes,
                                          .connection_lost = forget};

/* ---- A stream ---- */

/* Between a read and the write no other task runs, so one buffer does. */
static char shared[65536];

struct echo_client {
    struct weft_frame frame;
    struct weft_stream *stream;
};

static async echo_client(struct weft_frame *frame)
{
    ASYNC_BEGIN(echo_client);
    for (;;) {
        AWAIT(weft_stream_read(self->stream, shared, sizeof shared));
        if (frame->value == 0) {
            break;
        }
        weft_stream_write(self->stream, shared, (size_t)frame->value);
        AWAIT(weft_stream_drain(self->stream));
    }
    ASYNC_END;
}

/* ---- A chat room ---- */

static struct weft_list guests;

struct guest {
    struct weft_frame frame;
    struct weft_stream *stream;
    struct weft_node node;
    char line[256];
};

static void tell_everyone(const char *line, size_t size)
{
    struct weft_node *node = weft_list_first(&guests);

    for (; node != NULL; node = weft_list_next(&guests, node)) {
        weft_stream_write(WEFT_OWNER(node, struct guest, node)->stream, line,
                          size);
    }
}

static async guest(struct weft_frame *frame)
{
    ASYNC_BEGIN(guest);
    weft_list_push(&guests, &self->node);
    for (;;) {
        AWAIT(
            weft_stream_readline(self->stream, self->line, sizeof self->line));
        if (frame->value == 0) {
            break;
        }
        tell_everyone(self->line, (size_t)frame->value);
    }
    ASYNC_FINALLY
    weft_node_unlink(&self->node);
    ASYNC_END;
}

/* ---- The server ---- */

struct program {
    struct weft_frame frame;
    const char *what, *port;
    struct weft_server server;
    int status;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->server.backlog = 4096;
    if (strcmp(self->what, "echo") == 0) {
        self->status = weft_create_server(&self->server, make_connection, &echo,
                                          "127.0.0.1", self->port);
    } else {
        self->status = weft_start_server(&self->server,
                                         strcmp(self->what, "chat") == 0
                                             ? WEFT_CLIENT(guest)
                                             : WEFT_CLIENT(echo_client),
                                         "127.0.0.1", self->port);
    }
    if (self->status < 0) {
        ASYNC_RAISE(self->status);
    }
    AWAIT(weft_server_wait_closed(&self->server));
    ASYNC_END;
}

/* Clients that go away with a reset are no news. */
static void ignore(struct weft_loop *loop, const struct weft_report *report)
{
    (void)loop, (void)report;
}

void weft_run_serve(const char *what, const char *port)
{
    struct weft_runner runner;

    if (weft_runner_open(&runner) < 0) {
        abort();
    }
    runner.loop.on_error = ignore;
    if (ASYNC_RUN_ON(&runner, program, .what = what, .port = port) < 0) {
        perror("serve");
    }
    weft_runner_close(&runner);
}
