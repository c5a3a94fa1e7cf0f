/* test_sock_faults.c - system calls of sockets that are interrupted, do half of
 * what they were asked for, or fail.
 */
#include <stdarg.h>

#include "datagrams.h"
#include "faults.h"

/* ---- What faults.h does not stand in front of ---- */

static bool setting_flags_fails;

ssize_t recvfrom(int fd, void *data, size_t size, int flags,
                 struct sockaddr *address, socklen_t *room)
{
    return fault_strikes(FAULT_RECV)
               ? -1
               : syscall(SYS_recvfrom, fd, data, fault_limited(size), flags,
                         address, room);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    return fault_strikes(FAULT_RECV) ? -1
                                     : syscall(SYS_recvmsg, fd, message, flags);
}

ssize_t sendto(int fd, const void *data, size_t size, int flags,
               const struct sockaddr *address, socklen_t room)
{
    return fault_strikes(FAULT_SEND)
               ? -1
               : syscall(SYS_sendto, fd, data, size, flags, address, room);
}

int fcntl(int fd, int command, ...)
{
    va_list arguments;
    long argument;

    va_start(arguments, command);
    argument = va_arg(arguments, long);
    va_end(arguments);
    if (setting_flags_fails && command == F_SETFL) {
        errno = ENOLCK;
        return -1;
    }
    return (int)syscall(SYS_fcntl, fd, command, argument);
}

/* ---- Streams ---- */

static struct weft_sock socks[2];

static void open_pair(void)
{
    int fds[2];

    real_open(&real);
    real.world.loop.poll_turns = 1;
    real_pair(fds);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(fcntl(fds[i], F_SETFL, (long)O_NONBLOCK), 0);
        socks[i] = WEFT_SOCK(fds[i]);
    }
    faults_over();
}

static void close_pair(void)
{
    faults_over();
    close(socks[0].fd);
    close(socks[1].fd);
    real_close(&real);
}

struct sender {
    struct weft_frame frame;
    const char *text;
};

static async sender(struct weft_frame *frame)
{
    ASYNC_BEGIN(sender);
    AWAIT(weft_sock_sendall(&socks[0], self->text, strlen(self->text)));
    ASYNC_END;
}

struct receiver {
    struct weft_frame frame;
    char *text;
    size_t size, got;
};

static async receiver(struct weft_frame *frame)
{
    ASYNC_BEGIN(receiver);
    while (self->got < self->size) {
        AWAIT(weft_sock_recv(&socks[1], self->text + self->got,
                             self->size - self->got));
        self->got += (size_t)frame->value;
    }
    ASYNC_END;
}

/* The text goes across, whatever happens on the way. */
static void check_text_crosses(void)
{
    static const char text[] = "a text that goes across";
    char got[sizeof text] = "";
    struct weft_task *reads =
        SPAWN(receiver, .text = got, .size = sizeof text - 1);
    struct weft_task *writes = SPAWN(sender, .text = text);

    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, writes), 0);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, reads), 0);
    CHECK_STR(got, text);
    CHECK_INT(socks[0].sent, sizeof text - 1);
    weft_task_release(reads);
    weft_task_release(writes);
}

static void a_text_crosses_byte_by_byte(void)
{
    open_pair();
    fault_limit = 1;
    check_text_crosses();
    CHECK(fault_count >= 46);
    close_pair();
}

static void an_interrupted_call_is_made_again(void)
{
    bool has_struck = true;

    for (long n = 1; has_struck; n++) {
        open_pair();
        fault_nth(n, EINTR);
        check_text_crosses();
        has_struck = faults_over();
        CHECK(n > 2 || has_struck);
        close_pair();
    }
}

/* The call says that it would block although it would not. */
static void a_call_that_would_block_is_made_later(void)
{
    bool has_struck = true;

    for (long n = 1; has_struck; n++) {
        open_pair();
        fault_nth(n, EAGAIN);
        check_text_crosses();
        has_struck = faults_over();
        CHECK(n > 2 || has_struck);
        close_pair();
    }
}

static void an_error_half_way_leaves_how_much_was_sent(void)
{
    struct weft_task *task;

    open_pair();
    fault_limit = 3;
    fault(FAULT_SEND, ECONNRESET);
    fault_left = 4;
    task = SPAWN(sender, .text = "0123456789abcdef");
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task),
              -ECONNRESET);
    CHECK_INT(socks[0].sent, 9);
    weft_task_release(task);
    close_pair();
}

static void an_accept_is_made_again_and_leaves_nothing_when_it_fails(void)
{
    struct weft_address own;
    struct weft_address from;
    struct weft_sock listening;
    int client;
    int status;

    open_pair();
    listening = WEFT_SOCK(socks_bind(AF_INET, SOCK_STREAM, &own));
    CHECK_INT(listen(listening.fd, 8), 0);
    for (int i = 0; i < 2; i++) {
        client = socket(AF_INET, SOCK_STREAM, 0);
        CHECK_INT(connect(client, WEFT_SOCKADDR(&own), own.size), 0);
        fault(FAULT_ACCEPT, EINTR);
        setting_flags_fails = i == 1;
        status = weft_sock_accept(&listening, &from).status;
        setting_flags_fails = false;
        CHECK(faults_over());
        if (i == 0) {
            CHECK(status >= 0);
            close(status);
        } else {
            CHECK_INT(status, -ENOLCK);
        }
        close(client);
    }
    fault(FAULT_ACCEPT, EMFILE);
    CHECK_INT(weft_sock_accept(&listening, &from).status, -EMFILE);
    CHECK_INT(from.size, 0);
    close(listening.fd);
    close_pair();
}

/* ---- Datagrams ---- */

static struct couple couple;

static void a_datagram_that_is_interrupted_comes_and_goes(void)
{
    char data[8];

    real_open(&real);
    real.world.loop.poll_turns = 1;
    couple_open(&couple);
    turns(1);
    fault(FAULT_SEND, EINTR);
    CHECK_INT(say(&couple.talker, "out", NULL), 0);
    CHECK(faults_over());
    CHECK_INT(couple_get(&couple, data, sizeof data), 3);
    CHECK_INT(send(couple.other, "in", 2, 0), 2);
    fault(FAULT_RECV, EINTR);
    turns(1);
    CHECK(faults_over());
    CHECK_TRACE("a made, a \"in\"");
    couple_close(&couple);
    real_close(&real);
    check_trace[0] = '\0';
}

/* CPython: test_selector_events.SelectorDatagramTransportTests.test_sendto_error_received_connected */
static void errors_of_receiving_are_told_and_the_endpoint_goes_on(void)
{
    real_open(&real);
    real.world.loop.poll_turns = 1;
    couple_open(&couple);
    turns(1);
    CHECK_INT(send(couple.other, "in", 2, 0), 2);
    fault(FAULT_RECV, ECONNREFUSED);
    turns(2);
    CHECK_TRACE("a made, a ECONNREFUSED, a \"in\"");
    fault(FAULT_SEND, ECONNREFUSED);
    CHECK_INT(say(&couple.talker, "x", NULL), -ECONNREFUSED);
    CHECK_INT(say(&couple.talker, "x", NULL), 0);
    CHECK(!weft_datagram_is_closing(&couple.talker.endpoint));
    couple_close(&couple);
    real_close(&real);
    check_trace[0] = '\0';
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_setblk_err */
static void a_socket_that_cannot_be_made_non_blocking_is_closed(void)
{
    static struct weft_datagram endpoint;

    real_open(&real);
    setting_flags_fails = true;
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, weft_create_datagram_endpoint,
                           .endpoint = &endpoint, .family = AF_INET),
              -ENOLCK);
    setting_flags_fails = false;
    CHECK(weft_datagram_is_closed(&endpoint));
    real_close(&real);
}

/* ---- Dialling ---- */

static void a_socket_that_cannot_be_made_is_a_failure_of_its_address(void)
{
    static struct weft_dial dial;
    char text[128];

    real_open(&real);
    memset(&dial, 0, sizeof dial);
    dial.host = "127.0.0.1";
    dial.port = "9";
    fault(FAULT_SOCKET, ENOBUFS);
    CHECK_INT(weft_run_in_(&real.world.loop, weft_dial, &dial.frame), -ENOBUFS);
    CHECK(faults_over());
    CHECK_STR(weft_dial_failures(&dial, text, sizeof text),
              "connect 127.0.0.1:9: ENOBUFS");
    real_close(&real);
}

#define TESTS(X)                                                \
    X(a_text_crosses_byte_by_byte)                              \
    X(an_interrupted_call_is_made_again)                        \
    X(a_call_that_would_block_is_made_later)                    \
    X(an_error_half_way_leaves_how_much_was_sent)               \
    X(an_accept_is_made_again_and_leaves_nothing_when_it_fails) \
    X(a_datagram_that_is_interrupted_comes_and_goes)            \
    X(errors_of_receiving_are_told_and_the_endpoint_goes_on)    \
    X(a_socket_that_cannot_be_made_non_blocking_is_closed)      \
    X(a_socket_that_cannot_be_made_is_a_failure_of_its_address)
TEST_MAIN(TESTS)
