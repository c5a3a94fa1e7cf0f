/* process_pool.c - worker processes: asked for, lent, dismissed. */
#include "weft/process_pool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"
#include "weft/io.h"

/* ---- Opening and closing ---- */

static int fork_pool_server(struct weft_process_pool *pool)
{
    int fds[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) < 0) {
        return -errno;
    }
    fflush(NULL); /* or both would print what is in the buffers */
    pid = fork();
    if (pid < 0) {
        int error = -errno;

        close(fds[0]);
        close(fds[1]);
        return error;
    }
    if (pid == 0) {
        weft_process_pool_server_(fds[1]);
    }
    close(fds[1]);
    fcntl(fds[0], F_SETFD, FD_CLOEXEC);
    pool->control = fds[0];
    pool->server = pid;
    return 0;
}

int weft_process_pool_open(struct weft_process_pool *pool, size_t limit)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int status;

    if (pool->is_open) {
        return WEFT_EALREADY;
    }
    memset(pool, 0, sizeof *pool);
    if (limit == 0) {
        limit = processors > 0 ? (size_t)processors : 1;
    }
    if (limit > INT_MAX) {
        return WEFT_EINVAL;
    }
    pool->idle = calloc(limit, sizeof *pool->idle);
    status = pool->idle != NULL ? fork_pool_server(pool) : WEFT_ENOMEM;
    if (status < 0) {
        free(pool->idle);
        pool->idle = NULL;
        return status;
    }
    pool->limit = limit;
    weft_semaphore_init(&pool->places, (long)limit);
    pool->is_open = true;
    return 0;
}

/* The server ends when its socket does, after its workers. A fork of the
 * program's may have kept that open. */
int weft_process_pool_close(struct weft_process_pool *pool)
{
    if (!pool->is_open) {
        return 0;
    }
    if (pool->places.value < pool->limit) {
        return WEFT_EBUSY;
    }
    for (size_t i = 0; i < pool->idle_count; i++) {
        close(pool->idle[i].fd);
    }
    shutdown(pool->control, SHUT_RDWR);
    close(pool->control);
    while (waitpid(pool->server, NULL, 0) < 0 && errno == EINTR) {
        continue;
    }
    free(pool->idle);
    pool->idle = NULL;
    pool->idle_count = pool->alive = 0;
    pool->is_open = false;
    return 0;
}

/* ---- Workers ---- */

static int send_pool_order(struct weft_process_pool *pool, int fire)
{
    struct weft_process_order_ order = {fire};
    ssize_t count;

    do {
        count = send(pool->control, &order, sizeof order,
                     MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? WEFT_ECRASHED : 0;
}

/* It ends by itself at the end of its socket, unless it is at work: then it is
 * killed. */
void weft_process_pool_dismiss_(struct weft_process_pool *pool,
                                struct weft_worker_process_ worker)
{
    close(worker.fd);
    send_pool_order(pool, worker.pid);
    pool->alive--;
}

/* One that has not ended meanwhile: what it might send is its end alone. */
bool weft_process_pool_take_(struct weft_process_pool *pool,
                             struct weft_worker_process_ *worker)
{
    while (pool->idle_count > 0) {
        char byte;

        *worker = pool->idle[--pool->idle_count];
        if (recv(worker->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
            errno == EAGAIN) {
            return true;
        }
        weft_process_pool_dismiss_(pool, *worker);
    }
    return false;
}

static int socket_in_answer(struct msghdr *message)
{
    struct cmsghdr *head = CMSG_FIRSTHDR(message);
    int fd = -1;

    if (head != NULL && head->cmsg_type == SCM_RIGHTS) {
        memcpy(&fd, CMSG_DATA(head), sizeof fd);
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    return fd;
}

/* 0 and a worker, -EAGAIN, or why there is none. */
static int receive_pool_worker(struct weft_process_pool *pool,
                               struct weft_worker_process_ *worker)
{
    struct weft_process_answer_ answer;
    struct iovec bytes = {&answer, sizeof answer};
    union {
        struct cmsghdr aligned;
        char room[CMSG_SPACE(sizeof(int))];
    } space;
    struct msghdr message;
    ssize_t count;

    memset(&message, 0, sizeof message);
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = &space;
    message.msg_controllen = sizeof space;
    count = recvmsg(pool->control, &message, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        return -EAGAIN;
    }
    if (count != (ssize_t)sizeof answer) {
        return WEFT_ECRASHED;
    }
    pool->owed--;
    worker->pid = answer.pid;
    worker->fd = socket_in_answer(&message);
    if (answer.pid < 0) {
        return answer.pid;
    }
    pool->alive++;
    return 0;
}

/* One task at a time. What one has asked for and not waited for is there for
 * the next. */
struct weft_async weft_process_hire_(struct weft_frame *frame)
{
    int status;

    ASYNC_BEGIN(weft_process_hire_);
    ASYNC_AWAIT(weft_lock_acquire(&self->pool->lock));
    self->has_lock = true;
    if (self->pool->owed == 0) {
        status = send_pool_order(self->pool, 0);
        if (status < 0) {
            ASYNC_RAISE(status);
        }
        self->pool->owed++;
    }
    while ((status = receive_pool_worker(self->pool, &self->worker)) ==
           -EAGAIN) {
        ASYNC_AWAIT(weft_wait_readable(self->pool->control));
    }
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    ASYNC_FINALLY
    if (self->has_lock) {
        weft_lock_release(&self->pool->lock);
    }
    ASYNC_END;
}
