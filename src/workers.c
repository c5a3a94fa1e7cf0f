/* workers.c - threads with a runner each, and an end for all of them. */
#include "weft/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "weft/resolve.h"
#include "weft/trap.h"

enum { WORKER_CLOSE_TRIES = 16 };

struct weft_worker_ {
    struct weft_workers *workers;
    int index;
    pthread_t thread;
    struct weft_async (*resume)(struct weft_frame *);
    struct weft_frame *frame; /* of malloc, as all behind it          */
    struct weft_loop *loop;   /* while it may be told, under the lock */
    struct weft_task *task;
    struct weft_handle stop;
};

static pthread_mutex_t workers_mutex = PTHREAD_MUTEX_INITIALIZER;
static WEFT_THREAD_LOCAL_ int worker_number; /* its index and one */

int weft_worker_index(void)
{
    return worker_number - 1;
}

/* A semaphore is what a signal handler may use. Either this sees that the
 * semaphore is made, or who makes it sees that it is to stop. */
void weft_workers_stop(struct weft_workers *workers)
{
    atomic_store(&workers->is_stopping, true);
    if (atomic_load(&workers->may_post)) {
        sem_post(&workers->news);
    }
}

/* ---- In a worker's thread ---- */

static void cancel_worker_main(void *arg)
{
    struct weft_worker_ *worker = arg;

    if (worker->task->future.references > 0) {
        weft_task_cancel(worker->task);
    }
}

/* False if it is not to begin at all. */
static bool announce_worker_loop(struct weft_worker_ *worker,
                                 struct weft_runner *runner)
{
    bool begins;

    pthread_mutex_lock(&workers_mutex);
    begins = !atomic_load(&worker->workers->is_stopping);
    worker->task = &runner->task;
    worker->loop = begins ? &runner->loop : NULL;
    pthread_mutex_unlock(&workers_mutex);
    return begins;
}

static void withdraw_worker_loop(struct weft_worker_ *worker)
{
    pthread_mutex_lock(&workers_mutex);
    worker->loop = NULL;
    pthread_mutex_unlock(&workers_mutex);
}

static int close_worker_runner(struct weft_runner *runner)
{
    int status = weft_runner_close(runner);

    for (int i = 1; i < WORKER_CLOSE_TRIES && status < 0; i++) {
        status = weft_runner_close(runner);
    }
    if (!weft_loop_is_closed(&runner->loop)) {
        weft_trap_("what was left was cancelled and goes on waiting", "worker",
                   __FILE__, __LINE__);
    }
    return status;
}

static int run_worker_loop(struct weft_worker_ *worker)
{
    struct weft_runner runner;
    int status = weft_runner_open(&runner);
    int rest;

    if (status < 0) {
        return status;
    }
    if (announce_worker_loop(worker, &runner)) {
        status = weft_runner_run_(&runner, worker->resume, worker->frame);
        withdraw_worker_loop(worker);
    }
    rest = close_worker_runner(&runner);
    return status < 0 ? status : rest;
}

static void end_worker_run(struct weft_workers *workers, int status)
{
    bool was_stopped =
        status == WEFT_ECANCELLED && atomic_load(&workers->is_stopping);

    pthread_mutex_lock(&workers_mutex);
    workers->alive--;
    if (status < 0 && !was_stopped) {
        if (workers->error == 0) {
            workers->error = status;
        }
        atomic_store(&workers->is_stopping, true);
    }
    pthread_mutex_unlock(&workers_mutex);
    sem_post(&workers->news);
}

static void *run_worker_thread(void *arg)
{
    struct weft_worker_ *worker = arg;

    worker_number = worker->index + 1;
    end_worker_run(worker->workers, run_worker_loop(worker));
    return NULL;
}

/* ---- In the thread that has started them ---- */

/* The lock keeps the loops open meanwhile. */
static int tell_workers_to_stop(struct weft_workers *workers, int count)
{
    int alive;

    pthread_mutex_lock(&workers_mutex);
    alive = workers->alive;
    for (int i = 0; i < count && atomic_load(&workers->is_stopping); i++) {
        struct weft_worker_ *worker = &workers->each[i];

        if (worker->loop != NULL) {
            weft_call_soon_threadsafe(worker->loop, &worker->stop,
                                      cancel_worker_main, worker);
            worker->loop = NULL; /* once is enough */
        }
    }
    pthread_mutex_unlock(&workers_mutex);
    return alive;
}

static int start_worker_thread(struct weft_workers *workers, int index,
                               struct weft_async (*resume)(struct weft_frame *),
                               const struct weft_frame *initial, size_t size)
{
    struct weft_worker_ *worker = &workers->each[index];
    int status;

    worker->workers = workers;
    worker->index = index;
    worker->resume = resume;
    worker->frame = malloc(size);
    if (worker->frame == NULL) {
        return WEFT_ENOMEM;
    }
    memcpy(worker->frame, initial, size);
    pthread_mutex_lock(&workers_mutex);
    workers->alive++;
    pthread_mutex_unlock(&workers_mutex);
    status = -pthread_create(&worker->thread, NULL, run_worker_thread, worker);
    if (status < 0) {
        free(worker->frame);
        pthread_mutex_lock(&workers_mutex);
        workers->alive--;
        pthread_mutex_unlock(&workers_mutex);
    }
    return status;
}

static void join_worker_threads(struct weft_workers *workers, int count)
{
    while (tell_workers_to_stop(workers, count) > 0) {
        sem_wait(&workers->news); /* or a signal has come: look again */
    }
    for (int i = 0; i < count; i++) {
        pthread_join(workers->each[i].thread, NULL);
        free(workers->each[i].frame);
    }
    free(workers->each);
    workers->each = NULL;
}

int weft_workers_run_(struct weft_workers *workers, int count,
                      struct weft_async (*resume)(struct weft_frame *),
                      const struct weft_frame *initial, size_t size)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int started = 0;
    int status = 0;

    if (weft_loop_running() != NULL || atomic_load(&workers->may_post)) {
        return WEFT_EALREADY;
    }
    if (count <= 0) {
        count = processors > 0 ? (int)processors : 1;
    }
    workers->each = calloc((size_t)count, sizeof *workers->each);
    if (workers->each == NULL || sem_init(&workers->news, 0, 0) < 0) {
        free(workers->each);
        return WEFT_ENOMEM;
    }
    atomic_store(&workers->may_post, true);
    while (started < count && status == 0) {
        status = start_worker_thread(workers, started, resume, initial, size);
        started += status == 0;
    }
    if (status < 0) {
        pthread_mutex_lock(&workers_mutex);
        workers->error = workers->error < 0 ? workers->error : status;
        pthread_mutex_unlock(&workers_mutex);
        weft_workers_stop(workers);
    }
    join_worker_threads(workers, started);
    return workers->error;
}

/* ---- One port for all ---- */

static int bind_reserved_port(int fd, const struct addrinfo *address)
{
    struct sockaddr_storage storage;
    socklen_t size = sizeof storage;
    int one = 1;
    uint16_t port = 0;

    memset(&storage, 0, sizeof storage);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) < 0 ||
        bind(fd, address->ai_addr, address->ai_addrlen) < 0 ||
        getsockname(fd, (struct sockaddr *)&storage, &size) < 0) {
        return -errno;
    }
    /* sin_port and sin6_port lie at the same place */
    memcpy(&port, (char *)&storage + offsetof(struct sockaddr_in, sin_port),
           sizeof port);
    return ntohs(port);
}

/* A socket that does not listen is given no connections. */
int weft_reserve_port(const char *host, int *fd)
{
    struct weft_lookup lookup = {0};
    int status = weft_lookup_numeric_(&lookup, host, "0", true);

    if (status < 0) {
        return status;
    }
    *fd = socket(lookup.addresses->ai_family, SOCK_STREAM, 0);
    status = *fd < 0 ? -errno : bind_reserved_port(*fd, lookup.addresses);
    if (status < 0 && *fd >= 0) {
        close(*fd);
    }
    weft_lookup_close(&lookup);
    return status;
}
