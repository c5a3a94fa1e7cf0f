/* echo.c - a TCP echo server, and three clients that talk to it at once.
 *
 * Server and clients are tasks of one thread. Each line goes to the server and
 * comes back; the clients take turns because they await.
 */
#include <stdio.h>
#include <string.h>
#include <weft.h>

/* One of these runs for each connection. */
struct echo {
    struct weft_frame frame;
    struct weft_stream *stream; /* set by the server */
    char data[1024];
};

static async echo(struct weft_frame *frame)
{
    ASYNC_BEGIN(echo);
    for (;;) {
        AWAIT(weft_stream_read(self->stream, self->data, sizeof self->data));
        if (frame->value == 0) {
            break; /* the client has finished */
        }
        weft_stream_write(self->stream, self->data, (size_t)frame->value);
        AWAIT(weft_stream_drain(self->stream));
    }
    ASYNC_END;
}

struct client {
    struct weft_frame frame;
    const char *name;
    const char *port;
    int i;
    struct weft_open_connection connect;
    struct weft_stream stream;
    char line[64];
};

static async client(struct weft_frame *frame)
{
    ASYNC_BEGIN(client);
    AWAIT(CALL(&self->connect, weft_open_connection, .stream = &self->stream,
               .host = "127.0.0.1", .port = self->port));
    for (self->i = 1; self->i <= 3; self->i++) {
        snprintf(self->line, sizeof self->line, "%s says %d\n", self->name,
                 self->i);
        weft_stream_write(&self->stream, self->line, strlen(self->line));
        AWAIT(
            weft_stream_readline(&self->stream, self->line, sizeof self->line));
        printf("%s", self->line);
    }
    weft_stream_close(&self->stream);
    AWAIT(weft_stream_wait_closed(&self->stream));
    ASYNC_FINALLY
    weft_stream_abort(&self->stream); /* after an error; else it is closed */
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_server server;
    struct weft_join clients[3];
    char port[8];
    int status;
};

static async program(struct weft_frame *frame)
{
    static const char *const names[] = {"ann", "bob", "cleo"};

    ASYNC_BEGIN(program);
    self->status =
        weft_start_server(&self->server, WEFT_CLIENT(echo), "127.0.0.1", "0");
    if (self->status < 0) {
        ASYNC_RAISE(self->status);
    }
    snprintf(self->port, sizeof self->port, "%d", self->server.port);
    for (int i = 0; i < 3; i++) {
        self->clients[i].task =
            SPAWN(client, .name = names[i], .port = self->port);
    }
    AWAIT(weft_gather(self->clients, 3, 0));
    weft_join_release(self->clients, 3);
    weft_server_close(&self->server);
    AWAIT(weft_server_wait_closed(&self->server));
    printf("the server is closed\n");
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}
