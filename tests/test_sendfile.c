/* test_sendfile.c - files to streams. */
#include "sendfiles.h"

static void begin_with(void (*make_pair)(int fds[2]))
{
    make_file();
    reset_with(make_pair);
    open_away();
}

static void begin(void)
{
    begin_with(real_tcp_pair);
}

static void end(void)
{
    CHECK_TRACE("");
    finish();
    close_file();
}

static void check_all_arrived(void)
{
    CHECK_INT(sent, FILE_SIZE);
    CHECK_INT(received_size, FILE_SIZE);
    CHECK_INT(wrong_bytes(0, 0, received_size), 0);
}

/* Of a stream, and the kernel does it: nothing is copied.
 * CPython: test_sendfile.SendfileMixin.test_sendfile */
static void a_whole_file_is_sent(void)
{
    begin();
    EXCHANGE(0, .native_only = true);
    CHECK_TRACE("sent");
    CHECK(!has_copied);
    check_all_arrived();
    end();
}

/* CPython: test_sendfile.SendfileMixin.test_sendfile_partial */
static void a_part_of_a_file_is_sent(void)
{
    begin();
    EXCHANGE(0, .offset = 1000, .count = 100);
    CHECK_TRACE("sent");
    CHECK_INT(sent, 100);
    CHECK_INT(received_size, 100);
    CHECK_INT(wrong_bytes(0, 1000, 100), 0);
    end();
}

static void a_file_may_end_before_the_count(void)
{
    begin();
    EXCHANGE(0, .offset = FILE_SIZE - 10, .count = 100);
    CHECK_TRACE("sent");
    CHECK_INT(sent, 10);
    CHECK_INT(received_size, 10);
    CHECK_INT(wrong_bytes(0, FILE_SIZE - 10, 10), 0);
    end();
}

static void nothing_is_sent_from_behind_the_end(void)
{
    for (int copies = 0; copies < 2; copies++) {
        begin();
        near.transport.wire = copies ? &plain_wire : NULL;
        EXCHANGE(0, .offset = FILE_SIZE);
        CHECK_TRACE("sent");
        CHECK_INT(sent, 0);
        CHECK_INT(received_size, 0);
        end();
    }
}

/* CPython: test_sendfile.SendfileMixin.test_sendfile_force_fallback */
static void through_a_wire_it_is_copied(void)
{
    begin();
    near.transport.wire = &plain_wire;
    EXCHANGE(0, .stays = false);
    CHECK_TRACE("sent");
    CHECK(has_copied);
    check_all_arrived();
    end();
}

static void a_part_is_copied(void)
{
    begin();
    near.transport.wire = &plain_wire;
    EXCHANGE(0, .offset = 5, .count = 2 * WEFT_SENDFILE_PIECE + 1);
    CHECK_TRACE("sent");
    CHECK_INT(sent, 2 * WEFT_SENDFILE_PIECE + 1);
    CHECK_INT(received_size, sent);
    CHECK_INT(wrong_bytes(0, 5, received_size), 0);
    end();
}

/* CPython: test_sendfile.SendfileMixin.test_sendfile_force_unsupported_native
 * CPython: test_sendfile.SendfileMixin.test_sendfile_no_fallback_for_fallback_transport
 */
static void it_is_not_copied_where_that_is_not_wanted(void)
{
    begin();
    near.transport.wire = &plain_wire;
    CHECK_INT(SEND(TO_NEAR, .native_only = true), -ENOTSUP);
    CHECK_TRACE("ENOTSUP");
    weft_stream_close(&near);
    EXCHANGE(0, .stays = false);
    CHECK_TRACE("ECLOSED");
    CHECK_INT(received_size, 0);
    end();
}

/* CPython: test_sendfile.SendfileMixin.test_sendfile_for_closing_transp */
static void a_closing_stream_takes_no_file(void)
{
    begin();
    fill();
    weft_stream_close(&near);
    CHECK_INT(SEND(TO_NEAR), WEFT_ECLOSED);
    CHECK_TRACE("ECLOSED");
    CHECK_INT(sent, 0);
    weft_stream_abort(&near);
    CHECK_INT(SEND(TO_NEAR), WEFT_ECLOSED);
    CHECK_TRACE("ECLOSED");
    end();
}

static void after_write_eof_there_is_no_file(void)
{
    begin();
    CHECK_INT(weft_stream_write_eof(&near), 0);
    CHECK_INT(SEND(TO_NEAR), WEFT_EINVALIDSTATE);
    CHECK_TRACE("EINVALIDSTATE");
    end();
}

/* More than the kernel takes is unsent, and goes first.
 * CPython: test_sendfile.SendfileMixin.test_sendfile_pre_and_post_data */
static void what_was_written_before_is_sent_before(void)
{
    static const char prefix[300000] = "prefix";
    size_t filled;

    for (int copies = 0; copies < 2; copies++) {
        begin();
        near.transport.wire = copies ? &plain_wire : NULL;
        filled = fill();
        CHECK_INT(weft_stream_write(&near, prefix, sizeof prefix), 0);
        filled += sizeof prefix;
        EXCHANGE(0, .offset = 1, .count = 1 << 20);
        CHECK_TRACE("sent");
        CHECK_INT(received_size, filled + (1 << 20));
        CHECK_STR(received + filled - sizeof prefix, "prefix");
        CHECK_INT(wrong_bytes(filled, 1, 1 << 20), 0);
        CHECK_INT(near.transport.low, WEFT_TRANSPORT_LOW);
        end();
    }
}

struct framed {
    struct weft_frame frame;
    struct weft_sendfile sendfile;
};

static async framed(struct weft_frame *frame)
{
    ASYNC_BEGIN(framed);
    CHECK_INT(weft_stream_write(&near, "<", 1), 0);
    AWAIT(CALL(&self->sendfile, weft_sendfile, .transport = &near.transport,
               .fd = file, .count = 1000));
    CHECK_INT(weft_stream_write(&near, ">", 1), 0);
    weft_stream_close(&near);
    AWAIT(weft_stream_wait_closed(&near));
    ASYNC_END;
}

static void what_is_written_after_is_sent_after(void)
{
    begin();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, framed), 0);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, receiver, .most = 0), 0);
    CHECK_INT(received_size, 1002);
    CHECK_INT(received[0], '<');
    CHECK_INT(wrong_bytes(1, 0, 1000), 0);
    CHECK_INT(received[1001], '>');
    end();
}

/* CPython: test_sendfile.SendfileMixin.test_sendfile_close_peer_after_receiving
 */
static void the_peer_may_hang_up_when_it_has_all(void)
{
    begin();
    EXCHANGE(FILE_SIZE, .stays = true);
    CHECK_TRACE("sent");
    check_all_arrived();
    end();
}

static void check_broken(void)
{
    CHECK(strcmp(check_trace, "ECONNRESET") == 0 ||
          strcmp(check_trace, "EPIPE") == 0);
    check_trace[0] = '\0';
    CHECK(near.transport.error == -ECONNRESET ||
          near.transport.error == -EPIPE);
    CHECK(received_size >= 1024 && received_size < FILE_SIZE);
    CHECK(sent >= 1024 && sent < FILE_SIZE);
    CHECK_INT(wrong_bytes(0, 0, received_size), 0);
    CHECK_INT(weft_stream_write(&near, "x", 1), near.transport.error);
}

/* No signal comes of it.
 * CPython: test_sendfile.SendfileMixin.test_sendfile_close_peer_in_the_middle_of_receiving
 */
static void a_peer_that_hangs_up_breaks_it(void)
{
    begin();
    EXCHANGE(1024, .stays = true);
    CHECK(!has_copied);
    check_broken();
    end();
}

/* CPython: test_sendfile.SendfileMixin.test_sendfile_fallback_close_peer_in_the_middle_of_receiving
 */
static void a_peer_that_hangs_up_breaks_a_copy(void)
{
    begin();
    near.transport.wire = &plain_wire;
    EXCHANGE(1024, .stays = true);
    CHECK(has_copied);
    check_broken();
    end();
}

static void a_pipe_gets_a_copy(void)
{
    int fds[2];

    begin();
    weft_stream_abort(&near);
    weft_stream_abort(&away);
    CHECK_INT(pipe(fds), 0);
    CHECK_INT(weft_stream_open(&near, fds[1]), 0);
    CHECK_INT(weft_stream_open(&away, fds[0]), 0);
    EXCHANGE(0, .stays = false);
    CHECK_TRACE("sent");
    CHECK(has_copied);
    check_all_arrived();
    end();
}

/* A file that has no places cannot be read at one. */
static void a_pipe_is_no_file(void)
{
    int fds[2];

    begin();
    CHECK_INT(pipe(fds), 0);
    CHECK_INT(SEND(.transport = &near.transport, .fd = fds[0]), -ESPIPE);
    CHECK_TRACE(weft_error_name(-ESPIPE));
    CHECK_INT(weft_stream_write(&near, "x", 1), 0);
    real_close_pair(fds);
    end();
}

static void bad_arguments_are_refused(void)
{
    struct weft_sock other = WEFT_SOCK(far);

    begin();
    CHECK_INT(SEND(TO_NEAR, .offset = -1), WEFT_EINVAL);
    CHECK_INT(SEND(TO_NEAR, .count = -1), WEFT_EINVAL);
    CHECK_INT(SEND(.fd = file), WEFT_EINVAL);
    CHECK_INT(SEND(TO_NEAR, .sock = &other), WEFT_EINVAL);
    CHECK_INT(SEND(.transport = &near.transport, .fd = -1), -EBADF);
    CHECK_TRACE("EINVAL, EINVAL, EINVAL, EINVAL, EBADF");
    CHECK_INT(weft_stream_write(&near, "x", 1), 0);
    end();
}

static void send_in_lack_of_memory(struct real *swept)
{
    int status = ASYNC_RUN_IN(&swept->world.loop, exchange, .most = 0);

    CHECK(status == 0 || status == WEFT_ENOMEM);
    check_trace[0] = '\0';
}

static void open_and_send(struct real *swept)
{
    int fds[2];

    received_size = 0;
    memset(&near, 0, sizeof near);
    memset(&away, 0, sizeof away);
    real_pair(fds);
    CHECK_INT(weft_stream_open(&near, fds[0]), 0);
    CHECK_INT(weft_stream_open(&away, fds[1]), 0);
    near.transport.wire = &plain_wire;
    send_in_lack_of_memory(swept);
    weft_stream_abort(&near);
    weft_stream_abort(&away);
}

static void lack_of_memory_leaves_nothing(void)
{
    make_file();
    CHECK(real_sweep_memory(open_and_send) > 3);
    close_file();
}

#define TESTS(X)                                 \
    X(a_whole_file_is_sent)                      \
    X(a_part_of_a_file_is_sent)                  \
    X(a_file_may_end_before_the_count)           \
    X(nothing_is_sent_from_behind_the_end)       \
    X(through_a_wire_it_is_copied)               \
    X(a_part_is_copied)                          \
    X(it_is_not_copied_where_that_is_not_wanted) \
    X(a_closing_stream_takes_no_file)            \
    X(after_write_eof_there_is_no_file)          \
    X(what_was_written_before_is_sent_before)    \
    X(what_is_written_after_is_sent_after)       \
    X(the_peer_may_hang_up_when_it_has_all)      \
    X(a_peer_that_hangs_up_breaks_it)            \
    X(a_peer_that_hangs_up_breaks_a_copy)        \
    X(a_pipe_gets_a_copy)                        \
    X(a_pipe_is_no_file)                         \
    X(bad_arguments_are_refused)                 \
    X(lack_of_memory_leaves_nothing)

TEST_MAIN(TESTS)
