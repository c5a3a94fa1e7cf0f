/* test_server_protocol.c - a transport for each connection. */
#include "servers.h"

struct link {
    struct weft_transport transport;
    int id;
};

static int made;
static bool has_no_memory;

static struct weft_transport *make_link(struct weft_server *from)
{
    struct link *link = has_no_memory ? NULL : calloc(1, sizeof *link);

    CHECK(from == &server);
    if (link == NULL) {
        return NULL;
    }
    link->id = ++made;
    return &link->transport;
}

static int id_of(struct weft_transport *transport)
{
    return WEFT_OWNER(transport, struct link, transport)->id;
}

static struct weft_transport *newest;

static void link_made(struct weft_transport *transport)
{
    newest = transport;
    trace("%d made", id_of(transport));
}

static void link_data(struct weft_transport *transport, const char *data,
                      size_t size)
{
    if (size >= 4 && memcmp(data, "much", 4) == 0) {
        for (int i = 0; i < 8; i++) {
            weft_transport_write(transport, much, sizeof much);
        }
    }
    weft_transport_write(transport, data, size);
}

static void link_lost(struct weft_transport *transport, int error)
{
    trace("%d lost %s", id_of(transport), weft_error_name(error));
    free(WEFT_OWNER(transport, struct link, transport));
}

static const struct weft_protocol link_protocol = {.connection_made = link_made,
                                                   .data_received = link_data,
                                                   .connection_lost =
                                                       link_lost};

static int start_links(void)
{
    made = 0;
    has_no_memory = false;
    return weft_create_server(&server, make_link, &link_protocol, "127.0.0.1",
                              "0");
}

static void a_connection_has_a_transport_in_memory_of_the_factory(void)
{
    int one;
    int two;

    reset();
    CHECK_INT(start_links(), 0);
    CHECK(weft_server_is_serving(&server));
    one = dial();
    two = dial();
    TURNS_UNTIL(server.client_count == 2);
    turns(1);
    CHECK_TRACE("1 made, 2 made");
    put(two, "two");
    put(one, "one");
    expect(one, "one");
    expect(two, "two");
    close(one);
    TURNS_UNTIL(server.client_count == 1);
    CHECK_TRACE("1 lost OK");
    put(two, "again");
    expect(two, "again");
    close(two);
    TURNS_UNTIL(server.client_count == 0);
    close_server();
    CHECK_TRACE("2 lost OK, closed");
    finish();
}

/* CPython: test_events.EventLoopTestsMixin.test_create_server */
static void a_transport_knows_both_addresses_and_may_close(void)
{
    struct weft_address address;
    struct weft_address own;
    char text[WEFT_ADDRESS_TEXT];
    int fd;

    reset();
    CHECK_INT(start_links(), 0);
    fd = dial();
    put(fd, "xxx");
    expect(fd, "xxx");
    CHECK_INT(weft_transport_get_sockname(newest, &address), 0);
    snprintf(text, sizeof text, "127.0.0.1:%d", server.port);
    CHECK_STR(weft_address_text(&address, (char[WEFT_ADDRESS_TEXT]){""},
                                WEFT_ADDRESS_TEXT),
              text);
    CHECK_INT(weft_transport_get_peername(newest, &address), 0);
    CHECK_INT(weft_address_of_socket(&own, fd), 0);
    CHECK(weft_address_equal(&address, &own));
    CHECK_TRACE("1 made");
    weft_transport_close(newest);
    check_end(fd);
    CHECK_TRACE("1 lost OK");
    CHECK_INT(server.client_count, 0);
    close(fd);
    close_server();
    CHECK_TRACE("closed");
    finish();
}

/* CPython: test_server.TestServer2.test_wait_closed_race */
static void a_server_of_protocols_waits_for_its_last_connection(void)
{
    struct weft_task *closes;
    int fd;

    reset();
    CHECK_INT(start_links(), 0);
    fd = dial();
    put(fd, "x");
    expect(fd, "x");
    weft_server_close(&server);
    closes = SPAWN(closer);
    turns(4);
    CHECK(!weft_server_is_serving(&server));
    CHECK_TRACE("1 made");
    CHECK_INT(weft_start_server(&server, WEFT_CLIENT(echo), NULL, "0"),
              WEFT_EALREADY);
    put(fd, "y");
    expect(fd, "y");
    close(fd);
    TURNS_UNTIL(weft_task_done(closes));
    CHECK_TRACE("1 lost OK, closed");
    weft_task_release(closes);
    finish();
}

static void close_clients_sends_what_is_unsent(void)
{
    static char block[65536];
    size_t count = 0;
    long some;
    int fd;

    reset();
    CHECK_INT(start_links(), 0);
    fd = dial();
    put(fd, "much");
    turns(4);
    weft_server_close(&server);
    weft_server_close_clients(&server);
    turns(3);
    CHECK_INT(server.client_count, 1);
    while ((some = get(fd, block, sizeof block)) != 0) {
        if (some > 0) {
            count += (size_t)some;
        } else {
            turns(1);
        }
    }
    CHECK_INT(count, 8 * sizeof much + 4);
    close(fd);
    close_server();
    CHECK_TRACE("1 made, 1 lost OK, closed");
    finish();
}

/* CPython: test_server.TestServer2.test_abort_clients */
static void abort_clients_drops_what_is_unsent(void)
{
    int fds[3];

    reset();
    CHECK_INT(start_links(), 0);
    for (int i = 0; i < 3; i++) {
        fds[i] = dial();
    }
    put(fds[1], "much");
    TURNS_UNTIL(server.client_count == 3);
    turns(4);
    weft_server_close(&server);
    weft_server_abort_clients(&server);
    close_server();
    CHECK_TRACE("1 made, 2 made, 3 made, 1 lost OK, 2 lost OK, 3 lost OK, "
                "closed");
    for (int i = 0; i < 3; i++) {
        close(fds[i]);
    }
    finish();
}

/* A handler reads the end of a stream that was aborted under it. */
static void abort_clients_ends_the_streams_of_handlers(void)
{
    int fd;

    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    fd = dial();
    put(fd, "x");
    expect(fd, "x");
    weft_server_abort_clients(&server);
    check_end(fd);
    close(fd);
    close_server();
    CHECK_TRACE("bye, closed");
    finish();
}

static void a_factory_without_memory_drops_the_connection(void)
{
    int fd;

    reset();
    CHECK_INT(start_links(), 0);
    has_no_memory = true;
    fd = dial();
    check_end(fd);
    CHECK_TRACE("report ENOMEM");
    close(fd);
    has_no_memory = false;
    fd = dial();
    real.skipped += weft_ticks_from(1.0);
    put(fd, "now");
    expect(fd, "now");
    CHECK_TRACE("1 made");
    close(fd);
    close_server();
    CHECK_TRACE("1 lost OK, closed");
    finish();
}

#define TESTS(X)                                             \
    X(a_connection_has_a_transport_in_memory_of_the_factory) \
    X(a_transport_knows_both_addresses_and_may_close)        \
    X(a_server_of_protocols_waits_for_its_last_connection)   \
    X(close_clients_sends_what_is_unsent)                    \
    X(abort_clients_drops_what_is_unsent)                    \
    X(abort_clients_ends_the_streams_of_handlers)            \
    X(a_factory_without_memory_drops_the_connection)
TEST_MAIN(TESTS)
