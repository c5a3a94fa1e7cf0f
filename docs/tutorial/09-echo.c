/* 09-echo.c - a TCP echo service, and a client in the same program. */
#include <stdio.h>
#include <string.h>
#include <weft.h>

/* [echo] */
struct echo { /* one for each connection */
    struct weft_frame frame;
    struct weft_stream *stream; /* set by the server */
    char line[64];
};

static async echo(struct weft_frame *frame)
{
    ASYNC_BEGIN(echo);
    for (;;) {
        AWAIT(
            weft_stream_readline(self->stream, self->line, sizeof self->line));
        if (frame->value == 0) {
            ASYNC_EXIT; /* the client has hung up */
        }
        weft_stream_write(self->stream, self->line, (size_t)frame->value);
        AWAIT(weft_stream_drain(self->stream));
    }
    ASYNC_END;
}
/* [echo] */

/* [client] */
struct program {
    struct weft_frame frame;
    struct weft_server server;
    struct weft_open_connection connect;
    struct weft_stream stream;
    char port[8];
    char line[64];
    int i;
};

static async program(struct weft_frame *frame)
{
    static const char *const words[] = {"hello\n", "is there an echo\n"};
    int error;

    ASYNC_BEGIN(program);
    error = weft_start_server(&self->server, WEFT_CLIENT(echo), "127.0.0.1",
                              "0"); /* any port that is free */
    if (error < 0) {
        ASYNC_RAISE(error);
    }
    snprintf(self->port, sizeof self->port, "%d", self->server.port);
    AWAIT(CALL(&self->connect, weft_open_connection, .stream = &self->stream,
               .host = "127.0.0.1", .port = self->port));
    for (self->i = 0; self->i < 2; self->i++) {
        weft_stream_write(&self->stream, words[self->i],
                          strlen(words[self->i]));
        AWAIT(
            weft_stream_readline(&self->stream, self->line, sizeof self->line));
        printf("the server says: %s", self->line);
    }
    ASYNC_FINALLY
    weft_stream_close(&self->stream); /* harmless if it never opened */
    weft_server_close(&self->server);
    AWAIT(weft_server_wait_closed(&self->server));
    printf("closed\n");
    ASYNC_END;
}
/* [client] */

/* [main] */
int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}
/* [main] */
