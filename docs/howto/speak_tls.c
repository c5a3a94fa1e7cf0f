/* speak_tls.c - a server and a client that nobody can listen to.
 *
 *     speak_tls chain.pem key.pem
 */
#define WEFT_WITH_TLS
#include <stdio.h>
#include <string.h>
#include <weft.h>

static struct weft_tls_context server_context, client_context;

/* [server] */
struct greet {
    struct weft_frame frame;
    struct weft_stream *stream; /* set by the server */
    char name[64];
};

static async greet(struct weft_frame *frame)
{
    ASYNC_BEGIN(greet);
    AWAIT(weft_stream_readline(self->stream, self->name, sizeof self->name));
    weft_stream_write(self->stream, "hello, ", 7);
    weft_stream_write(self->stream, self->name, strlen(self->name));
    ASYNC_END;
}
/* [server] */

/* [client] */
struct ask {
    struct weft_frame frame;
    const char *port;
    struct weft_open_tls_connection connect;
    struct weft_stream stream;
    struct weft_tls tls;
    char line[80];
};

static async ask(struct weft_frame *frame)
{
    ASYNC_BEGIN(ask);
    AWAIT(CALL(&self->connect, weft_open_tls_connection,
               .stream = &self->stream, .tls = &self->tls,
               .context = &client_context, .host = "localhost",
               .port = self->port));
    weft_stream_write(&self->stream, "world\n", 6);
    AWAIT(weft_stream_readline(&self->stream, self->line, sizeof self->line));
    printf("%s", self->line);
    ASYNC_FINALLY
    if (frame->outcome == WEFT_ETLS) {
        printf("no TLS: %s\n", self->tls.reason);
    }
    weft_stream_close(&self->stream);
    AWAIT(weft_stream_wait_closed(&self->stream));
    ASYNC_END;
}
/* [client] */

struct program {
    struct weft_frame frame;
    struct weft_tls_server server;
    struct ask ask;
    char port[8];
};

static async program(struct weft_frame *frame)
{
    int status;

    ASYNC_BEGIN(program);
    /* [start] */
    status = weft_start_tls_server(&self->server, WEFT_CLIENT(greet),
                                   "127.0.0.1", "0", &server_context);
    /* [start] */
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    snprintf(self->port, sizeof self->port, "%d", self->server.server.port);
    AWAIT(CALL(&self->ask, ask, .port = self->port));
    weft_server_close(&self->server.server);
    AWAIT(weft_server_wait_closed(&self->server.server));
    ASYNC_END;
}

int main(int argc, char **argv)
{
    int status;

    if (argc != 3) {
        fprintf(stderr, "usage: speak_tls chain.pem key.pem\n");
        return 2;
    }
    /* [contexts] */
    if (weft_tls_context_open_server(&server_context, argv[1], argv[2]) < 0 ||
        weft_tls_context_open_client(&client_context, argv[1]) < 0) {
        fprintf(stderr, "%s\n",
                server_context.reason != NULL ? server_context.reason
                                              : client_context.reason);
        return 1;
    }
    /* [contexts] */
    status = ASYNC_RUN(program);
    weft_tls_context_close(&client_context);
    weft_tls_context_close(&server_context);
    return status ? 1 : 0;
}
