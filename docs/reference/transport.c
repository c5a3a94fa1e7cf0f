/* transport.c - an echo server's end of a connection, and its client's. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <weft.h>

/* The server's end: a transport, and what else there is to know of a
 * connection. */
struct echo {
    struct weft_transport transport;
    size_t count;
    struct weft_event is_over;
};

static void send_back(struct weft_transport *transport, const char *data,
                      size_t size)
{
    struct echo *echo = WEFT_OWNER(transport, struct echo, transport);

    echo->count += size;
    weft_transport_write(transport, data, size);
}

static void say_goodbye(struct weft_transport *transport, int error)
{
    struct echo *echo = WEFT_OWNER(transport, struct echo, transport);

    printf("server: %zu bytes, %s\n", echo->count, weft_error_name(error));
    weft_event_set(&echo->is_over);
}

static const struct weft_protocol echo_protocol = {
    .data_received = send_back, .connection_lost = say_goodbye};

/* The client's end says something, and hangs up when it was answered. */
static void ask(struct weft_transport *transport)
{
    weft_transport_write(transport, "hello, ", 7);
    weft_transport_write(transport, "world", 5);
}

static void hear(struct weft_transport *transport, const char *data,
                 size_t size)
{
    printf("client: %.*s\n", (int)size, data);
    weft_transport_close(transport);
}

static const struct weft_protocol client_protocol = {.connection_made = ask,
                                                     .data_received = hear};

static struct echo server;
static struct weft_transport client;

struct program {
    struct weft_frame frame;
};

static async program(struct weft_frame *frame)
{
    int fds[2];

    ASYNC_BEGIN(program);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0) {
        ASYNC_EXIT;
    }
    weft_transport_open(&server.transport, fds[0], &echo_protocol);
    weft_transport_open(&client, fds[1], &client_protocol);
    AWAIT(weft_event_wait(&server.is_over));
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}
