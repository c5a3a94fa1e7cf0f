/* sock_doers.h - a pair of sockets, and tasks that make one call each. */
#ifndef SOCK_DOERS_H
#define SOCK_DOERS_H

#include "socks.h"

static struct real real;
static int pair[2];
static struct weft_sock socks[2]; /* of the pair */

static inline void reset(void)
{
    real_open(&real);
    real.world.loop.poll_turns = 1;
    real_pair(pair);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(fcntl(pair[i], F_SETFL, O_NONBLOCK), 0);
        socks[i] = WEFT_SOCK(pair[i]);
    }
}

static inline void finish(void)
{
    real_close_pair(pair);
    real_close(&real);
}

static inline void turns(int count)
{
    for (int i = 0; i < count; i++) {
        real_turn(&real);
    }
}

enum verb { RECV, RECVFROM, SENDALL, SENDTO, CONNECT, ACCEPT };

static inline struct weft_op start(enum verb verb, struct weft_sock *sock,
                                   void *data, size_t size,
                                   struct weft_address *address)
    WEFT_MUST_AWAIT_;
static inline struct weft_op start(enum verb verb, struct weft_sock *sock,
                                   void *data, size_t size,
                                   struct weft_address *address)
{
    switch (verb) {
    case RECV:
        return weft_sock_recv(sock, data, size);
    case RECVFROM:
        return weft_sock_recvfrom(sock, data, size, address);
    case SENDALL:
        return weft_sock_sendall(sock, data, size);
    case SENDTO:
        return weft_sock_sendto(sock, data, size, address);
    case CONNECT:
        return weft_sock_connect(sock, address);
    default:
        return weft_sock_accept(sock, address);
    }
}

struct doer {
    struct weft_frame frame;
    enum verb verb;
    struct weft_sock *sock;
    void *data;
    size_t size;
    struct weft_address *address;
    int result;
};

static inline async doer(struct weft_frame *frame)
{
    ASYNC_BEGIN(doer);
    AWAIT(start(self->verb, self->sock, self->data, self->size, self->address));
    self->result = frame->value;
    ASYNC_END;
}

/* Run it to its end: the result, or the negative code. */
static inline int done(struct weft_task *task)
{
    int status = weft_loop_run_until_complete(&real.world.loop, task);

    if (status == 0) {
        status = WEFT_RESULT(task, doer);
    }
    weft_task_release(task);
    return status;
}

#define DO(verb_, sock_, ...) \
    done(SPAWN(doer, .verb = (verb_), .sock = (sock_), __VA_ARGS__))

static char data[4096];

#endif /* SOCK_DOERS_H */
