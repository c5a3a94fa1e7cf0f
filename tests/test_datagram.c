/* test_datagram.c - an endpoint from its opening to its end. */
#include "datagrams.h"

static struct talker one, two;
static struct couple couple;

static void open_udp(struct talker *talker, const char *name)
{
    struct weft_address own;
    int fd = socks_bind(AF_INET, SOCK_DGRAM, &own);

    memset(talker, 0, sizeof *talker);
    talker->name = name;
    CHECK_INT(weft_datagram_open(&talker->endpoint, fd, &talking), 0);
}

static struct weft_address own_of(const struct talker *talker)
{
    struct weft_address own;

    CHECK_INT(weft_address_of_socket(&own, talker->endpoint.fd), 0);
    return own;
}

static void reset(void)
{
    real_open(&real);
    real.world.loop.poll_turns = 1;
    open_udp(&one, "one");
    open_udp(&two, "two");
}

static void finish(void)
{
    weft_datagram_abort(&one.endpoint);
    weft_datagram_abort(&two.endpoint);
    turns(3);
    CHECK(weft_datagram_is_closed(&one.endpoint));
    CHECK(weft_datagram_is_closed(&two.endpoint));
    real_close(&real);
    check_trace[0] = '\0';
}

/* ---- From connection_made to connection_lost ---- */

static void made_comes_in_the_next_turn_and_before_any_datagram(void)
{
    struct weft_address to;

    reset();
    CHECK_TRACE("");
    to = own_of(&two);
    CHECK_INT(say(&one, "early", &to), 0);
    turns(2);
    CHECK_TRACE("one made, two made, two \"early\"");
    finish();
}

static void closing_calls_lost_once_and_in_the_next_turn(void)
{
    reset();
    turns(1);
    CHECK_TRACE("one made, two made");
    CHECK(!weft_datagram_is_closing(&one.endpoint));
    weft_datagram_close(&one.endpoint);
    weft_datagram_close(&one.endpoint);
    weft_datagram_abort(&one.endpoint);
    CHECK(weft_datagram_is_closing(&one.endpoint));
    CHECK(!weft_datagram_is_closed(&one.endpoint));
    CHECK_TRACE("");
    turns(3);
    CHECK_TRACE("one lost");
    CHECK(weft_datagram_is_closed(&one.endpoint));
    weft_datagram_close(&one.endpoint);
    weft_datagram_abort(&one.endpoint);
    weft_datagram_abort(&two.endpoint);
    turns(3);
    CHECK_TRACE("two lost");
    finish();
}

static void made_comes_before_lost_however_early_it_is_closed(void)
{
    reset();
    weft_datagram_abort(&one.endpoint);
    weft_datagram_close(&two.endpoint);
    turns(1);
    CHECK_TRACE("one made, two made");
    turns(1);
    CHECK_TRACE("one lost, two lost");
    finish();
}

static void abort_in_made(struct weft_datagram *endpoint)
{
    trace("abort");
    weft_datagram_abort(endpoint);
}

static void lose_and_open_again(struct weft_datagram *endpoint, int error)
{
    struct weft_address own;

    (void)error;
    trace("again");
    CHECK_INT(weft_datagram_open(
                  endpoint, socks_bind(AF_INET, SOCK_DGRAM, &own), &talking),
              0);
}

static void an_endpoint_may_be_closed_in_made_and_opened_in_lost(void)
{
    static const struct weft_datagram_protocol hasty = {
        .connection_made = abort_in_made,
        .connection_lost = lose_and_open_again};

    reset();
    one.endpoint.protocol = &hasty;
    one.endpoint.user = &couple;
    turns(1);
    CHECK_TRACE("abort, two made");
    turns(1);
    CHECK_TRACE("again");
    CHECK(one.endpoint.user == &couple); /* it is kept */
    turns(1);
    CHECK_TRACE("one made");
    finish();
}

static void a_protocol_may_have_no_functions(void)
{
    struct weft_address to;

    reset();
    one.endpoint.protocol = &silence;
    to = own_of(&one);
    turns(1);
    CHECK_INT(say(&two, "x", &to), 0);
    turns(2);
    CHECK_TRACE("two made");
    finish();
    CHECK_TRACE("");
}

/* ---- Receiving ---- */

/* CPython: test_selector_events.SelectorDatagramTransportTests.test_read_ready
 * CPython: test_selector_events.SelectorDatagramTransportTests.test_sendto
 */
static void a_datagram_arrives_whole_and_with_its_address(void)
{
    struct weft_address to;
    struct weft_address from;

    reset();
    to = own_of(&two);
    from = own_of(&one);
    turns(1);
    CHECK_INT(say(&one, "first", &to), 0);
    CHECK_INT(say(&one, "second", &to), 0);
    turns(1);
    CHECK_TRACE("one made, two made, two \"first\", two \"second\"");
    CHECK(weft_address_equal(&two.from, &from));
    finish();
}

/* CPython: test_selector_events.SelectorDatagramTransportTests.test_sendto_no_data */
static void an_empty_datagram_is_sent_and_received(void)
{
    struct weft_address to;

    reset();
    to = own_of(&two);
    turns(1);
    CHECK_INT(weft_datagram_sendto(&one.endpoint, NULL, 0, &to), 0);
    turns(1);
    CHECK_TRACE("one made, two made, two \"\"");
    finish();
}

static void a_big_datagram_arrives(void)
{
    static char block[65507];
    struct weft_address to;

    reset();
    to = own_of(&two);
    turns(1);
    CHECK_INT(weft_datagram_sendto(&one.endpoint, block, sizeof block, &to), 0);
    turns(1);
    CHECK_TRACE("one made, two made, two 65507 bytes");
    finish();
}

/* Unix sockets carry more than UDP; what does not fit is no datagram. */
static void a_datagram_that_is_too_big_is_an_error(void)
{
    static char block[65537];

    real_open(&real);
    couple_open(&couple);
    turns(1);
    CHECK_INT(send(couple.other, block, sizeof block, 0), sizeof block);
    CHECK_INT(send(couple.other, block, sizeof block - 1, 0), 65536);
    turns(1);
    CHECK_TRACE("a made, a EMSGSIZE, a 65536 bytes");
    couple_close(&couple);
    real_close(&real);
    check_trace[0] = '\0';
}

/* Somebody else has taken what the driver reported.
 *
 * CPython: test_selector_events.SelectorDatagramTransportTests.test_read_ready_tryagain
 */
static void a_datagram_that_is_gone_is_no_error(void)
{
    struct weft_list events = {{NULL, NULL}};
    struct weft_address to;
    char data[8];

    reset();
    to = own_of(&two);
    turns(1);
    CHECK_INT(say(&one, "x", &to), 0);
    CHECK_INT(real.poll(&real.ev.driver, 0, &events), 0);
    CHECK(!weft_list_is_empty(&events));
    CHECK_INT(recv(two.endpoint.fd, data, sizeof data, 0), 1);
    weft_loop_ready_all_(&real.world.loop, &events);
    turns(2);
    CHECK_TRACE("one made, two made");
    CHECK_INT(say(&one, "y", &to), 0);
    turns(1);
    CHECK_TRACE("two \"y\"");
    finish();
}

static void close_at_once(struct weft_datagram *endpoint, const char *data,
                          size_t size, const struct weft_address *from)
{
    on_received(endpoint, data, size, from);
    weft_datagram_close(endpoint);
}

static void no_datagram_comes_after_close(void)
{
    static const struct weft_datagram_protocol closing = {
        .datagram_received = close_at_once, .connection_lost = on_lost};
    struct weft_address to;

    reset();
    to = own_of(&two);
    two.endpoint.protocol = &closing;
    turns(1);
    CHECK_INT(say(&one, "first", &to), 0);
    CHECK_INT(say(&one, "second", &to), 0);
    turns(3);
    CHECK_TRACE("one made, two \"first\", two lost");
    finish();
}

static void a_flood_does_not_keep_the_loop_to_itself(void)
{
    struct weft_address to;

    reset();
    to = own_of(&two);
    two.endpoint.protocol = &silence;
    two.received = 0;
    turns(1);
    check_trace[0] = '\0';
    two.endpoint.protocol = &talking;
    for (int i = 0; i < 40; i++) {
        CHECK_INT(say(&one, "x", &to), 0);
    }
    turns(1);
    CHECK_INT(two.received, 16);
    turns(2);
    CHECK_INT(two.received, 40);
    finish();
}

/* ---- Errors of the network ---- */

static void connect_one(void)
{
    struct weft_address nobody;
    int fd;

    weft_datagram_abort(&one.endpoint);
    turns(2);
    close(socks_bind(AF_INET, SOCK_DGRAM, &nobody));
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_INT(connect(fd, WEFT_SOCKADDR(&nobody), nobody.size), 0);
    CHECK_INT(weft_datagram_open(&one.endpoint, fd, &talking), 0);
    turns(1);
    check_trace[0] = '\0';
}

/* CPython: test_selector_events.SelectorDatagramTransportTests.test_read_ready_oserr
 * CPython: test_selector_events.SelectorDatagramTransportTests.test_sendto_error_received_connected
 * CPython: test_selector_events.SelectorDatagramTransportTests.test_fatal_error_connected
 */
static void a_refused_datagram_is_told_and_the_endpoint_stays(void)
{
    reset();
    connect_one();
    CHECK_INT(say(&one, "x", NULL), 0);
    turns(2);
    CHECK_TRACE("one ECONNREFUSED");
    CHECK(!weft_datagram_is_closing(&one.endpoint));
    /* Or the next one is told, if it is sent before the loop looks. */
    CHECK_INT(say(&one, "x", NULL), 0);
    CHECK_INT(say(&one, "y", NULL), -ECONNREFUSED);
    CHECK(!weft_datagram_is_closing(&one.endpoint));
    CHECK_INT(real.world.reports, 0);
    finish();
}

/* CPython: test_events.EventLoopTestsMixin.test_datagram_send_to_non_listening_address */
static void an_endpoint_receives_after_sending_to_nobody(void)
{
    struct weft_address nobody;
    struct weft_address address_one;
    struct weft_address address_two;

    reset();
    close(socks_bind(AF_INET, SOCK_DGRAM, &nobody));
    address_one = own_of(&one);
    address_two = own_of(&two);
    turns(1);
    CHECK_INT(say(&one, "a", &address_two), 0);
    CHECK_INT(say(&two, "b", &address_one), 0);
    turns(2);
    check_trace[0] = '\0';
    CHECK_INT(say(&one, "c", &nobody), 0);
    turns(2);
    CHECK_INT(say(&two, "d", &address_one), 0);
    turns(2);
    CHECK_TRACE("one \"d\"");
    finish();
}

/* ---- Bad input ---- */

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_wrong_sock */
static void a_streams_socket_is_refused(void)
{
    struct weft_datagram endpoint = {0};
    int fd;

    reset();
    fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_INT(weft_datagram_open(&endpoint, fd, &talking), WEFT_EINVAL);
    CHECK(weft_datagram_is_closed(&endpoint));
    close(fd);
    CHECK_INT(weft_datagram_open(&endpoint, -1, &talking), -EBADF);
    fd = open("/dev/null", O_RDWR);
    CHECK_INT(weft_datagram_open(&endpoint, fd, &talking), -ENOTSOCK);
    close(fd);
    CHECK_INT(weft_datagram_open(&one.endpoint, two.endpoint.fd, &talking),
              WEFT_EALREADY);
    finish();
}

static void an_endpoint_needs_a_loop_with_descriptors(void)
{
    struct weft_datagram endpoint = {0};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct world world;

    CHECK_INT(weft_datagram_open(&endpoint, fd, &talking), WEFT_ENOLOOP);
    world_open(&world);
    CHECK_INT(weft_datagram_open(&endpoint, fd, &talking), -ENOTSUP);
    CHECK(weft_datagram_is_closed(&endpoint));
    world_close(&world);
    close(fd);
}

#define TESTS(X)                                            \
    X(made_comes_in_the_next_turn_and_before_any_datagram)  \
    X(closing_calls_lost_once_and_in_the_next_turn)         \
    X(made_comes_before_lost_however_early_it_is_closed)    \
    X(an_endpoint_may_be_closed_in_made_and_opened_in_lost) \
    X(a_protocol_may_have_no_functions)                     \
    X(a_datagram_arrives_whole_and_with_its_address)        \
    X(an_empty_datagram_is_sent_and_received)               \
    X(a_big_datagram_arrives)                               \
    X(a_datagram_that_is_too_big_is_an_error)               \
    X(a_datagram_that_is_gone_is_no_error)                  \
    X(no_datagram_comes_after_close)                        \
    X(a_flood_does_not_keep_the_loop_to_itself)             \
    X(a_refused_datagram_is_told_and_the_endpoint_stays)    \
    X(an_endpoint_receives_after_sending_to_nobody)         \
    X(a_streams_socket_is_refused)                          \
    X(an_endpoint_needs_a_loop_with_descriptors)
TEST_MAIN(TESTS)
