/* tls_echo.c - an echo server of weft's that speaks TLS.
 *
 *     weft-tls w13 PORT CERTIFICATE             with the key in the same file
 */
#define WEFT_WITH_TLS
#include <stdio.h>
#include <weft.h>

static struct weft_tls_context context;

/* Between a read and the write no other task runs, so one buffer does. */
static char data[65536];

struct echo {
    struct weft_frame frame;
    struct weft_stream *stream;
};

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

struct program {
    struct weft_frame frame;
    const char *port;
    struct weft_tls_server server;
};

static async program(struct weft_frame *frame)
{
    int status;

    ASYNC_BEGIN(program);
    status = weft_start_tls_server(&self->server, WEFT_CLIENT(echo),
                                   "127.0.0.1", self->port, &context);
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    AWAIT(weft_server_wait_closed(&self->server.server));
    ASYNC_END;
}

int main(int argc, char **argv)
{
    if (argc != 4 ||
        weft_tls_context_open_server(&context, argv[3], NULL) < 0) {
        fprintf(stderr, "weft-tls w13 PORT CERTIFICATE\n");
        return 2;
    }
    return ASYNC_RUN(program, .port = argv[2]) ? 1 : 0;
}
