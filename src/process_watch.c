/* process_watch.c - who tells that a child has ended, and asks how.
 *
 * Linux has descriptors of processes, which become readable at the end and
 * never mean another process. Elsewhere a thread waits for each child, without
 * taking the status: that stays until the loop asks for it, and the process
 * number is not given to another process before. Neither needs SIGCHLD, nor
 * touches children that are not weft's.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "weft/io.h"
#include "weft/process.h"

bool weft_child_without_pidfd_;

/* P_PIDFD, which older headers lack. */
enum { WAIT_FOR_PIDFD = 3 };

/* The thread reads it until its call has come. */
struct weft_child_thread_ {
    struct weft_handle handle;
    struct weft_loop *loop;
    struct weft_process *process;
    pthread_t thread;
    id_t pid;
};

/* ---- The thread ---- */

static void report_child_exit(void *arg)
{
    struct weft_child_thread_ *thread = arg;
    struct weft_process *process = thread->process;

    process->exited.kind->run(thread->loop, &process->exited);
}

static void *run_child_thread(void *arg)
{
    struct weft_child_thread_ *thread = arg;
    siginfo_t info;

    /* Its end, or whatever else makes waiting for it pointless. */
    while (waitid(P_PID, thread->pid, &info, WEXITED | WNOWAIT) < 0 &&
           errno == EINTR) {
    }
    weft_call_soon_threadsafe(thread->loop, &thread->handle, report_child_exit,
                              thread);
    return NULL;
}

static int start_child_thread(struct weft_process *process)
{
    struct weft_loop *loop = process->loop;
    struct weft_child_thread_ *thread =
        weft_allocate_(loop->allocator, sizeof *thread);
    int error;

    if (thread == NULL) {
        return WEFT_ENOMEM;
    }
    memset(thread, 0, sizeof *thread);
    thread->loop = loop;
    thread->process = process;
    thread->pid = (id_t)process->pid;
    error = pthread_create(&thread->thread, NULL, run_child_thread, thread);
    if (error != 0) {
        weft_free_(loop->allocator, thread, sizeof *thread);
        return -error;
    }
    process->thread = thread;
    return 0;
}

/* The child has ended, so the thread is about to end, if it has not. */
static void end_child_thread(struct weft_process *process)
{
    struct weft_child_thread_ *thread = process->thread;

    pthread_join(thread->thread, NULL);
    weft_loop_collect_(thread->loop);
    weft_handle_cancel(&thread->handle);
    weft_free_(thread->loop->allocator, thread, sizeof *thread);
    process->thread = NULL;
}

/* ---- Either ---- */

static int open_child_pidfd(int pid)
{
#if defined(SYS_pidfd_open)
    if (!weft_child_without_pidfd_) {
        return (int)syscall(SYS_pidfd_open, pid, 0);
    }
#endif
    (void)pid;
    errno = ENOSYS;
    return -1;
}

int weft_child_watch_(struct weft_process *process)
{
    int status;

    process->pidfd = open_child_pidfd(process->pid);
    if (process->pidfd < 0) {
        return start_child_thread(process);
    }
    status = weft_loop_watch_(process->loop, process->pidfd, WEFT_READ,
                              &process->exited);
    if (status < 0) {
        close(process->pidfd);
        process->pidfd = -1;
    }
    return status;
}

void weft_child_unwatch_(struct weft_process *process)
{
    if (process->thread != NULL) {
        end_child_thread(process);
    } else if (process->pidfd >= 0) {
        weft_loop_unwatch_(process->loop, process->pidfd, WEFT_READ,
                           &process->exited);
        close(process->pidfd);
        process->pidfd = -1;
    }
}

static int wait_for_child_status(const struct weft_process *process,
                                 siginfo_t *info, int options)
{
    int status = -1;

    errno = EINVAL;
    if (process->pidfd >= 0) {
        status = waitid((idtype_t)WAIT_FOR_PIDFD, (id_t)process->pidfd, info,
                        options);
    }
    if (status < 0 && errno == EINVAL) { /* no pidfd, or not for this */
        status = waitid(P_PID, (id_t)process->pid, info, options);
    }
    return status;
}

int weft_child_reap_(struct weft_process *process, bool waits, int *returncode)
{
    siginfo_t info;
    int status;

    memset(&info, 0, sizeof info);
    do {
        status = wait_for_child_status(process, &info,
                                       WEXITED | (waits ? 0 : WNOHANG));
    } while (status < 0 && errno == EINTR);
    if (status < 0) {
        return -ECHILD;
    }
    if (info.si_pid == 0) {
        return 0;
    }
    *returncode = info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
    return 1;
}

int weft_child_signal_(struct weft_process *process, int number)
{
    int status = -1;

    errno = ENOSYS;
#if defined(SYS_pidfd_send_signal)
    if (process->pidfd >= 0) {
        status = (int)syscall(SYS_pidfd_send_signal, process->pidfd, number,
                              NULL, 0);
    }
#endif
    if (status < 0 && errno == ENOSYS) {
        status = kill(process->pid, number); /* not reaped, so it is this one */
    }
    return status < 0 ? -errno : 0;
}
