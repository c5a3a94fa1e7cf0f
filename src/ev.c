/* ev.c - libev as a poller. */
#include "weft/ev.h"

#include <errno.h>
#include <ev.h>
#include <string.h>
#include <time.h>

#include "weft/error.h"

#if !defined(CLOCK_MONOTONIC)
#error "weft needs POSIX: include weft.h first, or compile with -std=gnu11"
#endif

/* Turns with work ready that may pass between two looks at the kernel, and
 * nanoseconds: a look costs about as much as 50 resumptions. */
enum { POLL_TURNS = 256, POLL_INTERVAL = 500000 };

/* One descriptor. libev knows its place, so it is allocated by itself. */
struct watched {
    ev_io io;
    struct weft_ev_state *state;
    struct weft_entry *entries[3]; /* by direction; NULL: not watched */
};

struct weft_ev_state {
    struct ev_loop *loop;
    struct weft_allocator *allocator;
    struct watched **fds; /* by descriptor; NULL: never watched */
    size_t fd_count;
    struct weft_list events; /* until poll takes them */
    bool is_guest;           /* the ev_loop is somebody else's   */
    bool is_served;          /* somebody is there to take events */
    bool listens;            /* libev knows what is watched      */
    ev_async wake;
    ev_timer alarm;
};

static struct weft_ev_state *state_of(struct weft_driver *driver)
{
    return ((struct weft_ev *)(void *)driver)->state;
}

static weft_ticks clock_ticks(struct weft_driver *driver)
{
    struct timespec now;

    (void)driver;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (weft_ticks)((int64_t)now.tv_sec * WEFT_TICKS_PER_SECOND +
                        (int64_t)now.tv_nsec * WEFT_TICKS_PER_SECOND /
                            1000000000);
}

/* libev calls back in the reverse of the kernel's order: put each event before
 * the earlier ones, and a reader before the writer. */
static void put_first(struct weft_list *list, struct weft_entry *entry)
{
    struct weft_node *head = &list->head;
    struct weft_node *node;

    if (entry == NULL || weft_node_is_linked(&entry->node)) {
        return;
    }
    if (head->next == NULL) {
        head->next = head->prev = head;
    }
    node = &entry->node;
    node->next = head->next;
    node->prev = head;
    head->next->prev = node;
    head->next = node;
}

/* Tell libev the directions that are wanted now. It tells the kernel once, in
 * its next poll, and only if something changed. */
static void update_watched(struct watched *watched, int fd)
{
    struct ev_loop *loop = watched->state->loop;
    int events = (watched->entries[WEFT_READ] != NULL ? EV_READ : 0) |
                 (watched->entries[WEFT_WRITE] != NULL ? EV_WRITE : 0);

    ev_io_stop(loop, &watched->io);
    if (events != 0 && watched->state->listens) {
        ev_io_set(&watched->io, fd, events);
        ev_io_start(loop, &watched->io);
    }
}

/* When nobody takes events, libev must not find them, over and over, nor wait
 * for them. */
static void listen_for_events(struct weft_ev_state *state, bool listens)
{
    if (state->listens == listens) {
        return;
    }
    state->listens = listens;
    for (size_t i = 0; i < state->fd_count; i++) {
        if (state->fds[i] != NULL) {
            update_watched(state->fds[i], (int)i);
        }
    }
}

static void on_io(struct ev_loop *loop, ev_io *io, int events)
{
    struct watched *watched = io->data;

    (void)loop;
    if (!watched->state->is_served) {
        listen_for_events(watched->state, false);
        return;
    }
    if (events & EV_WRITE) {
        put_first(&watched->state->events, watched->entries[WEFT_WRITE]);
    }
    if (events & EV_READ) {
        put_first(&watched->state->events, watched->entries[WEFT_READ]);
    }
}

/* Waking is all these two are for. */
static void on_wake(struct ev_loop *loop, ev_async *wake, int events)
{
    (void)loop, (void)wake, (void)events;
}

static void on_alarm(struct ev_loop *loop, ev_timer *alarm, int events)
{
    (void)loop, (void)alarm, (void)events;
}

static int poll_libev(struct weft_driver *driver, weft_ticks timeout,
                      struct weft_list *events)
{
    struct weft_ev_state *state = state_of(driver);

    if (timeout == 0) {
        ev_run(state->loop, EVRUN_NOWAIT);
    } else if (timeout == WEFT_FOREVER) {
        ev_run(state->loop, EVRUN_ONCE);
    } else {
        ev_now_update(state->loop); /* the alarm counts from libev's clock */
        ev_timer_set(&state->alarm, weft_seconds_from(timeout), 0.);
        ev_timer_start(state->loop, &state->alarm);
        ev_run(state->loop, EVRUN_ONCE);
        ev_timer_stop(state->loop, &state->alarm);
    }
    weft_list_splice(events, &state->events);
    return 0;
}

static void wake_libev(struct weft_driver *driver)
{
    struct weft_ev_state *state = state_of(driver);

    ev_async_send(state->loop, &state->wake);
}

/* The record of a descriptor, made when it is watched first. */
static struct watched *find_watched(struct weft_ev_state *state, int fd)
{
    size_t index = (size_t)fd;
    struct watched *watched;

    if (index >= state->fd_count) {
        size_t count = index < 32 ? 64 : index * 2;
        struct watched **fds =
            weft_resize_(state->allocator, state->fds,
                         state->fd_count * sizeof *fds, count * sizeof *fds);

        if (fds == NULL) {
            return NULL;
        }
        memset(fds + state->fd_count, 0,
               (count - state->fd_count) * sizeof *fds);
        state->fds = fds;
        state->fd_count = count;
    }
    watched = state->fds[index];
    if (watched == NULL) {
        watched = weft_allocate_(state->allocator, sizeof *watched);
        if (watched == NULL) {
            return NULL;
        }
        memset(watched, 0, sizeof *watched);
        ev_init(&watched->io, on_io);
        watched->io.data = watched;
        watched->state = state;
        state->fds[index] = watched;
    }
    return watched;
}

static int watch_fd(struct weft_driver *driver, int fd,
                    enum weft_direction direction, struct weft_entry *entry)
{
    struct watched *watched;
    bool is_new;

    if (fd < 0) {
        return -EBADF;
    }
    watched = find_watched(state_of(driver), fd);
    if (watched == NULL) {
        return WEFT_ENOMEM;
    }
    is_new = watched->entries[direction] == NULL;
    watched->entries[direction] = entry;
    if (is_new) {
        update_watched(watched, fd);
    }
    return 0;
}

static struct weft_entry *fd_watcher(struct weft_driver *driver, int fd,
                                     enum weft_direction direction)
{
    struct weft_ev_state *state = state_of(driver);

    return fd >= 0 && (size_t)fd < state->fd_count && state->fds[fd] != NULL
               ? state->fds[fd]->entries[direction]
               : NULL;
}

static void unwatch_fd(struct weft_driver *driver, int fd,
                       enum weft_direction direction)
{
    if (fd_watcher(driver, fd, direction) != NULL) {
        struct watched *watched = state_of(driver)->fds[fd];

        watched->entries[direction] = NULL;
        update_watched(watched, fd);
    }
}

void weft_ev_serve_(struct weft_ev *ev, bool is_served)
{
    ev->state->is_served = is_served;
    if (is_served) {
        listen_for_events(ev->state, true);
    }
}

void weft_ev_mute_(struct weft_ev *ev)
{
    listen_for_events(ev->state, false);
}

struct weft_list *weft_ev_events_(struct weft_ev *ev)
{
    return &ev->state->events;
}

static void fill_driver(struct weft_driver *driver)
{
    driver->now = clock_ticks;
    driver->poll = poll_libev;
    driver->wake = wake_libev;
    driver->watch = watch_fd;
    driver->unwatch = unwatch_fd;
    driver->watcher = fd_watcher;
    driver->poll_turns = POLL_TURNS;
    driver->poll_interval = weft_ticks_from(POLL_INTERVAL * 1e-9);
}

/* On an ev_loop of the caller's, or on a new one. */
int weft_ev_open_on_(struct weft_ev *ev, struct weft_allocator *allocator,
                     struct ev_loop *host)
{
    struct weft_ev_state *state = weft_allocate_(allocator, sizeof *state);

    if (state == NULL) {
        return WEFT_ENOMEM;
    }
    memset(state, 0, sizeof *state);
    state->allocator = allocator;
    state->loop = host != NULL ? host : ev_loop_new(EVFLAG_AUTO);
    if (state->loop == NULL) {
        weft_free_(allocator, state, sizeof *state);
        return WEFT_ENOMEM;
    }
    state->is_guest = host != NULL;
    state->is_served = state->listens = !state->is_guest;
    ev_async_init(&state->wake, on_wake);
    ev_async_start(state->loop, &state->wake);
    if (state->is_guest) {
        ev_unref(state->loop); /* it does not keep the host running */
    }
    ev_init(&state->alarm, on_alarm);
    memset(ev, 0, sizeof *ev);
    ev->state = state;
    fill_driver(&ev->driver);
    return 0;
}

int weft_ev_open(struct weft_ev *ev, struct weft_allocator *allocator)
{
    return weft_ev_open_on_(ev, allocator, NULL);
}

void weft_ev_close(struct weft_ev *ev)
{
    struct weft_ev_state *state = ev->state;

    if (state == NULL) {
        return;
    }
    if (state->is_guest) {
        weft_ev_detach_(ev, state->allocator);
        ev_ref(state->loop);
    }
    ev_async_stop(state->loop, &state->wake);
    while (weft_list_pop(&state->events) != NULL) {
        continue; /* handles outlive their driver */
    }
    for (size_t i = 0; i < state->fd_count; i++) {
        if (state->fds[i] != NULL) {
            ev_io_stop(state->loop, &state->fds[i]->io);
            weft_free_(state->allocator, state->fds[i], sizeof *state->fds[i]);
        }
    }
    weft_free_(state->allocator, state->fds,
               state->fd_count * sizeof *state->fds);
    if (!state->is_guest) {
        ev_loop_destroy(state->loop);
    }
    weft_free_(state->allocator, state, sizeof *state);
    ev->state = NULL;
}
