/* process_spawn.c - a new process, and what it finds open.
 *
 * posix_spawn does the work between fork and exec, where a program of several
 * threads can do little itself, and tells why an exec failed. All descriptors
 * made here close on exec, so that no child of another thread gets them.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "weft/process.h"

/* The C library shows these under _GNU_SOURCE only, which a file that takes
 * all of weft in need not have. */
extern char **environ;
#if defined(__linux__)
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions,
                                         const char *path);
#if !defined(POSIX_SPAWN_SETSID)
#define POSIX_SPAWN_SETSID 0x80
#endif
#endif
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 34)
#define WEFT_CAN_CLOSE_FROM_
int posix_spawn_file_actions_addclosefrom_np(
    posix_spawn_file_actions_t *actions, int from);
#endif

enum { FIRST_CHILD_FD = 3 }; /* behind the standard ones */

/* Out of the way of those that are about to be replaced in the child. */
static int move_child_fd_up(int fd)
{
    int moved = fd;
    int error;

    if (fd >= 0 && fd < FIRST_CHILD_FD) {
        moved = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_CHILD_FD);
        error = errno;
        close(fd);
        errno = error;
    }
    return moved;
}

static int open_child_pipe(int ends[2])
{
#if defined(SYS_pipe2)
    return (int)syscall(SYS_pipe2, ends, O_CLOEXEC);
#else
    int status = pipe(ends);

    if (status == 0) {
        fcntl(ends[0], F_SETFD, FD_CLOEXEC);
        fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    }
    return status;
#endif
}

/* Where a standard descriptor of the child leads: 0 and *to, which is below 0
 * if nothing is to be done, or a negative code. */
static int open_child_redirect(int index, int redirect, int *to, int *ours)
{
    int ends[2];

    *to = -1;
    switch (redirect) {
    case WEFT_INHERIT:
        return 0;
    case WEFT_STDOUT:
        return index == 2 ? 0 : WEFT_EINVAL;
    case WEFT_DEVNULL:
        *to = move_child_fd_up(open("/dev/null", O_RDWR | O_CLOEXEC));
        break;
    case WEFT_PIPE:
        if (open_child_pipe(ends) < 0) {
            return -errno;
        }
        *ours = ends[index == 0];
        *to = move_child_fd_up(ends[index != 0]);
        break;
    default:
        if (redirect < 0) {
            return WEFT_EINVAL;
        }
        *to = fcntl(redirect, F_DUPFD_CLOEXEC, FIRST_CHILD_FD);
    }
    return *to < 0 ? -errno : 0;
}

static int is_passed_fd(const struct weft_subprocess *how, int fd)
{
    for (size_t i = 0; i < how->pass_fd_count; i++) {
        if (how->pass_fds[i] == fd) {
            return 1;
        }
    }
    return 0;
}

/* Close all that is not passed. Where the system cannot close all above a
 * number, those that are open without CLOEXEC get into the child. */
static int close_other_child_fds(posix_spawn_file_actions_t *actions,
                                 const struct weft_subprocess *how)
{
    int end = FIRST_CHILD_FD;
    int error = 0;

    for (size_t i = 0; i < how->pass_fd_count; i++) {
        int fd = how->pass_fds[i];

        if (fd >= end) {
            end = fd + 1;
        }
        if (error == 0) { /* which takes CLOEXEC from it, too */
            error = posix_spawn_file_actions_adddup2(actions, fd, fd);
        }
    }
    if (how->keep_fds) {
        return error;
    }
    for (int fd = FIRST_CHILD_FD; fd < end && error == 0; fd++) {
        if (!is_passed_fd(how, fd)) {
            error = posix_spawn_file_actions_addclose(actions, fd);
        }
    }
#if defined(WEFT_CAN_CLOSE_FROM_)
    if (error == 0) {
        error = posix_spawn_file_actions_addclosefrom_np(actions, end);
    }
#endif
    return error;
}

static int add_child_actions(posix_spawn_file_actions_t *actions,
                             const struct weft_subprocess *how, const int to[3])
{
    int error = 0;

    for (int i = 0; i < 3 && error == 0; i++) {
        if (to[i] >= 0) {
            error = posix_spawn_file_actions_adddup2(actions, to[i], i);
        } else if (i == 2 && how->err == WEFT_STDOUT) {
            error = posix_spawn_file_actions_adddup2(actions, 1, i);
        }
    }
    if (error == 0 && how->cwd != NULL) {
        error = posix_spawn_file_actions_addchdir_np(actions, how->cwd);
    }
    return error == 0 ? close_other_child_fds(actions, how) : error;
}

/* What a network program ignores is not for its children to ignore. */
static int set_child_attributes(posix_spawnattr_t *attributes,
                                const struct weft_subprocess *how)
{
    short flags = POSIX_SPAWN_SETSIGDEF;
    sigset_t defaults;

    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
#if defined(SIGXFSZ)
    sigaddset(&defaults, SIGXFSZ);
#endif
    posix_spawnattr_setsigdefault(attributes, &defaults);
    if (how->new_group) {
        flags |= POSIX_SPAWN_SETPGROUP; /* of its own: that is the default */
    }
    if (how->start_new_session) {
        flags |= POSIX_SPAWN_SETSID;
    }
    return posix_spawnattr_setflags(attributes, flags);
}

static int spawn_prepared_child(const struct weft_subprocess *how,
                                const posix_spawn_file_actions_t *actions,
                                const posix_spawnattr_t *attributes)
{
    const char *const shell[] = {"/bin/sh", "-c", how->command, NULL};
    const char *const *argv = how->argv != NULL ? how->argv : shell;
    pid_t pid = 0;
    int error;

    /* The prototype is older than const; nothing is written there. */
    error = posix_spawnp(
        &pid, argv[0], actions, attributes, (char *const *)(uintptr_t)argv,
        how->env != NULL ? (char *const *)(uintptr_t)how->env : environ);
    return error == 0 ? (int)pid : -error;
}

static int spawn_child_with(const struct weft_subprocess *how, const int to[3])
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int status = -posix_spawn_file_actions_init(&actions);

    if (status < 0) {
        return status;
    }
    status = -posix_spawnattr_init(&attributes);
    if (status == 0) {
        status = -add_child_actions(&actions, how, to);
        if (status == 0) {
            status = -set_child_attributes(&attributes, how);
        }
        if (status == 0) {
            status = spawn_prepared_child(how, &actions, &attributes);
        }
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return status;
}

int weft_child_spawn_(const struct weft_subprocess *how, int ends[3])
{
    const int redirects[3] = {how->in, how->out, how->err};
    int to[3] = {-1, -1, -1};
    int status = 0;

    for (int i = 0; i < 3 && status == 0; i++) {
        status = open_child_redirect(i, redirects[i], &to[i], &ends[i]);
    }
    if (status == 0) {
        status = spawn_child_with(how, to);
    }
    for (int i = 0; i < 3; i++) {
        if (to[i] >= 0) {
            close(to[i]);
        }
        if (status < 0 && ends[i] >= 0) {
            close(ends[i]);
            ends[i] = -1;
        }
    }
    return status;
}
