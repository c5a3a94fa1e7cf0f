/* test_server.c - listening, serving, and what is wrong with it. */
#include "servers.h"

/* ---- Serving ---- */

/* CPython: test_streams.StreamTests.test_start_server
 */
static void a_client_is_served(void)
{
    int fd;

    reset();
    CHECK(!weft_server_is_serving(&server));
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    CHECK(weft_server_is_serving(&server));
    CHECK(server.port > 0);
    fd = dial();
    put(fd, "hello");
    expect(fd, "hello");
    CHECK_INT(server.client_count, 1);
    shutdown(fd, SHUT_WR);
    check_end(fd);
    close(fd);
    TURNS_UNTIL(server.client_count == 0);
    close_server();
    CHECK_TRACE("bye, closed");
    finish();
}

static void several_clients_are_served_at_once(void)
{
    enum { CLIENTS = 20 };
    int fds[CLIENTS];

    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = dial();
    }
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < CLIENTS; i++) {
            char text[32];

            snprintf(text, sizeof text, "%d:%d;", round, i);
            put(fds[i], text);
        }
        for (int i = CLIENTS - 1; i >= 0; i--) {
            char text[32];

            snprintf(text, sizeof text, "%d:%d;", round, i);
            expect(fds[i], text);
        }
    }
    CHECK_INT(server.client_count, CLIENTS);
    for (int i = 0; i < CLIENTS; i++) {
        close(fds[i]);
    }
    TURNS_UNTIL(server.client_count == 0);
    check_trace[0] = '\0';
    close_server();
    CHECK_TRACE("closed");
    finish();
}

static void the_server_keeps_what_is_the_user_s(void)
{
    int mine;

    reset();
    server.user = &mine;
    server.reuse_port = true;
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    CHECK(server.user == &mine);
    close_server();
    CHECK(server.user == &mine);
    check_trace[0] = '\0';
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_server_ipv6
 */
static void ipv6_is_served(void)
{
    struct weft_stream stream = {0};
    char port[8];
    int status;

    reset();
    status = weft_start_server(&server, WEFT_CLIENT(echo), "::1", "0");
    if (status == -EADDRNOTAVAIL || status == -EAFNOSUPPORT) {
        printf("skip ipv6_is_served: this machine has no ::1\n");
    } else {
        CHECK_INT(status, 0);
        snprintf(port, sizeof port, "%d", server.port);
        CHECK_INT(ASYNC_RUN_IN(&real.world.loop, weft_open_connection,
                               .stream = &stream, .host = "::1", .port = port),
                  0);
        TURNS_UNTIL(server.client_count == 1);
        weft_stream_close(&stream);
        close_server();
        CHECK_TRACE("bye, closed");
    }
    finish();
}

static void no_host_is_all_addresses_on_one_port(void)
{
    int fd;

    reset();
    CHECK_INT(weft_start_server(&server, WEFT_CLIENT(echo), NULL, "0"), 0);
    CHECK(server.port > 0);
    fd = dial();
    put(fd, "x");
    expect(fd, "x");
    close(fd);
    close_server();
    CHECK_TRACE("bye, closed");
    finish();
}

/* ---- What goes wrong ---- */

static void a_server_is_started_once(void)
{
    int port;

    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    port = server.port;
    CHECK_INT(start(WEFT_CLIENT(failing)), WEFT_EALREADY);
    CHECK_INT(server.port, port);
    weft_server_close(&server);
    CHECK_INT(start(WEFT_CLIENT(echo)), WEFT_EALREADY); /* not closed yet */
    close_server();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    close_server();
    CHECK_TRACE("closed, closed");
    finish();
}

/* CPython: test_events.EventLoopTestsMixin.test_create_server_addr_in_use
 */
static void a_port_in_use_is_an_error(void)
{
    struct weft_server second = {0};
    char port[8];

    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    snprintf(port, sizeof port, "%d", server.port);
    CHECK_INT(weft_start_server(&second, WEFT_CLIENT(echo), "127.0.0.1", port),
              -EADDRINUSE);
    CHECK(!weft_server_is_serving(&second));
    close_server();
    CHECK_TRACE("closed");
    finish();
}

/* One of the addresses is taken: the others are let go at once, and nothing
 * refers to the struct any more. */
static void a_start_that_fails_leaves_nothing(void)
{
    struct weft_server second = {0};
    char port[8];
    int fds;
    int status;

    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    snprintf(port, sizeof port, "%d", server.port);
    fds = real_count_fds();
    status = weft_start_server(&second, WEFT_CLIENT(echo), NULL, port);
    CHECK_INT(status, -EADDRINUSE);
    CHECK(!weft_server_is_serving(&second));
    CHECK_INT(real_count_fds(), fds);
    CHECK_INT(real.world.loop.task_count, 1);
    memset(&second, 0xff, sizeof second);
    turns(3);
    close_server();
    CHECK_TRACE("closed");
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_server_cant_bind
 */
static void a_host_is_given_as_a_number(void)
{
    reset();
    CHECK_INT(weft_start_server(&server, WEFT_CLIENT(echo), "localhost", "0"),
              WEFT_ENAME);
    CHECK_INT(
        weft_start_server(&server, WEFT_CLIENT(echo), "127.0.0.1", "none"),
        WEFT_ENAME);
    CHECK_INT(weft_start_server(&server, WEFT_CLIENT(echo), "192.0.2.1", "0"),
              -EADDRNOTAVAIL);
    CHECK(!weft_server_is_serving(&server));
    CHECK_INT(real.world.loop.task_count, 0);
    finish();
}

static void a_server_needs_a_loop_with_descriptors(void)
{
    struct world world;

    memset(&server, 0, sizeof server);
    CHECK_INT(start(WEFT_CLIENT(echo)), WEFT_ENOLOOP);
    world_open(&world);
    CHECK_INT(start(WEFT_CLIENT(echo)), -ENOTSUP);
    CHECK_INT(world.loop.task_count, 0);
    world_close(&world);
}

/* CPython: test_streams.StreamTests.test_unhandled_exception */
static void an_error_of_a_handler_is_reported_and_closes_the_connection(void)
{
    int fd;

    reset();
    CHECK_INT(start(WEFT_CLIENT(failing)), 0);
    fd = dial();
    expect(fd, "oops");
    check_end(fd);
    close(fd);
    TURNS_UNTIL(server.client_count == 0);
    CHECK_INT(real.world.reports, 1);
    CHECK_TRACE("report EUSER");
    fd = dial(); /* it goes on */
    expect(fd, "oops");
    close(fd);
    close_server();
    CHECK_TRACE("report EUSER, closed");
    finish();
}

static void a_peer_that_hangs_up_is_not_reported(void)
{
    int fd;

    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    fd = dial();
    put(fd, "x");
    expect(fd, "x");
    real_reset(fd);
    TURNS_UNTIL(server.client_count == 0);
    CHECK_TRACE("ECONNRESET");
    CHECK_INT(real.world.reports, 0);
    close_server();
    CHECK_TRACE("closed");
    finish();
}

struct unlucky {
    struct weft_frame frame;
    struct weft_stream *stream;
};

/* The same code, of another connection. */
static async unlucky(struct weft_frame *frame)
{
    ASYNC_BEGIN(unlucky);
    ASYNC_RAISE(-ECONNRESET);
    ASYNC_END;
}

static void another_s_hang_up_is_reported(void)
{
    int fd;

    reset();
    CHECK_INT(start(WEFT_CLIENT(unlucky)), 0);
    fd = dial();
    check_end(fd);
    CHECK_TRACE("report ECONNRESET");
    close(fd);
    close_server();
    CHECK_TRACE("closed");
    finish();
}

static void what_is_unsent_when_a_handler_ends_is_sent(void)
{
    char block[65536];
    size_t count = 0;
    long size;
    int fd;

    reset();
    CHECK_INT(start(WEFT_CLIENT(generous)), 0);
    fd = dial();
    TURNS_UNTIL(server.client_count == 1);
    turns(5);
    CHECK_TRACE("written");
    CHECK_INT(server.client_count, 1);
    while ((size = get(fd, block, sizeof block)) != 0) {
        if (size == -EAGAIN) {
            turns(1);
        } else if (CHECK(size > 0)) {
            count += (size_t)size;
        } else {
            break;
        }
    }
    CHECK_INT(count, 8 * sizeof much);
    close(fd);
    TURNS_UNTIL(server.client_count == 0);
    CHECK_INT(real.world.reports, 0);
    close_server();
    CHECK_TRACE("closed");
    finish();
}

static void a_peer_that_goes_before_it_has_read_all_is_forgotten(void)
{
    int fd;

    reset();
    CHECK_INT(start(WEFT_CLIENT(generous)), 0);
    fd = dial();
    TURNS_UNTIL(server.client_count == 1);
    turns(5);
    CHECK_INT(server.client_count, 1);
    real_reset(fd);
    TURNS_UNTIL(server.client_count == 0);
    CHECK_INT(real.world.reports, 0);
    close_server();
    CHECK_TRACE("written, closed");
    finish();
}

#define TESTS(X)                                                   \
    X(a_client_is_served)                                          \
    X(several_clients_are_served_at_once)                          \
    X(the_server_keeps_what_is_the_user_s)                         \
    X(ipv6_is_served)                                              \
    X(no_host_is_all_addresses_on_one_port)                        \
    X(a_server_is_started_once)                                    \
    X(a_port_in_use_is_an_error)                                   \
    X(a_start_that_fails_leaves_nothing)                           \
    X(a_host_is_given_as_a_number)                                 \
    X(a_server_needs_a_loop_with_descriptors)                      \
    X(an_error_of_a_handler_is_reported_and_closes_the_connection) \
    X(a_peer_that_hangs_up_is_not_reported)                        \
    X(another_s_hang_up_is_reported)                               \
    X(what_is_unsent_when_a_handler_ends_is_sent)                  \
    X(a_peer_that_goes_before_it_has_read_all_is_forgotten)
TEST_MAIN(TESTS)
