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
int weft_pipe_send_(int fd, const struct iovec *parts, size_t count)
{
    static const struct timespec no_time = {0, 0};
    sigset_t pipe_only;
    sigset_t before;
    sigset_t pending;
    ssize_t sent;
    int error;

    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    sent = writev(fd, parts, (int)count);
    error = errno;
    if (sent < 0 && error == EPIPE && !sigismember(&pending, SIGPIPE)) {
        while (sigtimedwait(&pipe_only, NULL, &no_time) < 0 && errno == EINTR) {
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return (int)sent;
}
