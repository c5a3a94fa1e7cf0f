/* cares.c - c-ares on a loop: its sockets, its clock, its answers. */
#include "weft/cares.h"

#if defined(__has_include)
#if !__has_include(<ares.h>)
#error "weft/cares.h needs c-ares: install libc-ares-dev (or c-ares-devel)"
#endif
#endif

#include <ares.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/socket.h>
#include <sys/time.h>

/* A question. c-ares has it until its callback; it cannot be taken back alone,
 * so one that nobody wants any more runs to its end and is dropped. */
struct cares_job {
    struct weft_lookup_job job;
    struct weft_cares *cares;
    int socktype;
};

/* ---- Its sockets, and its clock ---- */

static void mind_cares_clock(struct weft_cares *cares);

/* c-ares has done something: with what failed in between all questions fail,
 * and it may want to be woken at another time. */
static void settle_cares(struct weft_cares *cares)
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
    settle_cares(cares);
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
    settle_cares(cares);
}

static void on_cares_writable(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_cares_socket_ *sock =
        WEFT_OWNER(entry, struct weft_cares_socket_, writable);
    struct weft_cares *cares = sock->cares;

    loop->task = NULL;
    ares_process_fd(cares->channel, ARES_SOCKET_BAD, sock->fd);
    settle_cares(cares);
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

/* ---- Its answers ---- */

static int error_of_cares(const struct weft_cares *cares, int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return 0;
    case ARES_ENOMEM:
        return WEFT_ENOMEM;
    case ARES_ETIMEOUT:
        return -ETIMEDOUT;
    case ARES_ECONNREFUSED:
        return -ECONNREFUSED;
    case ARES_EDESTRUCTION:
        return WEFT_ECLOSED;
    case ARES_ECANCELLED:
        return cares->error < 0 ? cares->error : WEFT_ECLOSED;
    default:
        return WEFT_ENAME;
    }
}

static void release_cares_addresses(struct addrinfo *list)
{
    while (list != NULL) {
        struct addrinfo *next = list->ai_next;

        free(list); /* with its address behind it */
        list = next;
    }
}

static void close_cares_job(struct weft_lookup_job *job)
{
    release_cares_addresses(job->addresses);
    free(job->host);
    free(job->port);
    free(WEFT_OWNER(job, struct cares_job, job));
}

static struct cares_job *make_cares_job(struct weft_resolver *resolver)
{
    struct cares_job *job = calloc(1, sizeof *job);

    if (job != NULL) {
        job->cares = WEFT_OWNER(resolver, struct weft_cares, resolver);
        job->job.close = close_cares_job;
        job->job.release = release_cares_addresses;
        job->cares->running++;
    }
    return job;
}

static void finish_cares_job(struct cares_job *job, int status)
{
    job->cares->running--;
    weft_lookup_finish_(&job->job, status);
}

/* c-ares' list, as the C library's. */
static int copy_cares_addresses(struct cares_job *job,
                                const struct ares_addrinfo_node *node)
{
    struct addrinfo **end = &job->job.addresses;

    for (; node != NULL; node = node->ai_next) {
        struct addrinfo *copy =
            calloc(1, sizeof *copy + (size_t)node->ai_addrlen);

        if (copy == NULL) {
            return WEFT_ENOMEM;
        }
        copy->ai_family = node->ai_family;
        copy->ai_socktype = job->socktype;
        copy->ai_addrlen = (socklen_t)node->ai_addrlen;
        copy->ai_addr = (struct sockaddr *)(void *)(copy + 1);
        memcpy(copy->ai_addr, node->ai_addr, (size_t)node->ai_addrlen);
        *end = copy;
        end = &copy->ai_next;
    }
    return 0;
}

static void on_cares_addresses(void *arg, int status, int timeouts,
                               struct ares_addrinfo *found)
{
    struct cares_job *job = arg;
    int error = error_of_cares(job->cares, status);

    (void)timeouts;
    if (error == 0) {
        error = copy_cares_addresses(job, found->nodes);
    }
    ares_freeaddrinfo(found);
    finish_cares_job(job, error);
}

static int cares_find_addresses(struct weft_resolver *resolver,
                                const char *host, const char *port,
                                const struct addrinfo *hints,
                                struct weft_lookup_job **result)
{
    struct ares_addrinfo_hints wanted = {0};
    struct cares_job *job = make_cares_job(resolver);

    if (job == NULL) {
        return WEFT_ENOMEM;
    }
    job->socktype = hints->ai_socktype;
    wanted.ai_family = hints->ai_family;
    wanted.ai_socktype = hints->ai_socktype;
    *result = &job->job;
    ares_getaddrinfo(job->cares->channel, host != NULL ? host : "localhost",
                     strcmp(port, "0") != 0 ? port : NULL, &wanted,
                     on_cares_addresses, job);
    settle_cares(WEFT_OWNER(resolver, struct weft_cares, resolver));
    return 0;
}

static char *copy_cares_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);

    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

static void on_cares_names(void *arg, int status, int timeouts, char *host,
                           char *port)
{
    struct cares_job *job = arg;
    int error = error_of_cares(job->cares, status);

    (void)timeouts;
    if (error == 0 && host != NULL) {
        job->job.host = copy_cares_text(host);
        error = job->job.host == NULL ? WEFT_ENOMEM : 0;
    }
    if (error == 0 && port != NULL) {
        job->job.port = copy_cares_text(port);
        error = job->job.port == NULL ? WEFT_ENOMEM : 0;
    }
    finish_cares_job(job, error);
}

static int cares_find_name(struct weft_resolver *resolver,
                           const struct weft_address *address, int flags,
                           struct weft_lookup_job **result)
{
    struct cares_job *job = make_cares_job(resolver);
    int wanted = ARES_NI_LOOKUPHOST | ARES_NI_LOOKUPSERVICE;

    if (job == NULL) {
        return WEFT_ENOMEM;
    }
    wanted |= (flags & NI_NUMERICHOST) ? ARES_NI_NUMERICHOST : 0;
    wanted |= (flags & NI_NUMERICSERV) ? ARES_NI_NUMERICSERV : 0;
    wanted |= (flags & NI_NAMEREQD) ? ARES_NI_NAMEREQD : 0;
    wanted |= (flags & NI_NOFQDN) ? ARES_NI_NOFQDN : 0;
    wanted |= (flags & NI_DGRAM) ? ARES_NI_DGRAM : 0;
    *result = &job->job;
    ares_getnameinfo(job->cares->channel, WEFT_SOCKADDR(address),
                     (ares_socklen_t)address->size, wanted, on_cares_names,
                     job);
    settle_cares(WEFT_OWNER(resolver, struct weft_cares, resolver));
    return 0;
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
    cares->resolver.find_addresses = cares_find_addresses;
    cares->resolver.find_name = cares_find_name;
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
