/* shut-down-a-server.c - requests that have begun are answered, and nobody waits
 * for those that may never come.
 */
#include <stdio.h>
#include <weft.h>

static int begun; /* requests */

/* [handler] */
struct answer {
    struct weft_frame frame;
    struct weft_stream *stream;
    char line[256];
};

static async answer(struct weft_frame *frame)
{
    ASYNC_BEGIN(answer);
    for (;;) {
        weft_server_set_idle(self->stream, true);
        AWAIT(
            weft_stream_readline(self->stream, self->line, sizeof self->line));
        if (frame->value == 0) {
            break; /* the client's end, or ours */
        }
        weft_server_set_idle(self->stream, false);
        begun++;
        AWAIT(weft_sleep(0.2)); /* the work */
        weft_stream_write(self->stream, "done\n", 5);
        AWAIT(weft_stream_drain(self->stream));
    }
    ASYNC_END;
}
/* [handler] */

struct client {
    struct weft_frame frame;
    struct weft_server *server;
    const char *name, *request;
    struct weft_open_connection connect;
    struct weft_stream stream;
    char line[256];
};

static async client(struct weft_frame *frame)
{
    ASYNC_BEGIN(client);
    AWAIT(CALL(&self->connect, weft_open_connection, .stream = &self->stream,
               .host = "127.0.0.1", .port = self->server->port_text));
    weft_stream_write(&self->stream, self->request, strlen(self->request));
    for (;;) {
        AWAIT(
            weft_stream_readline(&self->stream, self->line, sizeof self->line));
        if (frame->value == 0) {
            break;
        }
        printf("%s: %s", self->name, self->line);
    }
    printf("%s: end\n", self->name);
    ASYNC_FINALLY
    weft_stream_close(&self->stream);
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_server server;
    struct weft_server_shutdown stop;
    struct weft_group group;
};

static async program(struct weft_frame *frame)
{
    int status;

    ASYNC_BEGIN(program);
    status =
        weft_start_server(&self->server, WEFT_CLIENT(answer), "127.0.0.1", "0");
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    ASYNC_WITH(&self->group, weft_group(&self->group)) {
        weft_task_release(weft_group_spawn(&self->group, client,
                                           .server = &self->server,
                                           .name = "idle", .request = ""));
        weft_task_release(
            weft_group_spawn(&self->group, client, .server = &self->server,
                             .name = "busy", .request = "work\n"));
        while (begun == 0 || self->server.client_count < 2) {
            AWAIT(weft_sleep(0.01));
        }
        printf("shutting down\n");
        /* [stop] */
        AWAIT(CALL(&self->stop, weft_server_shutdown, .server = &self->server,
                   .seconds = 10));
        /* [stop] */
    }
    printf("%d cut off\n", self->stop.result);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}
