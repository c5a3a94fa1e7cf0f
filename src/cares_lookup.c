/* cares_lookup.c - questions to c-ares, and its answers. */
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

/* A question. c-ares has it until its callback; it cannot be taken back alone,
 * so one that nobody wants any more runs to its end and is dropped. */
struct cares_job {
    struct weft_lookup_job job;
    struct weft_cares *cares;
    int socktype;
};

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

int weft_cares_find_addresses_(struct weft_resolver *resolver, const char *host,
                               const char *port, const struct addrinfo *hints,
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
    weft_cares_settle_(WEFT_OWNER(resolver, struct weft_cares, resolver));
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

int weft_cares_find_name_(struct weft_resolver *resolver,
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
    weft_cares_settle_(WEFT_OWNER(resolver, struct weft_cares, resolver));
    return 0;
}
