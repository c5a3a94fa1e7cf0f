/* test_connect_protocol.c - connecting with a protocol. */
#include "servers.h"

static struct weft_transport near;

static void near_made(struct weft_transport *transport)
{
    CHECK(transport == &near);
    trace("made");
}

static void near_data(struct weft_transport *transport, const char *data,
                      size_t size)
{
    (void)transport;
    trace("[%.*s]", (int)size, data);
}

static void near_lost(struct weft_transport *transport, int error)
{
    (void)transport;
    trace("lost %s", weft_error_name(error));
}

static const struct weft_protocol protocol = {.connection_made = near_made,
                                              .data_received = near_data,
                                              .connection_lost = near_lost};

struct dialler {
    struct weft_frame frame;
    struct weft_create_connection connect;
    const char *host;
    char port[8];
};

static async dialler(struct weft_frame *frame)
{
    ASYNC_BEGIN(dialler);
    snprintf(self->port, sizeof self->port, "%d", server.port);
    AWAIT(CALL(&self->connect, weft_create_connection, .transport = &near,
               .protocol = &protocol, .host = self->host, .port = self->port));
    trace("connected");
    ASYNC_END;
}

static void reset_near(void)
{
    reset();
    memset(&near, 0, sizeof near);
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
}

static void finish_near(const char *expected)
{
    close_server();
    CHECK_TRACE(expected);
    finish();
}

/* CPython: test_events.EventLoopTestsMixin.test_create_connection
 * CPython: test_selector_events.SelectorSocketTransportTests.test_ctor_with_waiter
 */
static void the_call_is_over_when_the_connection_is_made(void)
{
    struct weft_address address;

    reset_near();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, dialler, .host = "127.0.0.1"), 0);
    CHECK_TRACE("made, connected");
    CHECK_INT(weft_transport_get_peername(&near, &address), 0);
    CHECK_INT(weft_address_port(&address), server.port);
    CHECK_INT(weft_transport_get_sockname(&near, &address), 0);
    CHECK(weft_address_port(&address) != server.port);
    CHECK_INT(weft_transport_write(&near, "hello", 5), 0);
    TURNS_UNTIL(check_trace[0] != '\0');
    CHECK_TRACE("[hello]");
    weft_transport_close(&near);
    turns(1);
    CHECK_TRACE("lost OK");
    finish_near("bye, closed");
}

/* The other way round: a socket that somebody else has accepted.
 *
 * CPython: test_events.EventLoopTestsMixin.test_connect_accepted_socket
 */
static void an_accepted_socket_becomes_a_transport(void)
{
    char text[8] = "";
    int fds[2];

    reset();
    memset(&near, 0, sizeof near);
    real_tcp_pair(fds); /* the second is accepted */
    CHECK_INT(weft_transport_open(&near, fds[1], &protocol), 0);
    put(fds[0], "test data");
    TURNS_UNTIL(strstr(check_trace, "data") != NULL);
    CHECK_TRACE("made, [test data]");
    CHECK_INT(weft_transport_write(&near, "roger", 5), 0);
    CHECK_INT(recv(fds[0], text, sizeof text, 0), 5);
    CHECK_STR(text, "roger");
    close(fds[0]);
    TURNS_UNTIL(weft_transport_is_closed(&near));
    CHECK_TRACE("lost OK");
    finish();
}

static void a_port_where_nobody_listens_refuses(void)
{
    reset_near();
    close_server();
    CHECK_TRACE("closed");
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, dialler, .host = "127.0.0.1"),
              -ECONNREFUSED);
    CHECK(weft_transport_is_closed(&near));
    CHECK_TRACE("");
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_connection_no_host_port_sock
 */
static void neither_host_nor_port_is_an_error(void)
{
    struct weft_stream stream = {0};

    reset_near();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, weft_create_connection,
                           .transport = &near),
              WEFT_EINVAL);
    CHECK(weft_transport_is_closed(&near));
    CHECK_INT(
        ASYNC_RUN_IN(&real.world.loop, weft_open_connection, .stream = &stream),
        WEFT_EINVAL);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, weft_open_connection,
                           .stream = &stream, .port = server.port_text),
              0); /* to this machine */
    weft_stream_abort(&stream);
    finish_near("bye, closed");
}

static void an_open_transport_is_left_alone(void)
{
    reset_near();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, dialler, .host = "127.0.0.1"), 0);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, dialler, .host = "127.0.0.1"),
              WEFT_EALREADY);
    CHECK(!weft_transport_is_closing(&near));
    weft_transport_abort(&near);
    turns(1);
    CHECK_TRACE("made, connected, lost OK");
    finish_near("bye, closed");
}

/* Cancelled at each turn of the call, it leaves nothing open; what was made is
 * lost. */
static void a_cancelled_call_leaves_nothing_open(void)
{
    bool was_made = false;
    bool was_done = false;

    for (int when = 0; !was_done; when++) {
        struct weft_task *task;

        reset_near();
        task = SPAWN(dialler, .host = "127.0.0.1");
        turns(when);
        was_made = was_made || strstr(check_trace, "made") != NULL;
        was_done = !weft_task_cancel(task);
        turns(3);
        if (was_done) {
            weft_transport_abort(&near);
            turns(1);
        }
        CHECK(weft_task_done(task));
        weft_task_release(task);
        CHECK(weft_transport_is_closed(&near));
        CHECK_INT(strstr(check_trace, "made") != NULL,
                  strstr(check_trace, "lost") != NULL);
        close_server();
        check_trace[0] = '\0';
        finish();
    }
    CHECK(was_made);
}

#define TESTS(X)                                    \
    X(the_call_is_over_when_the_connection_is_made) \
    X(an_accepted_socket_becomes_a_transport)       \
    X(a_port_where_nobody_listens_refuses)          \
    X(neither_host_nor_port_is_an_error)            \
    X(an_open_transport_is_left_alone)              \
    X(a_cancelled_call_leaves_nothing_open)
TEST_MAIN(TESTS)
