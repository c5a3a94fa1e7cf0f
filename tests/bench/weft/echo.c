/* echo.c - what arrives goes back, with a protocol and with streams; over
 * socket pairs, so that client and server are one program and take turns. */
#include <unistd.h>

#include "ours.h"

/* ---- A protocol ---- */

static void send_back(struct weft_transport *transport, const char *data,
                      size_t size)
{
    weft_transport_write(transport, data, size);
}

static const struct weft_protocol echo_protocol = {.data_received = send_back};

static struct weft_transport *open_protocols(const struct pairs *pairs)
{
    struct weft_transport *transports =
        bench_memory((size_t)pairs->count, sizeof *transports);

    for (int i = 0; i < pairs->count; i++) {
        if (weft_transport_open(&transports[i], pairs->servers[i],
                                &echo_protocol) < 0) {
            abort();
        }
    }
    return transports;
}

/* ---- Streams ---- */

struct echo {
    struct weft_frame frame;
    struct weft_stream stream;
    int fd;
    char data[4096];
};

static async echo(struct weft_frame *frame)
{
    ASYNC_BEGIN(echo);
    if (weft_stream_open(&self->stream, self->fd) < 0) {
        abort();
    }
    for (;;) {
        AWAIT(weft_stream_read(&self->stream, self->data, sizeof self->data));
        if (frame->value == 0) {
            break;
        }
        weft_stream_write(&self->stream, self->data, (size_t)frame->value);
        AWAIT(weft_stream_drain(&self->stream));
    }
    ASYNC_FINALLY
    weft_stream_abort(&self->stream);
    ASYNC_END;
}

/* ---- Its client ---- */

struct rounds {
    struct weft_frame frame;
    struct pairs pairs;
    bool with_streams;
    long count;
    long i;
    struct weft_transport *transports;
};

/* The servers answer in the order in which they were asked: when the last
 * answer is there, all are. */
static async rounds(struct weft_frame *frame)
{
    ASYNC_BEGIN(rounds);
    if (self->with_streams) {
        for (int i = 0; i < self->pairs.count; i++) {
            weft_task_release(SPAWN(echo, .fd = self->pairs.servers[i]));
        }
    } else {
        self->transports = open_protocols(&self->pairs);
    }
    for (self->i = 0; self->i < self->count; self->i++) {
        pairs_send(&self->pairs);
        AWAIT(weft_wait_readable(self->pairs.clients[self->pairs.count - 1]));
        pairs_receive(&self->pairs);
    }
    ASYNC_FINALLY
    pairs_close(&self->pairs);
    while (weft_loop_current()->task_count > 1) {
        AWAIT(weft_sleep(0.001));
    }
    for (self->i = 0; !self->with_streams && self->i < self->pairs.count;
         self->i++) {
        while (!weft_transport_is_closed(&self->transports[self->i])) {
            AWAIT(weft_sleep(0.001));
        }
    }
    free(self->transports);
    ASYNC_END;
}

static void run_rounds(bool with_streams, long connections, long count)
{
    struct pairs pairs;

    pairs_open(&pairs, connections);
    if (ASYNC_RUN(rounds, .pairs = pairs, .with_streams = with_streams,
                  .count = count) < 0) {
        abort();
    }
}

void weft_run_echo(long connections, long count)
{
    run_rounds(false, connections, count);
}

void weft_run_echo_stream(long connections, long count)
{
    run_rounds(true, connections, count);
}
