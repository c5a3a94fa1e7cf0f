/* test_sock_peers.c - two sides that talk over sockets, each a task. */
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

/* ---- A service: asks for a line, sends the number of bytes it names ---- */

struct service {
    struct weft_frame frame;
    struct weft_sock listening;
    struct weft_sock sock;
    struct weft_address from;
    char request[64];
    char *block;
    size_t size;
};

static async service(struct weft_frame *frame)
{
    ASYNC_BEGIN(service);
    self->sock.fd = -1;
    self->listening = WEFT_SOCK(listener);
    AWAIT(weft_sock_accept(&self->listening, &self->from));
    self->sock = WEFT_SOCK(frame->value);
    AWAIT(weft_sock_recv(&self->sock, self->request, sizeof self->request - 1));
    self->size = strtoul(self->request, NULL, 10);
    self->block = malloc(self->size);
    for (size_t i = 0; i < self->size; i++) {
        self->block[i] = (char)('0' + i % 10);
    }
    AWAIT(weft_sock_sendall(&self->sock, self->block, self->size));
    ASYNC_FINALLY
    free(self->block);
    close(self->sock.fd);
    ASYNC_END;
}

struct asker {
    struct weft_frame frame;
    const char *request;
    struct weft_sock sock;
    char data[65536];
    size_t result;
};

static async asker(struct weft_frame *frame)
{
    ASYNC_BEGIN(asker);
    self->sock =
        WEFT_SOCK(nonblocking(weft_address_family(&place), SOCK_STREAM));
    AWAIT(weft_sock_connect(&self->sock, &place));
    AWAIT(weft_sock_sendall(&self->sock, self->request, strlen(self->request)));
    do {
        AWAIT(weft_sock_recv(&self->sock, self->data, sizeof self->data));
        for (int i = 0; i < frame->value; i++, self->result++) {
            if (self->data[i] != (char)('0' + self->result % 10)) {
                CHECK_INT(self->data[i], '0' + (int)(self->result % 10));
                ASYNC_EXIT;
            }
        }
    } while (frame->value > 0);
    ASYNC_FINALLY
    close(self->sock.fd);
    ASYNC_END;
}

static size_t ask(const char *request)
{
    struct weft_task *server = SPAWN(service);
    struct weft_task *client = SPAWN(asker, .request = request);
    size_t size;

    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, client), 0);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, server), 0);
    size = WEFT_RESULT(client, asker);
    weft_task_release(server);
    weft_task_release(client);
    return size;
}

/* CPython: test_sock_lowlevel.BaseSockTestsMixin.test_sock_client_ops */
static void a_client_connects_sends_and_receives(void)
{
    reset();
    listener = socks_bind(AF_INET, SOCK_STREAM, &place);
    CHECK_INT(listen(listener, 8), 0);
    CHECK_INT(ask("10\n"), 10);
    CHECK_INT(ask("0\n"), 0);
    finish();
}

static void a_client_speaks_ipv6(void)
{
    reset();
    listener = socks_bind(AF_INET6, SOCK_STREAM, &place);
    if (listener < 0) {
        printf("skip a_client_speaks_ipv6: this machine has no ::1\n");
    } else {
        CHECK_INT(listen(listener, 8), 0);
        CHECK_INT(ask("1000\n"), 1000);
    }
    finish();
}

static void bind_path(const char *path)
{
    CHECK_INT(weft_address_set_path(&place, path), 0);
    listener = nonblocking(AF_UNIX, SOCK_STREAM);
    CHECK_INT(bind(listener, WEFT_SOCKADDR(&place), place.size), 0);
}

/* CPython: test_sock_lowlevel.BaseSockTestsMixin.test_unix_sock_client_ops */
static void a_client_connects_over_a_unix_socket(void)
{
    char path[64];

    reset();
    snprintf(path, sizeof path, "/tmp/weft-sock-%d", (int)getpid());
    unlink(path);
    bind_path(path);
    CHECK_INT(listen(listener, 8), 0);
    CHECK_INT(ask("1000\n"), 1000);
    unlink(path);
    finish();
}

/* CPython: test_sock_lowlevel.BaseSockTestsMixin.test_huge_content
 * CPython: test_sock_lowlevel.BaseSockTestsMixin.test_huge_content_recvinto
 */
static void a_million_bytes_arrive_in_order(void)
{
    reset();
    listener = socks_bind(AF_INET, SOCK_STREAM, &place);
    CHECK_INT(listen(listener, 8), 0);
    CHECK_INT(ask("1000000\n"), 1000000);
    finish();
}

/* ---- Connecting ---- */

struct dialer {
    struct weft_frame frame;
    struct weft_sock *sock;
    struct weft_address *to;
};

static async dialer(struct weft_frame *frame)
{
    ASYNC_BEGIN(dialer);
    AWAIT(weft_sock_connect(self->sock, self->to));
    ASYNC_END;
}

static int dial(struct weft_sock *sock, struct weft_address *to)
{
    return ASYNC_RUN_IN(&real.world.loop, dialer, .sock = sock, .to = to);
}

/* CPython: test_sock_lowlevel.BaseSockTestsMixin.test_sock_client_fail */
static void a_port_where_nobody_listens_refuses(void)
{
    struct weft_sock sock;

    reset();
    listener = socks_bind(AF_INET, SOCK_STREAM, &place);
    sock = WEFT_SOCK(nonblocking(AF_INET, SOCK_STREAM));
    CHECK_INT(dial(&sock, &place), -ECONNREFUSED);
    close(sock.fd);
    finish();
}

/* CPython: test_sock_lowlevel.BaseSockTestsMixin.test_sock_client_connect_racing */
static void a_cancelled_connect_can_be_made_again(void)
{
    struct weft_sock sock;
    struct weft_task *task;
    int status = -ECONNREFUSED;

    reset();
    listener = socks_bind(AF_INET, SOCK_STREAM, &place);
    sock = WEFT_SOCK(nonblocking(AF_INET, SOCK_STREAM));
    task = SPAWN(dialer, .sock = &sock, .to = &place);
    real_turn(&real);
    weft_task_cancel(task);
    CHECK_INT(listen(listener, 1), 0);
    weft_loop_run_until_complete(&real.world.loop, task);
    CHECK(weft_task_cancelled(task) || weft_task_error(task) == -ECONNREFUSED);
    weft_task_release(task);
    for (int i = 0; i < 8 && status == -ECONNREFUSED; i++) {
        status = dial(&sock, &place); /* the first tells of the refusal */
    }
    CHECK_INT(status, 0);
    close(sock.fd);
    finish();
}

static void a_connect_under_way_is_awaited_again(void)
{
    struct silent silent;
    struct weft_sock sock;

    reset();
    silent_open(&silent);
    sock = WEFT_SOCK(nonblocking(AF_INET, SOCK_STREAM));
    for (int i = 0; i < 3; i++) {
        struct weft_task *task =
            SPAWN(dialer, .sock = &sock, .to = &silent.own);

        real_turn(&real);
        real_turn(&real);
        CHECK(!weft_task_done(task));
        weft_task_cancel(task);
        CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task),
                  WEFT_ECANCELLED);
        weft_task_release(task);
    }
    close(sock.fd);
    silent_close(&silent);
    finish();
}

/* The queue of a listening Unix socket is full: no promise of a connection. */
static void a_full_unix_queue_is_an_error(void)
{
    struct weft_sock socks[8];
    int status = 0;
    int count = 0;

    reset();
    bind_path("@weft-test-sock-queue");
    CHECK_INT(listen(listener, 0), 0);
    while (status == 0 && count < 8) {
        socks[count] = WEFT_SOCK(nonblocking(AF_UNIX, SOCK_STREAM));
        status = dial(&socks[count], &place);
        count++;
    }
    CHECK_INT(status, -EAGAIN);
    while (count > 0) {
        close(socks[--count].fd);
    }
    finish();
}

/* ---- Accepting ---- */

struct accepter {
    struct weft_frame frame;
    struct weft_sock sock;
    struct weft_address *from;
    int result;
};

static async accepter(struct weft_frame *frame)
{
    ASYNC_BEGIN(accepter);
    AWAIT(weft_sock_accept(&self->sock, self->from));
    ASYNC_RETURN(frame->value);
    ASYNC_END;
}

/* CPython: test_sock_lowlevel.BaseSockTestsMixin.test_sock_accept */
static void an_accepted_socket_does_not_block_and_has_an_address(void)
{
    struct weft_address from;
    struct weft_address own;
    struct weft_task *task;
    int client;
    int fd;

    reset();
    listener = socks_bind(AF_INET, SOCK_STREAM, &place);
    CHECK_INT(listen(listener, 1), 0);
    for (int waits = 0; waits < 2; waits++) {
        client = socket(AF_INET, SOCK_STREAM, 0);
        task = SPAWN(accepter, .sock = WEFT_SOCK(listener), .from = &from);
        if (waits) {
            real_turn(&real);
            CHECK(!weft_task_done(task));
        }
        CHECK_INT(connect(client, WEFT_SOCKADDR(&place), place.size), 0);
        CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task), 0);
        fd = WEFT_RESULT(task, accepter);
        weft_task_release(task);
        CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
        CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        CHECK_INT(weft_address_of_socket(&own, client), 0);
        CHECK(weft_address_equal(&own, &from));
        CHECK_INT(weft_address_of_peer(&own, client), 0);
        CHECK(weft_address_equal(&own, &place));
        close(client);
        close(fd);
    }
    finish();
}

/* CPython: test_sock_lowlevel.BaseSockTestsMixin.test_create_connection_sock */
static void a_connected_socket_becomes_a_stream(void)
{
    static struct weft_stream stream;
    struct weft_sock sock;
    char text[8] = "";
    int fd;

    reset();
    listener = socks_bind(AF_INET, SOCK_STREAM, &place);
    CHECK_INT(listen(listener, 1), 0);
    sock = WEFT_SOCK(nonblocking(AF_INET, SOCK_STREAM));
    CHECK_INT(dial(&sock, &place), 0);
    CHECK_INT(weft_stream_open(&stream, sock.fd), 0);
    CHECK_INT(weft_stream_write(&stream, "hello", 5), 0);
    fd = accept(listener, NULL, NULL);
    CHECK_INT(recv(fd, text, 5, 0), 5);
    CHECK_STR(text, "hello");
    weft_stream_close(&stream);
    close(fd);
    finish();
}

#define TESTS(X)                                            \
    X(a_client_connects_sends_and_receives)                 \
    X(a_client_speaks_ipv6)                                 \
    X(a_client_connects_over_a_unix_socket)                 \
    X(a_million_bytes_arrive_in_order)                      \
    X(a_port_where_nobody_listens_refuses)                  \
    X(a_cancelled_connect_can_be_made_again)                \
    X(a_connect_under_way_is_awaited_again)                 \
    X(a_full_unix_queue_is_an_error)                        \
    X(an_accepted_socket_does_not_block_and_has_an_address) \
    X(a_connected_socket_becomes_a_stream)
TEST_MAIN(TESTS)
