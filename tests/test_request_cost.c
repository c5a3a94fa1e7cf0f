/* test_request_cost.c - what the answer to a small request costs: one recv and
 * one send; nothing that the kernel is told of its descriptors, and no memory.
 */
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "real.h"

/* In front of the C library's, also for libev. The peer uses read and write. */

static int recvs;
static int sends;
static int epoll_changes;

ssize_t recv(int fd, void *data, size_t size, int flags)
{
    recvs++;
    return syscall(SYS_recvfrom, fd, data, size, flags, NULL, NULL);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
    sends++;
    return syscall(SYS_sendto, fd, data, size, flags, NULL, 0);
}

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    epoll_changes++;
    return (int)syscall(SYS_epoll_ctl, epoll, operation, fd, event);
}

static struct real real;
static int far;

/* Warm up, and then count what `count` requests take. */
static void ask(const char *request, int count)
{
    char answer[64];
    size_t size = strlen(request);
    long allocations = 0;

    for (int i = -2; i < count; i++) {
        if (i == 0) {
            CHECK(epoll_changes > 0); /* so it is counted */
            recvs = sends = epoll_changes = 0;
            allocations = real.world.allocations;
        }
        CHECK_INT(write(far, request, size), size);
        real_turn(&real);
        CHECK_INT(read(far, answer, sizeof answer), size);
        CHECK(memcmp(answer, request, size) == 0);
    }
    CHECK_INT(recvs, count);
    CHECK_INT(sends, count);
    CHECK_INT(epoll_changes, 0);
    CHECK_INT(real.world.allocations, allocations);
}

static int open_real(void)
{
    int fds[2];

    real_open(&real);
    real.world.loop.poll_turns = 1;
    real_pair(fds);
    far = fds[1];
    return fds[0];
}

static void close_real(void)
{
    close(far);
    real_close(&real);
}

/* ---- A protocol ---- */

static void send_back(struct weft_transport *transport, const char *data,
                      size_t size)
{
    CHECK_INT(weft_transport_write(transport, data, size), 0);
}

static const struct weft_protocol echo_protocol = {.data_received = send_back};

static void a_protocol_receives_once_and_sends_once(void)
{
    struct weft_transport transport = {0};

    CHECK_INT(weft_transport_open(&transport, open_real(), &echo_protocol), 0);
    real_turn(&real);
    ask("request", 5);
    weft_transport_abort(&transport);
    real_turn(&real);
    close_real();
}

/* ---- A coroutine ---- */

enum how { ANY, LINE, EXACTLY };

struct echo {
    struct weft_frame frame;
    struct weft_stream *stream;
    enum how how;
    char data[64];
};

static struct weft_op read_request(struct echo *self)
{
    return self->how == LINE ? weft_stream_readline(self->stream, self->data,
                                                    sizeof self->data)
           : self->how == EXACTLY
               ? weft_stream_readexactly(self->stream, self->data, 8)
               : weft_stream_read(self->stream, self->data, sizeof self->data);
}

static async echo(struct weft_frame *frame)
{
    ASYNC_BEGIN(echo);
    for (;;) {
        AWAIT(read_request(self));
        if (frame->value == 0) {
            break;
        }
        CHECK_INT(
            weft_stream_write(self->stream, self->data, (size_t)frame->value),
            0);
        AWAIT(weft_stream_drain(self->stream));
    }
    ASYNC_END;
}

static void a_stream_receives_once_and_sends_once(void)
{
    for (int how = ANY; how <= EXACTLY; how++) {
        struct weft_stream stream = {0};
        struct weft_task *task;

        CHECK_INT(weft_stream_open(&stream, open_real()), 0);
        task = SPAWN(echo, .stream = &stream, .how = (enum how)how);
        real_turn(&real);
        ask("request\n", 5);
        weft_task_cancel(task);
        real_turn(&real);
        weft_task_release(task);
        weft_stream_abort(&stream);
        real_turn(&real);
        close_real();
    }
}

#define TESTS(X)                               \
    X(a_protocol_receives_once_and_sends_once) \
    X(a_stream_receives_once_and_sends_once)
TEST_MAIN(TESTS)
