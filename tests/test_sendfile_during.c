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

#define TESTS(X)                            \
    X(nothing_else_is_written)              \
    X(cancelled_it_tells_how_much_was_sent) \
    X(a_close_ends_it)                      \
    X(an_abort_ends_it)                     \
    X(a_drain_meanwhile_goes_on)

TEST_MAIN(TESTS)
