/* test_datagram_send.c - datagrams that have to wait until they are sent. */
#include "datagrams.h"

static struct couple couple;
static struct weft_datagram *endpoint;

static void reset(void)
{
    real_open(&real);
    real.world.loop.poll_turns = 1;
    couple_open(&couple);
    endpoint = &couple.talker.endpoint;
    turns(1);
    CHECK_TRACE("a made");
}

static void finish(void)
{
    couple_close(&couple);
    real_close(&real);
    check_trace[0] = '\0';
}

/* After this the kernel takes no more. */
static void fill(void)
{
    socks_fill(endpoint->fd);
}

/* The other end reads what `fill` has sent, and then these, in this order. */
static void check_others_get(const char *expected)
{
    char got[256] = "";
    char data[65536];
    int count;

    while ((count = couple_get(&couple, data, sizeof data)) >= 0) {
        if (count == 0 || data[0] != '\0') { /* not fill's */
            snprintf(got + strlen(got), sizeof got - strlen(got), "<%.*s>",
                     count < 64 ? count : 64, data);
        }
    }
    CHECK_INT(count, -EAGAIN);
    CHECK_STR(got, expected);
}

/* CPython: test_selector_events.SelectorDatagramTransportTests.test_sendto_tryagain
 * CPython: test_selector_events.SelectorDatagramTransportTests.test_sendto_buffer
 * CPython: test_selector_events.SelectorDatagramTransportTests.test_sendto_buffer_nodata
 * CPython: test_selector_events.SelectorDatagramTransportTests.test_sendto_ready
 * CPython: test_selector_events.SelectorDatagramTransportTests.test_sendto_ready_no_data
 */
static void what_would_block_is_kept_and_sent_in_order(void)
{
    char text[8] = "first";

    reset();
    fill();
    CHECK_INT(say(&couple.talker, text, NULL), 0);
    memset(text, '#', sizeof text); /* it was copied */
    CHECK_INT(weft_datagram_sendto(endpoint, NULL, 0, NULL), 0);
    CHECK_INT(say(&couple.talker, "third", NULL), 0);
    CHECK_INT(weft_datagram_get_write_buffer_size(endpoint), 5 + 5 + 3 * 8);
    turns(2);
    check_others_get("");
    turns(1);
    CHECK_INT(weft_datagram_get_write_buffer_size(endpoint), 0);
    CHECK(real.ev.driver.watcher(&real.ev.driver, endpoint->fd, WEFT_WRITE) ==
          NULL);
    check_others_get("<first><><third>");
    CHECK_INT(say(&couple.talker, "fourth", NULL), 0);
    check_others_get("<fourth>");
    finish();
}

/* CPython: test_selector_events.SelectorDatagramTransportTests.test_sendto_ready_tryagain */
static void what_would_block_again_is_kept_again(void)
{
    static char block[60000];

    reset();
    fill();
    memset(block, 'x', sizeof block);
    for (int i = 0; i < 30; i++) { /* more than fits at once */
        CHECK_INT(weft_datagram_sendto(endpoint, block, sizeof block, NULL), 0);
    }
    CHECK_TRACE("a pause");
    turns(1);
    CHECK_INT(weft_datagram_get_write_buffer_size(endpoint), 30 * 60008);
    for (int i = 0; i < 30; i++) {
        char data[65536];

        while (couple_get(&couple, data, sizeof data) >= 0) {
        }
        turns(1);
        CHECK_INT(weft_datagram_get_write_buffer_size(endpoint) % 60008, 0);
    }
    CHECK_INT(weft_datagram_get_write_buffer_size(endpoint), 0);
    CHECK_TRACE("a resume");
    finish();
}

static void the_sender_is_paused_and_resumed_at_the_limits(void)
{
    reset();
    CHECK_INT(weft_datagram_set_write_buffer_limits(endpoint, 25, 26),
              WEFT_EINVAL);
    CHECK_INT(weft_datagram_set_write_buffer_limits(endpoint, 26, 13), 0);
    fill();
    CHECK_INT(say(&couple.talker, "12345", NULL), 0); /* each counts 13 */
    CHECK_INT(say(&couple.talker, "12345", NULL), 0);
    CHECK_TRACE("");
    CHECK_INT(say(&couple.talker, "", NULL), 0);
    CHECK_TRACE("a pause");
    CHECK_INT(say(&couple.talker, "67890", NULL), 0);
    CHECK_TRACE("");
    check_others_get("");
    turns(1);
    CHECK_TRACE("a resume");
    check_others_get("<12345><12345><><67890>");
    fill();
    CHECK_INT(say(&couple.talker, "12345", NULL), 0);
    CHECK_INT(weft_datagram_set_write_buffer_limits(endpoint, 12, 0), 0);
    CHECK_TRACE("a pause");
    finish();
}

static void a_lower_limit_of_none_is_reached(void)
{
    reset();
    CHECK_INT(weft_datagram_set_write_buffer_limits(endpoint, 0, 0), 0);
    fill();
    CHECK_INT(weft_datagram_sendto(endpoint, NULL, 0, NULL), 0);
    CHECK_TRACE("a pause");
    check_others_get("");
    turns(1);
    CHECK_TRACE("a resume");
    finish();
}

/* CPython: test_selector_events.SelectorDatagramTransportTests.test_sendto_ready_closing
 * CPython: test_selector_events.SelectorDatagramTransportTests.test_sendto_closing
 */
static void close_sends_the_rest_first(void)
{
    reset();
    fill();
    CHECK_INT(say(&couple.talker, "rest", NULL), 0);
    weft_datagram_close(endpoint);
    CHECK_INT(say(&couple.talker, "late", NULL), WEFT_ECLOSED);
    CHECK_INT(send(couple.other, "x", 1, 0), 1);
    turns(3);
    CHECK_TRACE(""); /* and nothing is received */
    check_others_get("");
    turns(2);
    CHECK_TRACE("a lost");
    CHECK(weft_datagram_is_closed(endpoint));
    check_others_get("<rest>");
    CHECK_INT(say(&couple.talker, "late", NULL), WEFT_ECLOSED);
    finish();
}

static void abort_drops_the_rest(void)
{
    reset();
    fill();
    CHECK_INT(say(&couple.talker, "rest", NULL), 0);
    weft_datagram_abort(endpoint);
    CHECK_INT(weft_datagram_get_write_buffer_size(endpoint), 0);
    turns(1);
    CHECK_TRACE("a lost");
    check_others_get("");
    finish();
}

/* CPython: test_selector_events.SelectorDatagramTransportTests.test_sendto_ready_error_received_connection
 * CPython: test_selector_events.SelectorDatagramTransportTests.test_sendto_ready_error_received
 */
static void an_error_of_a_kept_datagram_is_told_and_the_others_are_sent(void)
{
    struct weft_address to;
    struct weft_address gone;
    struct talker two = {.name = "b"};
    int fd;
    int reader;

    reset();
    CHECK_INT(weft_address_set_path(&to, "@weft-test-datagram-send"), 0);
    CHECK_INT(weft_address_set_path(&gone, "@weft-test-datagram-gone"), 0);
    reader = socket(AF_UNIX, SOCK_DGRAM, 0);
    CHECK_INT(bind(reader, WEFT_SOCKADDR(&to), to.size), 0);
    fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    CHECK_INT(weft_datagram_open(&two.endpoint, fd, &talking), 0);
    turns(1);
    do { /* until its queue is full */
        CHECK_INT(say(&two, "x", &to), 0);
    } while (weft_datagram_get_write_buffer_size(&two.endpoint) == 0);
    CHECK_INT(say(&two, "to nobody", &gone), 0);
    CHECK_INT(say(&two, "last", &to), 0);
    check_trace[0] = '\0';
    CHECK_INT(socks_drain(reader, NULL) > 0, 1);
    turns(4);
    CHECK_TRACE("b ECONNREFUSED");
    CHECK_INT(weft_datagram_get_write_buffer_size(&two.endpoint), 0);
    CHECK_INT(socks_drain(reader, NULL), 5); /* "x" and "last" */
    weft_datagram_abort(&two.endpoint);
    close(reader);
    /* The same where the peer is gone. */
    fill();
    CHECK_INT(say(&couple.talker, "lost", NULL), 0);
    close(couple.other);
    turns(3);
    CHECK_TRACE("b lost, a ECONNREFUSED");
    CHECK(!weft_datagram_is_closing(endpoint));
    couple.other = -1;
    finish();
}

/* CPython: test_selector_events.SelectorDatagramTransportTests.test_sendto_error_received */
static void an_error_of_sending_now_is_returned_and_the_endpoint_stays(void)
{
    static char block[1 << 24];

    reset();
    CHECK_INT(weft_datagram_sendto(endpoint, block, sizeof block, NULL),
              -EMSGSIZE);
    CHECK_INT(weft_datagram_get_write_buffer_size(endpoint), 0);
    CHECK_INT(say(&couple.talker, "x", NULL), 0);
    check_others_get("<x>");
    CHECK_TRACE("");
    finish();
}

/* CPython: test_selector_events.SelectorDatagramTransportTests.test_sendto_connected_addr */
static void a_connected_endpoint_sends_to_its_peer_alone(void)
{
    struct weft_address other;
    struct talker loose = {.name = "b"};

    reset();
    CHECK_INT(weft_address_set(&other, "127.0.0.1", 9), 0);
    CHECK_INT(say(&couple.talker, "x", &other), WEFT_EINVAL);
    CHECK_INT(say(&couple.talker, "x", &endpoint->peer), 0);
    check_others_get("<x>");
    CHECK_INT(weft_datagram_open(&loose.endpoint,
                                 socket(AF_INET, SOCK_DGRAM, 0), &silence),
              0);
    CHECK_INT(say(&loose, "x", NULL), WEFT_EINVAL);
    weft_datagram_abort(&loose.endpoint);
    turns(2);
    finish();
}

static void without_a_protocol_tasks_receive(void)
{
    struct weft_datagram pulled = {0};
    struct weft_sock sock;
    char data[8];
    int fds[2];

    reset();
    CHECK_INT(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
    CHECK_INT(weft_datagram_open(&pulled, fds[0], NULL), 0);
    turns(1);
    CHECK_INT(write(fds[1], "hello", 5), 5);
    turns(3);
    sock = WEFT_SOCK(pulled.fd);
    CHECK_INT(weft_sock_recv(&sock, data, sizeof data).status, 5);
    socks_fill(pulled.fd);
    CHECK_INT(weft_datagram_sendto(&pulled, "x", 1, NULL), 0);
    socks_drain(fds[1], NULL);
    turns(2);
    CHECK_INT(socks_drain(fds[1], NULL), 1);
    weft_datagram_close(&pulled);
    turns(1);
    CHECK(weft_datagram_is_closed(&pulled));
    close(fds[1]);
    finish();
}

static void a_datagram_for_which_there_is_no_memory_is_refused(void)
{
    reset();
    fill();
    real.world.fail_at = real.world.allocations + 1;
    CHECK_INT(say(&couple.talker, "lost", NULL), WEFT_ENOMEM);
    CHECK_INT(weft_datagram_get_write_buffer_size(endpoint), 0);
    CHECK_INT(say(&couple.talker, "kept", NULL), 0);
    check_others_get("");
    turns(1);
    check_others_get("<kept>");
    finish();
}

#define TESTS(X)                                                   \
    X(what_would_block_is_kept_and_sent_in_order)                  \
    X(what_would_block_again_is_kept_again)                        \
    X(the_sender_is_paused_and_resumed_at_the_limits)              \
    X(a_lower_limit_of_none_is_reached)                            \
    X(close_sends_the_rest_first)                                  \
    X(abort_drops_the_rest)                                        \
    X(an_error_of_a_kept_datagram_is_told_and_the_others_are_sent) \
    X(an_error_of_sending_now_is_returned_and_the_endpoint_stays)  \
    X(a_connected_endpoint_sends_to_its_peer_alone)                \
    X(without_a_protocol_tasks_receive)                            \
    X(a_datagram_for_which_there_is_no_memory_is_refused)
TEST_MAIN(TESTS)
