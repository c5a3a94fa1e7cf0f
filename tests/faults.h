/* faults.h - system calls that fail when a test wants them to.
 *
 * The functions below stand in front of the C library's in this program, and
 * in the library that it is linked with. Each does what it always does, until
 *
 *     fault(FAULT_RECV, ECONNRESET);     the next recv() fails
 *     fault(FAULT_SEND, 0);              the next send() sends nothing
 *     fault_nth(3, EINTR);               the third call of any does
 *     fault_limit = 1;                   no call moves more than one byte
 *
 * for descriptors that do I/O for the test: those of libev are left alone by
 * name, since it asks for other functions. fault_count counts the calls.
 * faults_over() ends all that, and tells whether every fault has struck.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum fault_call {
    FAULT_NONE,
    FAULT_RECV,
    FAULT_SEND,
    FAULT_SENDMSG,
    FAULT_WRITEV,
    FAULT_ACCEPT,
    FAULT_SOCKET,
    FAULT_CONNECT,
    FAULT_ANY
};

static enum fault_call fault_call;
static int fault_error;
static long fault_left; /* calls before it strikes */
static long fault_count;
static size_t fault_limit; /* bytes a call; 0: any number */

static inline void fault(enum fault_call call, int error)
{
    fault_call = call;
    fault_error = error;
    fault_left = 1;
}

static inline void fault_nth(long n, int error)
{
    fault(FAULT_ANY, error);
    fault_left = n;
}

static inline bool faults_over(void)
{
    bool has_struck = fault_left <= 0;

    fault_call = FAULT_NONE;
    fault_left = 0;
    fault_count = 0;
    fault_limit = 0;
    return has_struck;
}

static inline bool fault_strikes(enum fault_call call)
{
    fault_count++;
    if ((fault_call != call && fault_call != FAULT_ANY) || fault_left <= 0 ||
        --fault_left > 0) {
        return false;
    }
    errno = fault_error;
    return true;
}

static inline size_t fault_limited(size_t size)
{
    return fault_limit > 0 && size > fault_limit ? fault_limit : size;
}

/* As many of the parts as fit under the limit: the first, cut. */
static inline struct iovec fault_first(const struct iovec *parts, size_t count)
{
    size_t i = 0;

    while (i + 1 < count && parts[i].iov_len == 0) {
        i++;
    }
    return (struct iovec){parts[i].iov_base, fault_limited(parts[i].iov_len)};
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
    return fault_strikes(FAULT_RECV)
               ? -1
               : syscall(SYS_recvfrom, fd, data, fault_limited(size), flags,
                         NULL, NULL);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
    return fault_strikes(FAULT_SEND)
               ? (fault_error != 0 ? -1 : 0)
               : syscall(SYS_sendto, fd, data, fault_limited(size), flags, NULL,
                         0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    if (fault_strikes(FAULT_SENDMSG)) {
        return -1;
    }
    if (fault_limit > 0) {
        struct iovec part = fault_first(message->msg_iov, message->msg_iovlen);

        return syscall(SYS_sendto, fd, part.iov_base, part.iov_len, flags, NULL,
                       0);
    }
    return syscall(SYS_sendmsg, fd, message, flags);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    if (fault_strikes(FAULT_WRITEV)) {
        return -1;
    }
    if (fault_limit > 0) {
        struct iovec part = fault_first(parts, (size_t)count);

        return syscall(SYS_write, fd, part.iov_base, part.iov_len);
    }
    return syscall(SYS_writev, fd, parts, count);
}

int accept(int fd, struct sockaddr *address, socklen_t *size)
{
    return fault_strikes(FAULT_ACCEPT)
               ? -1
               : (int)syscall(SYS_accept4, fd, address, size, 0);
}

int socket(int domain, int type, int protocol)
{
    return fault_strikes(FAULT_SOCKET)
               ? -1
               : (int)syscall(SYS_socket, domain, type, protocol);
}

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
    return fault_strikes(FAULT_CONNECT)
               ? -1
               : (int)syscall(SYS_connect, fd, address, size);
}

#endif /* FAULTS_H */
