/* libev.c - callbacks on libev, which weft stands on. */
#include <errno.h>
#include <ev.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../bench.h"

static struct ev_loop *loop;
static long left, rounds;

static void open_loop(void)
{
    if (loop == NULL) {
        loop = ev_loop_new(EVBACKEND_EPOLL);
    }
}

/* ---- Switching: idle watchers are called once in each turn of the loop ---- */

static void on_idle(struct ev_loop *ev, ev_idle *idle, int events)
{
    (void)events;
    if ((long)idle->data == rounds) {
        ev_idle_stop(ev, idle);
    } else {
        idle->data = (char *)idle->data + 1;
    }
}

static void libev_yield(long tasks, long count)
{
    ev_idle *idles = bench_memory((size_t)tasks, sizeof *idles);

    open_loop();
    rounds = count;
    for (long i = 0; i < tasks; i++) {
        ev_idle_init(&idles[i], on_idle);
        ev_idle_start(loop, &idles[i]);
    }
    ev_run(loop, 0);
    free(idles);
}

/* ---- Spawning: a watcher from malloc, called once ---- */

static void on_end(struct ev_loop *ev, ev_timer *timer, int events)
{
    (void)ev, (void)events;
    free(timer);
    left--;
}

static void libev_spawn(long tasks, long count)
{
    open_loop();
    for (long i = 0; i < count; i++) {
        left = tasks;
        for (long k = 0; k < tasks; k++) {
            ev_timer *timer = bench_memory(1, sizeof *timer);

            ev_timer_init(timer, on_end, 0, 0);
            ev_feed_event(loop, timer, EV_TIMER);
        }
        ev_invoke_pending(loop);
        if (left != 0) {
            abort();
        }
    }
}

/* ---- Time ---- */

static void libev_sleep(long tasks, double seconds)
{
    open_loop();
    for (long i = 0; i < tasks; i++) {
        ev_timer *timer = bench_memory(1, sizeof *timer);

        ev_timer_init(timer, on_end, seconds, 0);
        ev_timer_start(loop, timer);
    }
    ev_run(loop, 0);
}

static void on_timer(struct ev_loop *ev, ev_timer *timer, int events)
{
    (void)ev, (void)timer, (void)events;
    left--;
}

static void set_timers(ev_timer *timers, long count, double first, double span)
{
    ev_now_update(loop);
    for (long i = 0; i < count; i++) {
        ev_timer_init(&timers[i], on_timer,
                      first + span * (double)(next_random() % 1000000) * 1e-6,
                      0);
        ev_timer_start(loop, &timers[i]);
    }
}

static void libev_timers(long count, struct timer_costs *costs)
{
    ev_timer *timers = bench_memory((size_t)count, sizeof *timers);
    double begin;

    open_loop();
    memset(timers, 1, (size_t)count * sizeof *timers); /* page faults */
    memset(timers, 0, (size_t)count * sizeof *timers);
    begin = now_ns();
    set_timers(timers, count, 1, 1);
    costs->create = (now_ns() - begin) / (double)count;
    begin = now_ns();
    for (long i = 0; i < count / 2; i++) {
        ev_timer_stop(loop, &timers[2 * i]);
    }
    costs->cancel = (now_ns() - begin) / (double)(count / 2);
    begin = busy_ns();
    ev_run(loop, 0);
    costs->paced = (busy_ns() - begin) / (double)(count / 2);
    set_timers(timers, count / 2, 0.2, 0.1);
    nanosleep(&(struct timespec){.tv_nsec = 400000000}, NULL);
    begin = now_ns();
    ev_run(loop, 0);
    costs->burst = (now_ns() - begin) / (double)(count / 2);
    free(timers);
}

/* ---- Echo and chat: a watcher, and what could not be sent ---- */

struct connection {
    ev_io io;
    struct connection *next, **link; /* all of a chat */
    char *unsent;
    size_t offset, size;
};

static char data[65536];
static struct connection *connections;
static int is_chat;

static void drop(struct connection *connection)
{
    ev_io_stop(loop, &connection->io);
    close(connection->io.fd);
    *connection->link = connection->next;
    if (connection->next != NULL) {
        connection->next->link = connection->link;
    }
    free(connection->unsent);
    free(connection);
}

static void watch(struct connection *connection, int events)
{
    ev_io_stop(loop, &connection->io);
    ev_io_set(&connection->io, connection->io.fd, events);
    ev_io_start(loop, &connection->io);
}

/* What the kernel does not take waits, and reading with it. */
static void send_or_keep(struct connection *connection, const char *bytes,
                         size_t size)
{
    ssize_t sent = 0;

    if (connection->unsent == NULL) {
        sent = write(connection->io.fd, bytes, size);
        if (sent == (ssize_t)size || (sent < 0 && errno != EAGAIN)) {
            return; /* gone: the next read says so */
        }
        sent = sent < 0 ? 0 : sent;
        connection->offset = connection->size = 0;
        watch(connection, EV_WRITE);
    }
    size -= (size_t)sent;
    connection->unsent = realloc(connection->unsent, connection->size + size);
    memcpy(connection->unsent + connection->size, bytes + sent, size);
    connection->size += size;
}

static void send_rest(struct connection *connection)
{
    ssize_t sent =
        write(connection->io.fd, connection->unsent + connection->offset,
              connection->size - connection->offset);

    if (sent < 0 && errno != EAGAIN) {
        drop(connection);
        return;
    }
    connection->offset += sent > 0 ? (size_t)sent : 0;
    if (connection->offset == connection->size) {
        free(connection->unsent);
        connection->unsent = NULL;
        watch(connection, EV_READ);
    }
}

static void on_ready(struct ev_loop *ev, ev_io *io, int events)
{
    struct connection *connection = (struct connection *)io;
    ssize_t size;

    (void)ev, (void)events;
    if (connection->unsent != NULL) {
        send_rest(connection);
        return;
    }
    size = read(io->fd, data, sizeof data);
    if (size == 0 || (size < 0 && errno != EAGAIN)) {
        drop(connection);
    } else if (size > 0 && !is_chat) {
        send_or_keep(connection, data, (size_t)size);
    } else if (size > 0) {
        for (connection = connections; connection != NULL;
             connection = connection->next) {
            send_or_keep(connection, data, (size_t)size);
        }
    }
}

static void add_connection(int fd)
{
    struct connection *connection = bench_memory(1, sizeof *connection);

    connection->next = connections;
    connection->link = &connections;
    if (connections != NULL) {
        connections->link = &connection->next;
    }
    connections = connection;
    ev_io_init(&connection->io, on_ready, fd, EV_READ);
    ev_io_start(loop, &connection->io);
}

static void on_accept(struct ev_loop *ev, ev_io *io, int events)
{
    int fd;

    (void)ev, (void)events;
    while ((fd = bench_accept(io->fd)) >= 0) {
        add_connection(fd);
    }
}

static void libev_serve(const char *what, const char *port)
{
    ev_io listener;

    open_loop();
    is_chat = strcmp(what, "chat") == 0;
    ev_io_init(&listener, on_accept, bench_listen(port), EV_READ);
    ev_io_start(loop, &listener);
    ev_run(loop, 0);
}

/* When the last client's end is readable, all are. */
static void on_answer(struct ev_loop *ev, ev_io *io, int events)
{
    struct pairs *pairs = io->data;

    (void)events;
    pairs_receive(pairs);
    if (--left == 0) {
        ev_break(ev, EVBREAK_ALL);
    } else {
        pairs_send(pairs);
    }
}

static void libev_echo(long size, long count)
{
    struct pairs pairs;
    ev_io answer;

    open_loop();
    is_chat = 0;
    pairs_open(&pairs, size);
    for (int i = 0; i < pairs.count; i++) {
        add_connection(pairs.servers[i]);
    }
    ev_io_init(&answer, on_answer, pairs.clients[pairs.count - 1], EV_READ);
    answer.data = &pairs;
    ev_io_start(loop, &answer);
    left = count;
    pairs_send(&pairs);
    ev_run(loop, 0);
    ev_io_stop(loop, &answer);
    pairs_close(&pairs);
    while (connections != NULL) {
        drop(connections);
    }
}

const struct side libev_side = {.name = "libev",
                                .slower = 1,
                                .yield = libev_yield,
                                .spawn = libev_spawn,
                                .echo = libev_echo,
                                .sleep = libev_sleep,
                                .timers = libev_timers,
                                .serve = libev_serve};
