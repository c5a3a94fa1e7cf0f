/* test_server_limits.c - how many connections, and how long for their rest. */
#include "servers.h"

#include <math.h>

static void skip(double seconds)
{
    real.skipped += weft_ticks_from(seconds);
    turns(3);
}

/* ---- How many ---- */

static void no_more_than_so_many_are_open_at_once(void)
{
    int fds[4];

    reset();
    server.max_clients = 2;
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    for (int i = 0; i < 4; i++) {
        fds[i] = dial();
        put(fds[i], "hello");
    }
    expect(fds[0], "hello");
    expect(fds[1], "hello");
    turns(20);
    CHECK_INT(server.client_count, 2);
    CHECK_INT(get(fds[2], (char[8]){""}, 8), -EAGAIN);
    close(fds[1]);
    expect(fds[2], "hello"); /* in the order in which they came */
    turns(5);
    CHECK_INT(server.client_count, 2);
    CHECK_INT(get(fds[3], (char[8]){""}, 8), -EAGAIN);
    close(fds[0]);
    close(fds[2]);
    expect(fds[3], "hello");
    close(fds[3]);
    TURNS_UNTIL(server.client_count == 0);
    CHECK_TRACE("bye, bye, bye, bye");
    close_server();
    CHECK_TRACE("closed");
    finish();
}

/* A descriptor that is ready, and not accepted from, costs nothing. */
static void a_full_server_does_not_spin(void)
{
    long polls;
    int fds[2];

    reset();
    real.finds_deadlocks = true;
    server.max_clients = 1;
    server.linger = INFINITY;
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    fds[0] = dial();
    fds[1] = dial();
    TURNS_UNTIL(server.client_count == 1);
    turns(3);
    polls = real.polls;
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, closer), WEFT_EDEADLOCK);
    CHECK(real.polls - polls < 5);
    real.finds_deadlocks = false;
    close(fds[0]);
    close(fds[1]);
    close_server();
    CHECK_TRACE("bye, closed");
    finish();
}

static void a_full_server_can_be_closed(void)
{
    int fds[2];

    reset();
    server.max_clients = 1;
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    fds[0] = dial();
    fds[1] = dial();
    TURNS_UNTIL(server.client_count == 1);
    turns(3);
    weft_server_close(&server);
    TURNS_UNTIL(!weft_server_is_serving(&server));
    CHECK_INT(server.client_count, 1);
    close(fds[0]);
    close_server();
    CHECK_TRACE("bye, closed");
    close(fds[1]);
    finish();
}

/* ---- How long ---- */

static void the_rest_of_a_closed_connection_is_not_kept_for_ever(void)
{
    int fd;

    reset();
    CHECK_INT(start(WEFT_CLIENT(generous)), 0);
    fd = dial();
    TURNS_UNTIL(server.client_count == 1);
    turns(5);
    CHECK_TRACE("written");
    skip(59);
    skip(1); /* it was closed since the last look */
    skip(59);
    CHECK_INT(server.client_count, 1);
    skip(1);
    CHECK_INT(server.client_count, 0);
    CHECK_INT(real.world.reports, 0);
    close(fd);
    close_server();
    CHECK_TRACE("closed");
    finish();
}

/* Much more than the kernel holds between the two. */
enum { LAVISH = 40 };

struct lavish {
    struct weft_frame frame;
    struct weft_stream *stream;
};

static async lavish(struct weft_frame *frame)
{
    ASYNC_BEGIN(lavish);
    for (int i = 0; i < LAVISH; i++) {
        CHECK_INT(weft_stream_write(self->stream, much, sizeof much), 0);
    }
    ASYNC_END;
}

static size_t read_some(int fd)
{
    char block[65536];
    size_t count = 0;
    long size;

    while (count < 2 << 20 && (size = get(fd, block, sizeof block)) > 0) {
        count += (size_t)size;
    }
    return count;
}

static void a_slow_peer_gets_the_rest(void)
{
    size_t count = 0;
    int fd;

    reset();
    server.linger = 10;
    CHECK_INT(start(WEFT_CLIENT(lavish)), 0);
    fd = dial();
    TURNS_UNTIL(server.client_count == 1);
    while (count < LAVISH * sizeof much) {
        size_t some = read_some(fd);

        count += some;
        if (server.client_count == 0) {
            CHECK(some > 0); /* the rest is in the kernel, or lost */
            if (some == 0) {
                break;
            }
        } else if (some > 0) {
            skip(9);
        } else {
            turns(1); /* a hang ends with the alarm */
        }
    }
    CHECK(real.skipped > weft_ticks_from(20));
    check_end(fd);
    close(fd);
    close_server();
    CHECK_TRACE("closed");
    finish();
}

/* An open connection has the time that its handler gives it. */
static void who_is_not_closed_does_not_linger(void)
{
    int fd;

    reset();
    server.linger = 1;
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    fd = dial();
    TURNS_UNTIL(server.client_count == 1);
    skip(1000);
    skip(1000);
    skip(1000);
    put(fd, "still");
    expect(fd, "still");
    close(fd);
    close_server();
    CHECK_TRACE("bye, closed");
    finish();
}

static struct weft_transport stuck;

static struct weft_transport *give_stuck(struct weft_server *from)
{
    (void)from;
    return &stuck;
}

static void stuck_lost(struct weft_transport *transport, int error)
{
    (void)transport;
    trace("lost %s", weft_error_name(error));
}

static const struct weft_protocol stuck_protocol = {.connection_lost =
                                                        stuck_lost};

static void a_transport_that_is_closed_does_not_linger_either(void)
{
    int fd;

    reset();
    memset(&stuck, 0, sizeof stuck);
    server.linger = 5;
    CHECK_INT(weft_create_server(&server, give_stuck, &stuck_protocol,
                                 "127.0.0.1", "0"),
              0);
    fd = dial();
    TURNS_UNTIL(server.client_count == 1);
    for (int i = 0; i < 8; i++) {
        CHECK_INT(weft_transport_write(&stuck, much, sizeof much), 0);
    }
    skip(5);
    skip(5);
    skip(5);
    CHECK_TRACE(""); /* it is open */
    weft_transport_close(&stuck);
    skip(5);
    CHECK_TRACE("");
    skip(5);
    CHECK_TRACE("lost ETIMEOUT");
    close(fd);
    close_server();
    CHECK_TRACE("closed");
    finish();
}

static void a_time_to_linger_that_is_none_is_refused(void)
{
    static const double times[] = {-1, NAN, -INFINITY};

    reset();
    for (int i = 0; i < 3; i++) {
        server.linger = times[i];
        CHECK_INT(start(WEFT_CLIENT(echo)), WEFT_EINVAL);
        CHECK(!weft_server_is_serving(&server));
    }
    finish();
}

#define TESTS(X)                                            \
    X(no_more_than_so_many_are_open_at_once)                \
    X(a_full_server_does_not_spin)                          \
    X(a_full_server_can_be_closed)                          \
    X(the_rest_of_a_closed_connection_is_not_kept_for_ever) \
    X(a_slow_peer_gets_the_rest)                            \
    X(who_is_not_closed_does_not_linger)                    \
    X(a_transport_that_is_closed_does_not_linger_either)    \
    X(a_time_to_linger_that_is_none_is_refused)
TEST_MAIN(TESTS)
