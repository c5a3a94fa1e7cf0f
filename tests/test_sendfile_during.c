/* test_sendfile_during.c - what may happen while a file is sent. */
#include "sendfiles.h"

static struct weft_task *sending;

/* Near has begun to send, and waits for its peer. */
static void begin_in_the_middle(bool copies)
{
    make_file();
    reset();
    open_away();
    near.transport.wire = copies ? &plain_wire : NULL;
    sending = SPAWN(sender, TO_NEAR, .stays = true);
    turns(1);
    while (copies &&
           near.transport.out.size == 0) { /* threads take what they take */
        turns(1);
    }
}

static void end_of_it(void)
{
    CHECK_TRACE("");
    weft_task_release(sending);
    finish();
    close_file();
}

static int await_task(struct weft_task *task)
{
    int error;

    while (!weft_task_done(task)) {
        turns(1);
    }
    error = weft_task_error(task);
    weft_task_release(task);
    return error;
}

static void receive(void)
{
    CHECK_INT(await_task(SPAWN(receiver, .most = 0)), 0);
}

static void await_sender(void)
{
    while (!weft_task_done(sending)) {
        turns(1);
    }
}

/* Of the task, whose end the loop would report otherwise. */
static void await_failure(int error)
{
    await_sender();
    CHECK_INT(weft_task_error(sending), error);
}

/* CPython: test_sendfile.SendfileMixin.test_sendfile_prevents_bare_write */
static void nothing_else_is_written(void)
{
    struct iovec part = {"x", 1};

    for (int copies = 0; copies < 2; copies++) {
        begin_in_the_middle(copies);
        CHECK_INT(weft_stream_write(&near, "x", 1), WEFT_EINVALIDSTATE);
        CHECK_INT(weft_stream_writelines(&near, &part, 1), WEFT_EINVALIDSTATE);
        CHECK_INT(weft_stream_write_eof(&near), WEFT_EINVALIDSTATE);
        CHECK_INT(await_task(SPAWN(sender, TO_NEAR, .stays = true)),
                  WEFT_EBUSY);
        CHECK_TRACE("EBUSY");
        weft_task_release(SPAWN(receiver, .most = FILE_SIZE + 1));
        await_sender();
        CHECK_TRACE("sent");
        CHECK_INT(sent, FILE_SIZE);
        CHECK_INT(weft_stream_write(&near, "x", 1), 0);
        weft_stream_close(&near);
        while (received_size <= FILE_SIZE) {
            turns(1);
        }
        CHECK_INT(wrong_bytes(0, 0, FILE_SIZE), 0);
        CHECK_INT(received[FILE_SIZE], 'x');
        end_of_it();
    }
}

/* What it says to have sent arrives, and no more; then the stream goes on. */
static void cancelled_it_tells_how_much_was_sent(void)
{
    for (int copies = 0; copies < 2; copies++) {
        begin_in_the_middle(copies);
        weft_task_cancel(sending);
        await_failure(WEFT_ECANCELLED);
        CHECK_TRACE("ECANCELLED");
        CHECK(sent > 0 && sent < FILE_SIZE);
        CHECK_INT(weft_stream_write(&near, "end", 4), 0);
        weft_stream_close(&near);
        receive();
        CHECK_INT(received_size, sent + 4);
        CHECK_INT(wrong_bytes(0, 0, (size_t)sent), 0);
        CHECK_STR(received + sent, "end");
        end_of_it();
    }
}

/* A close sends what it was given, which the rest of the file was not. */
static void a_close_ends_it(void)
{
    for (int copies = 0; copies < 2; copies++) {
        begin_in_the_middle(copies);
        weft_stream_close(&near);
        receive();
        await_failure(WEFT_ECLOSED);
        CHECK_TRACE("ECLOSED");
        CHECK(sent > 0 && sent < FILE_SIZE);
        CHECK_INT(received_size, sent);
        CHECK_INT(wrong_bytes(0, 0, (size_t)sent), 0);
        end_of_it();
    }
}

static void an_abort_ends_it(void)
{
    for (int copies = 0; copies < 2; copies++) {
        begin_in_the_middle(copies);
        weft_stream_abort(&near);
        await_failure(WEFT_ECLOSED);
        CHECK_TRACE("ECLOSED");
        end_of_it();
    }
}

/* Who drains is not forgotten when the limit was lowered in between. */
static void a_drain_meanwhile_goes_on(void)
{
    struct weft_task *task;

    for (int cancels = 0; cancels < 2; cancels++) {
        make_file();
        reset_with(real_tcp_pair);
        open_away();
        near.transport.high = SIZE_MAX;
        fill();
        CHECK_INT(weft_stream_write(&near, received, 100), 0);
        sending = SPAWN(sender, TO_NEAR, .count = 10, .stays = true);
        turns(1);
        task = SPAWN(drainer);
        turns(1);
        CHECK_TRACE("drain");
        if (cancels) {
            weft_task_cancel(sending);
        } else {
            weft_task_release(SPAWN(receiver, .most = 0));
        }
        await_sender();
        CHECK_INT(await_task(task), 0);
        CHECK(strstr(check_trace, "drained") != NULL);
        CHECK(strstr(check_trace, cancels ? "ECANCELLED" : "sent") != NULL);
        check_trace[0] = '\0';
        CHECK_INT(near.transport.low, WEFT_TRANSPORT_LOW);
        CHECK(!near.transport.is_full);
        CHECK_INT(weft_task_error(sending), cancels ? WEFT_ECANCELLED : 0);
        end_of_it();
    }
}

/* ---- Sockets ---- */

static struct weft_sock sock;

static void begin_sock(void)
{
    int fds[2];

    make_file();
    reset_with(real_tcp_pair);
    open_away();
    real_tcp_pair(fds);
    weft_stream_abort(&away);
    CHECK_INT(weft_stream_open(&away, fds[1]), 0);
    CHECK_INT(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
    sock = WEFT_SOCK(fds[0]);
}

static void end_sock(void)
{
    CHECK_TRACE("");
    finish();
    close_file();
}

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

/* And cancelled, it tells how much was sent. */
static void a_socket_that_is_waited_for_is_refused(void)
{
    begin_sock();
    sending = SPAWN(sender, .sock = &sock, .fd = file, .stays = true);
    turns(1);
    CHECK_INT(
        await_task(SPAWN(sender, .sock = &sock, .fd = file, .stays = true)),
        WEFT_EBUSY);
    CHECK_TRACE("EBUSY");
    weft_task_cancel(sending);
    await_failure(WEFT_ECANCELLED);
    CHECK_TRACE("ECANCELLED");
    CHECK(sent > 0 && sent < FILE_SIZE);
    close(sock.fd);
    receive();
    CHECK_INT(received_size, sent);
    CHECK_INT(wrong_bytes(0, 0, received_size), 0);
    weft_task_release(sending);
    end_sock();
}

#define TESTS(X)                                 \
    X(nothing_else_is_written)                   \
    X(cancelled_it_tells_how_much_was_sent)      \
    X(a_close_ends_it)                           \
    X(an_abort_ends_it)                          \
    X(a_drain_meanwhile_goes_on)                 \
    X(a_socket_gets_a_file)                      \
    X(a_socket_gets_a_part)                      \
    X(a_socket_gets_nothing)                     \
    X(a_socket_gets_a_file_between_other_things) \
    X(a_socket_gets_a_copy)                      \
    X(a_socket_that_is_waited_for_is_refused)

TEST_MAIN(TESTS)
