/* transports.h - two transports on one connection, which tell what happens.
 *
 *     reset();                          near and away are open, not made yet
 *     turns(1);
 *     CHECK_TRACE("near made, away made");
 *     finish();
 *
 * Or with reset_far(): near, and the plain descriptor `far` at the other end.
 */
#ifndef TRANSPORTS_H
#define TRANSPORTS_H

#include "real.h"

struct end {
    struct weft_transport transport;
    const char *name;
    bool stays_open; /* what eof_received gives                       */
    bool is_quiet;   /* counts what has come in place of telling it   */
    size_t count;
    void (*then)(struct end *end); /* called at the end of each callback */
};

static struct real real;
static struct end near = {.name = "near"};
static struct end away = {.name = "away"};
static int far;

static inline struct end *end_of(struct weft_transport *transport)
{
    return WEFT_OWNER(transport, struct end, transport);
}

static inline void end_then(struct end *end)
{
    if (end->then != NULL) {
        end->then(end);
    }
}

static inline void end_made(struct weft_transport *transport)
{
    CHECK(weft_current_task() == NULL);
    trace("%s made", end_of(transport)->name);
    end_then(end_of(transport));
}

static inline void end_data(struct weft_transport *transport, const char *data,
                            size_t size)
{
    struct end *end = end_of(transport);

    CHECK(weft_current_task() == NULL);
    end->count += size;
    if (!end->is_quiet) {
        trace("%s [%.*s]", end->name, (int)size, data);
    }
    end_then(end);
}

static inline bool end_eof(struct weft_transport *transport)
{
    struct end *end = end_of(transport);
    bool stays_open = end->stays_open;

    trace("%s eof", end->name);
    end_then(end);
    return stays_open;
}

static inline void end_lost(struct weft_transport *transport, int error)
{
    struct end *end = end_of(transport);

    CHECK(weft_transport_is_closed(transport));
    CHECK(weft_transport_is_closing(transport));
    CHECK(fcntl(transport->fd, F_GETFD) >= 0);
    trace("%s lost %s", end->name, weft_error_name(error));
    end_then(end);
}

static inline void end_pause(struct weft_transport *transport)
{
    trace("%s pause", end_of(transport)->name);
}

static inline void end_resume(struct weft_transport *transport)
{
    CHECK(weft_current_task() == NULL);
    trace("%s resume", end_of(transport)->name);
    end_then(end_of(transport));
}

static const struct weft_protocol end_protocol = {.connection_made = end_made,
                                                  .data_received = end_data,
                                                  .eof_received = end_eof,
                                                  .connection_lost = end_lost,
                                                  .pause_writing = end_pause,
                                                  .resume_writing = end_resume};

static inline void turns(int count)
{
    while (count-- > 0) {
        real_turn(&real);
    }
}

static inline void reset_end(struct end *end)
{
    *end = (struct end){.name = end->name};
}

static inline void reset_far_with(void (*make_pair)(int fds[2]))
{
    int fds[2];

    real_open(&real);
    real.world.loop.poll_turns = 1;
    reset_end(&near);
    reset_end(&away);
    make_pair(fds);
    CHECK_INT(weft_transport_open(&near.transport, fds[0], &end_protocol), 0);
    far = fds[1];
}

static inline void reset_far(void)
{
    reset_far_with(real_pair);
    turns(1);
    CHECK_TRACE("near made");
}

static inline void reset(void)
{
    reset_far_with(real_pair);
    CHECK_INT(weft_transport_open(&away.transport, far, &end_protocol), 0);
    far = -1;
}

static inline void close_far(void)
{
    if (far >= 0) {
        close(far);
        far = -1;
    }
}

/* Whatever is left is dropped, and tells nothing any more. */
static inline void finish(void)
{
    weft_transport_abort(&near.transport);
    weft_transport_abort(&away.transport);
    close_far();
    CHECK_TRACE("");
    turns(1);
    check_trace[0] = '\0';
    CHECK(weft_transport_is_closed(&near.transport));
    CHECK(weft_transport_is_closed(&away.transport));
    real_close(&real);
}

static inline void put(const char *text)
{
    CHECK_INT(write(far, text, strlen(text)), strlen(text));
}

static inline int say(struct end *end, const char *text)
{
    return weft_transport_write(&end->transport, text, strlen(text));
}

/* Fill the kernel's memory, and that of `near` above its limit: the count of
 * what was written. */
static inline size_t fill(void)
{
    static char block[65536];
    size_t count = 0;

    while (weft_transport_get_write_buffer_size(&near.transport) <=
           near.transport.high) {
        CHECK_INT(weft_transport_write(&near.transport, block, sizeof block),
                  0);
        count += sizeof block;
    }
    return count;
}

/* Read all there is from far. */
static inline size_t empty_far(void)
{
    static char block[65536];
    size_t count = 0;
    ssize_t some;

    CHECK_INT(fcntl(far, F_SETFL, O_NONBLOCK), 0);
    while ((some = read(far, block, sizeof block)) > 0) {
        count += (size_t)some;
    }
    CHECK_INT(fcntl(far, F_SETFL, 0), 0);
    return count;
}

#endif /* TRANSPORTS_H */
