/* transport_pipe.c - what kind of descriptor it is, and pipes. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "weft/transport.h"
#include "weft/wire.h"

static int socket_type(int fd)
{
    int type = 0;
    socklen_t size = sizeof type;

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ? -errno
                                                                 : type;
}

int weft_transport_examine_(struct weft_transport *transport, int fd,
                            int directions)
{
    struct stat status;
    int access;

    if (fstat(fd, &status) < 0) {
        return -errno;
    }
    transport->is_socket = S_ISSOCK(status.st_mode);
    transport->is_device = S_ISCHR(status.st_mode);
    if (transport->is_socket) {
        if (socket_type(fd) != SOCK_STREAM) {
            return WEFT_EINVAL;
        }
        access = O_RDWR;
    } else if (S_ISFIFO(status.st_mode) || transport->is_device) {
        access = fcntl(fd, F_GETFL) & O_ACCMODE;
    } else {
        return WEFT_EINVAL;
    }
    transport->can_read = (directions & WEFT_READS_) && access != O_WRONLY;
    transport->can_write = (directions & WEFT_WRITES_) && access != O_RDONLY;
    return transport->can_read || transport->can_write ? 0 : WEFT_EINVAL;
}

/* A pipe without a reader sends a signal that ends the process, and write has
 * no flag against it. So the signal is held back in this thread, and taken out
 * before it is let through: unless it was waiting there before. */
static void make_sigpipe_only(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGPIPE);
}

void weft_sigpipe_hold_(struct weft_held_sigpipe_ *held)
{
    sigset_t pipe_only;
    sigset_t pending;
    sigset_t before;

    make_sigpipe_only(&pipe_only);
    sigpending(&pending);
    held->was_there = sigismember(&pending, SIGPIPE) != 0;
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    held->was_blocked = sigismember(&before, SIGPIPE) != 0;
}

void weft_sigpipe_let_go_(const struct weft_held_sigpipe_ *held, bool is_raised)
{
    static const struct timespec no_time = {0, 0};
    int error = errno;
    sigset_t pipe_only;

    make_sigpipe_only(&pipe_only);
    if (is_raised && !held->was_there) {
        while (sigtimedwait(&pipe_only, NULL, &no_time) < 0 && errno == EINTR) {
        }
    }
    if (!held->was_blocked) {
        pthread_sigmask(SIG_UNBLOCK, &pipe_only, NULL);
    }
    errno = error;
}

int weft_pipe_send_(int fd, const struct iovec *parts, size_t count)
{
    struct weft_held_sigpipe_ held;
    ssize_t sent;

    weft_sigpipe_hold_(&held);
    sent = writev(fd, parts, (int)count);
    weft_sigpipe_let_go_(&held, sent < 0 && errno == EPIPE);
    return (int)sent;
}
