/* test_datagram_open.c - sockets made for endpoints. */
#include "datagram_creates.h"

#include <sys/stat.h>

static int option_of(const struct talker *talker, int option)
{
    int value = -1;
    socklen_t size = sizeof value;

    CHECK_INT(
        getsockopt(talker->endpoint.fd, SOL_SOCKET, option, &value, &size), 0);
    return value;
}

/* ---- Hosts and ports ---- */

static void talk_over(const char *host)
{
    struct weft_address own;
    char port[8];

    reset();
    CHECK_INT(CREATE(server, .local_host = host, .local_port = "0"), 0);
    CHECK_TRACE("server made");
    CHECK_INT(weft_address_of_socket(&own, server.endpoint.fd), 0);
    snprintf(port, sizeof port, "%d", weft_address_port(&own));
    CHECK_INT(CREATE(client, .remote_host = host, .remote_port = port), 0);
    CHECK_TRACE("client made");
    CHECK(weft_address_equal(&client.endpoint.peer, &own));
    CHECK_INT(server.endpoint.peer.size, 0);
    CHECK((fcntl(client.endpoint.fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((fcntl(client.endpoint.fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK_INT(say(&client, "xxx", NULL), 0);
    turns(3);
    CHECK_TRACE("server \"xxx\", client \"resp:xxx\"");
    weft_datagram_close(&client.endpoint);
    turns(1);
    CHECK_TRACE("client lost");
    finish();
}

/* CPython: test_events.EventLoopTestsMixin.test_create_datagram_endpoint */
static void a_client_and_a_server_talk(void)
{
    talk_over("127.0.0.1");
}

/* CPython: test_events.EventLoopTestsMixin.test_create_datagram_endpoint_ipv6 */
static void they_talk_over_ipv6(void)
{
    if (socks_have_ip6()) {
        talk_over("::1");
    } else {
        printf("skip they_talk_over_ipv6: this machine has no ::1\n");
    }
}

/* CPython: test_events.EventLoopTestsMixin.test_create_datagram_endpoint_sock
 * CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_sock
 */
static void a_socket_of_ones_own_is_taken(void)
{
    struct weft_address own;

    reset();
    CHECK_INT(weft_datagram_open(&client.endpoint,
                                 socks_bind(AF_INET, SOCK_DGRAM, &own),
                                 &talking),
              0);
    turns(1);
    weft_datagram_close(&client.endpoint);
    turns(1);
    CHECK_TRACE("client made, client lost");
    finish();
}

static void names_are_looked_up_as_datagram_addresses(void)
{
    struct fake_resolver fake;
    struct weft_address address;

    reset();
    fake_resolver_open(&fake, &real.world.loop);
    CHECK_INT(weft_address_set(&address, "127.0.0.1", 0), 0);
    fake_resolver_add(&fake, &address);
    CHECK_INT(CREATE(server, .local_host = "a name"), 0);
    CHECK_INT(fake.questions, 1);
    CHECK_INT(fake.socktype, SOCK_DGRAM);
    fake_resolver_close(&fake);
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_ip_addr */
static void a_number_is_not_looked_up(void)
{
    struct fake_resolver fake;

    reset();
    fake_resolver_open(&fake, &real.world.loop);
    CHECK_INT(CREATE(server, .local_host = "127.0.0.1", .local_port = "0",
                     .reuse_port = true),
              0);
    CHECK_INT(fake.questions, 0);
    fake_resolver_close(&fake);
    finish();
}

/* Of two addresses the second one can be bound. */
static void the_next_address_is_tried(void)
{
    struct fake_resolver fake;
    struct weft_address address;

    reset();
    fake_resolver_open(&fake, &real.world.loop);
    CHECK_INT(weft_address_set(&address, "192.0.2.1", 0), 0); /* nobody's */
    fake_resolver_add(&fake, &address);
    CHECK_INT(CREATE(server, .local_host = "a name"), -EADDRNOTAVAIL);
    CHECK_INT(weft_address_set(&address, "127.0.0.1", 0), 0);
    fake_resolver_add(&fake, &address);
    CHECK_INT(CREATE(server, .local_host = "a name"), 0);
    fake_resolver_close(&fake);
    finish();
}

static void both_addresses_have_one_family(void)
{
    struct weft_address own;

    reset();
    CHECK_INT(CREATE(client, .local_host = "127.0.0.1", .local_port = "0",
                     .remote_host = "127.0.0.1", .remote_port = "9"),
              0);
    CHECK_INT(weft_address_of_socket(&own, client.endpoint.fd), 0);
    CHECK_INT(weft_address_family(&own), AF_INET);
    CHECK_INT(weft_address_port(&client.endpoint.peer), 9);
    finish();
}

/* ---- Options ---- */

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_sockopts */
static void options_are_set_when_they_are_asked_for(void)
{
    reset();
    CHECK_INT(CREATE(client, .local_host = "127.0.0.1"), 0);
    CHECK_INT(option_of(&client, SO_REUSEADDR), 0);
    CHECK_INT(option_of(&client, SO_REUSEPORT), 0);
    CHECK_INT(option_of(&client, SO_BROADCAST), 0);
    CHECK_INT(CREATE(server, .local_host = "127.0.0.1", .reuse_port = true,
                     .allow_broadcast = true),
              0);
    CHECK_INT(option_of(&server, SO_REUSEADDR), 0);
    CHECK_INT(option_of(&server, SO_REUSEPORT), 1);
    CHECK_INT(option_of(&server, SO_BROADCAST), 1);
    finish();
}

/* Who broadcasts hears from others than its peer, so it is not connected.
 *
 * CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_allow_broadcast
 */
static void a_broadcaster_sends_to_its_peer_and_is_not_connected(void)
{
    struct weft_address own;
    struct weft_address peer;
    char port[8];

    reset();
    CHECK_INT(CREATE(server, .local_host = "127.0.0.1"), 0);
    CHECK_INT(weft_address_of_socket(&own, server.endpoint.fd), 0);
    snprintf(port, sizeof port, "%d", weft_address_port(&own));
    CHECK_INT(CREATE(client, .remote_host = "127.0.0.1", .remote_port = port,
                     .allow_broadcast = true),
              0);
    CHECK_INT(weft_address_of_peer(&peer, client.endpoint.fd), -ENOTCONN);
    CHECK(weft_address_equal(&client.endpoint.peer, &own));
    check_trace[0] = '\0';
    CHECK_INT(say(&client, "x", NULL), 0);
    CHECK_INT(say(&client, "y", &own), 0);
    CHECK_INT(weft_address_set(&own, "127.0.0.1", 0), 0);
    CHECK_INT(say(&client, "z", &own), WEFT_EINVAL);
    turns(2);
    CHECK_TRACE("server \"x\", server \"y\", client \"resp:x\", "
                "client \"resp:y\"");
    finish();
}

/* ---- Unix ---- */

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_sock_unix */
static void a_family_is_enough(void)
{
    struct weft_address own;

    reset();
    CHECK_INT(CREATE(client, .family = AF_UNIX), 0);
    CHECK_INT(weft_address_of_socket(&own, client.endpoint.fd), 0);
    CHECK_INT(weft_address_family(&own), AF_UNIX);
    CHECK_INT(CREATE(server, .family = AF_INET), 0);
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_existing_sock_unix */
static void a_socket_s_old_file_is_replaced(void)
{
    char path[2][64];
    struct stat about;
    int fd;

    reset();
    for (int i = 0; i < 2; i++) {
        snprintf(path[i], sizeof path[i], "/tmp/weft-datagram-%d-%d", i,
                 (int)getpid());
        unlink(path[i]);
    }
    CHECK_INT(CREATE(server, .local_path = path[0]), 0);
    weft_datagram_abort(&server.endpoint);
    turns(2);
    CHECK_INT(stat(path[0], &about), 0);
    CHECK_INT(CREATE(server, .local_path = path[0], .family = AF_UNIX), 0);
    CHECK_INT(CREATE(client, .local_path = path[1], .remote_path = path[0]), 0);
    check_trace[0] = '\0';
    CHECK_INT(say(&client, "x", NULL), 0);
    turns(2);
    CHECK_TRACE("server \"x\", client \"resp:x\"");
    weft_datagram_abort(&client.endpoint);
    turns(2);
    unlink(path[1]);
    fd = open(path[1], O_CREAT | O_RDWR, 0600); /* no socket: it stays */
    close(fd);
    CHECK_INT(CREATE(client, .local_path = path[1]), -EADDRINUSE);
    unlink(path[0]);
    unlink(path[1]);
    finish();
}

#define TESTS(X)                                            \
    X(a_client_and_a_server_talk)                           \
    X(they_talk_over_ipv6)                                  \
    X(a_socket_of_ones_own_is_taken)                        \
    X(names_are_looked_up_as_datagram_addresses)            \
    X(a_number_is_not_looked_up)                            \
    X(the_next_address_is_tried)                            \
    X(both_addresses_have_one_family)                       \
    X(options_are_set_when_they_are_asked_for)              \
    X(a_broadcaster_sends_to_its_peer_and_is_not_connected) \
    X(a_family_is_enough)                                   \
    X(a_socket_s_old_file_is_replaced)
TEST_MAIN(TESTS)
