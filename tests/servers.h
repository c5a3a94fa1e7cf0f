/* servers.h - a server, and clients that are plain sockets of this program,
 * connected before the loop knows of them.
 */
#ifndef SERVERS_H
#define SERVERS_H

#include "real.h"

#include <arpa/inet.h>

static struct real real;
static struct weft_server server;

static inline void reset(void)
{
    real_open(&real);
    real.world.loop.poll_turns = 1;
    memset(&server, 0, sizeof server);
}

static inline void finish(void)
{
    real_close(&real);
    CHECK(!weft_server_is_serving(&server));
    CHECK_INT(server.client_count, 0);
    CHECK(weft_list_is_empty(&server.clients));
    CHECK(weft_list_is_empty(&server.closers));
}

static inline void turns(int count)
{
    while (count-- > 0) {
        real_turn(&real);
    }
}

/* Until something is so; a hang ends with the alarm. */
#define TURNS_UNTIL(condition) \
    do {                       \
        turns(1);              \
    } while (!(condition))

static inline int dial_port(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)port);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int error = -errno;

        close(fd);
        return error;
    }
    return fd;
}

static inline int dial(void)
{
    int fd = dial_port(server.port);

    CHECK(fd >= 0);
    return fd;
}

static inline void put(int fd, const char *text)
{
    CHECK_INT(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* What there is, without waiting: the count, 0 at the end, -errno. */
static inline long get(int fd, char *text, size_t size)
{
    ssize_t count = recv(fd, text, size, MSG_DONTWAIT);

    return count < 0 ? -errno : count;
}

static inline void check_end(int fd)
{
    char byte;
    long count;

    while ((count = get(fd, &byte, 1)) == -EAGAIN) {
        turns(1);
    }
    CHECK_INT(count, 0);
}

static inline void expect(int fd, const char *expected)
{
    char text[64] = "";
    size_t count = 0;

    while (count < strlen(expected)) {
        long more = get(fd, text + count, strlen(expected) - count);

        if (more == -EAGAIN) {
            turns(1);
        } else if (CHECK(more > 0)) {
            count += (size_t)more;
        } else {
            return;
        }
    }
    CHECK_STR(text, expected);
}

/* ---- Handlers ---- */

struct echo {
    struct weft_frame frame;
    int marker;
    struct weft_stream *stream;
    char data[64];
};

static inline async echo(struct weft_frame *frame)
{
    ASYNC_BEGIN(echo);
    CHECK_INT(self->marker, 0);
    CHECK(weft_server_of(self->stream) == &server);
    self->marker = 1;
    for (;;) {
        AWAIT(weft_stream_read(self->stream, self->data, sizeof self->data));
        if (frame->value == 0) {
            break;
        }
        weft_stream_write(self->stream, self->data, (size_t)frame->value);
        AWAIT(weft_stream_drain(self->stream));
    }
    ASYNC_FINALLY
    trace("%s", frame->outcome < 0 ? weft_error_name(frame->outcome) : "bye");
    ASYNC_END;
}

struct failing {
    struct weft_frame frame;
    struct weft_stream *stream;
};

static inline async failing(struct weft_frame *frame)
{
    ASYNC_BEGIN(failing);
    weft_stream_write(self->stream, "oops", 4);
    ASYNC_RAISE(WEFT_EUSER);
    ASYNC_END;
}

static char much[1 << 20];

struct generous {
    struct weft_frame frame;
    struct weft_stream *stream;
};

static inline async generous(struct weft_frame *frame)
{
    ASYNC_BEGIN(generous);
    CHECK_INT(weft_stream_write(self->stream, much, sizeof much), 0);
    CHECK_INT(weft_stream_write(self->stream, much, sizeof much), 0);
    CHECK_INT(weft_stream_write(self->stream, much, sizeof much), 0);
    CHECK_INT(weft_stream_write(self->stream, much, sizeof much), 0);
    CHECK_INT(weft_stream_write(self->stream, much, sizeof much), 0);
    CHECK_INT(weft_stream_write(self->stream, much, sizeof much), 0);
    CHECK_INT(weft_stream_write(self->stream, much, sizeof much), 0);
    CHECK_INT(weft_stream_write(self->stream, much, sizeof much), 0);
    trace("written");
    ASYNC_END;
}

static inline int start(struct weft_handler handler)
{
    return weft_start_server(&server, handler, "127.0.0.1", "0");
}

struct closer {
    struct weft_frame frame;
};

static inline async closer(struct weft_frame *frame)
{
    ASYNC_BEGIN(closer);
    AWAIT(weft_server_wait_closed(&server));
    trace("closed");
    ASYNC_END;
}

static inline void close_server(void)
{
    weft_server_close(&server);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, closer), 0);
    CHECK(!weft_server_is_serving(&server));
    CHECK_INT(server.client_count, 0);
}

#endif /* SERVERS_H */
