/* real.h - check.h's world with the real driver: descriptors, and real time.
 *
 *     struct real real;
 *
 *     real_open(&real);
 *     status = ASYNC_RUN_IN(&real.world.loop, program);
 *     real_close(&real);
 *
 * or REAL_RUN(program, .count = 3) for all of it. The memory is the world's,
 * counted, and `world.fail_at` makes the n-th allocation fail. real_close
 * checks that neither memory nor a descriptor is left. A test that hangs is
 * killed after half a minute.
 */
#ifndef REAL_H
#define REAL_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

struct real {
    struct world world; /* first; its sim is not used */
    struct weft_ev ev;
    int fds; /* open before */

    /* The functions of libev's driver, behind those of real_open. */
    weft_ticks (*now)(struct weft_driver *driver);
    int (*poll)(struct weft_driver *driver, weft_ticks timeout,
                struct weft_list *events);
    weft_ticks skipped; /* add to the clock what nobody wants to wait for  */
    atomic_bool is_blocked; /* in a poll without limit, or on its way into it */
    long polls;
    bool finds_deadlocks; /* when only this thread can make anything happen  */
};

static inline struct real *real_of(struct weft_driver *driver)
{
    return WEFT_OWNER(driver, struct real, ev.driver);
}

static inline weft_ticks real_now(struct weft_driver *driver)
{
    return real_of(driver)->now(driver) + real_of(driver)->skipped;
}

static inline int real_poll(struct weft_driver *driver, weft_ticks timeout,
                            struct weft_list *events)
{
    struct real *real = real_of(driver);
    bool blocks = timeout == WEFT_FOREVER;
    int status;

    real->polls++;
    if (blocks && real->finds_deadlocks) {
        status = real->poll(driver, 0, events);
        return status == 0 && weft_list_is_empty(events) ? WEFT_EDEADLOCK
                                                         : status;
    }
    atomic_store(&real->is_blocked, blocks);
    status = real->poll(driver, timeout, events);
    atomic_store(&real->is_blocked, false);
    return status;
}

static inline int real_count_fds(void)
{
    int count = 0;

    for (int fd = 0; fd < 256; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

/* False, and all is as before, when memory runs out here already. */
static inline bool real_try_open(struct real *real, long fail_at)
{
    struct world *world = &real->world;

    alarm(30);
    memset(real, 0, sizeof *real);
    real->fds = real_count_fds();
    world->allocator.resize = world_resize;
    world->fail_at = fail_at;
    if (weft_ev_open(&real->ev, &world->allocator) < 0) {
        CHECK_INT(world->blocks, 0);
        CHECK_INT(real_count_fds(), real->fds);
        return false;
    }
    real->now = real->ev.driver.now;
    real->poll = real->ev.driver.poll;
    real->ev.driver.now = real_now;
    real->ev.driver.poll = real_poll;
    weft_loop_init(&world->loop, &real->ev.driver);
    world->loop.allocator = &world->allocator;
    world->loop.on_error = world_on_error;
    world->loop.user = world;
    return true;
}

static inline void real_open(struct real *real)
{
    CHECK(real_try_open(real, 0));
}

static inline void real_close(struct real *real)
{
    struct world *world = &real->world;

    CHECK_INT(weft_loop_cancel_all(&world->loop), 0);
    CHECK(weft_heap_verify(&world->loop.alarms));
    CHECK_INT(world->loop.reserved, 0);
    CHECK_INT(weft_loop_close(&world->loop), 0);
    weft_ev_close(&real->ev);
    CHECK_INT(world->blocks, 0);
    CHECK_INT(real_count_fds(), real->fds);
}

#define REAL_RUN(...) REAL_RUN_(__VA_ARGS__, .frame = {0})
#define REAL_RUN_(name, ...) real_run((name), &(struct name){__VA_ARGS__}.frame)

static inline int real_run(struct weft_async (*resume)(struct weft_frame *),
                           struct weft_frame *frame)
{
    struct real real;
    int status;

    real_open(&real);
    status = weft_run_in_(&real.world.loop, resume, frame);
    real_close(&real);
    return status;
}

/* Run for one turn. */
static inline void real_turn(struct real *real)
{
    weft_loop_stop(&real->world.loop);
    CHECK_INT(weft_loop_run_forever(&real->world.loop), 0);
}

/* Run the scenario once for each allocation of it, which then fails. Gives the
 * number of runs; stops at the first failure, and says where. `start` is run
 * in an open loop that has memory for nothing yet. */
static inline long real_sweep_memory(void (*scenario)(struct real *real))
{
    int failures = check_failures;
    bool failed = true;
    long n = 1;

    for (; failed && check_failures == failures; n++) {
        struct real real;

        if (!real_try_open(&real, n)) {
            continue;
        }
        scenario(&real);
        failed = real.world.allocations >= n;
        real_close(&real);
        check_trace[0] = '\0';
        if (check_failures > failures) {
            printf("  allocation %ld failed\n", n);
        }
    }
    return n;
}

static inline void real_pair(int fds[2])
{
    fds[0] = fds[1] = -1;
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
}

static inline void real_close_pair(const int fds[2])
{
    close(fds[0]);
    close(fds[1]);
}

/* A connected pair over TCP, for what socketpair() has not: a reset. */
static inline void real_tcp_pair(int fds[2])
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    CHECK_INT(listen(listener, 1), 0);
    CHECK_INT(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    fds[0] = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_INT(connect(fds[0], (struct sockaddr *)&address, size), 0);
    fds[1] = accept(listener, NULL, NULL);
    CHECK(fds[1] >= 0);
    close(listener);
}

/* Close a TCP socket so that its peer gets a reset. */
static inline void real_reset(int fd)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
    close(fd);
}

#endif /* REAL_H */
