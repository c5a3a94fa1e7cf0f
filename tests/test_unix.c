/* test_unix.c - servers and connections on a path. */
#include "servers.h"

#include <sys/stat.h>
#include <sys/un.h>

static char folder[32];
static char path[64];

static void reset_path(void)
{
    reset();
    snprintf(folder, sizeof folder, "/tmp/weft-test-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/socket", folder);
}

static void finish_path(void)
{
    finish();
    unlink(path);
    CHECK_INT(rmdir(folder), 0);
}

static bool exists(void)
{
    struct stat status;

    return stat(path, &status) == 0;
}

static int dial_path(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int error = -errno;

        close(fd);
        return error;
    }
    return fd;
}

struct client {
    struct weft_frame frame;
    struct weft_open_unix_connection connect;
    struct weft_stream stream;
    char text[8];
};

static async client(struct weft_frame *frame)
{
    ASYNC_BEGIN(client);
    AWAIT(CALL(&self->connect, weft_open_unix_connection,
               .stream = &self->stream, .path = path));
    weft_stream_write(&self->stream, "hello", 5);
    AWAIT(weft_stream_readexactly(&self->stream, self->text, 5));
    CHECK(memcmp(self->text, "hello", 5) == 0);
    trace("answered");
    ASYNC_FINALLY
    weft_stream_abort(&self->stream);
    ASYNC_END;
}

/* CPython: test_streams.StreamTests.test_open_unix_connection
 * CPython: test_streams.StreamTests.test_start_unix_server
 */
static void a_client_is_served_on_a_path(void)
{
    reset_path();
    CHECK_INT(weft_start_unix_server(&server, WEFT_CLIENT(echo), path), 0);
    CHECK(exists());
    CHECK_INT(server.port, 0);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, client), 0);
    close_server();
    CHECK_TRACE("answered, bye, closed");
    finish_path();
}

static void nobody_listens(void)
{
    reset_path();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, client), -ENOENT);
    memset(path, 'x', sizeof path - 1);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, client), -ENOENT);
    finish_path();
}

static void a_path_that_is_too_long_is_an_error(void)
{
    char text[200];

    reset_path();
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    CHECK_INT(weft_start_unix_server(&server, WEFT_CLIENT(echo), text),
              WEFT_ELIMIT);
    CHECK(!weft_server_is_serving(&server));
    finish_path();
}

struct failing_client {
    struct weft_frame frame;
    struct weft_open_unix_connection connect;
    struct weft_stream stream;
    char text[8];
};

static async failing_client(struct weft_frame *frame)
{
    ASYNC_BEGIN(failing_client);
    AWAIT(CALL(&self->connect, weft_open_unix_connection,
               .stream = &self->stream, .path = path));
    weft_stream_write(&self->stream, "unread", 6);
    AWAIT(weft_stream_read(&self->stream, self->text, sizeof self->text));
    ASYNC_FINALLY
    weft_stream_abort(&self->stream);
    ASYNC_END;
}

struct rude {
    struct weft_frame frame;
    struct weft_stream *stream;
};

static async rude(struct weft_frame *frame)
{
    ASYNC_BEGIN(rude);
    AWAIT(weft_wait_readable(self->stream->transport.fd));
    weft_stream_abort(self->stream); /* without having read it */
    ASYNC_END;
}

/* CPython: test_streams.StreamTests.test_open_unix_connection_error */
static void an_error_of_the_connection_comes_out_of_a_read(void)
{
    reset_path();
    CHECK_INT(weft_start_unix_server(&server, WEFT_CLIENT(rude), path), 0);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, failing_client), -ECONNRESET);
    close_server();
    CHECK_TRACE("closed");
    finish_path();
}

/* ---- The file ---- */

/* CPython: test_unix_events.SelectorEventLoopUnixSocketTests.test_create_unix_server_existing_path_sock
 */
static void a_socket_that_lies_there_is_replaced(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    reset_path();
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    memcpy(address.sun_path, path, strlen(path) + 1);
    CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    CHECK(exists());
    CHECK_INT(weft_start_unix_server(&server, WEFT_CLIENT(echo), path), 0);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, client), 0);
    close_server();
    CHECK_TRACE("answered, bye, closed");
    finish_path();
}

/* CPython: test_unix_events.SelectorEventLoopUnixSocketTests.test_create_unix_server_existing_path_nonsock
 */
static void another_file_is_not(void)
{
    FILE *file;

    reset_path();
    file = fopen(path, "w");
    fclose(file);
    CHECK_INT(weft_start_unix_server(&server, WEFT_CLIENT(echo), path),
              -EADDRINUSE);
    CHECK(exists());
    finish_path();
}

/* CPython: test_server.UnixServerCleanupTests.test_unix_server_addr_cleanup */
static void the_file_goes_with_the_server(void)
{
    reset_path();
    CHECK_INT(weft_start_unix_server(&server, WEFT_CLIENT(echo), path), 0);
    turns(1);
    CHECK(exists());
    weft_server_close(&server);
    CHECK(!exists());
    close_server();
    CHECK_TRACE("closed");
    finish_path();
}

/* CPython: test_server.UnixServerCleanupTests.test_unix_server_cleanup_gone */
static void a_file_that_is_gone_is_not_missed(void)
{
    reset_path();
    CHECK_INT(weft_start_unix_server(&server, WEFT_CLIENT(echo), path), 0);
    CHECK_INT(unlink(path), 0);
    close_server();
    CHECK_TRACE("closed");
    finish_path();
}

/* CPython: test_server.UnixServerCleanupTests.test_unix_server_cleanup_replaced
 */
static void a_file_that_is_another_s_by_now_stays(void)
{
    struct weft_server second = {0};

    reset_path();
    CHECK_INT(weft_start_unix_server(&server, WEFT_CLIENT(echo), path), 0);
    CHECK_INT(weft_start_unix_server(&second, WEFT_CLIENT(echo), path), 0);
    close_server();
    CHECK(exists());
    weft_server_close(&second);
    CHECK(!exists());
    turns(2);
    CHECK(!weft_server_is_serving(&second));
    CHECK_TRACE("closed");
    finish_path();
}

/* CPython: test_server.UnixServerCleanupTests.test_unix_server_cleanup_prevented
 */
static void the_file_can_be_kept(void)
{
    reset_path();
    server.keeps_file = true;
    CHECK_INT(weft_start_unix_server(&server, WEFT_CLIENT(echo), path), 0);
    close_server();
    CHECK(exists());
    CHECK_TRACE("closed");
    finish_path();
}

static void a_program_that_ends_removes_the_file(void)
{
    reset_path();
    CHECK_INT(weft_start_unix_server(&server, WEFT_CLIENT(echo), path), 0);
    CHECK_INT(weft_loop_cancel_all(&real.world.loop), 0);
    CHECK(!exists());
    finish_path();
}

/* ---- Protocols ---- */

static struct weft_transport near;

static void say_made(struct weft_transport *transport)
{
    trace("%s made", transport == &near ? "client" : "server");
}

static void say_data(struct weft_transport *transport, const char *data,
                     size_t size)
{
    trace("%s [%.*s]", transport == &near ? "client" : "server", (int)size,
          data);
    if (transport != &near) {
        weft_transport_write(transport, data, size);
    }
}

static void say_lost(struct weft_transport *transport, int error)
{
    trace("%s lost %s", transport == &near ? "client" : "server",
          weft_error_name(error));
    if (transport != &near) {
        free(transport);
    }
}

static const struct weft_protocol sayer = {.connection_made = say_made,
                                           .data_received = say_data,
                                           .connection_lost = say_lost};

static struct weft_transport *make_sayer(struct weft_server *from)
{
    CHECK(from == &server);
    return calloc(1, sizeof(struct weft_transport));
}

struct dialler {
    struct weft_frame frame;
    struct weft_create_unix_connection connect;
};

static async dialler(struct weft_frame *frame)
{
    ASYNC_BEGIN(dialler);
    AWAIT(CALL(&self->connect, weft_create_unix_connection, .transport = &near,
               .protocol = &sayer, .path = path));
    trace("connected");
    ASYNC_END;
}

/* CPython: test_events.EventLoopTestsMixin.test_create_unix_connection
 * CPython: test_events.EventLoopTestsMixin.test_create_unix_server
 */
static void protocols_meet_on_a_path_as_well(void)
{
    struct weft_address address;
    char text[WEFT_ADDRESS_TEXT];

    reset_path();
    CHECK_INT(weft_create_unix_server(&server, make_sayer, &sayer, path), 0);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, dialler), 0);
    CHECK_TRACE("client made, connected, server made");
    CHECK_INT(weft_transport_get_peername(&near, &address), 0);
    CHECK_STR(weft_address_text(&address, text, sizeof text), path);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, dialler), WEFT_EALREADY);
    CHECK(!weft_transport_is_closing(&near));
    CHECK_INT(weft_transport_write(&near, "abc", 3), 0);
    TURNS_UNTIL(strstr(check_trace, "client [") != NULL);
    CHECK_TRACE("server [abc], client [abc]");
    weft_transport_close(&near);
    turns(1);
    CHECK_INT(weft_transport_get_peername(&near, &address), WEFT_ECLOSED);
    close_server();
    CHECK_TRACE("client lost OK, server lost OK, closed");
    finish_path();
}

/* ---- A server that is slow to accept ---- */

static void a_full_queue_is_waited_for(void)
{
    struct weft_task *task;
    int fds[8];
    int count = 0;

    reset_path();
    server.backlog = 1;
    CHECK_INT(weft_start_unix_server(&server, WEFT_CLIENT(echo), path), 0);
    for (; count < 2; count++) {
        fds[count] = dial_path();
        CHECK(fds[count] >= 0);
    }
    /* The client runs before the server's task for once. */
    task = SPAWN(client, .text = "");
    CHECK(task != NULL);
    TURNS_UNTIL(weft_task_done(task) ||
                (real.skipped += weft_ticks_from(0.01)) == 0);
    CHECK_INT(weft_task_error(task), 0);
    weft_task_release(task);
    while (count > 0) {
        close(fds[--count]);
    }
    close_server();
    CHECK(strstr(check_trace, "answered") != NULL);
    check_trace[0] = '\0';
    finish_path();
}

#define TESTS(X)                                      \
    X(a_client_is_served_on_a_path)                   \
    X(an_error_of_the_connection_comes_out_of_a_read) \
    X(nobody_listens)                                 \
    X(a_path_that_is_too_long_is_an_error)            \
    X(a_socket_that_lies_there_is_replaced)           \
    X(another_file_is_not)                            \
    X(the_file_goes_with_the_server)                  \
    X(a_file_that_is_gone_is_not_missed)              \
    X(a_file_that_is_another_s_by_now_stays)          \
    X(the_file_can_be_kept)                           \
    X(a_program_that_ends_removes_the_file)           \
    X(protocols_meet_on_a_path_as_well)               \
    X(a_full_queue_is_waited_for)
TEST_MAIN(TESTS)
