/* datagrams.h - an endpoint whose protocol says what happens, and a pair. */
#ifndef DATAGRAMS_H
#define DATAGRAMS_H

#include <netdb.h>

#include "socks.h"

struct talker {
    struct weft_datagram endpoint;
    const char *name;
    struct weft_address from; /* of the last one */
    size_t received;
    bool echoes;
};

static struct real real;

static inline struct talker *talker_of(struct weft_datagram *endpoint)
{
    return WEFT_OWNER(endpoint, struct talker, endpoint);
}

static inline void on_made(struct weft_datagram *endpoint)
{
    CHECK(endpoint->loop == &real.world.loop);
    trace("%s made", talker_of(endpoint)->name);
}

static inline void on_received(struct weft_datagram *endpoint, const char *data,
                               size_t size, const struct weft_address *from)
{
    struct talker *talker = talker_of(endpoint);

    talker->from = *from;
    talker->received += size;
    if (size > 32) {
        trace("%s %zu bytes", talker->name, size);
    } else {
        trace("%s \"%.*s\"", talker->name, (int)size, data);
    }
    if (talker->echoes) {
        char answer[64];
        int length =
            snprintf(answer, sizeof answer, "resp:%.*s", (int)size, data);

        CHECK_INT(weft_datagram_sendto(endpoint, answer, (size_t)length, from),
                  0);
    }
}

static inline void on_error(struct weft_datagram *endpoint, int error)
{
    trace("%s %s", talker_of(endpoint)->name, weft_error_name(error));
}

static inline void on_lost(struct weft_datagram *endpoint, int error)
{
    CHECK_INT(error, 0);
    CHECK(weft_datagram_is_closed(endpoint));
    CHECK(fcntl(endpoint->fd, F_GETFD) >= 0); /* still open */
    trace("%s lost", talker_of(endpoint)->name);
}

static inline void on_pause(struct weft_datagram *endpoint)
{
    trace("%s pause", talker_of(endpoint)->name);
}

static inline void on_resume(struct weft_datagram *endpoint)
{
    trace("%s resume", talker_of(endpoint)->name);
}

static const struct weft_datagram_protocol talking = {
    on_made, on_received, on_error, on_lost, on_pause, on_resume};
static const struct weft_datagram_protocol silence = {NULL, NULL, NULL,
                                                      NULL, NULL, NULL};

static inline void turns(int count)
{
    for (int i = 0; i < count; i++) {
        real_turn(&real);
    }
}

/* A Unix socket pair: one end is an endpoint named "a", the other a plain
 * descriptor. Its kernel buffer can be filled, as UDP's can not. */
struct couple {
    struct talker talker;
    int other;
};

static inline void couple_open(struct couple *couple)
{
    int fds[2];

    memset(couple, 0, sizeof *couple);
    couple->talker.name = "a";
    CHECK_INT(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
    couple->other = fds[1];
    CHECK_INT(weft_datagram_open(&couple->talker.endpoint, fds[0], &talking),
              0);
}

static inline void couple_close(struct couple *couple)
{
    weft_datagram_abort(&couple->talker.endpoint);
    turns(2);
    CHECK(weft_datagram_is_closed(&couple->talker.endpoint));
    close(couple->other);
}

/* What the other end gets: its size, or a negative code. */
static inline int couple_get(const struct couple *couple, char *data,
                             size_t size)
{
    ssize_t count = recv(couple->other, data, size, MSG_DONTWAIT);

    return count < 0 ? -errno : (int)count;
}

static inline int say(struct talker *talker, const char *text,
                      const struct weft_address *to)
{
    return weft_datagram_sendto(&talker->endpoint, text, strlen(text), to);
}

#endif /* DATAGRAMS_H */
