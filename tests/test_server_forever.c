/* test_server_forever.c - serving until somebody ends it. */
#include "servers.h"

static void serving_for_ever_ends_when_it_is_cancelled(void)
{
    struct weft_task *task;
    int fd;

    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    task = SPAWN(weft_serve_forever, .server = &server);
    fd = dial();
    put(fd, "x");
    expect(fd, "x");
    CHECK(!weft_task_done(task));
    CHECK(weft_task_cancel(task));
    turns(4);
    CHECK(weft_task_cancelled(task));
    weft_task_release(task);
    CHECK(!weft_server_is_serving(&server));
    CHECK_INT(server.client_count, 0);
    CHECK_TRACE("ECANCELLED");
    check_end(fd);
    close(fd);
    finish();
}

static void serving_for_ever_ends_when_the_server_is_closed(void)
{
    struct weft_task *task;

    reset();
    CHECK_INT(
        ASYNC_RUN_IN(&real.world.loop, weft_serve_forever, .server = &server),
        WEFT_ECLOSED);
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    task = SPAWN(weft_serve_forever, .server = &server);
    turns(2);
    weft_server_close(&server);
    turns(3);
    CHECK(weft_task_done(task));
    CHECK_INT(weft_task_error(task), 0);
    weft_task_release(task);
    finish();
}

/* A handler cancels who serves, and still gets its answer out. */

static struct weft_task *serving;

struct last {
    struct weft_frame frame;
    struct weft_stream *stream;
    char line[8192];
};

static async last(struct weft_frame *frame)
{
    ASYNC_BEGIN(last);
    AWAIT(weft_stream_readline(self->stream, self->line, sizeof self->line));
    CHECK_INT(frame->value, 5121);
    weft_task_cancel(serving);
    CHECK_INT(weft_stream_write(self->stream, "1", 1), 0);
    weft_stream_close(self->stream);
    AWAIT(weft_stream_wait_closed(self->stream));
    ASYNC_END;
}

static void be_last(int fd)
{
    char hello[5121];

    memset(hello, '1', sizeof hello);
    hello[sizeof hello - 1] = '\n';
    CHECK(weft_server_is_serving(&server));
    serving = SPAWN(weft_serve_forever, .server = &server);
    CHECK_INT(send(fd, hello, sizeof hello, MSG_NOSIGNAL), sizeof hello);
    expect(fd, "1");
    check_end(fd);
    close(fd);
    TURNS_UNTIL(weft_task_done(serving));
    CHECK(weft_task_cancelled(serving));
    weft_task_release(serving);
    CHECK(!weft_server_is_serving(&server));
    CHECK_INT(server.client_count, 0);
    CHECK_INT(
        ASYNC_RUN_IN(&real.world.loop, weft_serve_forever, .server = &server),
        WEFT_ECLOSED);
    CHECK_INT(real.world.reports, 0);
}

/* CPython: test_server.BaseStartServer.test_start_server_1 */
static void a_handler_may_end_who_serves(void)
{
    reset();
    CHECK(!weft_server_is_serving(&server));
    CHECK_INT(start(WEFT_CLIENT(last)), 0);
    be_last(dial());
    CHECK_INT(dial_port(server.port), -ECONNREFUSED);
    finish();
}

/* CPython: test_server.SelectorStartServerTests.test_start_unix_server_1 */
static void a_handler_may_end_who_serves_on_a_path(void)
{
    struct weft_address address;
    char folder[] = "/tmp/weft-test-XXXXXX";
    char path[64];
    int fd;

    reset();
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/socket", folder);
    CHECK_INT(weft_address_set_path(&address, path), 0);
    CHECK_INT(weft_start_unix_server(&server, WEFT_CLIENT(last), path), 0);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_INT(connect(fd, WEFT_SOCKADDR(&address), address.size), 0);
    be_last(fd);
    CHECK_INT(rmdir(folder), 0); /* the socket is gone */
    finish();
}

#define TESTS(X)                                       \
    X(serving_for_ever_ends_when_it_is_cancelled)      \
    X(serving_for_ever_ends_when_the_server_is_closed) \
    X(a_handler_may_end_who_serves)                    \
    X(a_handler_may_end_who_serves_on_a_path)
TEST_MAIN(TESTS)
