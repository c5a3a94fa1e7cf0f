/* test_stream_exchange.c - a conversation, disturbed in every way. */
#include "streams.h"
#include "sweep.h"

struct echo {
    struct weft_frame frame;
    struct weft_stream *stream;
    char line[16];
};

static async echo(struct weft_frame *frame)
{
    ASYNC_BEGIN(echo);
    for (;;) {
        AWAIT(
            weft_stream_readline(self->stream, self->line, sizeof self->line));
        if (frame->value == 0) {
            break;
        }
        weft_stream_write(self->stream, self->line, (size_t)frame->value);
        AWAIT(weft_stream_drain(self->stream));
    }
    weft_stream_close(self->stream);
    AWAIT(weft_stream_wait_closed(self->stream));
    trace("served");
    ASYNC_END;
}

struct asker {
    struct weft_frame frame;
    struct weft_stream *stream;
    char line[16];
    int i;
};

static async asker(struct weft_frame *frame)
{
    ASYNC_BEGIN(asker);
    for (self->i = 0; self->i < 3; self->i++) {
        weft_stream_write(self->stream, "a line\n", 7);
        AWAIT(weft_stream_drain(self->stream));
        AWAIT(weft_stream_readexactly(self->stream, self->line, 7));
        CHECK(memcmp(self->line, "a line\n", 7) == 0);
    }
    weft_stream_write_eof(self->stream);
    AWAIT(weft_stream_read(self->stream, self->line, 1));
    CHECK_INT(frame->value, 0);
    trace("asked");
    ASYNC_FINALLY
    weft_stream_close(self->stream);
    AWAIT(weft_stream_wait_closed(self->stream));
    ASYNC_END;
}

/* CPython: test_streams.StreamTests.test_wait_closed_on_close
 * CPython: test_streams.StreamTests.test_async_writer_api
 */
static void two_streams_talk_to_each_other(void)
{
    struct weft_task *task;

    reset();
    open_away();
    task = SPAWN(echo, .stream = &away);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, asker, .stream = &near), 0);
    turns(2);
    CHECK_TRACE("served, asked");
    CHECK_INT(weft_task_error(task), 0);
    weft_task_release(task);
    finish();
}

/* A read fills its memory in the step in which its await ends. */

static char shared[16];

struct sharer {
    struct weft_frame frame;
    struct weft_stream *stream;
    enum how how;
};

static struct weft_op read_shared(struct sharer *self)
{
    return self->how == LINE
               ? weft_stream_readline(self->stream, shared, sizeof shared)
           : self->how == EXACTLY
               ? weft_stream_readexactly(self->stream, shared, 3)
               : weft_stream_read(self->stream, shared, sizeof shared);
}

static async sharer(struct weft_frame *frame)
{
    ASYNC_BEGIN(sharer);
    for (;;) {
        AWAIT(read_shared(self));
        if (frame->value == 0) {
            break;
        }
        trace("%.2s", shared);
        memset(shared, '#', sizeof shared);
    }
    ASYNC_END;
}

static void readers_may_share_one_buffer(void)
{
    for (enum how how = READ; how <= LINE; how++) {
        struct weft_task *first;
        struct weft_task *second;

        reset();
        open_away();
        first = SPAWN(sharer, .stream = &near, .how = how);
        second = SPAWN(sharer, .stream = &away, .how = how);
        turns(1); /* both wait, and both are ready in the same turn */
        CHECK_INT(weft_stream_write(&near, "to\n", 3), 0);
        CHECK_INT(weft_stream_write(&away, "fr\n", 3), 0);
        turns(1);
        CHECK_INT(weft_stream_write(&away, "me\n", 3), 0);
        CHECK_INT(weft_stream_write(&near, "it\n", 3), 0);
        turns(1);
        weft_task_cancel(first);
        weft_task_cancel(second);
        turns(1);
        CHECK_TRACE("fr, to, me, it");
        weft_task_release(first);
        weft_task_release(second);
        finish();
    }
}

/* sweep.h makes worlds with a virtual clock: put libev's driver in its place
 * for the length of the scenario. All descriptors belong to this thread, so
 * nothing ready and nothing due is a deadlock. */
static int (*sim_poll_function)(struct weft_driver *driver, weft_ticks timeout,
                                struct weft_list *events);
static int (*ev_poll_function)(struct weft_driver *driver, weft_ticks timeout,
                               struct weft_list *events);
static struct weft_ev sweep_ev;
static int sweep_fds;
static int completed;

static int poll_without_waiting(struct weft_driver *driver, weft_ticks timeout,
                                struct weft_list *events)
{
    struct weft_list found = {{NULL, NULL}};
    int status;

    status =
        ev_poll_function(driver, timeout == WEFT_FOREVER ? 0 : timeout, &found);
    if (status == 0 && timeout == WEFT_FOREVER && weft_list_is_empty(&found)) {
        status = WEFT_EDEADLOCK;
    }
    weft_list_splice(events, &found);
    return status;
}

static void start_exchange(struct world *world)
{
    int fds[2];

    alarm(30);
    sweep_fds = real_count_fds();
    CHECK_INT(weft_ev_open(&sweep_ev, weft_allocator_libc()), 0);
    ev_poll_function = sweep_ev.driver.poll;
    sim_poll_function = sweep_saboteur.poll;
    sweep_saboteur.poll = poll_without_waiting;
    sweep_ev.driver.poll =
        sim_poll_function != NULL ? sweep_poll : poll_without_waiting;
    world->loop.driver = &sweep_ev.driver;
    real_pair(fds);
    memset(&near, 0, sizeof near);
    memset(&away, 0, sizeof away);
    CHECK_INT(weft_stream_open(&near, fds[0]), 0);
    CHECK_INT(weft_stream_open(&away, fds[1]), 0);
    weft_task_release(SPAWN(echo, .stream = &away));
    weft_task_release(SPAWN(asker, .stream = &near));
}

static void verify_exchange(struct world *world)
{
    CHECK(near.reader == NULL && away.reader == NULL);
    CHECK(weft_list_is_empty(&near.drainers));
    CHECK(weft_list_is_empty(&near.closers));
    CHECK(weft_list_is_empty(&away.closers));
    weft_stream_abort(&near);
    weft_stream_abort(&away);
    completed += strcmp(check_trace, "served, asked") == 0;
    world->loop.driver = &world->sim.driver;
    if (sim_poll_function != NULL) {
        sweep_saboteur.poll = sim_poll_function;
    }
    weft_ev_close(&sweep_ev);
    CHECK_INT(real_count_fds(), sweep_fds);
}

static void an_exchange_survives_a_cancellation_at_every_point(void)
{
    completed = 0;
    CHECK(sweep_cancel(start_exchange, verify_exchange) > 50);
    CHECK(completed > 0);
}

static void an_exchange_survives_a_lack_of_memory_at_every_point(void)
{
    completed = 0;
    CHECK(sweep_memory(start_exchange, verify_exchange) > 4);
    CHECK(completed > 0);
}

/* The driver's memory as well, and more bytes than the kernel takes. */
static void start_flood(struct real *world)
{
    int fds[2];
    struct weft_task *tasks[2];

    world->finds_deadlocks = true;
    memset(&near, 0, sizeof near);
    memset(&away, 0, sizeof away);
    real_pair(fds);
    CHECK_INT(weft_stream_open(&near, fds[0]), 0);
    CHECK_INT(weft_stream_open(&away, fds[1]), 0);
    tasks[0] = SPAWN(sink, .chunk = 10000);
    tasks[1] = SPAWN(drainer);
    CHECK(tasks[0] != NULL || tasks[1] != NULL);
    for (int i = 0; i < 16; i++) {
        int status = weft_stream_write(&near, much + i * 65536, 65536);

        CHECK(status == 0 || status == WEFT_ENOMEM);
    }
    weft_stream_close(&near);
    for (int i = 0; i < 2; i++) {
        if (tasks[i] != NULL) {
            int status =
                weft_loop_run_until_complete(&world->world.loop, tasks[i]);

            /* Without the sink nobody reads. */
            CHECK(status == 0 || status == WEFT_ENOMEM ||
                  (i == 1 && status == WEFT_EDEADLOCK &&
                   (tasks[0] == NULL ||
                    weft_task_error(tasks[0]) == WEFT_ENOMEM)));
        }
    }
    if (tasks[0] != NULL && weft_task_error(tasks[0]) == 0) {
        struct sink *result = (struct sink *)(void *)weft_task_frame(tasks[0]);

        CHECK_INT(result->wrong, 0);
        CHECK(result->count == 16 * 65536 ||
              near.transport.error == WEFT_ENOMEM);
        completed += near.transport.error == 0;
    }
    weft_task_release(tasks[0]);
    weft_task_release(tasks[1]);
    weft_stream_abort(&near);
    weft_stream_abort(&away);
}

static void a_flood_survives_a_lack_of_memory_at_every_point(void)
{
    fill_much();
    completed = 0;
    CHECK(real_sweep_memory(start_flood) > 8);
    CHECK(completed > 0);
}

#define TESTS(X)                                            \
    X(two_streams_talk_to_each_other)                       \
    X(readers_may_share_one_buffer)                         \
    X(an_exchange_survives_a_cancellation_at_every_point)   \
    X(an_exchange_survives_a_lack_of_memory_at_every_point) \
    X(a_flood_survives_a_lack_of_memory_at_every_point)
TEST_MAIN(TESTS)
