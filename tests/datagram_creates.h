/* datagram_creates.h - two endpoints that are made with sockets of their own. */
#ifndef DATAGRAM_CREATES_H
#define DATAGRAM_CREATES_H

#include "datagrams.h"
#include "fake_resolver.h"

static struct talker server, client;

static inline void reset(void)
{
    real_open(&real);
    real.world.loop.poll_turns = 1;
    server = (struct talker){.name = "server", .echoes = true};
    client = (struct talker){.name = "client"};
}

static inline void finish(void)
{
    weft_datagram_abort(&server.endpoint);
    weft_datagram_abort(&client.endpoint);
    turns(3);
    real_close(&real);
    check_trace[0] = '\0';
}

#define CREATE(talker, ...)                                            \
    ASYNC_RUN_IN(&real.world.loop, weft_create_datagram_endpoint,      \
                 .endpoint = &(talker).endpoint, .protocol = &talking, \
                 __VA_ARGS__)

#endif /* DATAGRAM_CREATES_H */
