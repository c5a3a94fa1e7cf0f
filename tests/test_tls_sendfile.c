/* test_tls_sendfile.c - files through TLS, which the kernel cannot send. */
#include "parties.h"

enum { FILE_SIZE = 1 << 20, AROUND = 8192 };

static FILE *file;
static char content[FILE_SIZE];
static char received[FILE_SIZE + 2 * AROUND];
static size_t received_size;
static size_t most; /* hang up after so many; 0 for never */
static struct weft_sendfile sending;
static int64_t offset, count;
static size_t around; /* sent before and after */
static bool native_only;

static struct weft_async sends_file(struct weft_frame *frame)
{
    static const char bytes[AROUND];

    ASYNC_BEGIN(doing);
    CHECK_INT(weft_stream_write(&near.stream, bytes, around), 0);
    AWAIT(CALL(&sending, weft_sendfile, .transport = &near.stream.transport,
               .fd = fileno(file), .offset = offset, .count = count,
               .native_only = native_only));
    CHECK(sending.copies);
    trace("sent");
    CHECK_INT(weft_stream_write(&near.stream, bytes, around), 0);
    ASYNC_END;
}

static struct weft_async takes_all(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    do {
        AWAIT(weft_stream_read(&away.stream, received + received_size,
                               sizeof received - received_size));
        received_size += (size_t)frame->value;
    } while (frame->value > 0 && (most == 0 || received_size < most));
    ASYNC_END;
}

static void send_through_tls(void)
{
    open_contexts();
    near.does = sends_file;
    near.is_silent = true;
    away.does = takes_all;
    away.is_silent = true;
    received_size = 0;
    file = tmpfile();
    CHECK(file != NULL);
    for (size_t i = 0; i < FILE_SIZE; i++) {
        content[i] = (char)(i * 2654435761u >> 15);
    }
    CHECK_INT(fwrite(content, 1, FILE_SIZE, file), FILE_SIZE);
    CHECK_INT(fflush(file), 0);
    meet();
    CHECK_INT(fclose(file), 0);
    close_contexts();
    offset = count = 0;
    most = around = 0;
    native_only = false;
}

/* CPython: test_sendfile.SendfileMixin.test_sendfile_ssl */
static void a_whole_file_goes_through_tls(void)
{
    send_through_tls();
    CHECK_TRACE("sent");
    CHECK_INT(sending.sent, FILE_SIZE);
    CHECK_INT(received_size, FILE_SIZE);
    CHECK_INT(memcmp(received, content, FILE_SIZE), 0);
}

/* CPython: test_sendfile.SendfileMixin.test_sendfile_ssl_partial */
static void a_part_goes_through_tls(void)
{
    offset = 1000;
    count = 100;
    send_through_tls();
    CHECK_TRACE("sent");
    CHECK_INT(sending.sent, 100);
    CHECK_INT(received_size, 100);
    CHECK_INT(memcmp(received, content + 1000, 100), 0);
}

/* CPython: test_sendfile.SendfileMixin.test_sendfile_ssl_pre_and_post_data */
static void what_is_around_stays_around(void)
{
    static const char zeros[AROUND];

    around = AROUND;
    send_through_tls();
    CHECK_TRACE("sent");
    CHECK_INT(received_size, FILE_SIZE + 2 * AROUND);
    CHECK_INT(memcmp(received, zeros, AROUND), 0);
    CHECK_INT(memcmp(received + AROUND, content, FILE_SIZE), 0);
    CHECK_INT(memcmp(received + AROUND + FILE_SIZE, zeros, AROUND), 0);
}

/* CPython: test_sendfile.SendfileMixin.test_sendfile_ssl_close_peer_after_receiving */
static void the_peer_may_say_goodbye_when_it_has_all(void)
{
    most = FILE_SIZE;
    send_through_tls();
    CHECK_TRACE("sent");
    CHECK_INT(sending.sent, FILE_SIZE);
    CHECK_INT(received_size, FILE_SIZE);
    CHECK_INT(memcmp(received, content, FILE_SIZE), 0);
}

/* CPython: test_sendfile.SendfileMixin.test_sendfile_no_fallback_for_fallback_transport */
static void the_kernel_alone_cannot(void)
{
    native_only = true;
    send_through_tls();
    CHECK_TRACE("near ENOTSUP");
    CHECK_INT(sending.sent, 0);
    CHECK_INT(received_size, 0);
}

#define TESTS(X)                                \
    X(a_whole_file_goes_through_tls)            \
    X(a_part_goes_through_tls)                  \
    X(what_is_around_stays_around)              \
    X(the_peer_may_say_goodbye_when_it_has_all) \
    X(the_kernel_alone_cannot)
TEST_MAIN(TESTS)
