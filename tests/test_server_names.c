/* test_server_names.c - listening on names, and on several hosts. */
#include "servers.h"

#include "fake_resolver.h"

static struct fake_resolver fake;

static void reset_names(void)
{
    reset();
    fake_resolver_open(&fake, &real.world.loop);
}

static void finish_names(void)
{
    fake_resolver_close(&fake);
    finish();
}

static void know(const char *host)
{
    struct weft_address address;

    CHECK_INT(weft_address_set(&address, host, 0), 0);
    fake_resolver_add(&fake, &address);
}

static int listen_to(const char *host, const char *port)
{
    return ASYNC_RUN_IN(&real.world.loop, weft_server_listen, .server = &server,
                        .host = host, .port = port);
}

static int start_here(void)
{
    return weft_start_server(&server, WEFT_CLIENT(echo), NULL, NULL);
}

/* "127.0.0.1 127.0.0.2": where it would listen, all on one port. */
static const char *hosts_of_socks(void)
{
    static char text[256];

    text[0] = '\0';
    for (int i = 0; i < server.sock_count; i++) {
        struct weft_address address;
        char host[WEFT_ADDRESS_TEXT];
        size_t used = strlen(text);

        CHECK_INT(weft_address_of_socket(&address, server.socks[i]), 0);
        CHECK_INT(weft_address_port(&address), server.port);
        weft_address_text(&address, host, sizeof host);
        *strrchr(host, ':') = '\0';
        snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? " " : "",
                 host);
    }
    return text;
}

static void check_served(const char *host)
{
    struct weft_address address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    CHECK_INT(weft_address_set(&address, host, server.port), 0);
    CHECK_INT(connect(fd, WEFT_SOCKADDR(&address), address.size), 0);
    put(fd, "xxx");
    expect(fd, "xxx");
    close(fd);
}

static void a_name_stands_for_all_its_addresses(void)
{
    reset_names();
    know("127.0.0.1");
    know("127.0.0.2");
    CHECK_INT(listen_to("example.org", "0"), 0);
    CHECK_INT(fake.questions, 1);
    CHECK_STR(hosts_of_socks(), "127.0.0.1 127.0.0.2");
    CHECK_INT(start_here(), 0);
    check_served("127.0.0.1");
    check_served("127.0.0.2");
    close_server();
    CHECK_TRACE("bye, bye, closed");
    finish_names();
}

/* CPython: test_events.EventLoopTestsMixin.test_create_server_multiple_hosts_ipv4
 */
static void an_address_that_comes_twice_is_one(void)
{
    reset_names();
    know("127.0.0.2");
    know("127.0.0.1");
    CHECK_INT(listen_to("127.0.0.1,example.org,127.0.0.3,127.0.0.1", "0"), 0);
    CHECK_STR(hosts_of_socks(), "127.0.0.1 127.0.0.2 127.0.0.3");
    weft_server_close(&server);
    CHECK_INT(weft_start_server(&server, WEFT_CLIENT(echo),
                                "127.0.0.1,127.0.0.2,127.0.0.1", "0"),
              0);
    check_served("127.0.0.1");
    check_served("127.0.0.2");
    close_server();
    CHECK_TRACE("bye, bye, closed");
    finish_names();
}

/* CPython: test_events.EventLoopTestsMixin.test_create_server_multiple_hosts_ipv6
 */
static void the_same_with_ipv6(void)
{
    int status;

    reset_names();
    status = listen_to("::1,127.0.0.1,::1", "0");
    if (status == 0 && server.sock_count == 1) {
        printf("skip the_same_with_ipv6: this machine has no ::1\n");
    } else {
        CHECK_INT(status, 0);
        CHECK_STR(hosts_of_socks(), "[::1] 127.0.0.1");
    }
    weft_server_close(&server);
    finish_names();
}

static void two_calls_are_two_ports(void)
{
    struct weft_address address;
    int first;

    reset_names();
    CHECK_INT(listen_to("127.0.0.1", "0"), 0);
    first = server.port;
    CHECK_INT(listen_to("127.0.0.1", "0"), 0);
    CHECK_INT(server.port, first);
    CHECK_INT(server.sock_count, 2);
    CHECK_INT(weft_address_of_socket(&address, server.socks[1]), 0);
    CHECK(weft_address_port(&address) != first);
    CHECK_INT(start_here(), 0);
    check_served("127.0.0.1");
    CHECK_INT(server.port, first);
    close_server();
    CHECK_TRACE("bye, closed");
    finish_names();
}

static void no_host_is_all_addresses(void)
{
    reset_names();
    CHECK_INT(listen_to(NULL, "0"), 0);
    CHECK(strstr(hosts_of_socks(), "0.0.0.0") != NULL);
    weft_server_close(&server);
    CHECK_INT(listen_to("", "0"), 0);
    CHECK(strstr(hosts_of_socks(), "0.0.0.0") != NULL);
    weft_server_close(&server);
    CHECK_INT(listen_to(NULL, NULL), WEFT_EINVAL);
    finish_names();
}

/* ---- What goes wrong ---- */

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_server_no_getaddrinfo
 */
static void a_name_of_nothing_is_an_error(void)
{
    reset_names();
    CHECK_INT(listen_to("example.org", "0"), WEFT_ENAME);
    fake.status = WEFT_ENAME;
    CHECK_INT(listen_to("example.org", "0"), WEFT_ENAME);
    CHECK_INT(listen_to("127.0.0.1,example.org", "0"), WEFT_ENAME);
    CHECK_INT(server.sock_count, 0); /* also not of the first */
    finish_names();
}

static void a_list_without_sense_is_an_error(void)
{
    static const char *const lists[] = {",", "127.0.0.1,", ",127.0.0.1",
                                        "127.0.0.1,,127.0.0.2"};
    char name[300];

    reset_names();
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    know("127.0.0.1");
    CHECK_INT(listen_to(name, "0"), WEFT_ENAME);
    for (int i = 0; i < 4; i++) {
        CHECK_INT(listen_to(lists[i], "0"), WEFT_ENAME);
        CHECK_INT(weft_start_server(&server, WEFT_CLIENT(echo), lists[i], "0"),
                  WEFT_ENAME);
        CHECK_INT(server.sock_count, 0);
    }
    CHECK_INT(fake.questions, 0);
    finish_names();
}

static void more_addresses_than_sockets_are_an_error(void)
{
    const char *five = "127.0.0.1,127.0.0.2,127.0.0.3,127.0.0.4,127.0.0.5";

    reset_names();
    CHECK_INT(listen_to(five, "0"), WEFT_ELIMIT);
    CHECK_INT(weft_start_server(&server, WEFT_CLIENT(echo), five, "0"),
              WEFT_ELIMIT);
    CHECK_INT(server.sock_count, 0);
    finish_names();
}

/* CPython leaves these out, too, and says so in the log. */
static void addresses_that_are_not_there_are_left_out(void)
{
    reset_names();
    CHECK_INT(listen_to("192.0.2.1,127.0.0.1", "0"), 0);
    CHECK_STR(hosts_of_socks(), "127.0.0.1");
    CHECK_INT(listen_to("192.0.2.1", "0"), -EADDRNOTAVAIL);
    CHECK_INT(server.sock_count, 1); /* what was there before stays */
    weft_server_close(&server);
    finish_names();
}

static void a_server_that_serves_does_not_listen_again(void)
{
    reset_names();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    CHECK_INT(listen_to("127.0.0.1", "0"), WEFT_EALREADY);
    CHECK_INT(server.sock_count, 0);
    check_served("127.0.0.1"); /* its port is what it was */
    close_server();
    CHECK_TRACE("bye, closed");
    finish_names();
}

#define TESTS(X)                                 \
    X(a_name_stands_for_all_its_addresses)       \
    X(an_address_that_comes_twice_is_one)        \
    X(the_same_with_ipv6)                        \
    X(two_calls_are_two_ports)                   \
    X(no_host_is_all_addresses)                  \
    X(a_name_of_nothing_is_an_error)             \
    X(a_list_without_sense_is_an_error)          \
    X(more_addresses_than_sockets_are_an_error)  \
    X(addresses_that_are_not_there_are_left_out) \
    X(a_server_that_serves_does_not_listen_again)
TEST_MAIN(TESTS)
