/* dials.h - what the tests of dialling have in common.
 */
#ifndef DIALS_H
#define DIALS_H

#include "fake_resolver.h"
#include "socks.h"

static struct real real;
static struct fake_resolver fake;
static struct weft_task *task;

static inline void reset(void)
{
    real_open(&real);
    real.world.loop.poll_turns = 1;
    fake_resolver_open(&fake, &real.world.loop);
    task = NULL;
}

static inline void finish(void)
{
    fake_resolver_close(&fake);
    real_close(&real);
}

static inline void turns(int count)
{
    for (int i = 0; i < count; i++) {
        real_turn(&real);
    }
}

static inline void skip_seconds(double seconds)
{
    real.skipped += weft_ticks_from(seconds);
    turns(10);
}

/* ---- Addresses that listen, refuse, or do not answer ---- */

static inline int listening(struct weft_address *own)
{
    int fd = socks_bind(AF_INET, SOCK_STREAM, own);

    CHECK_INT(listen(fd, 8), 0);
    return fd;
}

static inline struct weft_address refusing(int family)
{
    struct weft_address own;

    close(socks_bind(family, SOCK_STREAM, &own));
    return own;
}

#define DIAL(...)                                                          \
    (task = SPAWN(weft_dial, .host = "a name", .port = "80", __VA_ARGS__), \
     turns(10))

/* The descriptor, or the negative code. */
static inline int dialled(void)
{
    int status = weft_loop_run_until_complete(&real.world.loop, task);

    if (status == 0) {
        status = WEFT_RESULT(task, weft_dial);
    }
    weft_task_release(task);
    return status;
}

static inline void check_peer(int fd, const struct weft_address *expected)
{
    struct weft_address peer;

    CHECK_INT(weft_address_of_peer(&peer, fd), 0);
    CHECK(weft_address_equal(&peer, expected));
    close(fd);
}

static inline struct weft_dial *frame_of_task(void)
{
    return (struct weft_dial *)(void *)weft_task_frame(task);
}

#endif /* DIALS_H */
