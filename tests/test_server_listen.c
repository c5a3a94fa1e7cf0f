/* test_server_listen.c - which addresses a server listens on. */
#include "servers.h"

static int dial_ip6(int port)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);

    address.sin6_addr = in6addr_loopback;
    address.sin6_port = htons((uint16_t)port);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int error = -errno;

        close(fd);
        return error;
    }
    return fd;
}

static bool has_ip6(void)
{
    struct weft_server probe = {0};
    int status = weft_start_server(&probe, WEFT_CLIENT(echo), "::1", "0");

    weft_server_close(&probe);
    turns(2);
    return status == 0;
}

static void check_served(int fd)
{
    CHECK(fd >= 0);
    put(fd, "xxx");
    expect(fd, "xxx");
    close(fd);
}

/* CPython: test_events.EventLoopTestsMixin.test_create_server_dual_stack */
static void all_addresses_are_those_of_both_families(void)
{
    reset();
    if (!has_ip6()) {
        printf("skip all_addresses_are_those_of_both_families: no ::1\n");
        finish();
        return;
    }
    CHECK_INT(weft_start_server(&server, WEFT_CLIENT(echo), NULL, "0"), 0);
    check_served(dial_port(server.port));
    check_served(dial_ip6(server.port));
    close_server();
    CHECK_TRACE("bye, bye, closed");
    CHECK_INT(weft_start_server(&server, WEFT_CLIENT(echo), "0.0.0.0", "0"), 0);
    CHECK_INT(dial_ip6(server.port), -ECONNREFUSED);
    close_server();
    CHECK_INT(weft_start_server(&server, WEFT_CLIENT(echo), "::", "0"), 0);
    CHECK_INT(dial_port(server.port), -ECONNREFUSED); /* IPv6 only */
    close_server();
    CHECK_TRACE("closed, closed");
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_server_empty_host
 */
static void an_empty_host_is_all_addresses(void)
{
    reset();
    CHECK_INT(weft_start_server(&server, WEFT_CLIENT(echo), "", "0"), 0);
    check_served(dial_port(server.port));
    close_server();
    CHECK_TRACE("bye, closed");
    finish();
}

/* CPython: test_events.EventLoopTestsMixin.test_create_server_reuse_port */
static void a_port_is_shared_if_both_servers_say_so(void)
{
    struct weft_server second = {.reuse_port = true};
    char port[8];

    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    snprintf(port, sizeof port, "%d", server.port);
    CHECK_INT(weft_start_server(&second, WEFT_CLIENT(echo), "127.0.0.1", port),
              -EADDRINUSE);
    close_server();
    server.reuse_port = true;
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    snprintf(port, sizeof port, "%d", server.port);
    CHECK_INT(weft_start_server(&second, WEFT_CLIENT(echo), "127.0.0.1", port),
              0);
    CHECK_INT(second.port, server.port);
    weft_server_close(&second);
    turns(3);
    CHECK(!weft_server_is_serving(&second));
    check_served(dial());
    close_server();
    CHECK_TRACE("closed, bye, closed");
    finish();
}

/* CPython: test_events.EventLoopTestsMixin.test_server_close */
static void who_comes_after_the_close_is_refused(void)
{
    int fd;

    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    fd = dial();
    put(fd, "xxx");
    close(fd);
    close_server();
    CHECK_INT(dial_port(server.port), -ECONNREFUSED);
    check_trace[0] = '\0'; /* it was accepted, or not yet */
    finish();
}

#define TESTS(X)                                \
    X(all_addresses_are_those_of_both_families) \
    X(an_empty_host_is_all_addresses)           \
    X(a_port_is_shared_if_both_servers_say_so)  \
    X(who_comes_after_the_close_is_refused)
TEST_MAIN(TESTS)
