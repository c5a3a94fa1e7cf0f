/* test_server_socks.c - a server on sockets of the user's. */
#include "servers.h"

#include <sys/stat.h>
#include <sys/un.h>

static int bound_sock(int type)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, type, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void give_sock(int fd)
{
    server.socks[server.sock_count++] = fd;
}

static int start_here(void)
{
    return weft_start_server(&server, WEFT_CLIENT(echo), NULL, NULL);
}

static void check_served(int fd)
{
    CHECK(fd >= 0);
    put(fd, "xxx");
    expect(fd, "xxx");
    close(fd);
}

/* CPython: test_events.EventLoopTestsMixin.test_create_server_sock */
static void it_serves_on_a_socket_that_it_is_given(void)
{
    struct weft_address address;
    char text[8];
    int fd;

    reset();
    fd = bound_sock(SOCK_STREAM);
    give_sock(fd);
    CHECK_INT(start_here(), 0);
    CHECK_INT(server.sock_count, 0); /* it has taken it */
    CHECK_INT(weft_address_of_socket(&address, fd), 0);
    CHECK_INT(server.port, weft_address_port(&address));
    snprintf(text, sizeof text, "%d", server.port);
    CHECK_STR(server.port_text, text);
    CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    check_served(dial());
    close_server();
    CHECK(fcntl(fd, F_GETFD) < 0 && errno == EBADF); /* and closed it */
    CHECK_TRACE("bye, closed");
    finish();
}

/* As systemd hands them over: listening already. */
static void it_serves_on_several_that_listen_already(void)
{
    struct weft_address address;

    reset();
    for (int i = 0; i < 2; i++) {
        int fd = bound_sock(SOCK_STREAM);

        CHECK_INT(listen(fd, 5), 0);
        give_sock(fd);
    }
    CHECK_INT(weft_address_of_socket(&address, server.socks[1]), 0);
    CHECK_INT(start_here(), 0);
    check_served(dial());
    check_served(dial_port(weft_address_port(&address)));
    close_server();
    CHECK_TRACE("bye, bye, closed");
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_server_stream_bittype
 */
static void a_socket_may_be_non_blocking(void)
{
    reset();
    give_sock(bound_sock(SOCK_STREAM | SOCK_NONBLOCK));
    CHECK_INT(start_here(), 0);
    check_served(dial());
    close_server();
    CHECK_TRACE("bye, closed");
    finish();
}

/* ---- What is wrong with it ---- */

/* It is the server's from the start, and closed with it. */
static void check_wrong(int fd, int error)
{
    give_sock(fd);
    CHECK_INT(start_here(), error);
    CHECK(!weft_server_is_serving(&server));
    CHECK_INT(server.sock_count, 1);
    CHECK(fcntl(fd, F_GETFD) >= 0);
    weft_server_close(&server);
    CHECK_INT(server.sock_count, 0);
    CHECK(fcntl(fd, F_GETFD) < 0);
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_server_wrong_sock
 */
static void a_socket_of_another_kind_is_refused(void)
{
    int fds[2];
    int closed;

    reset();
    check_wrong(bound_sock(SOCK_DGRAM), WEFT_EINVAL);
    CHECK_INT(pipe(fds), 0);
    check_wrong(fds[0], -ENOTSOCK);
    close(fds[1]);
    closed = dup(1);
    close(closed);
    give_sock(closed);
    CHECK_INT(start_here(), -EBADF);
    server.sock_count = -1;
    CHECK_INT(start_here(), WEFT_EINVAL);
    server.sock_count = WEFT_SERVER_SOCKETS + 1;
    CHECK_INT(start_here(), WEFT_EINVAL);
    server.sock_count = 0;
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_server_no_host_port_sock
 */
static void neither_a_socket_nor_a_port_is_an_error(void)
{
    reset();
    CHECK_INT(start_here(), WEFT_EINVAL);
    CHECK_INT(weft_create_server(&server, NULL, NULL, NULL, NULL), WEFT_EINVAL);
    CHECK(!weft_server_is_serving(&server));
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_server_host_port_sock
 */
static void a_socket_and_a_host_are_an_error(void)
{
    reset();
    give_sock(bound_sock(SOCK_STREAM));
    CHECK_INT(start(WEFT_CLIENT(echo)), WEFT_EINVAL);
    CHECK_INT(weft_start_server(&server, WEFT_CLIENT(echo), NULL, "0"),
              WEFT_EINVAL);
    CHECK_INT(weft_start_unix_server(&server, WEFT_CLIENT(echo), "/none"),
              WEFT_EINVAL);
    CHECK_INT(start_here(), 0);
    close_server();
    CHECK_TRACE("closed");
    finish();
}

/* ---- On a path ---- */

static char folder[32];
static struct weft_address path;

static int bound_path(int type)
{
    char text[64];
    int fd = socket(AF_UNIX, type, 0);

    snprintf(folder, sizeof folder, "/tmp/weft-test-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    snprintf(text, sizeof text, "%s/socket", folder);
    CHECK_INT(weft_address_set_path(&path, text), 0);
    CHECK_INT(bind(fd, WEFT_SOCKADDR(&path), path.size), 0);
    return fd;
}

/* True if it was there. */
static bool remove_path(void)
{
    char text[WEFT_ADDRESS_TEXT];
    bool was_there = unlink(weft_address_text(&path, text, sizeof text)) == 0;

    CHECK_INT(rmdir(folder), 0);
    return was_there;
}

static int start_unix_here(void)
{
    return weft_start_unix_server(&server, WEFT_CLIENT(echo), NULL);
}

/* CPython: test_server.UnixServerCleanupTests.test_unix_server_sock_cleanup
 * CPython: test_unix_events.SelectorEventLoopUnixSocketTests.test_create_unix_server_path_stream_bittype
 */
static void a_unix_server_removes_the_file_of_its_socket(void)
{
    int fd;

    reset();
    give_sock(bound_path(SOCK_STREAM | SOCK_NONBLOCK));
    CHECK_INT(start_unix_here(), 0);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_INT(connect(fd, WEFT_SOCKADDR(&path), path.size), 0);
    check_served(fd);
    close_server();
    CHECK_TRACE("bye, closed");
    CHECK(!remove_path());
    finish();
}

/* It is not this program's, say. */
static void another_server_leaves_the_file_alone(void)
{
    int fd;

    reset();
    give_sock(bound_path(SOCK_STREAM));
    CHECK_INT(start_here(), 0);
    CHECK_INT(server.port, 0);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_INT(connect(fd, WEFT_SOCKADDR(&path), path.size), 0);
    check_served(fd);
    close_server();
    CHECK_TRACE("bye, closed");
    CHECK(remove_path());
    finish();
}

static void check_wrong_path(int fd)
{
    give_sock(fd);
    CHECK_INT(start_unix_here(), WEFT_EINVAL);
    CHECK(!weft_server_is_serving(&server));
    weft_server_close(&server);
}

/* CPython: test_unix_events.SelectorEventLoopUnixSocketTests.test_create_unix_server_path_inetsock
 * CPython: test_unix_events.SelectorEventLoopUnixSocketTests.test_create_unix_server_path_dgram
 */
static void a_unix_server_needs_a_socket_of_its_kind(void)
{
    reset();
    check_wrong_path(bound_sock(SOCK_STREAM));
    check_wrong_path(bound_path(SOCK_DGRAM));
    CHECK(remove_path());
    finish();
}

#define TESTS(X)                                    \
    X(it_serves_on_a_socket_that_it_is_given)       \
    X(it_serves_on_several_that_listen_already)     \
    X(a_socket_may_be_non_blocking)                 \
    X(a_socket_of_another_kind_is_refused)          \
    X(neither_a_socket_nor_a_port_is_an_error)      \
    X(a_socket_and_a_host_are_an_error)             \
    X(a_unix_server_removes_the_file_of_its_socket) \
    X(another_server_leaves_the_file_alone)         \
    X(a_unix_server_needs_a_socket_of_its_kind)
TEST_MAIN(TESTS)
