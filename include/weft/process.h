/* process.h - child processes, and streams to and from them.
 *
 * Python   asyncio.create_subprocess_exec, create_subprocess_shell, and
 *          asyncio.subprocess.Process
 * Memory   one struct, its streams in it; buffers from the loop's allocator
 * Moving   not until the child has ended and its streams are closed
 * Errors   -ENOENT, -EACCES and what else the start of a program fails with;
 *          -ESRCH for a signal to one that has ended; WEFT_EINVAL;
 *          WEFT_EALREADY for one in use; WEFT_ENOLOOP; -ENOTSUP on a virtual
 *          clock; WEFT_EINVALIDSTATE for waiting before the start; WEFT_ENOMEM
 *
 *     struct weft_process sort;                 in the coroutine's struct
 *
 *     status = weft_create_subprocess_exec(&self->sort, WEFT_ARGV("sort", "-r"),
 *                                          .in = WEFT_PIPE, .out = WEFT_PIPE);
 *     ...                                       self->sort.in and .out are open
 *     AWAIT(weft_process_wait(&self->sort));
 *     printf("%d\n", self->sort.returncode);
 *
 *     ASYNC_FINALLY
 *     AWAIT(weft_process_close(&self->sort));   however it went
 *
 * communicate.h gives a child all its input, and takes all its output.
 */
#ifndef WEFT_PROCESS_H
#define WEFT_PROCESS_H

#include "weft/context.h"
#include "weft/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where a standard descriptor of a child leads, if not to an open descriptor of
 * this process above 0. */
enum weft_redirect {
    WEFT_INHERIT = 0, /* to where this process has its own        */
    WEFT_PIPE = -1,   /* to a stream here                         */
    WEFT_STDOUT = -2, /* `err` only: to where the child's out does */
    WEFT_DEVNULL = -3
};

/* What to start, and how. One of the first two is set; all else may be zero. */
struct weft_subprocess {
    const char *const
        *argv;           /* the program, found in PATH, its arguments, NULL */
    const char *command; /* or a line for /bin/sh                         */
    const char *const *env; /* NULL: as this process                         */
    const char *cwd;        /* NULL: as this process                         */
    int in, out, err;       /* enum weft_redirect, or a descriptor           */
    const int *pass_fds;    /* more descriptors that the child gets, under   */
    size_t pass_fd_count;   /* the same numbers                              */
    bool keep_fds;          /* also those above 2 that are not CLOEXEC       */
    bool start_new_session; /* and so no terminal                            */
    bool new_group;         /* a process group of its own                    */
};

struct weft_process {       /* all zero: never started */
    struct weft_stream in;  /* public: to the child, if WEFT_PIPE was given */
    struct weft_stream out; /* public: from the child, likewise             */
    struct weft_stream err;
    struct weft_loop *loop; /* read-only: NULL when it does not run         */
    int pid;                /* read-only: 0 if it was never started         */
    int returncode;         /* read-only, when it has ended: its status, or
                               minus the signal that killed it              */

    /* private */
    struct weft_list waiters;
    struct weft_entry exited;  /* what the driver reports of its pidfd  */
    struct weft_entry closing; /* in what the loop does when it closes  */
    struct weft_child_thread_ *thread; /* who waits where no pidfd is   */
    int pidfd;                         /* below 0 there                 */
};

/* Start a child, and open the streams to it. It has begun when this returns 0:
 * if the program is not there, for instance, that is told here, and there is
 * no child. Takes about a millisecond, in which the loop stands still. No
 * other descriptors than those that `how` names get into it; its signals do
 * what they do by default, but for those that are ignored here. */
int weft_create_subprocess(struct weft_process *process,
                           const struct weft_subprocess *how);

/* The same with the members of `how` by name:
 *
 *     weft_create_subprocess_exec(&process, WEFT_ARGV("ls", "-l"), .cwd = "/");
 *     weft_create_subprocess_shell(&process, "ls | wc -l", .out = WEFT_PIPE);
 */
#define weft_create_subprocess_exec(process, ...) \
    weft_create_subprocess((process),             \
                           &(struct weft_subprocess){.argv = __VA_ARGS__})
#define weft_create_subprocess_shell(process, ...) \
    weft_create_subprocess((process),              \
                           &(struct weft_subprocess){.command = __VA_ARGS__})
#define WEFT_ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Started, and not known to have ended? */
static inline bool weft_process_is_running(const struct weft_process *process)
{
    return process->loop != NULL;
}

/* Under AWAIT: until it has ended. Does not yield when it has. Any number of
 * tasks may wait, and a cancelled wait changes nothing. A child that fills a
 * pipe that nobody reads does not end. */
struct weft_op weft_process_wait(struct weft_process *process) WEFT_MUST_AWAIT_;

/* Send it a signal: SIGTERM, SIGKILL, or any. Never reaches another process
 * that has its number meanwhile. -ESRCH when it has ended, which needs no
 * care; -EPERM, -EINVAL. */
int weft_process_send_signal(struct weft_process *process, int number);
int weft_process_terminate(struct weft_process *process);
int weft_process_kill(struct weft_process *process);

/* Under AWAIT: kill the child if it still runs, drop the streams, and wait for
 * its end. A cancellation waits for that, too. After this the memory is free
 * for other use. Harmless when all that is done, or nothing was started.
 * -EPERM when the child runs under another user's name. */
struct weft_op weft_process_close(struct weft_process *process)
    WEFT_MUST_AWAIT_;

/* For ASYNC_WITH: at the end of the block it is closed. Start it inside. */
struct weft_process_guard {
    struct weft_with with;        /* private */
    struct weft_process *process; /* private */
};

struct weft_op weft_process_guard(struct weft_process_guard *guard,
                                  struct weft_process *process)
    WEFT_MUST_AWAIT_;

/* ---- Between files ---- */

/* Start it: its process id, or a negative code. The parent's ends of pipes are
 * in ends[], -1 for none. */
int weft_child_spawn_(const struct weft_subprocess *how, int ends[3]);

/* Tell when it can be reaped: 0, after which the entry process->exited is run
 * once. And its end, before or after that. */
int weft_child_watch_(struct weft_process *process);
void weft_child_unwatch_(struct weft_process *process);

/* 1 and its return code when it could be reaped, 0 if it runs, or -ECHILD. */
int weft_child_reap_(struct weft_process *process, bool waits, int *returncode);
int weft_child_signal_(struct weft_process *process, int number);

/* For tests: do as if this system had no pidfds. */
extern bool weft_child_without_pidfd_;

#ifdef __cplusplus
}
#endif

#endif /* WEFT_PROCESS_H */
