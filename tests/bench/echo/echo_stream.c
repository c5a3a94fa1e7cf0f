/* echo_stream.c - an echo server on streams, to be measured.
 *
 *     cc -O2 -Iinclude tests/bench/echo/echo_stream.c build/libweft.a -lev
 *     ./a.out w6 9000
 */
#include <weft.h>

struct echo {
    struct weft_frame frame;
    struct weft_stream *stream;
};

/* More than a request: a full one is read twice. One for all: see stream.h. */
static char data[32768];

static async echo(struct weft_frame *frame)
{
    ASYNC_BEGIN(echo);
    for (;;) {
        AWAIT(weft_stream_read(self->stream, data, sizeof data));
        if (frame->value == 0) {
            break;
        }
        weft_stream_write(self->stream, data, (size_t)frame->value);
        AWAIT(weft_stream_drain(self->stream));
    }
    ASYNC_END;
}

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
    status =
        weft_start_server(&self->server, WEFT_CLIENT(echo), "127.0.0.1", port);
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
