/* test_tls_flow.c - much, both ways, through little memory. */
#include "parties.h"

enum { MUCH = 1 << 20 };

static unsigned char byte_at(size_t position)
{
    return (unsigned char)(position * 31 + (position >> 8));
}

static bool has_to_wait;

struct pump {
    struct weft_frame frame;
    struct party *party;
    size_t count, size, most;
    char data[70000];
};

/* From one byte to more than fits into a record, and waiting in between. */
static struct weft_async pump_out(struct weft_frame *frame)
{
    size_t unsent;

    ASYNC_BEGIN(pump);
    while (self->count < MUCH) {
        self->size = 1 + self->count % 69997;
        if (self->size > MUCH - self->count) {
            self->size = MUCH - self->count;
        }
        for (size_t i = 0; i < self->size; i++) {
            self->data[i] = (char)byte_at(self->count + i);
        }
        CHECK_INT(
            weft_stream_write(&self->party->stream, self->data, self->size), 0);
        self->count += self->size;
        unsent = weft_transport_get_write_buffer_size(
            &self->party->stream.transport);
        self->most = unsent > self->most ? unsent : self->most;
        AWAIT(weft_stream_drain(&self->party->stream));
    }
    /* It had to wait, and what it kept was bounded. */
    CHECK(!has_to_wait || self->most > self->party->stream.transport.high);
    CHECK(self->most < 200000);
    ASYNC_END;
}

static struct weft_async pump_in(struct weft_frame *frame)
{
    bool is_right;

    ASYNC_BEGIN(pump);
    while (self->count < MUCH) {
        AWAIT(weft_stream_read(&self->party->stream, self->data,
                               1 + self->count % sizeof self->data));
        if (frame->value == 0) {
            break;
        }
        is_right = true;
        for (int i = 0; i < frame->value; i++) {
            is_right = is_right && (unsigned char)self->data[i] ==
                                       byte_at(self->count + (size_t)i);
        }
        CHECK(is_right);
        self->count += (size_t)frame->value;
        AWAIT(weft_sleep(0));
    }
    CHECK_INT(self->count, MUCH);
    ASYNC_END;
}

static struct weft_task *spawn_pump(
    struct weft_async (*resume)(struct weft_frame *), struct party *party)
{
    struct pump pump = {.party = party};

    return weft_task_spawn_(resume, &pump.frame, sizeof pump);
}

static struct weft_async pumps(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    self->joins[0].task = spawn_pump(pump_out, self->party);
    self->joins[1].task = spawn_pump(pump_in, self->party);
    AWAIT(weft_gather(self->joins, 2, 0));
    weft_join_release(self->joins, 2);
    ASYNC_END;
}

static void a_mebibyte_goes_both_ways(void)
{
    open_contexts();
    near.does = away.does = pumps;
    has_to_wait = true;
    meet_over(narrow_pair);
    CHECK_TRACE("near open, away open");
    has_to_wait = false;
    meet_over(real_tcp_pair);
    CHECK_TRACE("near open, away open");
    close_contexts();
}

/* ---- Before the handshake ---- */

static struct weft_async writes_early(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    AWAIT(weft_sleep(0));
    CHECK(!near.tls.is_open && near.tls.native != NULL);
    CHECK_INT(weft_stream_write(&near.stream, "early ", 6), 0);
    CHECK_INT(weft_stream_write(&near.stream, "bird\n", 5), 0);
    trace("written");
    ASYNC_END;
}

static struct weft_async hears_an_echo(struct weft_frame *frame)
{
    ASYNC_BEGIN(doing);
    AWAIT(weft_stream_readline(&self->party->stream, self->data,
                               sizeof self->data));
    trace("near heard %.10s", self->data);
    ASYNC_END;
}

static struct doing early;
static struct weft_task early_task;

static void start_early(void)
{
    weft_task_start_(&early_task, &early.frame, writes_early);
    weft_task_release(&early_task);
}

static void what_is_written_before_the_handshake_comes_after_it(void)
{
    open_contexts();
    near.does = hears_an_echo;
    away.does = answers;
    before_meeting = start_early;
    meet();
    CHECK_TRACE("written, near open, away open, away heard early bird, "
                "near heard early bird, away end");
    before_meeting = NULL;
    close_contexts();
}

#define TESTS(X)                 \
    X(a_mebibyte_goes_both_ways) \
    X(what_is_written_before_the_handshake_comes_after_it)
TEST_MAIN(TESTS)
