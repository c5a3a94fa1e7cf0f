/* test_sock_datagram.c - datagrams that tasks send and receive. */
#include "socks.h"

static struct real real;
static struct weft_address place;
static int listener;

static void reset(void)
{
    real_open(&real);
    real.world.loop.poll_turns = 1;
    memset(&place, 0, sizeof place);
    listener = -1;
}

static void finish(void)
{
    if (listener >= 0) {
        close(listener);
    }
    real_close(&real);
}

static int nonblocking(int family, int type)
{
    int fd = socket(family, type, 0);

    CHECK_INT(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

struct udp_echo {
    struct weft_frame frame;
    struct weft_sock sock;
    struct weft_address from;
    char data[8192];
};

static async udp_echo(struct weft_frame *frame)
{
    ASYNC_BEGIN(udp_echo);
    for (;;) {
        AWAIT(weft_sock_recvfrom(&self->sock, self->data, sizeof self->data,
                                 &self->from));
        AWAIT(weft_sock_sendto(&self->sock, self->data, (size_t)frame->value,
                               &self->from));
    }
    ASYNC_END;
}

struct pinger {
    struct weft_frame frame;
    size_t size; /* of the datagram */
    size_t room; /* for the answer  */
    struct weft_sock sock;
    struct weft_address from;
    char data[8192];
    int result;
};

static async pinger(struct weft_frame *frame)
{
    ASYNC_BEGIN(pinger);
    self->sock = WEFT_SOCK(nonblocking(AF_INET, SOCK_DGRAM));
    memset(self->data, 1, self->size);
    AWAIT(weft_sock_sendto(&self->sock, self->data, self->size, &place));
    CHECK_INT(frame->value, self->size);
    memset(self->data, 0, sizeof self->data);
    AWAIT(weft_sock_recvfrom(&self->sock, self->data, self->room, &self->from));
    CHECK(weft_address_equal(&self->from, &place));
    ASYNC_RETURN(frame->value);
    ASYNC_FINALLY
    close(self->sock.fd);
    ASYNC_END;
}

static int ping(size_t size, size_t room)
{
    struct weft_task *task = SPAWN(pinger, .size = size, .room = room);
    int count = weft_loop_run_until_complete(&real.world.loop, task);

    if (count == 0) {
        count = WEFT_RESULT(task, pinger);
    }
    weft_task_release(task);
    return count;
}

/* CPython: test_sock_lowlevel.BaseSockTestsMixin.test_recvfrom
 * CPython: test_sock_lowlevel.BaseSockTestsMixin.test_recvfrom_into
 */
static void datagrams_come_back_with_their_address(void)
{
    struct weft_task *echo;

    reset();
    listener = socks_bind(AF_INET, SOCK_DGRAM, &place);
    echo = SPAWN(udp_echo, .sock = WEFT_SOCK(listener));
    CHECK_INT(ping(4096, 4096), 4096);
    CHECK_INT(ping(4096, 8192), 4096);
    CHECK_INT(ping(4096, 10), 10); /* the rest is lost */
    CHECK_INT(ping(0, 10), 0);     /* an empty one is one, too */
    weft_task_cancel(echo);
    weft_task_release(echo);
    finish();
}

/* Unix datagrams block when their reader's queue is full, UDP hardly ever.
 *
 * CPython: test_sock_lowlevel.BaseSockTestsMixin.test_sendto_blocking
 */
static void a_datagram_that_would_block_is_sent_later(void)
{
    struct weft_sock sock;
    struct weft_task *task;
    char text[16];
    int fds[2];

    reset();
    CHECK_INT(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
    CHECK_INT(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
    sock = WEFT_SOCK(fds[0]);
    socks_fill(fds[0]);
    listener = fds[0];
    task = SPAWN(udp_echo, .sock = sock);
    CHECK_INT(send(fds[1], "hello", 5, 0), 5);
    real_turn(&real);
    real_turn(&real);
    CHECK(!weft_task_done(task));
    CHECK_INT(socks_drain(fds[1], NULL), 0);
    for (int i = 0; i < 3; i++) {
        real_turn(&real);
    }
    CHECK_INT(recv(fds[1], text, sizeof text, MSG_DONTWAIT), 5);
    CHECK_INT(memcmp(text, "hello", 5), 0);
    weft_task_cancel(task);
    weft_task_release(task);
    close(fds[1]);
    finish();
}

struct one_datagram {
    struct weft_frame frame;
    struct weft_sock sock;
    char data[16];
    int result;
};

static async one_datagram(struct weft_frame *frame)
{
    ASYNC_BEGIN(one_datagram);
    AWAIT(weft_sock_recv(&self->sock, self->data, sizeof self->data));
    ASYNC_RETURN(self->data[0]);
    ASYNC_END;
}

/* CPython: test_sock_lowlevel.ProactorEventLoopTests.test_datagram_send_to_non_listening_address_recvfrom
 * CPython: test_sock_lowlevel.ProactorEventLoopTests.test_datagram_send_to_non_listening_address_recvfrom_into
 */
static void a_socket_receives_after_sending_to_nobody(void)
{
    struct weft_address own;
    struct weft_address nobody;
    struct weft_task *task;
    struct weft_sock sock;
    int other;

    reset();
    close(socks_bind(AF_INET, SOCK_DGRAM, &nobody));
    listener = socks_bind(AF_INET, SOCK_DGRAM, &own);
    other = socket(AF_INET, SOCK_DGRAM, 0);
    sock = WEFT_SOCK(listener);
    task = SPAWN(one_datagram, .sock = sock);
    real_turn(&real);
    CHECK_INT(weft_sock_sendto(&sock, "c", 1, &nobody).status, 1);
    real_turn(&real);
    real_turn(&real);
    CHECK(!weft_task_done(task));
    CHECK_INT(sendto(other, "d", 1, 0, WEFT_SOCKADDR(&own), own.size), 1);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task), 0);
    CHECK_INT(WEFT_RESULT(task, one_datagram), 'd');
    weft_task_release(task);
    close(other);
    finish();
}

#define TESTS(X)                                 \
    X(datagrams_come_back_with_their_address)    \
    X(a_datagram_that_would_block_is_sent_later) \
    X(a_socket_receives_after_sending_to_nobody)
TEST_MAIN(TESTS)
