/* resolve_thread.c - the C library's lookups, each in a thread of its own. */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "weft/loop.h"
#include "weft/resolve.h"

/* Shared with the thread until its callback has run in the loop. */
struct lookup_thread {
    struct weft_lookup_job job;
    struct weft_handle handle;
    struct weft_loop *loop;
    pthread_t thread;
    int (*ask)(struct lookup_thread *job);
    int status;

    /* the question */
    const char *host, *port; /* `host` may be NULL */
    struct addrinfo hints;
    struct weft_address address;
    int flags;

    char names[]; /* the texts of the question, or room for the answer's */
};

enum { LOOKUP_HOST_ROOM = 1025, LOOKUP_PORT_ROOM = 32 };

static int ask_for_addresses(struct lookup_thread *job)
{
    return weft_error_of_lookup_(
        getaddrinfo(job->host, job->port, &job->hints, &job->job.addresses));
}

static int ask_for_names(struct lookup_thread *job)
{
    return weft_error_of_lookup_(getnameinfo(
        WEFT_SOCKADDR(&job->address), job->address.size, job->job.host,
        LOOKUP_HOST_ROOM, job->job.port, LOOKUP_PORT_ROOM, job->flags));
}

/* In the loop: the thread has done its work, and is joined so that it is out
 * of the loop's memory, too. */
static void report_lookup(void *arg)
{
    struct lookup_thread *job = arg;

    pthread_join(job->thread, NULL);
    job->loop->expected--;
    weft_lookup_finish_(&job->job, job->status);
}

static void *run_lookup(void *arg)
{
    struct lookup_thread *job = arg;

    errno = 0;
    job->status = job->ask(job);
    weft_call_soon_threadsafe(job->loop, &job->handle, report_lookup, job);
    return NULL;
}

static void close_lookup_thread(struct weft_lookup_job *job)
{
    if (job->addresses != NULL) {
        freeaddrinfo(job->addresses);
    }
    free(WEFT_OWNER(job, struct lookup_thread, job));
}

static struct lookup_thread *make_lookup_thread(size_t names)
{
    struct lookup_thread *job = calloc(1, sizeof *job + names);

    if (job != NULL) {
        job->job.close = close_lookup_thread;
        job->job.release = freeaddrinfo;
        job->loop = weft_loop_current_;
    }
    return job;
}

static int start_lookup_thread(struct lookup_thread *job,
                               struct weft_lookup_job **result)
{
    int status = pthread_create(&job->thread, NULL, run_lookup, job);

    if (status != 0) {
        free(job);
        return -status;
    }
    job->loop->expected++;
    *result = &job->job;
    return 0;
}

int weft_thread_find_addresses_(struct weft_resolver *resolver,
                                const char *host, const char *port,
                                const struct addrinfo *hints,
                                struct weft_lookup_job **result)
{
    size_t port_size = strlen(port) + 1;
    size_t host_size = host != NULL ? strlen(host) + 1 : 0;
    struct lookup_thread *job = make_lookup_thread(port_size + host_size);

    (void)resolver;
    if (job == NULL) {
        return WEFT_ENOMEM;
    }
    job->ask = ask_for_addresses;
    job->hints = *hints;
    memcpy(job->names, port, port_size);
    job->port = job->names;
    if (host != NULL) {
        memcpy(job->names + port_size, host, host_size);
        job->host = job->names + port_size;
    }
    return start_lookup_thread(job, result);
}

int weft_thread_find_name_(struct weft_resolver *resolver,
                           const struct weft_address *address, int flags,
                           struct weft_lookup_job **result)
{
    struct lookup_thread *job =
        make_lookup_thread(LOOKUP_HOST_ROOM + LOOKUP_PORT_ROOM);

    (void)resolver;
    if (job == NULL) {
        return WEFT_ENOMEM;
    }
    job->ask = ask_for_names;
    job->address = *address;
    job->flags = flags;
    job->job.host = job->names;
    job->job.port = job->names + LOOKUP_HOST_ROOM;
    return start_lookup_thread(job, result);
}
