/* cares.c - c-ares on a loop: its sockets, and its clock. */
#include "weft/cares.h"

#if defined(__has_include)
#if !__has_include(<ares.h>)
#error "weft/cares.h needs c-ares: install libc-ares-dev (or c-ares-devel)"
#endif
#endif

#include <ares.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>

/* ---- Its sockets, and its clock ---- */

static void mind_cares_clock(struct weft_cares *cares);

/* c-ares has done something: with what failed in between all questions fail,
 * and it may want to be woken at another time. */
void weft_cares_settle_(struct weft_cares *cares)
{
    if (cares->error == 0) {
        mind_cares_clock(cares);
    }
    if (cares->error < 0) {
        ares_cancel(cares->channel);
        weft_timer_cancel(&cares->alarm);
        cares->error = 0;
    }
}

static void on_cares_alarm(void *arg)
{
    struct weft_cares *cares = arg;

    ares_process_fd(cares->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    weft_cares_settle_(cares);
}

static void mind_cares_clock(struct weft_cares *cares)
{
    struct timeval room;
    struct timeval *left = ares_timeout(cares->channel, NULL, &room);
    weft_ticks delay;

    weft_timer_cancel(&cares->alarm);
    if (left == NULL) {
        return;
    }
    delay = weft_ticks_from((double)left->tv_sec + (double)left->tv_usec / 1e6);
    if (delay < weft_ticks_from(0.001)) {
        delay = weft_ticks_from(0.001); /* its clock may go slower than ours */
    }
    cares->error = weft_call_later_ticks(cares->loop, &cares->alarm, delay,
                                         on_cares_alarm, cares);
}

static void on_cares_readable(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_cares_socket_ *sock =
        WEFT_OWNER(entry, struct weft_cares_socket_, readable);
    struct weft_cares *cares = sock->cares;

    loop->task = NULL;
    ares_process_fd(cares->channel, sock->fd, ARES_SOCKET_BAD);
    weft_cares_settle_(cares);
}

static void on_cares_writable(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_cares_socket_ *sock =
        WEFT_OWNER(entry, struct weft_cares_socket_, writable);
    struct weft_cares *cares = sock->cares;

    loop->task = NULL;
    ares_process_fd(cares->channel, ARES_SOCKET_BAD, sock->fd);
    weft_cares_settle_(cares);
}

static const struct weft_kind cares_readable = {on_cares_readable,
                                                "c-ares readable", NULL};
static const struct weft_kind cares_writable = {on_cares_writable,
                                                "c-ares writable", NULL};

/* The record of a socket; a free one if it is new. NULL: too many. */
static struct weft_cares_socket_ *find_cares_socket(struct weft_cares *cares,
                                                    int fd)
{
    struct weft_cares_socket_ *unused = NULL;

    for (int i = 0; i < WEFT_CARES_SOCKETS; i++) {
        struct weft_cares_socket_ *sock = &cares->sockets[i];

        if (sock->cares != NULL && sock->fd == fd) {
            return sock;
        }
        if (sock->cares == NULL && unused == NULL) {
            unused = sock;
        }
    }
    return unused;
}

static int set_watch(struct weft_cares *cares, int fd,
                     enum weft_direction direction, struct weft_entry *entry,
                     bool wanted)
{
    int status;

    if (!wanted) {
        weft_loop_unwatch_(cares->loop, fd, direction, entry);
        return 0;
    }
    status = weft_loop_watch_(cares->loop, fd, direction, entry);
    return status == WEFT_EBUSY ? 0 : status; /* watched by us already */
}

static void on_cares_socket(void *arg, ares_socket_t fd, int readable,
                            int writable)
{
    struct weft_cares *cares = arg;
    struct weft_cares_socket_ *sock = find_cares_socket(cares, fd);
    int status = 0;

    if (sock == NULL) {
        cares->error = WEFT_ELIMIT;
        return;
    }
    sock->fd = fd;
    sock->readable.kind = &cares_readable;
    sock->writable.kind = &cares_writable;
    status = set_watch(cares, fd, WEFT_READ, &sock->readable, readable);
    if (status == 0) {
        status = set_watch(cares, fd, WEFT_WRITE, &sock->writable, writable);
    }
    if (status < 0) {
        cares->error = status;
    }
    sock->cares = readable || writable ? cares : NULL;
}

/* ---- From the opening to the close ---- */

static int init_channel(struct weft_cares *cares, ares_channel *channel)
{
    struct ares_options options;
    int chosen = ARES_OPT_SOCK_STATE_CB;
    int status;

    memset(&options, 0, sizeof options);
    options.sock_state_cb = on_cares_socket;
    options.sock_state_cb_data = cares;
    if (cares->timeout > 0) {
        options.timeout = (int)(cares->timeout * 1e3) + 1;
        chosen |= ARES_OPT_TIMEOUTMS;
    }
    if (cares->tries > 0) {
        options.tries = cares->tries;
        chosen |= ARES_OPT_TRIES;
    }
    if (cares->lookups != NULL) {
        options.lookups = (char *)(uintptr_t)cares->lookups;
        chosen |= ARES_OPT_LOOKUPS;
    }
    status = ares_init_options(channel, &options, chosen);
    if (status == ARES_SUCCESS && cares->servers != NULL) {
        status = ares_set_servers_ports_csv(*channel, cares->servers);
        if (status != ARES_SUCCESS) {
            ares_destroy(*channel);
        }
    }
    return status == ARES_SUCCESS  ? 0
           : status == ARES_ENOMEM ? WEFT_ENOMEM
                                   : WEFT_EINVAL;
}

int weft_cares_open(struct weft_cares *cares, struct weft_loop *loop)
{
    ares_channel channel;
    int status;

    if (cares->loop != NULL) {
        return WEFT_EALREADY;
    }
    status = init_channel(cares, &channel);
    if (status < 0) {
        return status;
    }
    memset(cares->sockets, 0, sizeof cares->sockets);
    cares->loop = loop;
    cares->channel = channel;
    cares->running = 0;
    cares->error = 0;
    cares->resolver.find_addresses = weft_cares_find_addresses_;
    cares->resolver.find_name = weft_cares_find_name_;
    weft_resolver_install_(&cares->resolver, loop);
    return 0;
}

void weft_cares_close(struct weft_cares *cares)
{
    if (cares->loop != NULL) {
        weft_resolver_remove_(&cares->resolver);
        weft_timer_cancel(&cares->alarm);
        ares_destroy(cares->channel);
        cares->channel = NULL;
        cares->loop = NULL;
    }
}
