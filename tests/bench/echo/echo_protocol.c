/* echo_protocol.c - an echo server on protocols, to be measured.
 *
 *     cc -O2 -Iinclude tests/bench/echo/echo_protocol.c build/libweft.a -lev
 *     ./a.out w6 9000
 *
 * The word before the port is what the other servers are started with.
 */
#include <stdio.h>
#include <stdlib.h>
#include <weft.h>

static struct weft_transport *make_connection(struct weft_server *server)
{
    (void)server;
    return calloc(1, sizeof(struct weft_transport));
}

static void send_back(struct weft_transport *transport, const char *data,
                      size_t size)
{
    weft_transport_write(transport, data, size);
}

static void forget(struct weft_transport *transport, int error)
{
    (void)error;
    free(transport);
}

static const struct weft_protocol echo = {.data_received = send_back,
                                          .connection_lost = forget};

static const char *port;

struct program {
    struct weft_frame frame;
    struct weft_server server;
};

static async program(struct weft_frame *frame)
{
    int status;

    ASYNC_BEGIN(program);
    self->server.backlog = 1024;
    status = weft_create_server(&self->server, make_connection, &echo,
                                "127.0.0.1", port);
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    AWAIT(weft_server_wait_closed(&self->server));
    ASYNC_END;
}

int main(int argc, char **argv)
{
    port = argc > 2 ? argv[2] : "9000";
    return ASYNC_RUN(program) ? 1 : 0;
}
