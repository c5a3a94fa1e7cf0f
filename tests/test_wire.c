/* test_wire.c - bytes that are changed on their way: here, a cipher of blocks.
 *
 * What is sent goes in blocks of four, each byte turned over; the last block is
 * filled up with '.'. What is received comes block by block, so the wire often
 * has bytes of which the kernel knows nothing.
 */
#include "transports.h"

struct cipher {
    struct weft_wire wire;
    char in[64], out[64]; /* received and not yet given; not yet sent */
    size_t in_size, out_size;
    bool kernel_has_more;
    bool has_ended;
};

static struct cipher *cipher_of(struct weft_transport *transport)
{
    return WEFT_OWNER(transport->wire, struct cipher, wire);
}

static void turn_over(char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (char)~bytes[i];
    }
}

static int receive_block(struct weft_transport *transport, char *data,
                         size_t size)
{
    struct cipher *cipher = cipher_of(transport);
    int count = WEFT_PENDING_;

    if (cipher->in_size < 4) {
        count = weft_wire_receive_(transport, cipher->in + cipher->in_size,
                                   sizeof cipher->in - cipher->in_size);
        if (count < 0) {
            return count;
        }
        cipher->in_size += (size_t)count;
        cipher->kernel_has_more = transport->may_read;
    }
    if (cipher->in_size < 4) {
        return count == 0 ? 0 : WEFT_PENDING_;
    }
    CHECK(size >= 4);
    memcpy(data, cipher->in, 4);
    turn_over(data, 4);
    cipher->in_size -= 4;
    memmove(cipher->in, cipher->in + 4, cipher->in_size);
    transport->may_read = cipher->kernel_has_more || cipher->in_size >= 4;
    return memcmp(data, "bad!", 4) == 0 ? WEFT_EUSER : 4;
}

static int send_blocks(struct weft_transport *transport,
                       const struct iovec *parts, size_t count)
{
    struct cipher *cipher = cipher_of(transport);
    struct iovec block = {cipher->out, 0};

    for (size_t i = 0; i < count; i++) {
        memcpy(cipher->out + cipher->out_size, parts[i].iov_base,
               parts[i].iov_len);
        cipher->out_size += parts[i].iov_len;
    }
    block.iov_len = cipher->out_size / 4 * 4;
    turn_over(cipher->out, block.iov_len);
    count = cipher->out_size - block.iov_len;
    if (weft_wire_send_(transport, &block, 1) < 0) {
        return WEFT_EUSER - 1;
    }
    memmove(cipher->out, cipher->out + block.iov_len, count);
    cipher->out_size = count;
    return 0;
}

static void end_blocks(struct weft_transport *transport)
{
    struct cipher *cipher = cipher_of(transport);
    struct iovec rest = {(char *)(uintptr_t) "....", 4 - cipher->out_size % 4};

    trace("end");
    CHECK(!cipher->has_ended);
    cipher->has_ended = true;
    (void)send_blocks(transport, &rest, 1);
}

static void close_cipher(struct weft_transport *transport)
{
    CHECK(cipher_of(transport)->has_ended || transport->error < 0);
    trace("close");
}

static struct cipher near_cipher, away_cipher;

static void encrypt(struct cipher *cipher, struct weft_transport *transport)
{
    *cipher = (struct cipher){.wire = {.receive = receive_block,
                                       .send = send_blocks,
                                       .end = end_blocks,
                                       .close = close_cipher,
                                       .can_write_eof = true}};
    transport->wire = &cipher->wire;
}

static void reset_wires(void)
{
    reset();
    encrypt(&near_cipher, &near.transport);
    encrypt(&away_cipher, &away.transport);
    turns(1);
    CHECK_TRACE("near made, away made");
}

static void what_one_wire_sends_the_other_receives(void)
{
    struct iovec parts[] = {{"abcde", 5}, {"fgh", 3}};

    reset_wires();
    CHECK_INT(say(&near, "ab"), 0);
    turns(1);
    CHECK_TRACE("");
    CHECK_INT(say(&near, "cdef"), 0);
    turns(1);
    CHECK_TRACE("away [abcd]");
    CHECK_INT(say(&near, "gh"), 0);
    CHECK_INT(weft_transport_writelines(&near.transport, parts, 2), 0);
    turns(3);
    CHECK_TRACE("away [efgh], away [abcd], away [efgh]");
    weft_transport_close(&near.transport);
    CHECK_TRACE("end");
    turns(4);
    CHECK_TRACE("close, near lost OK, away [....], away eof, end, close, "
                "away lost OK");
    finish();
}

static void what_is_on_the_descriptor_is_changed(void)
{
    char text[8];

    reset_far();
    encrypt(&near_cipher, &near.transport);
    CHECK_INT(say(&near, "abcd"), 0);
    CHECK_INT(read(far, text, sizeof text), 4);
    CHECK_INT((unsigned char)text[0], 0xff - 'a');
    near_cipher.has_ended = true;
    finish();
}

/* The kernel has nothing more, so it does not tell: the wire does. */
static void bytes_in_the_wire_are_not_forgotten(void)
{
    reset_wires();
    CHECK_INT(say(&near, "aaaabbbbccccdddd"), 0);
    turns(4);
    CHECK_TRACE("away [aaaa], away [bbbb], away [cccc], away [dddd]");
    CHECK_INT(say(&near, "eeeeffffgggg"), 0);
    turns(1);
    CHECK_TRACE("away [eeee]");
    weft_transport_pause_reading(&away.transport);
    turns(3);
    CHECK_TRACE("");
    weft_transport_resume_reading(&away.transport);
    turns(2);
    CHECK_TRACE("away [ffff], away [gggg]");
    near_cipher.has_ended = away_cipher.has_ended = true;
    finish();
}

static void closing_while_the_wire_has_bytes_drops_them(void)
{
    reset_wires();
    CHECK_INT(say(&near, "aaaabbbb"), 0);
    turns(1);
    CHECK_TRACE("away [aaaa]");
    weft_transport_abort(&away.transport);
    away_cipher.has_ended = true;
    turns(1);
    CHECK_TRACE("close, away lost OK");
    near_cipher.has_ended = true;
    finish();
}

static void an_error_of_the_wire_breaks_the_connection(void)
{
    reset_wires();
    CHECK_INT(say(&near, "goodbad!good"), 0);
    turns(3);
    CHECK_TRACE("away [good], close, away lost EUSER");
    CHECK_INT(say(&near, "good"), WEFT_EUSER - 1);
    turns(1);
    CHECK_TRACE("close, near lost EUSER");
    finish();
}

static void write_eof_goes_through_the_wire(void)
{
    reset_wires();
    near.stays_open = away.stays_open = true;
    CHECK_INT(say(&near, "ab"), 0);
    CHECK(weft_transport_can_write_eof(&near.transport));
    CHECK_INT(weft_transport_write_eof(&near.transport), 0);
    turns(3);
    CHECK_TRACE("end, away [ab..], away eof");
    weft_transport_close(&near.transport);
    turns(1);
    CHECK_TRACE("close, near lost OK");
    near_cipher.wire.can_write_eof = away_cipher.wire.can_write_eof = false;
    CHECK(!weft_transport_can_write_eof(&away.transport));
    CHECK_INT(weft_transport_write_eof(&away.transport), -ENOTSUP);
    away_cipher.has_ended = true;
    finish();
}

/* ---- Streams ---- */

struct reading {
    struct weft_frame frame;
    struct weft_stream stream;
    char data[64];
    int count;
};

static async reading(struct weft_frame *frame)
{
    ASYNC_BEGIN(reading);
    AWAIT(weft_stream_readline(&self->stream, self->data, sizeof self->data));
    trace("line %.*s|", frame->value - 1, self->data);
    for (;;) {
        AWAIT(weft_stream_read(&self->stream, self->data, sizeof self->data));
        if (frame->value == 0) {
            break;
        }
        self->count += frame->value;
    }
    trace("count %d", self->count);
    weft_stream_close(&self->stream);
    ASYNC_END;
}

/* More blocks than a stream asks for without a look at the driver. */
static void a_stream_reads_through_a_wire_as_well(void)
{
    struct weft_task *task;
    struct reading *self;
    int fds[2];

    reset_far();
    encrypt(&near_cipher, &near.transport);
    real_pair(fds);
    task = SPAWN(reading, .count = 0);
    self = (struct reading *)(void *)weft_task_frame(task);
    CHECK_INT(weft_stream_open(&self->stream, fds[0]), 0);
    encrypt(&away_cipher, &self->stream.transport);
    weft_transport_abort(&near.transport);
    near_cipher.has_ended = true;
    turns(1);
    CHECK_TRACE("close, near lost OK");
    CHECK_INT(weft_transport_open(&near.transport, fds[1], &end_protocol), 0);
    encrypt(&near_cipher, &near.transport);
    CHECK_INT(say(&near, "hello wire\nxxxx"), 0);
    for (int i = 0; i < 60; i++) {
        CHECK_INT(say(&near, "abcdefgh"), 0);
    }
    weft_transport_close(&near.transport);
    while (!weft_task_done(task)) {
        turns(1);
    }
    CHECK_TRACE("end, near made, close, near lost OK, line hello wire|, "
                "count 485, end, close");
    weft_task_release(task);
    finish();
}

struct hasty {
    struct weft_frame frame;
    struct weft_stream stream;
    char data[4];
    int i;
};

/* Reads in a row what the wire has, and then is gone with the stream. */
static async hasty(struct weft_frame *frame)
{
    ASYNC_BEGIN(hasty);
    AWAIT(weft_stream_readexactly(&self->stream, self->data, 4));
    AWAIT(weft_sleep(0));
    AWAIT(weft_sleep(0));
    for (self->i = 0; self->i < 16; self->i++) {
        AWAIT(weft_stream_read(&self->stream, self->data, 4));
    }
    weft_stream_abort(&self->stream);
    ASYNC_END;
}

/* The address sanitizer would tell. */
static void a_stream_that_goes_while_its_wire_has_more_is_forgotten(void)
{
    char block[4 * 60];
    struct weft_task *task;
    struct hasty *self;
    int fds[2];

    reset_far();
    near_cipher.has_ended = true;
    real_pair(fds);
    task = SPAWN(hasty, .i = 0);
    self = (struct hasty *)(void *)weft_task_frame(task);
    CHECK_INT(weft_stream_open(&self->stream, fds[0]), 0);
    encrypt(&away_cipher, &self->stream.transport);
    away_cipher.has_ended = true;
    memset(block, ~'x', sizeof block);
    turns(1);
    CHECK_INT(write(fds[1], block, sizeof block), sizeof block);
    while (!weft_task_done(task)) {
        turns(1);
    }
    CHECK_INT(weft_task_error(task), 0);
    weft_task_release(task);
    turns(2);
    CHECK_TRACE("close");
    close(fds[1]);
    finish();
}

#define TESTS(X)                                   \
    X(what_one_wire_sends_the_other_receives)      \
    X(what_is_on_the_descriptor_is_changed)        \
    X(bytes_in_the_wire_are_not_forgotten)         \
    X(closing_while_the_wire_has_bytes_drops_them) \
    X(an_error_of_the_wire_breaks_the_connection)  \
    X(write_eof_goes_through_the_wire)             \
    X(a_stream_reads_through_a_wire_as_well)       \
    X(a_stream_that_goes_while_its_wire_has_more_is_forgotten)
TEST_MAIN(TESTS)
