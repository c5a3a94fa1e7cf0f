/* sock.c - try the system call; wait for the descriptor; try again. */
#include "weft/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "weft/debug.h"

#if !defined(MSG_NOSIGNAL)
#define MSG_NOSIGNAL 0
#endif

/* One of the calls. `attempt` gives what the await gives, or WEFT_PENDING_
 * when it would block. */
struct weft_sock_verb_ {
    struct weft_wait_kind wait;
    enum weft_direction direction;
    int (*attempt)(struct weft_sock *sock, struct weft_sock_side_ *side);
};

/* What a system call has given: its number, pending, or a negative code. */
static int sock_outcome(ssize_t count)
{
    if (count >= 0) {
        return (int)count;
    }
    return errno == EAGAIN || errno == EWOULDBLOCK ? WEFT_PENDING_ : -errno;
}

static size_t at_most_an_int(size_t size)
{
    return size < INT_MAX ? size : INT_MAX;
}

static int attempt_recv(struct weft_sock *sock, struct weft_sock_side_ *side)
{
    struct weft_address *from = side->address;
    ssize_t count;

    do {
        if (from != NULL) {
            from->size = sizeof from->room;
        }
        count = recvfrom(sock->fd, side->data, at_most_an_int(side->size), 0,
                         from != NULL ? WEFT_SOCKADDR(from) : NULL,
                         from != NULL ? &from->size : NULL);
    } while (count < 0 && errno == EINTR);
    if (count < 0 && from != NULL) {
        from->size = 0;
    }
    return sock_outcome(count);
}

static int attempt_sendall(struct weft_sock *sock, struct weft_sock_side_ *side)
{
    const char *data = side->data;
    ssize_t count;

    while (sock->sent < side->size) {
        count = send(sock->fd, data + sock->sent,
                     at_most_an_int(side->size - sock->sent), MSG_NOSIGNAL);
        if (count >= 0) {
            sock->sent += (size_t)count;
        } else if (errno != EINTR) {
            return sock_outcome(count);
        }
    }
    return 0;
}

static int attempt_sendto(struct weft_sock *sock, struct weft_sock_side_ *side)
{
    const struct weft_address *to = side->address;
    ssize_t count;

    do {
        count = sendto(sock->fd, side->data, at_most_an_int(side->size),
                       MSG_NOSIGNAL, WEFT_SOCKADDR(to), to->size);
    } while (count < 0 && errno == EINTR);
    return sock_outcome(count);
}

/* The first attempt is the system call. Once the socket is writable the kernel
 * knows how it went. */
static int attempt_connect(struct weft_sock *sock, struct weft_sock_side_ *side)
{
    const struct weft_address *to = side->address;
    socklen_t size = sizeof(int);
    int error = 0;

    if (to == NULL) {
        return getsockopt(sock->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0
                   ? -errno
                   : -error;
    }
    side->address = NULL;
    if (connect(sock->fd, WEFT_SOCKADDR(to), to->size) == 0) {
        return 0;
    }
    /* Not EAGAIN, which is no promise: the queue of a Unix socket is full, or
       no port is left. A call that was interrupted goes on by itself. */
    return errno == EINPROGRESS || errno == EALREADY || errno == EINTR
               ? WEFT_PENDING_
               : -errno;
}

static int attempt_accept(struct weft_sock *sock, struct weft_sock_side_ *side)
{
    struct weft_address *from = side->address;
    int status;
    int fd;

    do {
        if (from != NULL) {
            from->size = sizeof from->room;
        }
        fd = accept(sock->fd, from != NULL ? WEFT_SOCKADDR(from) : NULL,
                    from != NULL ? &from->size : NULL);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        if (from != NULL) {
            from->size = 0;
        }
        return sock_outcome(fd);
    }
    status = weft_fd_prepare_(fd);
    if (status < 0) {
        close(fd);
        return status;
    }
    return fd;
}

/* What a task waits for is one side of a socket. Its own entry is what the
 * driver reports, as for a wait in io.c. It stays watched until the call has
 * not blocked. */
static struct weft_sock *sock_of(struct weft_sock_side_ *side)
{
    return WEFT_OWNER(side - side->verb->direction, struct weft_sock, sides);
}

static void stop_watching_sock(struct weft_task *task)
{
    struct weft_sock_side_ *side = task->object;

    weft_loop_unwatch_(weft_loop_current_, sock_of(side)->fd,
                       side->verb->direction, &task->alarm.entry);
}

static int resume_sock_verb(struct weft_task *task, int status)
{
    struct weft_sock_side_ *side = task->object;

    if (status == 0) {
        status = side->verb->attempt(sock_of(side), side);
        if (status == WEFT_PENDING_) {
            task->alarm.entry.kind = &side->verb->wait.kind;
            return status;
        }
    }
    stop_watching_sock(task);
    return status;
}

static bool cancel_sock_verb(struct weft_task *task)
{
    stop_watching_sock(task);
    return weft_task_withdraw_(task);
}

#define SOCK_VERB(name, direction, attempt)           \
    {                                                 \
        {{weft_task_run_, (name), weft_task_itself_}, \
         resume_sock_verb,                            \
         cancel_sock_verb},                           \
            (direction), (attempt)                    \
    }

static const struct weft_sock_verb_ recv_verb =
    SOCK_VERB("sock recv", WEFT_READ, attempt_recv);
static const struct weft_sock_verb_ recvfrom_verb =
    SOCK_VERB("sock recvfrom", WEFT_READ, attempt_recv);
static const struct weft_sock_verb_ accept_verb =
    SOCK_VERB("sock accept", WEFT_READ, attempt_accept);
static const struct weft_sock_verb_ sendall_verb =
    SOCK_VERB("sock sendall", WEFT_WRITE, attempt_sendall);
static const struct weft_sock_verb_ sendto_verb =
    SOCK_VERB("sock sendto", WEFT_WRITE, attempt_sendto);
static const struct weft_sock_verb_ connect_verb =
    SOCK_VERB("sock connect", WEFT_WRITE, attempt_connect);
#undef SOCK_VERB

/* Somebody who waits has the first right to what comes. */
int weft_sock_refuse_(const struct weft_sock *sock,
                      enum weft_direction direction)
{
    struct weft_loop *loop = weft_loop_current_;
    struct weft_driver *driver = loop->driver;

    if (loop->is_open && driver->watcher != NULL &&
        driver->watcher(driver, sock->fd, direction) != NULL) {
        return WEFT_EBUSY;
    }
    if (weft_loop_get_debug(loop)) {
        int flags = fcntl(sock->fd, F_GETFL);

        if (flags >= 0 && (flags & O_NONBLOCK) == 0) {
            return WEFT_EINVAL;
        }
    }
    return 0;
}

static struct weft_op wait_for_sock(struct weft_sock_side_ *side)
{
    struct weft_loop *loop = weft_loop_current_;
    struct weft_task *task = loop->task;
    int status;

    if (task == NULL) {
        return weft_op_(WEFT_ENOTASK);
    }
    status = weft_loop_watch_(loop, sock_of(side)->fd, side->verb->direction,
                              &task->alarm.entry);
    if (status < 0) {
        return weft_op_(status);
    }
    return weft_task_park_(&side->verb->wait, NULL, side, side->data);
}

static struct weft_op start_sock_verb(struct weft_sock *sock,
                                      const struct weft_sock_verb_ *verb,
                                      const void *data, size_t size,
                                      const struct weft_address *address)
{
    struct weft_sock_side_ *side = &sock->sides[verb->direction];
    int status = weft_sock_refuse_(sock, verb->direction);

    if (status < 0) {
        return weft_op_(status);
    }
    if (verb->direction == WEFT_WRITE) {
        sock->sent = 0;
    }
    side->verb = verb;
    side->data = (void *)(uintptr_t)data;
    side->size = size;
    side->address = (struct weft_address *)(uintptr_t)address;
    status = verb->attempt(sock, side);
    return status == WEFT_PENDING_ ? wait_for_sock(side) : weft_op_(status);
}

struct weft_op weft_sock_recv(struct weft_sock *sock, void *data, size_t size)
{
    return start_sock_verb(sock, &recv_verb, data, size, NULL);
}

struct weft_op weft_sock_recvfrom(struct weft_sock *sock, void *data,
                                  size_t size, struct weft_address *from)
{
    return start_sock_verb(sock, &recvfrom_verb, data, size, from);
}

struct weft_op weft_sock_sendall(struct weft_sock *sock, const void *data,
                                 size_t size)
{
    return start_sock_verb(sock, &sendall_verb, data, size, NULL);
}

struct weft_op weft_sock_sendto(struct weft_sock *sock, const void *data,
                                size_t size, const struct weft_address *to)
{
    return start_sock_verb(sock, &sendto_verb, data, size, to);
}

struct weft_op weft_sock_connect(struct weft_sock *sock,
                                 const struct weft_address *to)
{
    return start_sock_verb(sock, &connect_verb, NULL, 0, to);
}

struct weft_op weft_sock_accept(struct weft_sock *sock,
                                struct weft_address *from)
{
    return start_sock_verb(sock, &accept_verb, NULL, 0, from);
}
