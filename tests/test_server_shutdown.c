/* test_server_shutdown.c - closing with a limit of time. */
#include "servers.h"

#include <math.h>

static struct weft_task *ending;

static void begin_shutdown(double seconds)
{
    ending = SPAWN(weft_server_shutdown, .server = &server, .seconds = seconds);
    CHECK(ending != NULL);
    turns(3);
    CHECK(!weft_server_is_serving(&server));
}

static void skip(double seconds)
{
    real.skipped += weft_ticks_from(seconds);
    turns(3);
}

/* It is over, and so many connections had to be made to end. */
static void check_shut(int count)
{
    CHECK(weft_task_done(ending));
    if (weft_task_done(ending)) {
        CHECK_INT(weft_task_error(ending), 0);
        CHECK_INT(WEFT_RESULT(ending, weft_server_shutdown), count);
    }
    weft_task_release(ending);
    CHECK_INT(server.client_count, 0);
    CHECK_INT(real.world.reports, 0);
}

static void connections_that_end_in_time_are_not_disturbed(void)
{
    int fds[2];

    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    fds[0] = dial();
    fds[1] = dial();
    TURNS_UNTIL(server.client_count == 2);
    begin_shutdown(10);
    CHECK_INT(dial_port(server.port), -ECONNREFUSED);
    skip(9);
    put(fds[0], "still");
    expect(fds[0], "still");
    close(fds[0]);
    TURNS_UNTIL(server.client_count == 1);
    CHECK(!weft_task_done(ending));
    close(fds[1]);
    TURNS_UNTIL(weft_task_done(ending));
    CHECK_TRACE("bye, bye");
    check_shut(0);
    finish();
}

/* A client that sends a byte now and then gets no more time for it. */
static void at_the_limit_the_others_are_cancelled(void)
{
    int fd;

    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    fd = dial();
    TURNS_UNTIL(server.client_count == 1);
    begin_shutdown(10);
    for (int second = 1; second < 10; second++) {
        put(fd, "x");
        expect(fd, "x");
        skip(1);
        CHECK(!weft_task_done(ending));
    }
    CHECK_TRACE("");
    skip(1);
    TURNS_UNTIL(weft_task_done(ending));
    CHECK_TRACE("ECANCELLED");
    check_end(fd);
    close(fd);
    check_shut(1);
    finish();
}

static void without_time_all_are_cancelled_at_once(void)
{
    int fd;

    reset();
    begin_shutdown(0); /* of a server that never started */
    TURNS_UNTIL(weft_task_done(ending));
    check_shut(0);
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    begin_shutdown(0); /* without connections */
    TURNS_UNTIL(weft_task_done(ending));
    check_shut(0);
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    fd = dial();
    TURNS_UNTIL(server.client_count == 1);
    begin_shutdown(0);
    TURNS_UNTIL(weft_task_done(ending));
    CHECK_TRACE("ECANCELLED");
    check_shut(1);
    close(fd);
    finish();
}

/* ---- Handlers that wait for a request, and say so ---- */

struct answering {
    struct weft_frame frame;
    struct weft_stream *stream;
    char line[64];
};

static async answering(struct weft_frame *frame)
{
    ASYNC_BEGIN(answering);
    for (;;) {
        weft_server_set_idle(self->stream, true);
        AWAIT(
            weft_stream_readline(self->stream, self->line, sizeof self->line));
        if (frame->value == 0) {
            break;
        }
        weft_server_set_idle(self->stream, false);
        AWAIT(weft_sleep(5));
        weft_stream_write(self->stream, "done", 4);
    }
    ASYNC_FINALLY
    trace("%s", frame->outcome < 0 ? weft_error_name(frame->outcome) : "bye");
    ASYNC_END;
}

static void idle_handlers_read_their_end_at_once(void)
{
    int idle;
    int busy;

    reset();
    CHECK_INT(start(WEFT_CLIENT(answering)), 0);
    idle = dial();
    busy = dial();
    put(busy, "work\n");
    TURNS_UNTIL(server.client_count == 2);
    turns(3);
    begin_shutdown(INFINITY);
    CHECK_TRACE("bye");
    check_end(idle);
    put(busy, "more\n"); /* which nobody will read */
    skip(4);
    CHECK_INT(server.client_count, 1);
    skip(1);
    expect(busy, "done");
    TURNS_UNTIL(weft_task_done(ending));
    CHECK_TRACE("bye");
    check_shut(0);
    close(idle);
    close(busy);
    finish();
}

/* What has come before it is still read. */
static void an_idle_handler_reads_what_is_here_first(void)
{
    int fd;

    reset();
    CHECK_INT(start(WEFT_CLIENT(answering)), 0);
    fd = dial();
    put(fd, "one\ntwo\n");
    TURNS_UNTIL(server.client_count == 1);
    turns(3);
    begin_shutdown(60);
    skip(5);
    skip(5);
    expect(fd, "donedone");
    TURNS_UNTIL(weft_task_done(ending));
    CHECK_TRACE("bye");
    check_shut(0);
    check_end(fd);
    close(fd);
    finish();
}

/* A server that is only closed lets them wait, as Python's does. */
static void idle_handlers_of_a_closed_server_go_on(void)
{
    int fd;

    reset();
    CHECK_INT(start(WEFT_CLIENT(answering)), 0);
    fd = dial();
    TURNS_UNTIL(server.client_count == 1);
    turns(2);
    weft_server_close(&server);
    turns(3);
    put(fd, "work\n");
    skip(5);
    expect(fd, "done");
    close(fd);
    close_server();
    CHECK_TRACE("bye, closed");
    finish();
}

/* ---- Those that do not end when they are asked to ---- */

struct stubborn {
    struct weft_frame frame;
    struct weft_stream *stream;
    int error;
};

static async stubborn(struct weft_frame *frame)
{
    ASYNC_BEGIN(stubborn);
    ASYNC_TRY {
        AWAIT(weft_sleep(1000));
    }
    ASYNC_CATCH_ALL(self->error) {
        trace("%s", weft_error_name(self->error));
    }
    weft_stream_write(self->stream, much, sizeof much);
    weft_stream_write(self->stream, much, sizeof much);
    weft_stream_write(self->stream, much, sizeof much);
    weft_stream_write(self->stream, much, sizeof much);
    weft_stream_write(self->stream, much, sizeof much);
    weft_stream_write(self->stream, much, sizeof much);
    weft_stream_write(self->stream, much, sizeof much);
    AWAIT(weft_stream_drain(self->stream));
    trace("aborted");
    ASYNC_END;
}

static void a_second_later_connections_are_aborted(void)
{
    int fd;

    reset();
    CHECK_INT(start(WEFT_CLIENT(stubborn)), 0);
    fd = dial();
    TURNS_UNTIL(server.client_count == 1);
    begin_shutdown(10);
    skip(10);
    CHECK_TRACE("ECANCELLED");
    CHECK_INT(server.client_count, 1);
    skip(1);
    TURNS_UNTIL(weft_task_done(ending));
    CHECK_TRACE("aborted");
    check_shut(1);
    close(fd);
    finish();
}

static struct weft_transport stuck;

static struct weft_transport *give_link(struct weft_server *from)
{
    (void)from;
    return &stuck;
}

static void link_lost(struct weft_transport *transport, int error)
{
    (void)transport;
    trace("lost %s", weft_error_name(error));
}

static const struct weft_protocol link_protocol = {.connection_lost =
                                                       link_lost};

static void transports_are_closed_and_then_aborted(void)
{
    int fd;

    reset();
    memset(&stuck, 0, sizeof stuck);
    CHECK_INT(weft_create_server(&server, give_link, &link_protocol,
                                 "127.0.0.1", "0"),
              0);
    fd = dial();
    TURNS_UNTIL(server.client_count == 1);
    for (int i = 0; i < 8; i++) {
        CHECK_INT(weft_transport_write(&stuck, much, sizeof much), 0);
    }
    begin_shutdown(10);
    CHECK(!weft_transport_is_closing(&stuck));
    skip(10);
    CHECK(weft_transport_is_closing(&stuck));
    CHECK_TRACE("");
    skip(1);
    TURNS_UNTIL(weft_task_done(ending));
    CHECK_TRACE("lost OK");
    check_shut(1);
    close(fd);
    finish();
}

/* ---- The call itself ---- */

static void cancelled_it_gives_nobody_time(void)
{
    int fd;

    reset();
    CHECK_INT(start(WEFT_CLIENT(stubborn)), 0);
    fd = dial();
    TURNS_UNTIL(server.client_count == 1);
    begin_shutdown(10);
    CHECK(weft_task_cancel(ending));
    TURNS_UNTIL(weft_task_done(ending));
    CHECK(weft_task_cancelled(ending));
    weft_task_release(ending);
    CHECK_TRACE("ECANCELLED");
    CHECK_INT(server.client_count, 0);
    close(fd);
    finish();
}

static void a_time_that_is_none_changes_nothing(void)
{
    static const double times[] = {-1, NAN};

    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(ASYNC_RUN_IN(&real.world.loop, weft_server_shutdown,
                               .server = &server, .seconds = times[i]),
                  WEFT_EINVAL);
        CHECK(weft_server_is_serving(&server));
    }
    close_server();
    CHECK_TRACE("closed");
    finish();
}

#define TESTS(X)                                      \
    X(connections_that_end_in_time_are_not_disturbed) \
    X(at_the_limit_the_others_are_cancelled)          \
    X(without_time_all_are_cancelled_at_once)         \
    X(idle_handlers_read_their_end_at_once)           \
    X(an_idle_handler_reads_what_is_here_first)       \
    X(idle_handlers_of_a_closed_server_go_on)         \
    X(a_second_later_connections_are_aborted)         \
    X(transports_are_closed_and_then_aborted)         \
    X(cancelled_it_gives_nobody_time)                 \
    X(a_time_that_is_none_changes_nothing)
TEST_MAIN(TESTS)
