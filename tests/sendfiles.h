/* sendfiles.h - a file to send, a task that sends it, and one that receives.
 *
 * The file has FILE_SIZE bytes, file_byte(position) each.
 */
#ifndef SENDFILES_H
#define SENDFILES_H

#include <stdlib.h>

#include "streams.h"

enum { FILE_SIZE = 3 << 20, RECEIVED_SIZE = FILE_SIZE + (4 << 20) };

static int file = -1;
static char received[RECEIVED_SIZE];
static size_t received_size;

static inline char file_byte(size_t position)
{
    return (char)(position * 2654435761u >> 15);
}

static inline void make_file(void)
{
    static char block[65536];
    char name[] = "/tmp/weft-sendfile-XXXXXX";

    received_size = 0;
    file = mkstemp(name);
    CHECK(file >= 0);
    CHECK_INT(unlink(name), 0);
    for (size_t at = 0; at < FILE_SIZE; at += sizeof block) {
        for (size_t i = 0; i < sizeof block; i++) {
            block[i] = file_byte(at + i);
        }
        CHECK_INT(write(file, block, sizeof block), sizeof block);
    }
    CHECK_INT(lseek(file, 7, SEEK_SET), 7);
}

static inline void close_file(void)
{
    CHECK_INT(lseek(file, 0, SEEK_CUR), 7); /* nobody has moved it */
    CHECK_INT(close(file), 0);
}

/* How many of `size` received bytes, from `at` on, are not the file's from
 * `offset` on. */
static inline size_t wrong_bytes(size_t at, size_t offset, size_t size)
{
    size_t wrong = 0;

    for (size_t i = 0; i < size; i++) {
        wrong += received[at + i] != file_byte(offset + i);
    }
    return wrong;
}

/* What a stream takes goes as it is, but the kernel is not asked to. */
static const struct weft_wire plain_wire = {.receive = weft_wire_receive_,
                                            .send = weft_wire_send_,
                                            .can_write_eof = true};

/* ---- Sending ---- */

struct sender {
    struct weft_frame frame;
    struct weft_transport *transport;
    struct weft_sock *sock;
    int fd;
    int64_t offset, count;
    bool native_only;
    bool stays; /* open: `near`, when it is sent */
    struct weft_sendfile sendfile;
};

static int64_t sent;
static bool has_copied;

static inline async sender(struct weft_frame *frame)
{
    ASYNC_BEGIN(sender);
    AWAIT(CALL(&self->sendfile, weft_sendfile, .transport = self->transport,
               .sock = self->sock, .fd = self->fd, .offset = self->offset,
               .count = self->count, .native_only = self->native_only));
    trace("sent");
    if (!self->stays) {
        weft_stream_close(&near);
    }
    ASYNC_FINALLY
    if (frame->outcome < 0 && !self->stays) {
        weft_stream_abort(&near);
    }
    sent = self->sendfile.sent;
    has_copied = self->sendfile.copies;
    if (frame->outcome < 0) {
        trace("%s", weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

/* To `near`, and no further. */
#define SEND(...) \
    ASYNC_RUN_IN(&real.world.loop, sender, .stays = true, __VA_ARGS__)
#define TO_NEAR .transport = &near.transport, .fd = file

/* ---- Receiving ---- */

struct receiver {
    struct weft_frame frame;
    size_t most; /* hang up after so many; 0 for never */
    int error;
};

/* All that comes to `away`. */
static inline async receiver(struct weft_frame *frame)
{
    ASYNC_BEGIN(receiver);
    for (;;) {
        AWAIT(weft_stream_read(&away, received + received_size,
                               RECEIVED_SIZE - received_size));
        received_size += (size_t)frame->value;
        if (frame->value == 0 ||
            (self->most > 0 && received_size >= self->most)) {
            break;
        }
    }
    ASYNC_FINALLY
    weft_stream_abort(&away);
    ASYNC_END;
}

struct exchange {
    struct weft_frame frame;
    struct sender sender;
    struct weft_join joins[2];
    size_t most;
};

/* The file to `near`, until the end of it has arrived. */
static inline async exchange(struct weft_frame *frame)
{
    ASYNC_BEGIN(exchange);
    self->joins[0].task =
        SPAWN(sender, TO_NEAR, .offset = self->sender.offset,
              .count = self->sender.count, .stays = self->sender.stays,
              .native_only = self->sender.native_only);
    self->joins[1].task = SPAWN(receiver, .most = self->most);
    if (self->joins[0].task == NULL || self->joins[1].task == NULL) {
        ASYNC_RAISE(WEFT_ENOMEM);
    }
    AWAIT(weft_gather(self->joins, 2, WEFT_RETURN_ERRORS));
    ASYNC_FINALLY
    weft_join_release(self->joins, 2);
    ASYNC_END;
}

#define EXCHANGE(most_, ...)                                            \
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, exchange, .most = (most_), \
                           .sender = {__VA_ARGS__}),                    \
              0)

/* ---- Awaiting, from outside of tasks ---- */

static inline int await_task(struct weft_task *task)
{
    int error;

    while (!weft_task_done(task)) {
        turns(1);
    }
    error = weft_task_error(task);
    weft_task_release(task);
    return error;
}

static inline void receive(void)
{
    CHECK_INT(await_task(SPAWN(receiver, .most = 0)), 0);
}

/* ---- To a socket ---- */

static struct weft_sock sock;
static struct weft_task *receiving; /* or nobody is, yet */

static inline void begin_sock(void)
{
    int fds[2];

    make_file();
    reset_with(real_tcp_pair);
    open_away();
    real_tcp_pair(fds);
    weft_stream_abort(&away);
    CHECK_INT(weft_stream_open(&away, fds[1]), 0);
    CHECK_INT(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
    sock = WEFT_SOCK(fds[0]);
}

static inline void end_sock(void)
{
    CHECK_TRACE("");
    finish();
    close_file();
}

#define TO_SOCK .sock = &sock, .fd = file, .stays = true

static inline bool sock_is_watched(void)
{
    struct weft_driver *driver = real.world.loop.driver;

    return driver->watcher(driver, sock.fd, WEFT_WRITE) != NULL;
}

/* What has gone out is what the task has told. */
static inline void check_sent_has_arrived(void)
{
    close(sock.fd);
    if (receiving == NULL) {
        receiving = SPAWN(receiver, .most = 0);
    }
    CHECK_INT(await_task(receiving), 0);
    receiving = NULL;
    CHECK_INT(received_size, sent);
    CHECK_INT(wrong_bytes(0, 0, received_size), 0);
}

#endif /* SENDFILES_H */
