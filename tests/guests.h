/* guests.h - check.h's world as a guest: on an ev_loop that the test runs.
 *
 *     guest_open();                    attached and started
 *     ...
 *     ev_run(host, 0);
 *     guest_close();                   and check that nothing is left
 *
 * The memory is the world's, counted. A test that hangs is killed after half a
 * minute.
 */
#ifndef GUESTS_H
#define GUESTS_H

#include <ev.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

static struct world world; /* its sim is not used */
static struct weft_ev ev;
static struct ev_loop *host;
static int guest_fds; /* open before */

/* The driver's own functions, behind a clock that can be put forward and a
 * count of polls. */
static weft_ticks (*guest_clock)(struct weft_driver *driver);
static int (*guest_poll)(struct weft_driver *driver, weft_ticks timeout,
                         struct weft_list *events);
static weft_ticks guest_skipped;
static long guest_polls;

static inline weft_ticks guest_now(struct weft_driver *driver)
{
    return guest_clock(driver) + guest_skipped;
}

static inline int guest_counted_poll(struct weft_driver *driver,
                                     weft_ticks timeout,
                                     struct weft_list *events)
{
    guest_polls++;
    return guest_poll(driver, timeout, events);
}

static inline int guest_count_fds(void)
{
    int count = 0;

    for (int fd = 0; fd < 256; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

/* Attached, but not started. False when memory runs out. */
static inline bool guest_try_attach(long fail_at)
{
    alarm(30);
    memset(&world, 0, sizeof world);
    guest_fds = guest_count_fds();
    guest_skipped = 0;
    guest_polls = 0;
    host = ev_loop_new(EVFLAG_AUTO);
    world.allocator.resize = world_resize;
    world.fail_at = fail_at;
    if (weft_ev_attach(&ev, &world.allocator, host) < 0) {
        CHECK_INT(world.blocks, 0);
        CHECK(!ev_run(host, 0)); /* nothing keeps it running */
        ev_loop_destroy(host);
        CHECK_INT(guest_count_fds(), guest_fds);
        return false;
    }
    guest_clock = ev.driver.now;
    guest_poll = ev.driver.poll;
    ev.driver.now = guest_now;
    ev.driver.poll = guest_counted_poll;
    weft_loop_init(&world.loop, &ev.driver);
    world.loop.allocator = &world.allocator;
    world.loop.on_error = world_on_error;
    world.loop.user = &world;
    return true;
}

static inline void guest_attach(void)
{
    CHECK(guest_try_attach(0));
}

static inline void guest_open(void)
{
    guest_attach();
    CHECK_INT(weft_ev_start(&ev, &world.loop), 0);
}

static inline void guest_close(void)
{
    weft_ev_stop(&ev);
    CHECK_INT(weft_loop_cancel_all(&world.loop), 0);
    CHECK(weft_heap_verify(&world.loop.alarms));
    CHECK_INT(world.loop.reserved, 0);
    CHECK_INT(weft_loop_close(&world.loop), 0);
    weft_ev_close(&ev);
    CHECK_INT(world.blocks, 0);
    CHECK(!ev_run(host, 0)); /* the host's count of watchers is right again */
    ev_loop_destroy(host);
    CHECK_INT(guest_count_fds(), guest_fds);
}

static inline void guest_pair(int fds[2])
{
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
}

static inline void guest_close_pair(const int fds[2])
{
    close(fds[0]);
    close(fds[1]);
}

static inline void guest_put(int fd)
{
    CHECK_INT(write(fd, "x", 1), 1);
}

static inline void guest_take(int fd)
{
    char byte;

    CHECK_INT(read(fd, &byte, 1), 1);
}

#endif /* GUESTS_H */
