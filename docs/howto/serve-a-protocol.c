/* serve-a-protocol.c - a server that adds numbers, and a client of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft.h>

/* [connection] */
struct adder {
    struct weft_transport transport;
    char line[16]; /* what has come of it */
    size_t size;
    long sum;
};

static struct weft_transport *make_adder(struct weft_server *server)
{
    struct adder *adder = calloc(1, sizeof *adder);

    (void)server;
    return adder != NULL ? &adder->transport : NULL;
}

static void free_adder(struct weft_transport *transport, int error)
{
    (void)error;
    free(WEFT_OWNER(transport, struct adder, transport));
}
/* [connection] */

/* [data] */
static void answer(struct adder *adder)
{
    char text[32];

    adder->line[adder->size] = '\0';
    adder->sum += strtol(adder->line, NULL, 10);
    adder->size = 0;
    snprintf(text, sizeof text, "%ld\n", adder->sum);
    weft_transport_write(&adder->transport, text, strlen(text));
}

static void take_bytes(struct weft_transport *transport, const char *data,
                       size_t size)
{
    struct adder *adder = WEFT_OWNER(transport, struct adder, transport);

    for (size_t i = 0; i < size; i++) {
        if (data[i] == '\n') {
            answer(adder);
        } else if (adder->size + 1 < sizeof adder->line) {
            adder->line[adder->size++] = data[i];
        } else {
            weft_transport_abort(transport); /* that is no number */
            return;
        }
    }
}
/* [data] */

/* [protocol] */
static const struct weft_protocol adding = {
    .data_received = take_bytes,
    .connection_lost = free_adder,
    .pause_writing = weft_transport_pause_reading,
    .resume_writing = weft_transport_resume_reading};
/* [protocol] */

struct program {
    struct weft_frame frame;
    struct weft_server server;
    struct weft_open_connection connect;
    struct weft_stream stream;
    char port[8];
    char line[32];
    int status;
    int i;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    /* [serve] */
    self->status = weft_create_server(&self->server, make_adder, &adding,
                                      "127.0.0.1", "0");
    if (self->status < 0) {
        ASYNC_RAISE(self->status);
    }
    /* [serve] */
    snprintf(self->port, sizeof self->port, "%d", self->server.port);
    AWAIT(CALL(&self->connect, weft_open_connection, .stream = &self->stream,
               .host = "127.0.0.1", .port = self->port));
    for (self->i = 1; self->i <= 3; self->i++) {
        snprintf(self->line, sizeof self->line, "%d\n", self->i * 10);
        weft_stream_write(&self->stream, self->line, strlen(self->line));
        AWAIT(
            weft_stream_readline(&self->stream, self->line, sizeof self->line));
        printf("add %d: %s", self->i * 10, self->line);
    }
    weft_stream_close(&self->stream);
    ASYNC_FINALLY
    weft_stream_abort(&self->stream);
    /* [stop] */
    weft_server_close(&self->server);
    weft_server_close_clients(&self->server);
    AWAIT(weft_server_wait_closed(&self->server));
    /* [stop] */
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}
