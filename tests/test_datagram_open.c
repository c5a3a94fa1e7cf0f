/* test_datagram_open.c - sockets made for endpoints. */
#include "datagrams.h"
#include "fake_resolver.h"

#include <sys/resource.h>
#include <sys/stat.h>

static struct talker server, client;

static void reset(void)
{
    real_open(&real);
    real.world.loop.poll_turns = 1;
    server = (struct talker){.name = "server", .echoes = true};
    client = (struct talker){.name = "client"};
}

static void finish(void)
{
    weft_datagram_abort(&server.endpoint);
    weft_datagram_abort(&client.endpoint);
    turns(3);
    real_close(&real);
    check_trace[0] = '\0';
}

#define CREATE(talker, ...)                                            \
    ASYNC_RUN_IN(&real.world.loop, weft_create_datagram_endpoint,      \
                 .endpoint = &(talker).endpoint, .protocol = &talking, \
                 __VA_ARGS__)

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

/* ---- Failures ---- */

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_noaddr_nofamily
 * CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_no_matching_family
 */
static void places_that_make_no_sense_are_errors(void)
{
    reset();
    CHECK_INT(CREATE(client, .family = 0), WEFT_EINVAL);
    CHECK_INT(CREATE(client, .remote_host = "127.0.0.1", .local_host = "::1"),
              WEFT_EINVAL);
    CHECK_INT(CREATE(client, .local_path = "/x", .local_host = "127.0.0.1"),
              WEFT_EINVAL);
    CHECK_INT(CREATE(client, .local_path = "/x", .family = AF_INET),
              WEFT_EINVAL);
    CHECK_INT(CREATE(client, .local_host = "127.0.0.1", .family = AF_UNIX),
              WEFT_EINVAL);
    CHECK_INT(CREATE(client, .local_path = ""), WEFT_EINVAL);
    CHECK_INT(CREATE(client, .family = 4711), -EAFNOSUPPORT);
    CHECK(weft_datagram_is_closed(&client.endpoint));
    CHECK_INT(CREATE(client, .local_host = "127.0.0.1"), 0);
    CHECK_INT(CREATE(client, .local_host = "127.0.0.1"), WEFT_EALREADY);
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_no_addrinfo */
static void a_name_without_addresses_is_an_error(void)
{
    struct fake_resolver fake;

    reset();
    fake_resolver_open(&fake, &real.world.loop);
    CHECK_INT(CREATE(client, .local_host = "a name"), WEFT_ENAME);
    CHECK_INT(CREATE(client, .remote_host = "a name"), WEFT_ENAME);
    fake.status = WEFT_ENAME;
    CHECK_INT(CREATE(client, .remote_host = "a name"), WEFT_ENAME);
    fake_resolver_close(&fake);
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_connect_err */
static void an_address_that_cannot_be_connected_to_is_an_error(void)
{
    reset();
    /* Nobody may broadcast without having said so. */
    CHECK_INT(
        CREATE(client, .remote_host = "255.255.255.255", .remote_port = "9"),
        -EACCES);
    CHECK(weft_datagram_is_closed(&client.endpoint));
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_cant_bind */
static void an_address_that_is_taken_is_an_error(void)
{
    struct weft_address own;
    char port[8];

    reset();
    CHECK_INT(CREATE(server, .local_host = "127.0.0.1"), 0);
    CHECK_INT(weft_address_of_socket(&own, server.endpoint.fd), 0);
    snprintf(port, sizeof port, "%d", weft_address_port(&own));
    CHECK_INT(CREATE(client, .local_host = "127.0.0.1", .local_port = port),
              -EADDRINUSE);
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_socket_err */
static void a_process_without_descriptors_is_an_error(void)
{
    struct rlimit before;
    struct rlimit none;
    int lowest;

    reset();
    CHECK_INT(getrlimit(RLIMIT_NOFILE, &before), 0);
    lowest = dup(0);
    close(lowest);
    none = before;
    none.rlim_cur = (rlim_t)lowest;
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &none), 0);
    CHECK_INT(CREATE(client, .family = AF_INET), -EMFILE);
    CHECK_INT(CREATE(client, .local_host = "127.0.0.1"), -EMFILE);
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
    finish();
}

/* ---- Cancelling, and no memory ---- */

static void a_cancelled_creation_leaves_nothing_open(void)
{
    bool done = false;

    for (int count = 0; !done; count++) {
        struct weft_task *task;

        reset();
        task =
            SPAWN(weft_create_datagram_endpoint, .endpoint = &client.endpoint,
                  .protocol = &talking, .local_host = "localhost");
        turns(count);
        done = weft_task_done(task);
        weft_task_cancel(task);
        CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task),
                  done ? 0 : WEFT_ECANCELLED);
        weft_task_release(task);
        turns(2);
        CHECK_INT(weft_datagram_is_closed(&client.endpoint), !done);
        finish();
    }
}

static void create_once(struct real *world)
{
    int status;

    client = (struct talker){.name = "client"};
    status = ASYNC_RUN_IN(&world->world.loop, weft_create_datagram_endpoint,
                          .endpoint = &client.endpoint, .protocol = &silence,
                          .local_host = "localhost");
    CHECK(status == 0 || status == WEFT_ENOMEM);
    CHECK_INT(weft_datagram_is_closed(&client.endpoint), status != 0);
    weft_datagram_abort(&client.endpoint);
    real_turn(world);
    real_turn(world);
}

static void a_lack_of_memory_is_an_error_and_leaves_nothing_open(void)
{
    CHECK(real_sweep_memory(create_once) > 3);
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
    X(a_socket_s_old_file_is_replaced)                      \
    X(places_that_make_no_sense_are_errors)                 \
    X(a_name_without_addresses_is_an_error)                 \
    X(an_address_that_cannot_be_connected_to_is_an_error)   \
    X(an_address_that_is_taken_is_an_error)                 \
    X(a_process_without_descriptors_is_an_error)            \
    X(a_cancelled_creation_leaves_nothing_open)             \
    X(a_lack_of_memory_is_an_error_and_leaves_nothing_open)
TEST_MAIN(TESTS)
