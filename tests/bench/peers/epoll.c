/* epoll.c - an echo server on the bare poller, and edge-triggered: the limit.
 * A read that gets less than there is room for has got everything. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../bench.h"

static struct unsent {
    char *bytes;
    size_t offset, size;
} unsents[65536]; /* by descriptor */

static char data[65536];

/* False when the connection is lost. What the kernel does not take is kept. */
static int send_or_keep(int fd, size_t size)
{
    struct unsent *unsent = &unsents[fd];
    ssize_t sent = write(fd, data, size);

    if (sent < 0 && errno != EAGAIN) {
        return 0;
    }
    sent = sent < 0 ? 0 : sent;
    if ((size_t)sent < size) {
        *unsent = (struct unsent){malloc(size - (size_t)sent), 0,
                                  size - (size_t)sent};
        memcpy(unsent->bytes, data + sent, unsent->size);
    }
    return 1;
}

static int send_rest(int fd)
{
    struct unsent *unsent = &unsents[fd];
    ssize_t sent = write(fd, unsent->bytes + unsent->offset,
                         unsent->size - unsent->offset);

    if (sent < 0) {
        return errno == EAGAIN;
    }
    unsent->offset += (size_t)sent;
    if (unsent->offset == unsent->size) {
        free(unsent->bytes);
        unsent->bytes = NULL;
    }
    return 1;
}

static int serve_one(int fd)
{
    ssize_t size = sizeof data;

    if (unsents[fd].bytes != NULL && !send_rest(fd)) {
        return 0;
    }
    while (unsents[fd].bytes == NULL && size == sizeof data) {
        size = read(fd, data, sizeof data);
        if (size <= 0) {
            return size < 0 && errno == EAGAIN;
        }
        if (!send_or_keep(fd, (size_t)size)) {
            return 0;
        }
    }
    return 1;
}

static void epoll_serve(const char *what, const char *port)
{
    static struct epoll_event events[512];
    struct epoll_event event = {.events = EPOLLIN};
    int poller = epoll_create1(0);
    int listener = bench_listen(port);
    int fd;

    if (strcmp(what, "echo") != 0) {
        exit(2);
    }
    event.data.fd = listener;
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int found = epoll_wait(poller, events, 512, -1);

        for (int i = 0; i < found; i++) {
            fd = events[i].data.fd;
            if (fd != listener) {
                if (!serve_one(fd)) {
                    free(unsents[fd].bytes);
                    unsents[fd].bytes = NULL;
                    close(fd);
                }
                continue;
            }
            while ((fd = bench_accept(listener)) >= 0) {
                event = (struct epoll_event){
                    .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.fd = fd};
                epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
            }
        }
    }
}

const struct side epoll_side = {
    .name = "epoll", .slower = 1, .serve = epoll_serve};
