/* resolve.c - getaddrinfo in a thread, one a lookup. */
#include "weft/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "weft/loop.h"
#include "weft/park.h"

/* Shared with the thread until its callback has run in the loop; `waiter` is
 * the loop's alone. */
struct weft_lookup_job {
    struct weft_handle handle;
    struct weft_loop *loop;
    struct weft_task *waiter; /* NULL: nobody wants to know any more */
    struct addrinfo *addresses;
    pthread_t thread;
    int status;
    bool is_loopback; /* no host */
    char *port;       /* behind the host, in the same block */
    char host[];
};

/* The C library's own numbers for what went wrong. */
static int error_of_lookup(int status)
{
    switch (status) {
    case 0:
        return 0;
    case EAI_MEMORY:
        return WEFT_ENOMEM;
    case EAI_SYSTEM:
        return errno > 0 ? -errno : WEFT_ENAME;
    default:
        return WEFT_ENAME;
    }
}

static int look_up(const char *host, const char *port, int flags,
                   struct addrinfo **addresses)
{
    struct addrinfo hints;

    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    errno = 0;
    return error_of_lookup(getaddrinfo(host, port, &hints, addresses));
}

int weft_lookup_numeric_(struct weft_lookup *lookup, const char *host,
                         const char *port, bool passive)
{
    return look_up(host, port != NULL ? port : "0",
                   AI_NUMERICHOST | AI_NUMERICSERV | (passive ? AI_PASSIVE : 0),
                   &lookup->addresses);
}

void weft_lookup_close(struct weft_lookup *lookup)
{
    if (lookup->addresses != NULL) {
        freeaddrinfo(lookup->addresses);
        lookup->addresses = NULL;
    }
}

static void free_job(struct weft_lookup_job *job)
{
    if (job->addresses != NULL) {
        freeaddrinfo(job->addresses);
    }
    free(job);
}

/* In the loop: the thread has done its work, and is joined so that it is out
 * of the loop's memory, too. */
static void report_lookup(void *arg)
{
    struct weft_lookup_job *job = arg;

    pthread_join(job->thread, NULL);
    job->loop->expected--;
    if (job->waiter != NULL) {
        weft_task_wake_(job->waiter);
    } else {
        free_job(job);
    }
}

static void *run_lookup(void *arg)
{
    struct weft_lookup_job *job = arg;

    job->status = look_up(job->is_loopback ? NULL : job->host, job->port, 0,
                          &job->addresses);
    weft_call_soon_threadsafe(job->loop, &job->handle, report_lookup, job);
    return NULL;
}

static int resume_lookup(struct weft_task *task, int status)
{
    struct weft_lookup *lookup = task->object;
    struct weft_lookup_job *job = lookup->job;

    if (!weft_task_was_woken_(task)) {
        return status;
    }
    lookup->job = NULL;
    if (status == 0) {
        status = job->status;
        lookup->addresses = job->addresses;
        job->addresses = NULL;
    }
    free_job(job);
    return status;
}

/* From now on the job is its thread's alone: the report may come, and free it,
 * before the task has gone on. */
static bool cancel_lookup(struct weft_task *task)
{
    struct weft_lookup *lookup = task->object;

    lookup->job->waiter = NULL;
    lookup->job = NULL;
    return weft_task_withdraw_(task);
}

static const struct weft_wait_kind lookup_wait = {
    {weft_task_run_, "getaddrinfo", weft_task_itself_},
    resume_lookup,
    cancel_lookup};

static int start_lookup(struct weft_lookup *lookup, const char *host,
                        const char *port)
{
    size_t host_size = host != NULL ? strlen(host) + 1 : 0;
    size_t port_size = strlen(port) + 1;
    struct weft_lookup_job *job =
        calloc(1, sizeof *job + host_size + port_size);
    int status;

    if (job == NULL) {
        return WEFT_ENOMEM;
    }
    job->loop = weft_loop_current_;
    job->waiter = weft_current_task();
    job->port = job->host + host_size;
    if (host != NULL) {
        memcpy(job->host, host, host_size);
    } else {
        job->is_loopback = true;
    }
    memcpy(job->port, port, port_size);
    status = pthread_create(&job->thread, NULL, run_lookup, job);
    if (status != 0) {
        free(job);
        return -status;
    }
    job->loop->expected++;
    lookup->job = job;
    return 0;
}

struct weft_op weft_getaddrinfo(struct weft_lookup *lookup, const char *host,
                                const char *port)
{
    int status;

    if (lookup->addresses != NULL || lookup->job != NULL) {
        return weft_op_(WEFT_EALREADY);
    }
    if (port == NULL) {
        port = "0";
    }
    status = weft_lookup_numeric_(lookup, host, port, false);
    if (status != WEFT_ENAME) {
        return weft_op_(status);
    }
    if (weft_current_task() == NULL) {
        return weft_op_(WEFT_ENOTASK);
    }
    status = start_lookup(lookup, host, port);
    if (status < 0) {
        return weft_op_(status);
    }
    return weft_task_park_(&lookup_wait, NULL, lookup, NULL);
}
