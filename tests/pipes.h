/* pipes.h - a transport on a pipe, and the plain descriptor at its other end.
 */
#ifndef PIPES_H
#define PIPES_H

#include "transports.h"

static int pipe_fds[2];

/* near reads or writes; the descriptor `far` is the other end. */
static inline void reset_pipe(bool reads)
{
    real_open(&real);
    real.world.loop.poll_turns = 1;
    reset_end(&near);
    reset_end(&away);
    CHECK_INT(pipe(pipe_fds), 0);
    far = pipe_fds[reads];
    if (reads) {
        CHECK_INT(
            weft_connect_read_pipe(&near.transport, pipe_fds[0], &end_protocol),
            0);
    } else {
        CHECK_INT(weft_connect_write_pipe(&near.transport, pipe_fds[1],
                                          &end_protocol),
                  0);
    }
    turns(1);
    CHECK_TRACE("near made");
}

#endif /* PIPES_H */
