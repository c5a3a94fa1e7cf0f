/* process_pool_server.c - the process that forks workers, and what they do. */
#include "weft/process_pool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- A worker ---- */

/* False at the end of the requests. */
static bool receive_in_worker(int fd, void *data, size_t size)
{
    char *place = data;

    while (size > 0) {
        ssize_t count = recv(fd, place, size, 0);

        if (count == 0 || (count < 0 && errno != EINTR)) {
            return false;
        }
        if (count > 0) {
            place += count;
            size -= (size_t)count;
        }
    }
    return true;
}

static bool send_in_worker(int fd, const void *data, size_t size)
{
    const char *place = data;

    while (size > 0) {
        ssize_t count = send(fd, place, size, MSG_NOSIGNAL);

        if (count < 0 && errno != EINTR) {
            return false;
        }
        if (count > 0) {
            place += count;
            size -= (size_t)count;
        }
    }
    return true;
}

/* What is printed in a worker is not to be lost with it. */
static bool work_on_request(int fd, const struct weft_process_head_ *head,
                            void *request, void *reply)
{
    struct weft_work work = {request, head->request_size, reply,
                             head->reply_limit, 0};
    struct weft_process_tail_ tail;

    memset(&tail, 0, sizeof tail);
    if (!receive_in_worker(fd, request, head->request_size)) {
        return false;
    }
    tail.result = head->function(&work);
    fflush(NULL);
    tail.reply_size = work.reply_size;
    if (work.reply_size > head->reply_limit) {
        tail.result = WEFT_ELIMIT;
        tail.reply_size = 0;
    }
    return send_in_worker(fd, &tail, sizeof tail) &&
           send_in_worker(fd, reply, tail.reply_size);
}

static void be_pool_worker(int fd)
{
    struct weft_process_head_ head;
    bool goes_on = true;

    while (goes_on && receive_in_worker(fd, &head, sizeof head)) {
        void *request = calloc(1, head.request_size + 1);
        void *reply = calloc(1, head.reply_limit + 1);

        goes_on = request != NULL && reply != NULL &&
                  work_on_request(fd, &head, request, reply);
        free(request);
        free(reply);
    }
    _exit(goes_on ? 0 : 1);
}

/* ---- The server ---- */

/* Workers that were not waited for: nobody else gets their numbers. */
struct pool_crew {
    pid_t *pids;
    size_t count, capacity;
};

static void forget_crew_worker(struct pool_crew *crew, size_t i)
{
    crew->pids[i] = crew->pids[--crew->count];
}

static void reap_pool_crew(struct pool_crew *crew)
{
    for (size_t i = crew->count; i > 0; i--) {
        if (waitpid(crew->pids[i - 1], NULL, WNOHANG) != 0) {
            forget_crew_worker(crew, i - 1);
        }
    }
}

static void fire_crew_worker(struct pool_crew *crew, size_t i)
{
    kill(crew->pids[i], SIGKILL);
    while (waitpid(crew->pids[i], NULL, 0) < 0 && errno == EINTR) {
        continue;
    }
    forget_crew_worker(crew, i);
}

static bool has_room_in_crew(struct pool_crew *crew)
{
    if (crew->count == crew->capacity) {
        size_t capacity = crew->capacity * 2 + 8;
        pid_t *pids = realloc(crew->pids, capacity * sizeof *pids);

        if (pids == NULL) {
            return false;
        }
        crew->pids = pids;
        crew->capacity = capacity;
    }
    return true;
}

static int fork_crew_worker(struct pool_crew *crew, int control,
                            const int fds[2])
{
    pid_t pid = has_room_in_crew(crew) ? fork() : -1;

    if (pid < 0) {
        return errno > 0 ? -errno : WEFT_ENOMEM;
    }
    if (pid == 0) {
        close(control);
        close(fds[0]);
        be_pool_worker(fds[1]);
    }
    crew->pids[crew->count++] = pid;
    return pid;
}

/* A number, and a socket with it if there is one. */
static void answer_pool_order(int control, int pid, int fd)
{
    struct weft_process_answer_ answer = {pid};
    struct iovec bytes = {&answer, sizeof answer};
    union {
        struct cmsghdr aligned;
        char room[CMSG_SPACE(sizeof(int))];
    } space;
    struct msghdr message;

    memset(&message, 0, sizeof message);
    memset(&space, 0, sizeof space);
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    if (fd >= 0) {
        struct cmsghdr *head = &space.aligned;

        message.msg_control = &space;
        message.msg_controllen = sizeof space;
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(head), &fd, sizeof fd);
    }
    while (sendmsg(control, &message, MSG_NOSIGNAL) < 0 && errno == EINTR) {
        continue;
    }
}

static void hire_into_crew(struct pool_crew *crew, int control)
{
    int fds[2];
    int pid;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0) {
        answer_pool_order(control, -errno, -1);
        return;
    }
    pid = fork_crew_worker(crew, control, fds);
    answer_pool_order(control, pid, pid > 0 ? fds[0] : -1);
    close(fds[0]);
    close(fds[1]);
}

static void fire_from_crew(struct pool_crew *crew, pid_t pid)
{
    for (size_t i = 0; i < crew->count; i++) {
        if (crew->pids[i] == pid) {
            fire_crew_worker(crew, i);
            return;
        }
    }
}

static void close_all_fds_but(int control)
{
    long count = sysconf(_SC_OPEN_MAX);

    if (count < 0 || count > 65536) {
        count = 65536;
    }
    for (int fd = 3; fd < count; fd++) {
        if (fd != control) {
            close(fd);
        }
    }
}

/* Ctrl-C goes to all processes of a terminal: here the program decides. */
void weft_process_pool_server_(int control)
{
    struct pool_crew crew = {NULL, 0, 0};
    struct weft_process_order_ order;
    sigset_t none;
    ssize_t count;

    close_all_fds_but(control);
    signal(SIGINT, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    while ((count = recv(control, &order, sizeof order, 0)) > 0 ||
           (count < 0 && errno == EINTR)) {
        reap_pool_crew(&crew);
        if (count > 0 && order.fire == 0) {
            hire_into_crew(&crew, control);
        } else if (count > 0) {
            fire_from_crew(&crew, order.fire);
        }
    }
    while (crew.count > 0) {
        fire_crew_worker(&crew, crew.count - 1);
    }
    _exit(0);
}
