/* test_transport.c - opening, receiving, pausing, closing and breaking. */
#include <netinet/tcp.h>

#include "transports.h"

/* ---- Opening ---- */

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_connection_wrong_sock
 */
static void opening_says_what_is_wrong(void)
{
    static struct weft_transport transport;
    int fds[2];
    int file;

    CHECK_INT(weft_transport_open(&transport, 0, &end_protocol), WEFT_ENOLOOP);
    reset_far();
    CHECK_INT(weft_transport_open(&near.transport, far, &end_protocol),
              WEFT_EALREADY);
    CHECK_INT(weft_transport_open(&transport, -1, &end_protocol), -EBADF);
    file = open("/dev", O_RDONLY | O_DIRECTORY);
    CHECK_INT(weft_transport_open(&transport, file, &end_protocol),
              WEFT_EINVAL);
    close(file);
    CHECK_INT(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
    CHECK_INT(weft_transport_open(&transport, fds[0], &end_protocol),
              WEFT_EINVAL);
    real_close_pair(fds);
    CHECK(weft_transport_is_closed(&transport));
    finish();
}

/* Python: ValueError for a regular file */
static void a_regular_file_is_refused(void)
{
    static struct weft_transport transport;
    FILE *file;

    reset_far();
    file = tmpfile();
    CHECK_INT(weft_transport_open(&transport, fileno(file), &end_protocol),
              WEFT_EINVAL);
    CHECK_INT(weft_connect_read_pipe(&transport, fileno(file), &end_protocol),
              WEFT_EINVAL);
    CHECK_INT(weft_connect_write_pipe(&transport, fileno(file), &end_protocol),
              WEFT_EINVAL);
    CHECK(fcntl(fileno(file), F_GETFD) >= 0);
    fclose(file);
    finish();
}

static void the_virtual_clock_has_no_transports(void)
{
    static struct weft_transport transport;
    struct world world;
    int fds[2];

    world_open(&world);
    real_pair(fds);
    CHECK_INT(weft_transport_open(&transport, fds[0], &end_protocol), -ENOTSUP);
    CHECK(weft_transport_is_closed(&transport));
    real_close_pair(fds);
    world_close(&world);
}

/* CPython: test_selector_events.SelectorSocketTransportTests.test_ctor
 * CPython: test_selector_events.SelectorTransportTests.test_ctor
 */
static void an_open_socket_does_not_wait_and_sends_at_once(void)
{
    int value = 0;
    socklen_t size = sizeof value;

    reset_far_with(real_tcp_pair);
    CHECK((fcntl(near.transport.fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK_INT(
        getsockopt(near.transport.fd, IPPROTO_TCP, TCP_NODELAY, &value, &size),
        0);
    CHECK(value != 0);
    CHECK(near.transport.loop == &real.world.loop);
    CHECK_INT(near.transport.high, 65536);
    CHECK_INT(near.transport.low, 16384);
    turns(1);
    CHECK_TRACE("near made");
    finish();
}

/* ---- Receiving ---- */

static void much_comes_in_several_calls(void)
{
    size_t sent;

    reset();
    turns(1);
    CHECK_TRACE("near made, away made");
    away.is_quiet = true;
    near.transport.high = SIZE_MAX / 2;
    sent = 0;
    for (int i = 0; i < 100; i++) {
        static char block[10000];

        CHECK_INT(weft_transport_write(&near.transport, block, sizeof block),
                  0);
        sent += sizeof block;
    }
    while (away.count < sent) {
        turns(1);
    }
    turns(3);
    CHECK_INT(away.count, sent);
    finish();
}

/* One call a turn: others have theirs in between. */
static void a_peer_that_does_not_stop_leaves_room_for_others(void)
{
    static char block[65536];

    reset_far();
    near.is_quiet = true;
    CHECK_INT(fcntl(far, F_SETFL, O_NONBLOCK), 0);
    while (write(far, block, sizeof block) > 0) {
    }
    turns(1);
    CHECK(near.count > 0 && near.count <= 65536);
    finish();
}

/* CPython: test_selector_events.SelectorSocketTransportTests.test_pause_resume_reading
 */
static void nothing_comes_while_reading_is_paused(void)
{
    reset_far();
    CHECK(weft_transport_is_reading(&near.transport));
    weft_transport_pause_reading(&near.transport);
    weft_transport_pause_reading(&near.transport);
    CHECK(!weft_transport_is_reading(&near.transport));
    put("abc");
    turns(3);
    CHECK_TRACE("");
    weft_transport_resume_reading(&near.transport);
    weft_transport_resume_reading(&near.transport);
    CHECK(weft_transport_is_reading(&near.transport));
    turns(1);
    CHECK_TRACE("near [abc]");
    weft_transport_pause_reading(&near.transport);
    weft_transport_resume_reading(&near.transport);
    put("def");
    turns(1);
    CHECK_TRACE("near [def]");
    weft_transport_close(&near.transport);
    CHECK(!weft_transport_is_reading(&near.transport));
    weft_transport_pause_reading(&near.transport);
    weft_transport_resume_reading(&near.transport);
    turns(1);
    CHECK_TRACE("near lost OK");
    CHECK(!weft_transport_is_reading(&near.transport));
    finish();
}

static void pause_it(struct end *end)
{
    end->then = NULL;
    weft_transport_pause_reading(&end->transport);
}

/* CPython: test_selector_events.SelectorSocketTransportTests.test_pause_reading_connection_made
 */
static void reading_may_be_paused_before_it_begins(void)
{
    reset_far_with(real_pair);
    near.then = pause_it;
    put("abc");
    turns(3);
    CHECK_TRACE("near made");
    weft_transport_resume_reading(&near.transport);
    turns(1);
    CHECK_TRACE("near [abc]");
    finish();
}

static void pausing_between_the_report_and_the_read_is_in_time(void)
{
    reset_far();
    near.then = pause_it;
    put("abc");
    turns(1);
    put("def");
    turns(3);
    CHECK_TRACE("near [abc]");
    close_far();
    turns(2);
    CHECK_TRACE("");
    weft_transport_resume_reading(&near.transport);
    turns(4);
    CHECK_TRACE("near [def], near eof, near lost OK");
    finish();
}

/* ---- The end ---- */

/* CPython: test_selector_events.SelectorSocketTransportTests.test_read_ready_conn_reset
 * CPython: test_selector_events.SelectorTransportTests.test_fatal_error
 */
static void a_reset_is_an_error(void)
{
    reset_far_with(real_tcp_pair);
    turns(1);
    real_reset(far);
    far = -1;
    while (!weft_transport_is_closed(&near.transport)) {
        turns(1);
    }
    CHECK_TRACE("near made, near lost ECONNRESET");
    CHECK_INT(near.transport.error, -ECONNRESET);
    CHECK_INT(say(&near, "abc"), -ECONNRESET);
    CHECK_INT(weft_transport_write_eof(&near.transport), -ECONNRESET);
    finish();
}

/* CPython: test_selector_events.SelectorTransportTests.test_close
 * CPython: test_selector_events.SelectorTransportTests.test_connection_lost
 */
static void closing_twice_is_closing_once(void)
{
    reset_far();
    weft_transport_close(&near.transport);
    weft_transport_close(&near.transport);
    CHECK(weft_transport_is_closing(&near.transport));
    turns(2);
    CHECK_TRACE("near lost OK");
    weft_transport_close(&near.transport);
    weft_transport_abort(&near.transport);
    turns(1);
    CHECK_TRACE("");
    finish();
}

static void nothing_is_received_after_close(void)
{
    reset_far();
    fill();
    CHECK_TRACE("near pause");
    weft_transport_close(&near.transport);
    put("abc");
    turns(3);
    CHECK_TRACE("");
    CHECK(!weft_transport_is_closed(&near.transport));
    finish();
}

static void one_that_was_never_opened_is_closed(void)
{
    static struct weft_transport transport;

    CHECK(weft_transport_is_closed(&transport));
    CHECK(weft_transport_is_closing(&transport));
    CHECK(!weft_transport_is_reading(&transport));
    weft_transport_close(&transport);
    weft_transport_abort(&transport);
    weft_transport_pause_reading(&transport);
    weft_transport_resume_reading(&transport);
    CHECK_INT(weft_transport_write(&transport, "x", 1), WEFT_ECLOSED);
    CHECK_INT(weft_transport_write_eof(&transport), WEFT_ECLOSED);
    CHECK(weft_transport_is_closed(&transport));
}

/* ---- Without memory ---- */

static void open_without_memory(struct real *world)
{
    static const struct weft_protocol nothing = {0};
    struct weft_transport transport = {0};
    int fds[2];
    int status;

    real_pair(fds);
    CHECK_INT(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
    status = weft_transport_open(&transport, fds[0], &nothing);
    CHECK(status == 0 || status == WEFT_ENOMEM);
    CHECK_INT(weft_transport_is_closed(&transport), status < 0);
    if (status < 0) {
        real_close_pair(fds);
        return;
    }
    do {
        static char block[65536];

        status = weft_transport_write(&transport, block, sizeof block);
    } while (status == 0 && transport.out.size < 200000);
    CHECK(status == 0 || status == WEFT_ENOMEM);
    weft_transport_abort(&transport);
    real_turn(world);
    CHECK(weft_transport_is_closed(&transport));
    CHECK_INT(transport.error, status);
    close(fds[1]);
}

static void a_lack_of_memory_at_any_point_leaves_nothing(void)
{
    CHECK(real_sweep_memory(open_without_memory) > 4);
}

#define TESTS(X)                                          \
    X(opening_says_what_is_wrong)                         \
    X(a_regular_file_is_refused)                          \
    X(the_virtual_clock_has_no_transports)                \
    X(an_open_socket_does_not_wait_and_sends_at_once)     \
    X(much_comes_in_several_calls)                        \
    X(a_peer_that_does_not_stop_leaves_room_for_others)   \
    X(nothing_comes_while_reading_is_paused)              \
    X(reading_may_be_paused_before_it_begins)             \
    X(pausing_between_the_report_and_the_read_is_in_time) \
    X(a_reset_is_an_error)                                \
    X(closing_twice_is_closing_once)                      \
    X(nothing_is_received_after_close)                    \
    X(one_that_was_never_opened_is_closed)                \
    X(a_lack_of_memory_at_any_point_leaves_nothing)
TEST_MAIN(TESTS)
