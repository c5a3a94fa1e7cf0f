/* test_sendfile_native.c - files to sockets, where the kernel cannot, or fails.
 */
#include <sys/sendfile.h>
#include <sys/syscall.h>

#include "sendfiles.h"

/* In front of the C library's: the call after so many fails. */
static int refusal;
static int calls_before_it;

ssize_t sendfile(int to, int from, off_t *offset, size_t size)
{
    if (refusal != 0 && calls_before_it-- <= 0) {
        errno = refusal;
        return -1;
    }
    return syscall(SYS_sendfile, to, from, offset, size);
}

static void refuse_after(int calls, int error)
{
    calls_before_it = calls;
    refusal = error;
}

static void end_refusal(void)
{
    refusal = 0;
    end_sock();
}

/* CPython: test_unix_events.SelectorEventLoopUnixSockSendfileTests.test_sock_sendfile_blocking_error
 */
static void it_waits_where_the_first_call_would_block(void)
{
    struct weft_task *sending;

    begin_sock();
    refuse_after(0, EAGAIN);
    sending = SPAWN(sender, TO_SOCK);
    turns(1);
    CHECK(sock_is_watched());
    refusal = 0;
    receiving = SPAWN(receiver, .most = 0);
    CHECK_INT(await_task(sending), 0);
    CHECK_TRACE("sent");
    CHECK_INT(sent, FILE_SIZE);
    check_sent_has_arrived();
    end_refusal();
}

/* CPython: test_base_events.BaseLoopSockSendfileTests.test_sock_sendfile_no_fallback
 * CPython: test_base_events.BaseLoopSockSendfileTests.test__sock_sendfile_native_failure
 * CPython: test_unix_events.SelectorEventLoopUnixSockSendfileTests.test_sock_sendfile_not_available
 */
static void where_it_is_not_available_nothing_is_sent(void)
{
    static const int errors[] = {ENOSYS, EINVAL, EOPNOTSUPP};

    for (int i = 0; i < 3; i++) {
        begin_sock();
        refuse_after(0, errors[i]);
        CHECK_INT(await_task(SPAWN(sender, TO_SOCK, .native_only = true)),
                  -ENOTSUP);
        CHECK_TRACE("ENOTSUP");
        CHECK_INT(sent, 0);
        CHECK(!sock_is_watched());
        check_sent_has_arrived();
        end_refusal();
    }
}

/* CPython: test_base_events.BaseLoopSockSendfileTests.test_sock_sendfile_fallback
 */
static void where_it_is_not_available_a_copy_is_sent(void)
{
    begin_sock();
    refuse_after(0, ENOSYS);
    receiving = SPAWN(receiver, .most = 0);
    CHECK_INT(await_task(SPAWN(sender, TO_SOCK)), 0);
    CHECK_TRACE("sent");
    CHECK(has_copied);
    CHECK_INT(sent, FILE_SIZE);
    check_sent_has_arrived();
    end_refusal();
}

/* CPython: test_base_events.BaseLoopSockSendfileTests.test_sock_sendfile_fallback_offset_and_count
 */
static void or_a_copy_of_a_part(void)
{
    begin_sock();
    refuse_after(0, ENOSYS);
    CHECK_INT(await_task(SPAWN(sender, TO_SOCK, .offset = 1000, .count = 2000)),
              0);
    CHECK_TRACE("sent");
    CHECK_INT(sent, 2000);
    close(sock.fd);
    receive();
    CHECK_INT(received_size, 2000);
    CHECK_INT(wrong_bytes(0, 1000, 2000), 0);
    end_refusal();
}

/* CPython: test_unix_events.SelectorEventLoopUnixSockSendfileTests.test_sock_sendfile_os_error_next_call
 */
static void an_error_in_the_middle_is_told(void)
{
    begin_sock();
    refuse_after(1, EIO);
    CHECK_INT(await_task(SPAWN(sender, TO_SOCK)), -EIO);
    CHECK_TRACE("EIO");
    CHECK(sent > 0 && sent < FILE_SIZE);
    CHECK(!sock_is_watched());
    check_sent_has_arrived();
    end_refusal();
}

/* CPython: test_unix_events.SelectorEventLoopUnixSockSendfileTests.test_sock_sendfile_exception
 */
static void it_may_turn_out_to_be_unavailable_in_the_middle(void)
{
    for (int copies = 0; copies < 2; copies++) {
        begin_sock();
        refuse_after(1, EINVAL);
        receiving = SPAWN(receiver, .most = 0);
        CHECK_INT(await_task(SPAWN(sender, TO_SOCK, .native_only = !copies)),
                  copies ? 0 : -ENOTSUP);
        CHECK_TRACE(copies ? "sent" : "ENOTSUP");
        CHECK(sent > 0);
        CHECK(copies == (sent == FILE_SIZE));
        CHECK(!sock_is_watched());
        check_sent_has_arrived();
        end_refusal();
    }
}

#define TESTS(X)                                 \
    X(it_waits_where_the_first_call_would_block) \
    X(where_it_is_not_available_nothing_is_sent) \
    X(where_it_is_not_available_a_copy_is_sent)  \
    X(or_a_copy_of_a_part)                       \
    X(an_error_in_the_middle_is_told)            \
    X(it_may_turn_out_to_be_unavailable_in_the_middle)
TEST_MAIN(TESTS)
