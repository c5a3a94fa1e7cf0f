/* resolve.c - who is asked, and how a task waits for the answer. */
#include "weft/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>

#include "weft/loop.h"
#include "weft/park.h"

/* The C library's own numbers for what went wrong. */
int weft_error_of_lookup_(int status)
{
    switch (status) {
    case 0:
        return 0;
    case EAI_MEMORY:
        return WEFT_ENOMEM;
    case EAI_SYSTEM:
        return errno > 0 ? -errno : WEFT_ENAME;
    case EAI_OVERFLOW:
        return WEFT_ELIMIT;
    default:
        return WEFT_ENAME;
    }
}

/* ---- Who is asked ---- */

static struct weft_resolver thread_resolver = {
    weft_thread_find_addresses_, weft_thread_find_name_, NULL, {NULL, NULL}};

/* Those of this thread's loops. A loop without one asks threads, whose resolver
 * has no state. */
static WEFT_THREAD_LOCAL_ struct weft_list resolvers_here;

void weft_resolver_install_(struct weft_resolver *resolver,
                            struct weft_loop *loop)
{
    resolver->loop = loop;
    weft_list_push(&resolvers_here, &resolver->node);
}

void weft_resolver_remove_(struct weft_resolver *resolver)
{
    weft_node_unlink(&resolver->node);
}

/* The one that was installed last. */
static struct weft_resolver *resolver_of(const struct weft_loop *loop)
{
    struct weft_resolver *found = &thread_resolver;
    struct weft_node *node;

    for (node = weft_list_first(&resolvers_here); node != NULL;
         node = weft_list_next(&resolvers_here, node)) {
        struct weft_resolver *resolver =
            WEFT_OWNER(node, struct weft_resolver, node);

        if (resolver->loop == loop) {
            found = resolver;
        }
    }
    return found;
}

/* ---- Jobs ---- */

void weft_lookup_finish_(struct weft_lookup_job *job, int status)
{
    job->is_done = true;
    job->status = status;
    if (job->is_unwanted) {
        job->close(job);
    } else if (job->waiter != NULL) {
        weft_task_wake_(job->waiter);
    }
}

static void take_looked_up_addresses(struct weft_lookup *lookup)
{
    lookup->addresses = lookup->job->addresses;
    lookup->release = lookup->job->release;
    lookup->job->addresses = NULL;
}

static void copy_name_text(char *to, size_t size, const char *from)
{
    size_t length = from != NULL ? strlen(from) : 0;

    if (length >= size) {
        length = size - 1;
    }
    if (length > 0) {
        memcpy(to, from, length);
    }
    to[length] = '\0';
}

static int take_looked_up_names(struct weft_nameinfo *name)
{
    const struct weft_lookup_job *job = name->job;

    if (job->host != NULL && strlen(job->host) >= sizeof name->host) {
        return WEFT_ELIMIT;
    }
    copy_name_text(name->host, sizeof name->host, job->host);
    copy_name_text(name->port, sizeof name->port, job->port);
    return 0;
}

/* The job is done, and its waiter reads it unless it was cancelled. */
static int finish_lookup(struct weft_lookup *lookup, int status)
{
    struct weft_lookup_job *job = lookup->job;

    if (status == 0) {
        status = job->status;
    }
    if (status == 0) {
        take_looked_up_addresses(lookup);
        status = lookup->addresses != NULL ? 0 : WEFT_ENAME;
    }
    lookup->job = NULL;
    job->close(job);
    return status;
}

static int finish_nameinfo(struct weft_nameinfo *name, int status)
{
    struct weft_lookup_job *job = name->job;

    if (status == 0) {
        status = job->status;
    }
    if (status == 0) {
        status = take_looked_up_names(name);
    }
    name->job = NULL;
    job->close(job);
    return status;
}

static int resume_lookup(struct weft_task *task, int status)
{
    return weft_task_was_woken_(task) ? finish_lookup(task->object, status)
                                      : status;
}

static int resume_nameinfo(struct weft_task *task, int status)
{
    return weft_task_was_woken_(task) ? finish_nameinfo(task->object, status)
                                      : status;
}

/* From now on the job is theirs alone who work on it: they may finish, and free
 * it, before the task has gone on. */
static void give_up_job(struct weft_lookup_job **job)
{
    (*job)->waiter = NULL;
    (*job)->is_unwanted = true;
    *job = NULL;
}

static bool cancel_lookup(struct weft_task *task)
{
    struct weft_lookup *lookup = task->object;

    give_up_job(&lookup->job);
    return weft_task_withdraw_(task);
}

static bool cancel_nameinfo(struct weft_task *task)
{
    struct weft_nameinfo *name = task->object;

    give_up_job(&name->job);
    return weft_task_withdraw_(task);
}

static const struct weft_wait_kind lookup_wait = {
    {weft_task_run_, "getaddrinfo", weft_task_itself_},
    resume_lookup,
    cancel_lookup};
static const struct weft_wait_kind nameinfo_wait = {
    {weft_task_run_, "getnameinfo", weft_task_itself_},
    resume_nameinfo,
    cancel_nameinfo};

/* ---- Addresses ---- */

static void fill_hints(struct addrinfo *hints, const struct weft_lookup *lookup,
                       int flags)
{
    memset(hints, 0, sizeof *hints);
    hints->ai_family = lookup->family;
    hints->ai_socktype = lookup->socktype != 0 ? lookup->socktype : SOCK_STREAM;
    hints->ai_flags = flags;
}

int weft_lookup_numeric_(struct weft_lookup *lookup, const char *host,
                         const char *port, bool passive)
{
    struct addrinfo hints;

    fill_hints(&hints, lookup,
               AI_NUMERICHOST | AI_NUMERICSERV | (passive ? AI_PASSIVE : 0));
    errno = 0;
    lookup->release = freeaddrinfo;
    return weft_error_of_lookup_(getaddrinfo(host, port != NULL ? port : "0",
                                             &hints, &lookup->addresses));
}

void weft_lookup_close(struct weft_lookup *lookup)
{
    if (lookup->addresses != NULL) {
        lookup->release(lookup->addresses);
        lookup->addresses = NULL;
    }
}

struct weft_op weft_getaddrinfo(struct weft_lookup *lookup, const char *host,
                                const char *port)
{
    struct weft_resolver *resolver;
    struct addrinfo hints;
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
    fill_hints(&hints, lookup, 0);
    resolver = resolver_of(weft_loop_current_);
    status =
        resolver->find_addresses(resolver, host, port, &hints, &lookup->job);
    if (status < 0) {
        return weft_op_(status);
    }
    if (lookup->job->is_done) {
        return weft_op_(finish_lookup(lookup, 0));
    }
    lookup->job->waiter = weft_current_task();
    return weft_task_park_(&lookup_wait, NULL, lookup, NULL);
}

/* ---- Names ---- */

static int name_numeric(struct weft_nameinfo *name,
                        const struct weft_address *address, int flags)
{
    errno = 0;
    return weft_error_of_lookup_(
        getnameinfo(WEFT_SOCKADDR(address), address->size, name->host,
                    sizeof name->host, name->port, sizeof name->port, flags));
}

struct weft_op weft_getnameinfo(struct weft_nameinfo *name,
                                const struct weft_address *address, int flags)
{
    const int numbers = NI_NUMERICHOST | NI_NUMERICSERV;
    struct weft_resolver *resolver;
    int status;

    if (name->job != NULL) {
        return weft_op_(WEFT_EALREADY);
    }
    if ((flags & numbers) == numbers) {
        return weft_op_(name_numeric(name, address, flags));
    }
    if (weft_current_task() == NULL) {
        return weft_op_(WEFT_ENOTASK);
    }
    resolver = resolver_of(weft_loop_current_);
    status = resolver->find_name(resolver, address, flags, &name->job);
    if (status < 0) {
        return weft_op_(status);
    }
    if (name->job->is_done) {
        return weft_op_(finish_nameinfo(name, 0));
    }
    name->job->waiter = weft_current_task();
    return weft_task_park_(&nameinfo_wait, NULL, name, NULL);
}
