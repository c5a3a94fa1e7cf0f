/* client.c - the side that opens connections, and looks at every byte. */
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

static long wrong_bytes;
static int missing; /* clients that have not ended well */

/* ---- At once ---- */

static struct weft_semaphore connecting = WEFT_SEMAPHORE(256);
static struct weft_event may_talk;
static struct weft_event may_go;
static int connected, talked, wanted;

struct talk {
    struct weft_frame frame;
    struct weft_stream stream;
    int id;
    union {
        struct {
            struct weft_open_connection connect;
            char host[16], port[8];
        } opening;
        char message[MESSAGE];
    } now;
    int port;
};

static async talk(struct weft_frame *frame)
{
    ASYNC_BEGIN(talk);
    AWAIT(weft_semaphore_acquire(&connecting));
    snprintf(self->now.opening.port, sizeof self->now.opening.port, "%d",
             self->port);
    snprintf(self->now.opening.host, sizeof self->now.opening.host,
             "127.0.0.%d", 2 + self->id % 50);
    AWAIT(CALL(&self->now.opening.connect, weft_open_connection,
               .stream = &self->stream, .host = "127.0.0.1",
               .port = self->now.opening.port,
               .local_host = self->now.opening.host));
    weft_semaphore_release(&connecting);
    connected++;
    AWAIT(weft_event_wait(&may_talk));
    for (size_t i = 0; i < MESSAGE; i++) {
        self->now.message[i] = load_byte(self->id, i);
    }
    weft_stream_write(&self->stream, self->now.message, MESSAGE);
    memset(self->now.message, 0, MESSAGE);
    AWAIT(weft_stream_readexactly(&self->stream, self->now.message, MESSAGE));
    for (size_t i = 0; i < MESSAGE; i++) {
        wrong_bytes += self->now.message[i] != load_byte(self->id, i);
    }
    talked++;
    AWAIT(weft_event_wait(&may_go));
    weft_stream_close(&self->stream);
    AWAIT(weft_stream_wait_closed(&self->stream));
    missing--;
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        printf("client %d: %s\n", self->id, weft_error_name(frame->outcome));
        wanted--;
    }
    weft_stream_abort(&self->stream);
    ASYNC_END;
}

struct all_at_once {
    struct weft_frame frame;
    int port, control, count;
    char word;
};

static async all_at_once(struct weft_frame *frame)
{
    ASYNC_BEGIN(all_at_once);
    missing = wanted = self->count;
    for (int i = 0; i < self->count; i++) {
        weft_task_release(SPAWN(talk, .id = i, .port = self->port));
    }
    while (connected < wanted) {
        AWAIT(weft_sleep(0.01));
    }
    self->word = 'i';
    if (write(self->control, &self->word, 1) != 1) {
        ASYNC_RAISE(WEFT_ECLOSED);
    }
    AWAIT(weft_wait_readable(self->control));
    if (read(self->control, &self->word, 1) != 1) {
        ASYNC_RAISE(WEFT_ECLOSED);
    }
    weft_event_set(&may_talk);
    while (talked < wanted) {
        AWAIT(weft_sleep(0.01));
    }
    self->word = 't';
    if (write(self->control, &self->word, 1) != 1) {
        ASYNC_RAISE(WEFT_ECLOSED);
    }
    AWAIT(weft_wait_readable(self->control));
    weft_event_set(&may_go);
    while (missing > self->count - wanted) {
        AWAIT(weft_sleep(0.01));
    }
    ASYNC_END;
}

static int outcome_of(int status)
{
    printf("    client: %ld wrong bytes, %d without a good end, %s\n",
           wrong_bytes, missing, weft_error_name(status));
    return status < 0 || wrong_bytes > 0 || missing > 0;
}

int load_echo(int port, int control, int count)
{
    return outcome_of(ASYNC_RUN(all_at_once, .port = port, .control = control,
                                .count = count));
}

/* ---- One after the other ---- */

/* Many addresses, for the ports of one are used up by closed connections. */
struct visits {
    struct weft_frame frame;
    int port, first, count, i;
    char host[16], text[8];
    struct weft_open_connection connect;
    struct weft_stream stream;
    char message[64];
};

static async visits(struct weft_frame *frame)
{
    ASYNC_BEGIN(visits);
    snprintf(self->text, sizeof self->text, "%d", self->port);
    for (self->i = 0; self->i < self->count; self->i++) {
        snprintf(self->host, sizeof self->host, "127.0.0.%d",
                 2 + (self->first + self->i) % 100);
        AWAIT(CALL(&self->connect, weft_open_connection,
                   .stream = &self->stream, .host = "127.0.0.1",
                   .port = self->text, .local_host = self->host));
        for (size_t i = 0; i < sizeof self->message; i++) {
            self->message[i] = load_byte(self->first + self->i, i);
        }
        weft_stream_write(&self->stream, self->message, sizeof self->message);
        memset(self->message, 0, sizeof self->message);
        AWAIT(weft_stream_readexactly(&self->stream, self->message,
                                      sizeof self->message));
        for (size_t i = 0; i < sizeof self->message; i++) {
            wrong_bytes +=
                self->message[i] != load_byte(self->first + self->i, i);
        }
        weft_stream_close(&self->stream);
        AWAIT(weft_stream_wait_closed(&self->stream));
        missing--;
    }
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        printf("client: %s\n", weft_error_name(frame->outcome));
    }
    weft_stream_abort(&self->stream);
    ASYNC_END;
}

enum { VISITORS = 100 };

struct churn {
    struct weft_frame frame;
    int port, count;
    struct weft_join visitors[VISITORS];
};

static async churn(struct weft_frame *frame)
{
    ASYNC_BEGIN(churn);
    missing = self->count;
    for (int i = 0; i < VISITORS; i++) {
        int first = self->count / VISITORS * i;
        int end =
            i + 1 < VISITORS ? self->count / VISITORS * (i + 1) : self->count;

        self->visitors[i].task = SPAWN(visits, .port = self->port,
                                       .first = first, .count = end - first);
    }
    AWAIT(weft_gather(self->visitors, VISITORS, 0));
    ASYNC_FINALLY
    weft_join_release(self->visitors, VISITORS);
    ASYNC_END;
}

int load_churn(int port, int count)
{
    return outcome_of(ASYNC_RUN(churn, .port = port, .count = count));
}

/* ---- Who does not read ---- */

struct slow {
    struct weft_frame frame;
    int port, id;
    char text[8];
    struct weft_open_connection connect;
    struct weft_stream stream;
    size_t count;
    char data[65536];
};

static async slow(struct weft_frame *frame)
{
    int little = 65536;

    ASYNC_BEGIN(slow);
    snprintf(self->text, sizeof self->text, "%d", self->port);
    AWAIT(CALL(&self->connect, weft_open_connection, .stream = &self->stream,
               .host = "127.0.0.1", .port = self->text));
    setsockopt(self->stream.transport.fd, SOL_SOCKET, SO_RCVBUF, &little,
               sizeof little);
    while (self->count < SLOW_SIZE) {
        for (size_t i = 0; i < sizeof self->data; i++) {
            self->data[i] = load_byte(self->id, self->count++);
        }
        weft_stream_write(&self->stream, self->data, sizeof self->data);
    }
    AWAIT(weft_sleep(1)); /* time enough for the server to take too much */
    for (self->count = 0; self->count < SLOW_SIZE;) {
        AWAIT(weft_stream_read(&self->stream, self->data, sizeof self->data));
        if (frame->value == 0) {
            ASYNC_RAISE(WEFT_EINCOMPLETEREAD);
        }
        for (int i = 0; i < frame->value; i++) {
            wrong_bytes += self->data[i] != load_byte(self->id, self->count++);
        }
    }
    weft_stream_close(&self->stream);
    AWAIT(weft_stream_wait_closed(&self->stream));
    missing--;
    ASYNC_FINALLY
    weft_stream_abort(&self->stream);
    ASYNC_END;
}

struct all_slow {
    struct weft_frame frame;
    int port, count;
    struct weft_join *clients;
};

static async all_slow(struct weft_frame *frame)
{
    ASYNC_BEGIN(all_slow);
    missing = self->count;
    for (int i = 0; i < self->count; i++) {
        self->clients[i].task = SPAWN(slow, .port = self->port, .id = i);
    }
    AWAIT(weft_gather(self->clients, (size_t)self->count, 0));
    ASYNC_FINALLY
    weft_join_release(self->clients, (size_t)self->count);
    ASYNC_END;
}

int load_slow(int port, int count)
{
    struct weft_join *clients = calloc((size_t)count, sizeof *clients);
    int status =
        ASYNC_RUN(all_slow, .port = port, .count = count, .clients = clients);

    free(clients);
    return outcome_of(status);
}
