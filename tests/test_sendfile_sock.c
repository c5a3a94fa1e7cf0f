/* test_sendfile_sock.c - files to sockets. */
#include "sendfiles.h"
#include "weft/debug.h"

static struct weft_task *sending;

struct sock_sender {
    struct weft_frame frame;
    int64_t offset, count;
    const char *around; /* sent before and after, so many bytes */
    size_t size;
    struct weft_sendfile sendfile;
};

static async sock_sender(struct weft_frame *frame)
{
    ASYNC_BEGIN(sock_sender);
    AWAIT(weft_sock_sendall(&sock, self->around, self->size));
    AWAIT(CALL(&self->sendfile, weft_sendfile, .sock = &sock, .fd = file,
               .native_only = true, .offset = self->offset,
               .count = self->count));
    sent = self->sendfile.sent;
    CHECK_INT(sock.sent, 0);
    AWAIT(weft_sock_sendall(&sock, self->around, self->size));
    trace("sent");
    ASYNC_FINALLY
    close(sock.fd);
    ASYNC_END;
}

#define START_SOCK(...) weft_task_release(SPAWN(sock_sender, __VA_ARGS__))

/* CPython: test_sendfile.SockSendfileMixin.test_sock_sendfile_success */
static void a_socket_gets_a_file(void)
{
    begin_sock();
    START_SOCK(.count = 0);
    receive();
    CHECK_TRACE("sent");
    CHECK_INT(sent, FILE_SIZE);
    CHECK_INT(received_size, FILE_SIZE);
    CHECK_INT(wrong_bytes(0, 0, FILE_SIZE), 0);
    end_sock();
}

/* CPython: test_sendfile.SockSendfileMixin.test_sock_sendfile_with_offset_and_count */
static void a_socket_gets_a_part(void)
{
    begin_sock();
    START_SOCK(.offset = 1000, .count = 2000);
    receive();
    CHECK_TRACE("sent");
    CHECK_INT(sent, 2000);
    CHECK_INT(received_size, 2000);
    CHECK_INT(wrong_bytes(0, 1000, 2000), 0);
    end_sock();
}

/* CPython: test_sendfile.SockSendfileMixin.test_sock_sendfile_zero_size */
static void a_socket_gets_nothing(void)
{
    begin_sock();
    START_SOCK(.offset = FILE_SIZE);
    receive();
    CHECK_TRACE("sent");
    CHECK_INT(sent, 0);
    CHECK_INT(received_size, 0);
    end_sock();
}

/* CPython: test_sendfile.SockSendfileMixin.test_sock_sendfile_mix_with_regular_send */
static void a_socket_gets_a_file_between_other_things(void)
{
    static char around[65536];

    for (size_t i = 0; i < sizeof around; i++) {
        around[i] = file_byte(i + 99);
    }
    begin_sock();
    START_SOCK(.around = around, .size = sizeof around);
    receive();
    CHECK_TRACE("sent");
    CHECK_INT(received_size, FILE_SIZE + 2 * sizeof around);
    CHECK_INT(wrong_bytes(0, 99, sizeof around), 0);
    CHECK_INT(wrong_bytes(sizeof around, 0, FILE_SIZE), 0);
    CHECK_INT(wrong_bytes(sizeof around + FILE_SIZE, 99, sizeof around), 0);
    end_sock();
}

/* Linux does not send its own files: EINVAL, and they are copied. */
static void a_socket_gets_a_copy(void)
{
    int odd;

    begin_sock();
    odd = open("/proc/self/status", O_RDONLY);
    CHECK_INT(await_task(SPAWN(sender, .sock = &sock, .fd = odd,
                               .native_only = true, .stays = true)),
              -ENOTSUP);
    CHECK_TRACE("ENOTSUP");
    CHECK_INT(
        await_task(SPAWN(sender, .sock = &sock, .fd = odd, .stays = true)), 0);
    CHECK_TRACE("sent");
    CHECK(has_copied);
    close(odd);
    close(sock.fd);
    receive();
    CHECK(sent > 5);
    CHECK_INT(received_size, sent);
    CHECK_INT(memcmp(received, "Name:", 5), 0);
    end_sock();
}

/* ---- Waiting ---- */

static void begin_to_wait(void)
{
    begin_sock();
    sending = SPAWN(sender, TO_SOCK);
    turns(1);
    CHECK(sock_is_watched());
}

static void a_socket_that_is_waited_for_is_refused(void)
{
    begin_to_wait();
    CHECK_INT(await_task(SPAWN(sender, TO_SOCK)), WEFT_EBUSY);
    CHECK_TRACE("EBUSY");
    weft_task_cancel(sending);
    CHECK_INT(await_task(sending), WEFT_ECANCELLED);
    CHECK_TRACE("ECANCELLED");
    check_sent_has_arrived();
    end_sock();
}

/* CPython: test_unix_events.SelectorEventLoopUnixSockSendfileTests.test_sock_sendfile_cancel1
 */
static void cancelled_it_tells_how_much_was_sent(void)
{
    begin_to_wait();
    weft_task_cancel(sending);
    CHECK_INT(await_task(sending), WEFT_ECANCELLED);
    CHECK_TRACE("ECANCELLED");
    CHECK(!sock_is_watched());
    CHECK(sent > 0 && sent < FILE_SIZE);
    check_sent_has_arrived();
    end_sock();
}

/* In the turn in which it could go on.
 * CPython: test_unix_events.SelectorEventLoopUnixSockSendfileTests.test_sock_sendfile_cancel2
 */
static void cancelled_it_sends_no_more(void)
{
    ssize_t count;

    begin_to_wait();
    while ((count = recv(away.transport.fd, received + received_size, 65536,
                         MSG_DONTWAIT)) > 0) {
        received_size += (size_t)count;
    }
    weft_task_cancel(sending);
    CHECK_INT(await_task(sending), WEFT_ECANCELLED);
    CHECK_TRACE("ECANCELLED");
    CHECK(!sock_is_watched());
    CHECK_INT(sent, received_size);
    check_sent_has_arrived();
    end_sock();
}

/* ---- What is refused ---- */

/* A pipe has no places to begin at.
 * CPython: test_unix_events.SelectorEventLoopUnixSockSendfileTests.test_sock_sendfile_not_regular_file
 */
static void not_every_file_will_do(void)
{
    int fds[2];

    begin_sock();
    CHECK_INT(pipe(fds), 0);
    CHECK_INT(await_task(SPAWN(sender, .sock = &sock, .fd = fds[0],
                               .native_only = true, .stays = true)),
              -ESPIPE);
    CHECK_INT(await_task(SPAWN(sender, .sock = &sock, .fd = -1, .stays = true)),
              -EBADF);
    check_trace[0] = '\0';
    real_close_pair(fds);
    close(sock.fd);
    end_sock();
}

static int try_sock(int fd, int64_t offset, int64_t count)
{
    struct weft_sock tried = WEFT_SOCK(fd);
    int status =
        await_task(SPAWN(sender, .sock = &tried, .fd = file, .offset = offset,
                         .count = count, .stays = true));

    check_trace[0] = '\0';
    return status;
}

/* CPython: test_base_events.BaseLoopSockSendfileTests.test_negative_count
 * CPython: test_base_events.BaseLoopSockSendfileTests.test_negative_offset
 */
static void nothing_can_be_negative(void)
{
    begin_sock();
    CHECK_INT(try_sock(sock.fd, -1, 0), WEFT_EINVAL);
    CHECK_INT(try_sock(sock.fd, 0, -1), WEFT_EINVAL);
    close(sock.fd);
    end_sock();
}

/* CPython: test_base_events.BaseLoopSockSendfileTests.test_nonstream_socket */
static void a_file_is_no_datagram(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    begin_sock();
    CHECK_INT(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    CHECK_INT(try_sock(fd, 0, 0), WEFT_EINVAL);
    CHECK_INT(try_sock(file, 0, 0), -ENOTSOCK);
    close(sock.fd);
    end_sock();
    close(fd);
}

/* CPython: test_base_events.BaseLoopSockSendfileTests.test_blocking_socket */
static void one_that_blocks_is_found_out_in_debug_mode(void)
{
    begin_sock();
    weft_loop_set_debug(&real.world.loop, true);
    CHECK_INT(fcntl(sock.fd, F_SETFL, 0), 0);
    CHECK_INT(try_sock(sock.fd, 0, 0), WEFT_EINVAL);
    CHECK_INT(fcntl(sock.fd, F_SETFL, O_NONBLOCK), 0);
    CHECK_INT(try_sock(sock.fd, 0, 10), 0);
    close(sock.fd);
    end_sock();
}

#define TESTS(X)                                 \
    X(a_socket_gets_a_file)                      \
    X(a_socket_gets_a_part)                      \
    X(a_socket_gets_nothing)                     \
    X(a_socket_gets_a_file_between_other_things) \
    X(a_socket_gets_a_copy)                      \
    X(a_socket_that_is_waited_for_is_refused)    \
    X(cancelled_it_tells_how_much_was_sent)      \
    X(cancelled_it_sends_no_more)                \
    X(not_every_file_will_do)                    \
    X(nothing_can_be_negative)                   \
    X(a_file_is_no_datagram)                     \
    X(one_that_blocks_is_found_out_in_debug_mode)
TEST_MAIN(TESTS)
