/* test_sendfile_protocol.c - files to transports whose protocol looks on. */
#include "transports.h"

enum { SIZE = 3 << 20 };

static FILE *file;
static struct weft_task *task;

struct sender {
    struct weft_frame frame;
    struct weft_sendfile sendfile;
};

static int64_t sent;

static async sender(struct weft_frame *frame)
{
    ASYNC_BEGIN(sender);
    AWAIT(CALL(&self->sendfile, weft_sendfile, .transport = &near.transport,
               .fd = fileno(file)));
    trace("sent");
    ASYNC_FINALLY
    sent = self->sendfile.sent;
    ASYNC_END;
}

/* Near waits until far takes more. */
static void begin_protocol(void)
{
    static char block[SIZE];

    file = tmpfile();
    CHECK(file != NULL);
    CHECK_INT(fwrite(block, 1, SIZE, file), SIZE);
    CHECK_INT(fflush(file), 0);
    reset_far();
    task = SPAWN(sender);
    turns(1);
}

static void end_sender(int error)
{
    while (!weft_task_done(task)) {
        turns(1);
    }
    CHECK_INT(weft_task_error(task), error);
    weft_task_release(task);
    task = NULL;
}

static void close_protocol(void)
{
    finish();
    CHECK_INT(fclose(file), 0);
}

static size_t take_all(void)
{
    size_t count = 0;

    while (!weft_task_done(task)) {
        turns(1);
        count += empty_far();
    }
    return count + empty_far();
}

/* Not even the end: it would close the transport before all is sent. */
static void nothing_is_received_before_all_is_sent(void)
{
    begin_protocol();
    CHECK(weft_transport_get_protocol(&near.transport) != &end_protocol);
    CHECK(!weft_transport_is_reading(&near.transport));
    put("hello");
    CHECK_INT(shutdown(far, SHUT_WR), 0);
    CHECK_INT(take_all(), SIZE);
    CHECK_TRACE("sent");
    CHECK(weft_transport_get_protocol(&near.transport) == &end_protocol);
    CHECK(weft_transport_is_reading(&near.transport));
    end_sender(0);
    turns(3);
    CHECK_TRACE("near [hello], near eof, near lost OK");
    close_protocol();
}

static void what_was_paused_stays_paused(void)
{
    begin_protocol();
    weft_task_cancel(task);
    end_sender(WEFT_ECANCELLED);
    CHECK(weft_transport_is_reading(&near.transport));
    weft_transport_pause_reading(&near.transport);
    task = SPAWN(sender);
    turns(1);
    take_all();
    CHECK_TRACE("sent");
    CHECK(!weft_transport_is_reading(&near.transport));
    end_sender(0);
    close_protocol();
}

/* The protocol learns of it, and the task. */
static void a_transport_that_is_closed_meanwhile_is_lost(void)
{
    begin_protocol();
    weft_transport_close(&near.transport);
    end_sender(WEFT_ECLOSED);
    CHECK_TRACE("near lost OK");
    CHECK(sent > 0 && sent < SIZE);
    CHECK_INT(empty_far(), sent);
    close_protocol();
}

static void a_peer_that_hangs_up_is_lost(void)
{
    begin_protocol();
    close_far();
    end_sender(-EPIPE);
    turns(1);
    CHECK_TRACE("near lost EPIPE");
    CHECK(sent > 0 && sent < SIZE);
    close_protocol();
}

/* The protocol is told of room only when it was told of none. */
static void pause_and_resume_come_in_pairs(void)
{
    begin_protocol();
    weft_task_cancel(task);
    end_sender(WEFT_ECANCELLED);
    fill();
    CHECK_TRACE("near pause");
    task = SPAWN(sender);
    turns(1);
    take_all();
    CHECK_TRACE("near resume, sent");
    end_sender(0);
    weft_transport_set_write_buffer_limits(&near.transport, SIZE, SIZE);
    while (weft_transport_get_write_buffer_size(&near.transport) == 0) {
        CHECK_INT(say(&near, "some text that fills the kernel"), 0);
    }
    task = SPAWN(sender);
    turns(1);
    take_all();
    CHECK_TRACE("sent");
    CHECK_INT(near.transport.low, SIZE);
    end_sender(0);
    close_protocol();
}

static const struct weft_wire plain = {.receive = weft_wire_receive_,
                                       .send = weft_wire_send_};

/* What is left of it is above the protocol's own limit. */
static void a_protocol_is_told_of_pieces_only_afterwards(void)
{
    begin_protocol();
    weft_task_cancel(task);
    end_sender(WEFT_ECANCELLED);
    near.transport.wire = &plain;
    CHECK_INT(weft_transport_set_write_buffer_limits(&near.transport, 10, 5),
              0);
    task = SPAWN(sender);
    while (weft_transport_get_write_buffer_size(&near.transport) <= 10) {
        turns(1);
    }
    CHECK_TRACE("");
    weft_task_cancel(task);
    end_sender(WEFT_ECANCELLED);
    CHECK_TRACE("near pause");
    CHECK_INT(near.transport.high, 10);
    CHECK_INT(near.transport.low, 5);
    while (weft_transport_get_write_buffer_size(&near.transport) > 0) {
        empty_far();
        turns(1);
    }
    CHECK_TRACE("near resume");
    close_protocol();
}

#define TESTS(X)                                    \
    X(nothing_is_received_before_all_is_sent)       \
    X(what_was_paused_stays_paused)                 \
    X(a_transport_that_is_closed_meanwhile_is_lost) \
    X(a_peer_that_hangs_up_is_lost)                 \
    X(pause_and_resume_come_in_pairs)               \
    X(a_protocol_is_told_of_pieces_only_afterwards)

TEST_MAIN(TESTS)
