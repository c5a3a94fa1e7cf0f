/* test_server_close.c - closing a server, and its connections. */
#include "servers.h"

/* CPython: test_server.TestServer2.test_wait_closed_basic */
static void close_lets_connections_go_on_and_wait_closed_awaits_them(void)
{
    struct weft_task *task;
    int fds[2];

    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    fds[0] = dial();
    fds[1] = dial();
    TURNS_UNTIL(server.client_count == 2);
    weft_server_close(&server);
    weft_server_close(&server);
    task = SPAWN(closer);
    TURNS_UNTIL(!weft_server_is_serving(&server));
    CHECK_INT(dial_port(server.port), -ECONNREFUSED);
    put(fds[0], "still");
    expect(fds[0], "still");
    put(fds[1], "here");
    expect(fds[1], "here");
    close(fds[0]);
    TURNS_UNTIL(server.client_count == 1);
    turns(2);
    CHECK(!weft_task_done(task));
    close(fds[1]);
    TURNS_UNTIL(weft_task_done(task));
    CHECK_TRACE("bye, bye, closed");
    weft_task_release(task);
    CHECK_INT(weft_server_wait_closed(&server).status, 0);
    finish();
}

/* CPython: test_server.TestServer2.test_close_clients */
static void close_clients_cancels_every_handler(void)
{
    int fds[3];

    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    for (int i = 0; i < 3; i++) {
        fds[i] = dial();
    }
    TURNS_UNTIL(server.client_count == 3);
    turns(1);
    weft_server_close_clients(&server);
    TURNS_UNTIL(server.client_count == 0);
    CHECK_TRACE("ECANCELLED, ECANCELLED, ECANCELLED");
    for (int i = 0; i < 3; i++) {
        check_end(fds[i]);
        close(fds[i]);
    }
    CHECK_INT(real.world.reports, 0);
    CHECK(weft_server_is_serving(&server));
    weft_server_close_clients(&server); /* none */
    close_server();
    CHECK_TRACE("closed");
    finish();
}

/* A client that is accepted, and cancelled before its handler's first line. */
static void a_handler_can_be_cancelled_before_it_begins(void)
{
    int fd;

    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    fd = dial();
    while (server.client_count == 0) {
        turns(1);
    }
    weft_server_close_clients(&server);
    TURNS_UNTIL(server.client_count == 0);
    check_end(fd);
    close(fd);
    close_server();
    CHECK(strcmp(check_trace, "closed") == 0 ||
          strcmp(check_trace, "ECANCELLED, closed") == 0);
    check_trace[0] = '\0';
    finish();
}

struct quitter {
    struct weft_frame frame;
    struct weft_stream *stream;
};

static async quitter(struct weft_frame *frame)
{
    ASYNC_BEGIN(quitter);
    weft_stream_close(self->stream);
    weft_task_cancel(weft_current_task());
    AWAIT(weft_sleep(0));
    CHECK(false);
    ASYNC_END;
}

/* CPython: test_streams.StreamTests.test_unhandled_cancel */
static void a_handler_that_cancels_itself_is_no_error(void)
{
    int fd;

    reset();
    CHECK_INT(start(WEFT_CLIENT(quitter)), 0);
    fd = dial();
    check_end(fd);
    close(fd);
    close_server();
    CHECK_INT(real.world.reports, 0);
    CHECK_TRACE("closed");
    finish();
}

/* It has ended, and its unsent rest is waited for: that is given up. */
static void close_clients_drops_what_is_unsent(void)
{
    int fd;

    reset();
    CHECK_INT(start(WEFT_CLIENT(generous)), 0);
    fd = dial();
    TURNS_UNTIL(server.client_count == 1);
    turns(5);
    CHECK_TRACE("written");
    CHECK_INT(server.client_count, 1);
    weft_server_close_clients(&server);
    TURNS_UNTIL(server.client_count == 0);
    close(fd);
    close_server();
    CHECK_TRACE("closed");
    finish();
}

static void a_server_can_be_closed_in_the_turn_it_was_started(void)
{
    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    weft_server_close(&server);
    CHECK_INT(real.world.loop.task_count, 1);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, closer), 0);
    CHECK_INT(dial_port(server.port), -ECONNREFUSED);
    CHECK_TRACE("closed");
    finish();
}

static void closing_what_was_never_started_is_harmless(void)
{
    reset();
    weft_server_close(&server);
    weft_server_close_clients(&server);
    CHECK_INT(weft_server_wait_closed(&server).status, 0);
    finish();
}

/* cancel_all and close, with a server, a client that talks, one that has not
 * been accepted yet, and one whose rest is unsent. */
static void a_program_may_end_while_it_serves(void)
{
    struct weft_server second = {0};
    int fds[3];
    int i = 0;

    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    CHECK_INT(
        weft_start_server(&second, WEFT_CLIENT(generous), "127.0.0.1", "0"), 0);
    fds[i++] = dial();
    fds[i++] = dial_port(second.port);
    TURNS_UNTIL(server.client_count + second.client_count == 2);
    turns(2);
    fds[i++] = dial();
    CHECK_INT(weft_loop_cancel_all(&real.world.loop), 0);
    CHECK_INT(second.client_count, 0);
    while (i > 0) {
        close(fds[--i]);
    }
    CHECK_TRACE("written, ECANCELLED");
    finish();
}

struct program {
    struct weft_frame frame;
    struct weft_stream stream;
    struct weft_open_connection connect;
    char port[8];
    char text[8];
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    snprintf(self->port, sizeof self->port, "%d", server.port);
    AWAIT(CALL(&self->connect, weft_open_connection, .stream = &self->stream,
               .host = "127.0.0.1", .port = self->port));
    weft_stream_write(&self->stream, "hello", 5);
    AWAIT(weft_stream_readexactly(&self->stream, self->text, 5));
    CHECK_STR(self->text, "hello");
    ASYNC_FINALLY
    weft_stream_abort(&self->stream);
    ASYNC_END;
}

static void the_same_with_async_run(void)
{
    int fds = real_count_fds();

    alarm(30);
    memset(&server, 0, sizeof server);
    CHECK_INT(ASYNC_RUN(program), 0);
    CHECK(!weft_server_is_serving(&server));
    CHECK_INT(server.client_count, 0);
    CHECK_INT(real_count_fds(), fds);
    CHECK(strcmp(check_trace, "bye") == 0 ||
          strcmp(check_trace, "ECANCELLED") == 0);
}

#define TESTS(X)                                                \
    X(close_lets_connections_go_on_and_wait_closed_awaits_them) \
    X(close_clients_cancels_every_handler)                      \
    X(a_handler_can_be_cancelled_before_it_begins)              \
    X(a_handler_that_cancels_itself_is_no_error)                \
    X(close_clients_drops_what_is_unsent)                       \
    X(a_server_can_be_closed_in_the_turn_it_was_started)        \
    X(closing_what_was_never_started_is_harmless)               \
    X(a_program_may_end_while_it_serves)                        \
    X(the_same_with_async_run)
TEST_MAIN(TESTS)
