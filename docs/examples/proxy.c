/* proxy.c - pass TCP connections on to another server.
 *
 *     proxy 8080 example.org 80     until Ctrl-C or SIGTERM
 *     proxy                         between clients and servers of its own,
 *                                   which try everything out
 *
 * Two tasks a connection, one for each direction. Each reads no more before
 * the other end has taken what there is, so nothing piles up in here; an end
 * of one direction is passed on, and the other direction goes on. A server that
 * does not answer, and a connection on which nothing happens, are given up.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <weft.h>

enum { PIECE = 16384 };

static struct weft_shutdown shutting_down;

struct settings { /* the server's `user` */
    const char *host, *port;
    double connect_seconds, idle_seconds;
};

struct pump {
    struct weft_frame frame;
    struct weft_stream *from, *to;
    struct weft_timeout *idle; /* of both directions */
    const struct settings *settings;
    size_t *count;
    char data[PIECE];
};

static async pump(struct weft_frame *frame)
{
    ASYNC_BEGIN(pump);
    for (;;) {
        AWAIT(weft_stream_read(self->from, self->data, PIECE));
        if (frame->value == 0) {
            break;
        }
        *self->count += (size_t)frame->value;
        weft_timeout_reschedule(self->idle,
                                weft_loop_time(weft_loop_running()) +
                                    self->settings->idle_seconds);
        weft_stream_write(self->to, self->data, (size_t)frame->value);
        AWAIT(weft_stream_drain(self->to)); /* the back-pressure */
    }
    weft_stream_write_eof(self->to);
    ASYNC_END;
}

struct passage {
    struct weft_frame frame;
    struct weft_stream *stream; /* to the client, set by the server */
    struct weft_stream target;
    const struct settings *settings;
    struct weft_open_connection connect;
    struct weft_wait_for limit;
    struct weft_timeout idle;
    struct weft_group group;
    size_t up, down;
    int error;
};

static async passage(struct weft_frame *frame)
{
    ASYNC_BEGIN(passage);
    self->settings = weft_server_of(self->stream)->user;
    ASYNC_TRY {
        AWAIT(weft_wait_for(
            &self->limit,
            CALL(&self->connect, weft_open_connection, .stream = &self->target,
                 .host = self->settings->host, .port = self->settings->port),
            self->settings->connect_seconds));
        /* A drain is to wait until the kernel has everything. */
        weft_transport_set_write_buffer_limits(&self->stream->transport, 0, 0);
        weft_transport_set_write_buffer_limits(&self->target.transport, 0, 0);
        ASYNC_WITH(&self->idle,
                   weft_timeout(&self->idle, self->settings->idle_seconds)) {
            ASYNC_WITH(&self->group, weft_group(&self->group)) {
                weft_task_release(weft_group_spawn(
                    &self->group, pump, .from = self->stream,
                    .to = &self->target, .idle = &self->idle,
                    .settings = self->settings, .count = &self->up));
                weft_task_release(weft_group_spawn(
                    &self->group, pump, .from = &self->target,
                    .to = self->stream, .idle = &self->idle,
                    .settings = self->settings, .count = &self->down));
            }
        }
    }
    ASYNC_CATCH(self->error) {
        weft_stream_abort(self->stream);
    }
    ASYNC_FINALLY
    weft_stream_abort(&self->target);
    if (self->error == WEFT_EGROUP) {
        self->error = weft_task_error(weft_group_errors(&self->group, NULL));
    }
    weft_group_clear(&self->group);
    printf("    %zu bytes up, %zu down, %s\n", self->up, self->down,
           weft_error_name(self->error));
    ASYNC_END;
}

/* ---- Clients and servers, to try it ---- */

enum { FLOOD = 48 << 20 };

static const struct trial {
    const char *name;
    size_t size;       /* what the client sends */
    bool target_first; /* it says something and ends, before the client does */
    bool goes_silent;
    bool is_slow; /* a byte now and then */
    struct settings settings;
} trials[] = {
    {"the client ends first", 5, false, false, false, {"", "", 60, 60}},
    {"the server ends first", 5, true, false, false, {"", "", 60, 60}},
    {"nobody says anything", 0, false, false, false, {"", "", 60, 60}},
    {"the server is slow", FLOOD, false, false, false, {"", "", 60, 60}},
    {"the client falls silent", 5, false, true, false, {"", "", 60, 0.1}},
    {"the client is slow", 12, false, false, true, {"", "", 60, 0.5}},
    {"there is no server", 0, false, false, false, {"", "none", 60, 60}},
    {"it does not answer", 0, false, false, false, {"", "deaf", 0.1, 60}},
};

static const struct trial *trial;
static struct weft_event target_goes_on;
static size_t target_heard;

struct target {
    struct weft_frame frame;
    struct weft_stream *stream;
    char data[65536];
};

static async target(struct weft_frame *frame)
{
    ASYNC_BEGIN(target);
    if (trial->target_first) {
        weft_stream_write(self->stream, "welcome", 7);
        weft_stream_write_eof(self->stream);
    }
    if (trial->size == FLOOD) {
        AWAIT(weft_event_wait(&target_goes_on));
    }
    do {
        AWAIT(weft_stream_read(self->stream, self->data, sizeof self->data));
        target_heard += (size_t)frame->value;
    } while (frame->value > 0);
    if (!trial->target_first) {
        snprintf(self->data, sizeof self->data, "%zu, thank you", target_heard);
        weft_stream_write(self->stream, self->data, strlen(self->data));
    }
    ASYNC_END;
}

/* A client that notices when it has to wait for the slow server, and then lets
 * that one go on. */
struct client {
    struct weft_frame frame;
    const char *port;
    struct weft_open_connection connect;
    struct weft_stream stream;
    struct weft_wait_for limit;
    size_t sent;
    bool has_waited;
    int error;
    char piece[65536], answer[64];
    int length;
};

static size_t send_piece(struct client *self, size_t left)
{
    size_t most = trial->is_slow ? 1 : sizeof self->piece;
    size_t size = left < most ? left : most;

    weft_stream_write(&self->stream, self->piece, size);
    return size;
}

static async client(struct weft_frame *frame)
{
    ASYNC_BEGIN(client);
    AWAIT(CALL(&self->connect, weft_open_connection, .stream = &self->stream,
               .host = "127.0.0.1", .port = self->port));
    while (self->sent < trial->size) {
        self->sent += send_piece(self, trial->size - self->sent);
        ASYNC_TRY {
            AWAIT(weft_wait_for(&self->limit, weft_stream_drain(&self->stream),
                                self->has_waited ? 60 : 0.2));
        }
        ASYNC_CATCH(self->error) {
            self->has_waited = true;
            weft_event_set(&target_goes_on);
        }
        if (trial->is_slow) {
            AWAIT(weft_sleep(0.05));
        }
    }
    if (!trial->goes_silent) {
        weft_stream_write_eof(&self->stream);
    }
    do {
        AWAIT(weft_stream_read(&self->stream, self->answer + self->length,
                               sizeof self->answer - 1 - (size_t)self->length));
        self->length += frame->value;
    } while (frame->value > 0);
    ASYNC_FINALLY
    weft_stream_abort(&self->stream);
    ASYNC_END;
}

/* A port where a connection is begun and never made: its queue is full. */
static int deafen(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(fd, (struct sockaddr *)&address, size);
    getsockname(fd, (struct sockaddr *)&address, &size);
    listen(fd, 0);
    *port = ntohs(address.sin_port);
    for (int i = 0; i < 3; i++) {
        connect(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0),
                (struct sockaddr *)&address, size);
    }
    return fd;
}

struct try_out {
    struct weft_frame frame;
    struct weft_server *proxy;
    struct weft_server target;
    struct settings settings;
    struct client client;
    char proxy_port[8], target_port[8], deaf_port[8];
    int status, i;
};

static async try_out(struct weft_frame *frame)
{
    int port = 0;

    ASYNC_BEGIN(try_out);
    self->status =
        weft_start_server(&self->target, WEFT_CLIENT(target), "127.0.0.1", "0");
    if (self->status < 0) {
        ASYNC_RAISE(self->status);
    }
    deafen(&port);
    snprintf(self->deaf_port, sizeof self->deaf_port, "%d", port);
    snprintf(self->proxy_port, sizeof self->proxy_port, "%d",
             self->proxy->port);
    snprintf(self->target_port, sizeof self->target_port, "%d",
             self->target.port);
    self->proxy->user = &self->settings;
    for (; self->i < (int)(sizeof trials / sizeof *trials); self->i++) {
        trial = &trials[self->i];
        target_heard = 0;
        printf("%s\n", trial->name);
        self->settings = trial->settings;
        self->settings.host = "127.0.0.1";
        self->settings.port = strcmp(trial->settings.port, "none") == 0 ? "1"
                              : strcmp(trial->settings.port, "deaf") == 0
                                  ? self->deaf_port
                                  : self->target_port;
        AWAIT(CALL(&self->client, client, .port = self->proxy_port));
        while (self->proxy->client_count + self->target.client_count > 0) {
            AWAIT(weft_sleep(0.001));
        }
        printf("    the client is told '%s'%s, the server has heard %zu\n",
               self->client.answer,
               self->client.has_waited ? " and had to wait" : "", target_heard);
    }
    ASYNC_FINALLY
    weft_server_close(&self->target);
    AWAIT(weft_server_wait_closed(&self->target));
    ASYNC_END;
}

/* ---- The proxy ---- */

struct program {
    struct weft_frame frame;
    const char *port; /* NULL: any, and the trials */
    struct settings settings;
    struct weft_server server;
    struct weft_event never;
    struct try_out try_out;
    int status;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->status = weft_shutdown_on_signals(&shutting_down, 10);
    if (self->status == 0) {
        self->server.user = &self->settings;
        self->status =
            weft_start_server(&self->server, WEFT_CLIENT(passage), "127.0.0.1",
                              self->port != NULL ? self->port : "0");
    }
    if (self->status < 0) {
        ASYNC_RAISE(self->status);
    }
    if (self->port == NULL) {
        AWAIT(CALL(&self->try_out, try_out, .proxy = &self->server));
    } else {
        printf("listening at 127.0.0.1, port %d\n", self->server.port);
        AWAIT(weft_event_wait(&self->never));
    }
    ASYNC_FINALLY
    weft_server_close(&self->server);
    AWAIT(weft_server_wait_closed(&self->server));
    ASYNC_END;
}

int main(int argc, char **argv)
{
    struct settings settings = {.connect_seconds = 10, .idle_seconds = 300};

    if (argc == 4) {
        settings.host = argv[2];
        settings.port = argv[3];
    } else if (argc != 1) {
        fprintf(stderr, "proxy PORT TARGET-HOST TARGET-PORT\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    return weft_shutdown_exit_code(
        &shutting_down,
        ASYNC_RUN(program, .port = argv[1], .settings = settings));
}
