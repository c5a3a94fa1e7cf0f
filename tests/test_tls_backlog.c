/* test_tls_backlog.c - what cannot be sent yet is bounded, whoever makes it
 * more: we, who write before the handshake is done, or the peer, who asks for
 * answers and does not read them. */
#include <openssl/ssl.h>
#include <sys/ioctl.h>

#include "parties.h"

enum { EARLY_SIZE = 1000, EARLY_COUNT = 500 };

static struct early {
    struct weft_frame frame;
    struct weft_task task;
    int count;
    size_t most;
    char data[EARLY_SIZE];
    int error;
} early;

/* Before anything is known of the peer: from 'a' to 'z', and drained. */
static struct weft_async writes_early(struct weft_frame *frame)
{
    size_t unsent;

    ASYNC_BEGIN(early);
    AWAIT(weft_sleep(0));
    CHECK(!near.tls.is_open && near.tls.native != NULL);
    ASYNC_TRY {
        while (self->count < EARLY_COUNT) {
            memset(self->data, 'a' + self->count % 26, sizeof self->data);
            CHECK_INT(
                weft_stream_write(&near.stream, self->data, sizeof self->data),
                0);
            self->count++;
            unsent =
                weft_transport_get_write_buffer_size(&near.stream.transport);
            self->most = unsent > self->most ? unsent : self->most;
            AWAIT(weft_stream_drain(&near.stream));
        }
        trace("all written");
    }
    ASYNC_CATCH(self->error) {
        trace("drain %s", weft_error_name(self->error));
    }
    ASYNC_END;
}

static void start_early(void)
{
    early = (struct early){.count = 0};
    weft_task_start_(&early.task, &early.frame, writes_early);
    weft_task_release(&early.task);
}

/* ---- Written before the handshake ---- */

static struct weft_async never_answers(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    for (self->i = 0; self->i < 1000; self->i++) {
        AWAIT(weft_sleep(0));
    }
    CHECK_INT(early.count, WEFT_TRANSPORT_HIGH / EARLY_SIZE + 1);
    trace("%d written", early.count);
    skip_seconds(61);
    do {
        AWAIT(weft_stream_read(&self->party->stream, self->data,
                               sizeof self->data));
    } while (frame->value > 0);
    ASYNC_END;
}

static void it_stops_who_drains_at_the_high_water_mark(void)
{
    open_contexts();
    away.is_plain = away.is_silent = true;
    away.does = never_answers;
    before_meeting = start_early;
    meet();
    CHECK_TRACE("66 written, near ECONNABORTED, drain ECONNABORTED");
    CHECK_INT(early.most, 66 * EARLY_SIZE);
    before_meeting = NULL;
    close_contexts();
}

static struct weft_async reads_all_of_it(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    while (self->i < EARLY_COUNT * EARLY_SIZE) {
        AWAIT(weft_stream_read(&self->party->stream, self->data,
                               sizeof self->data));
        if (frame->value == 0) {
            break;
        }
        for (int i = 0; i < frame->value; i++, self->i++) {
            CHECK(self->data[i] == (char)('a' + self->i / EARLY_SIZE % 26));
        }
    }
    trace("%zu read", self->i);
    ASYNC_END;
}

/* Stays until the peer has said goodbye. */
static struct weft_async waits_for_the_end(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    AWAIT(
        weft_stream_read(&self->party->stream, self->data, sizeof self->data));
    CHECK_INT(frame->value, 0);
    ASYNC_END;
}

static void it_goes_on_after_the_handshake(void)
{
    open_contexts();
    near.does = waits_for_the_end;
    away.does = reads_all_of_it;
    before_meeting = start_early;
    meet();
    CHECK_TRACE("near open, away open, all written, 500000 read");
    CHECK(early.most > WEFT_TRANSPORT_HIGH);
    CHECK(early.most < 2 * WEFT_TRANSPORT_HIGH + 20000);
    before_meeting = NULL;
    close_contexts();
}

/* ---- Received before anybody reads ---- */

enum { MUCH = 1 << 20 };

static struct weft_async writes_much(struct weft_frame *frame)
{
    static char much[MUCH];

    ASYNC_BEGIN(doing);
    CHECK_INT(weft_stream_write(&self->party->stream, much, sizeof much), 0);
    ASYNC_END;
}

static struct weft_async reads_much_later(struct weft_frame *frame)
{
    size_t unsent;

    ASYNC_BEGIN(doing);
    AWAIT(weft_stream_readexactly(&near.stream, self->data, 1));
    for (self->i = 0; self->i < 100; self->i++) {
        AWAIT(weft_sleep(0));
    }
    unsent = weft_transport_get_write_buffer_size(&away.stream.transport);
    CHECK(unsent > MUCH / 2);
    CHECK(near.stream.in.size + (size_t)SSL_pending(near.tls.native) < 65536);
    for (self->i = 1; self->i < MUCH; self->i += (size_t)frame->value) {
        AWAIT(weft_stream_read(&near.stream, self->data, sizeof self->data));
        if (frame->value == 0) {
            break;
        }
    }
    trace("%zu read", self->i);
    ASYNC_END;
}

static void what_nobody_reads_stays_with_the_peer(void)
{
    open_contexts();
    near.does = reads_much_later;
    away.does = writes_much;
    meet();
    CHECK_TRACE("near open, away open, 1048576 read");
    close_contexts();
}

/* ---- Records with nothing to read in them ---- */

enum { NEW_KEYS = 20000 };

static bool take_new_keys(struct doing *doing, int kind)
{
    return SSL_key_update(doing->party->tls.native, kind) == 1 &&
           SSL_do_handshake(doing->party->tls.native) == 1;
}

/* The other must answer each time, and nobody reads that. */
static struct weft_async asks_for_new_keys(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    while (!weft_stream_is_closed(&near.stream) && self->i++ < NEW_KEYS) {
        CHECK(take_new_keys(self, SSL_KEY_UPDATE_REQUESTED));
        AWAIT(weft_stream_drain(&self->party->stream));
        AWAIT(weft_sleep(0));
    }
    trace("enough");
    ASYNC_END;
}

static struct weft_async reads_to_the_end(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    do {
        AWAIT(weft_stream_read(&self->party->stream, self->data,
                               sizeof self->data));
    } while (frame->value > 0);
    ASYNC_END;
}

static void answers_that_the_peer_does_not_take_are_bounded(void)
{
    open_contexts();
    near.does = reads_to_the_end;
    away.does = asks_for_new_keys;
    meet();
    CHECK_TRACE("near open, away open, near ETLS, enough");
    CHECK_STR(near.tls.reason, "the peer asks, and does not take the answers");
    CHECK(near.tls.answers < 20000);
    close_contexts();
}

static struct weft_async answers_new_keys(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    while (self->i++ < 2000) {
        CHECK(take_new_keys(self, SSL_KEY_UPDATE_REQUESTED));
        CHECK_INT(say_line(self, "x\n"), 0);
        AWAIT(weft_stream_readline(&self->party->stream, self->data,
                                   sizeof self->data));
    }
    ASYNC_END;
}

static struct weft_async echoes(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    for (;;) {
        AWAIT(weft_stream_readline(&self->party->stream, self->data,
                                   sizeof self->data));
        if (frame->value == 0) {
            break;
        }
        self->i++;
        CHECK_INT(say_line(self, self->data), 0);
    }
    trace("%zu heard", self->i);
    ASYNC_END;
}

static void those_that_it_takes_are_not(void)
{
    open_contexts();
    near.does = echoes;
    away.does = answers_new_keys;
    meet();
    CHECK_TRACE("near open, away open, 2000 heard");
    close_contexts();
}

struct reads_a_line {
    struct weft_frame frame;
    struct doing *doing;
};

static struct weft_async reads_a_line(struct weft_frame *frame)
{
    ASYNC_BEGIN(reads_a_line);
    AWAIT(weft_stream_readline(&near.stream, self->doing->data,
                               sizeof self->doing->data));
    trace("%.4s", self->doing->data);
    ASYNC_END;
}

static bool has_asked_enough;

static struct weft_async writes_and_drains(struct weft_frame *frame)
{
    static const char block[65536];

    ASYNC_BEGIN(doing);
    self->joins[0].task = SPAWN(reads_a_line, .doing = self);
    while (!has_asked_enough) {
        CHECK_INT(
            weft_stream_write(&near.stream, block, 1 + WEFT_TRANSPORT_LOW), 0);
        AWAIT(weft_stream_drain(&near.stream));
        AWAIT(weft_sleep(0));
    }
    AWAIT(weft_join(self->joins[0].task));
    weft_join_release(self->joins, 1);
    ASYNC_END;
}

static struct weft_async takes_a_little_and_asks(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    while (self->i++ < 2000) {
        CHECK(take_new_keys(self, SSL_KEY_UPDATE_REQUESTED));
        AWAIT(weft_stream_read(&self->party->stream, self->data,
                               sizeof self->data));
    }
    has_asked_enough = true;
    CHECK_INT(say_line(self, "last\n"), 0);
    ASYNC_END;
}

/* Something is unsent all the time, but never the same. */
static void nor_those_behind_what_it_takes(void)
{
    has_asked_enough = false;
    open_contexts();
    near.does = writes_and_drains;
    away.does = takes_a_little_and_asks;
    meet_over(narrow_pair);
    CHECK_TRACE("near open, away open, last");
    close_contexts();
}

static struct weft_async changes_its_keys(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    CHECK_INT(say_line(self, "first\n"), 0);
    while (self->i < NEW_KEYS &&
           take_new_keys(self, SSL_KEY_UPDATE_NOT_REQUESTED)) {
        self->i++;
    }
    CHECK_INT(self->i, NEW_KEYS);
    CHECK_INT(say_line(self, "last\n"), 0);
    ASYNC_END;
}

static struct weft_async lets_others_have_turns(struct weft_frame *frame)
{
    int size = 0;

    ASYNC_BEGIN(doing);
    AWAIT(weft_stream_readline(&near.stream, self->data, sizeof self->data));
    for (self->i = 0; self->i < 10; self->i++) {
        AWAIT(weft_sleep(0)); /* the kernel takes as many as it can */
    }
    CHECK_INT(ioctl(near.stream.transport.fd, FIONREAD, &size), 0);
    CHECK(size > 150000);
    self->joins[0].task = SPAWN(reads_a_line, .doing = self);
    AWAIT(weft_sleep(0));
    CHECK_INT(ioctl(near.stream.transport.fd, FIONREAD, &size), 0);
    CHECK(size > 50000);
    AWAIT(weft_join(self->joins[0].task));
    weft_join_release(self->joins, 1);
    ASYNC_END;
}

static void others_have_turns_in_between(void)
{
    open_contexts();
    near.does = lets_others_have_turns;
    away.does = changes_its_keys;
    meet();
    CHECK_TRACE("near open, away open, last");
    close_contexts();
}

#define TESTS(X)                                       \
    X(it_stops_who_drains_at_the_high_water_mark)      \
    X(it_goes_on_after_the_handshake)                  \
    X(what_nobody_reads_stays_with_the_peer)           \
    X(answers_that_the_peer_does_not_take_are_bounded) \
    X(those_that_it_takes_are_not)                     \
    X(nor_those_behind_what_it_takes)                  \
    X(others_have_turns_in_between)
TEST_MAIN(TESTS)
