/* process.c - a child from its start to its end. */
#include "weft/process.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "weft/loop.h"
#include "weft/park.h"

/* The status of a child that somebody else has asked for, as in asyncio. */
enum { CHILD_STATUS_UNKNOWN = 255 };

static struct weft_stream *child_stream(struct weft_process *process, int index)
{
    return index == 0   ? &process->in
           : index == 1 ? &process->out
                        : &process->err;
}

static void abort_child_streams(struct weft_process *process)
{
    for (int i = 0; i < 3; i++) {
        weft_stream_abort(child_stream(process, i));
    }
}

/* ---- Its end ---- */

static void end_child_process(struct weft_process *process, int returncode)
{
    weft_child_unwatch_(process);
    weft_node_unlink(&process->closing.node);
    process->returncode = returncode;
    process->loop = NULL;
    while (weft_task_wake_first_(&process->waiters)) {
    }
}

/* Ask for its status, if it can be had. */
static void reap_child(struct weft_process *process, bool waits)
{
    int returncode;
    int status = weft_child_reap_(process, waits, &returncode);

    if (status < 0) {
        weft_loop_report_(process->loop,
                          "somebody else has asked for the status of a child "
                          "process",
                          0, NULL);
        returncode = CHILD_STATUS_UNKNOWN;
    }
    if (status != 0) {
        end_child_process(process, returncode);
    }
}

static void on_child_exit(struct weft_loop *loop, struct weft_entry *entry)
{
    loop->task = NULL;
    reap_child(WEFT_OWNER(entry, struct weft_process, exited), false);
}

static const struct weft_kind child_exit_kind = {on_child_exit, "child", NULL};

/* Nobody is left to wait for it. One that may not be killed, as it runs under
 * another user's name, is left to itself. */
static void close_left_child(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_process *process =
        WEFT_OWNER(entry, struct weft_process, closing);

    reap_child(process, false);
    if (process->loop == NULL) {
        return;
    }
    weft_loop_report_(loop, "a child process was left and is killed", 0, NULL);
    if (weft_child_signal_(process, SIGKILL) == 0 || process->thread != NULL) {
        reap_child(process, true);
    } else {
        end_child_process(process, CHILD_STATUS_UNKNOWN);
    }
}

static const struct weft_kind left_child_kind = {close_left_child, "child",
                                                 NULL};

/* ---- Its start ---- */

static int check_subprocess(const struct weft_process *process,
                            const struct weft_subprocess *how)
{
    struct weft_loop *loop = weft_loop_current();

    if (loop == NULL) {
        return WEFT_ENOLOOP;
    }
    if (weft_process_is_running(process) ||
        !weft_stream_is_closed(&process->in) ||
        !weft_stream_is_closed(&process->out) ||
        !weft_stream_is_closed(&process->err)) {
        return WEFT_EALREADY;
    }
    if ((how->argv == NULL) == (how->command == NULL) ||
        (how->argv != NULL && how->argv[0] == NULL)) {
        return WEFT_EINVAL;
    }
    return loop->driver->watch != NULL ? 0 : -ENOTSUP;
}

/* Each end of a pipe belongs to a stream, or is closed. */
static int open_child_streams(struct weft_process *process, const int ends[3])
{
    int status = 0;

    for (int i = 0; i < 3; i++) {
        if (ends[i] < 0) {
            continue;
        }
        if (status == 0) {
            status = weft_stream_open(child_stream(process, i), ends[i]);
        }
        if (status < 0) {
            close(ends[i]);
        }
    }
    return status;
}

static int adopt_child(struct weft_process *process, int pid, const int ends[3])
{
    int status = open_child_streams(process, ends);
    int returncode;

    process->pid = pid;
    process->pidfd = -1;
    process->exited.kind = &child_exit_kind;
    process->loop = weft_loop_current();
    if (status == 0) {
        status = weft_child_watch_(process);
    }
    if (status == 0) {
        process->closing.kind = &left_child_kind;
        weft_list_push(&process->loop->kept, &process->closing.node);
        return 0;
    }
    abort_child_streams(process);
    process->loop = NULL;
    if (weft_child_signal_(process, SIGKILL) == 0) {
        weft_child_reap_(process, true, &returncode);
    }
    process->pid = 0;
    return status;
}

int weft_create_subprocess(struct weft_process *process,
                           const struct weft_subprocess *how)
{
    int ends[3] = {-1, -1, -1};
    int pid = check_subprocess(process, how);

    if (pid == 0) {
        pid = weft_child_spawn_(how, ends);
    }
    return pid < 0 ? pid : adopt_child(process, pid, ends);
}

/* ---- Waiting ---- */

static const struct weft_wait_kind process_wait_kind = {
    {weft_task_run_, "process", weft_task_itself_}, NULL, weft_task_withdraw_};

struct weft_op weft_process_wait(struct weft_process *process)
{
    if (process->pid == 0) {
        return weft_op_(WEFT_EINVALIDSTATE);
    }
    if (!weft_process_is_running(process)) {
        return weft_op_(0);
    }
    return weft_task_park_(&process_wait_kind, &process->waiters, process,
                           NULL);
}

/* Without a cancel function: it is killed, so it will not be long. */
static const struct weft_wait_kind process_close_kind = {
    {weft_task_run_, "process close", weft_task_itself_}, NULL, NULL};

/* The streams last: the child does not see their ends. */
struct weft_op weft_process_close(struct weft_process *process)
{
    bool is_running = weft_process_is_running(process);
    int status = is_running ? weft_process_kill(process) : 0;

    abort_child_streams(process);
    if (!is_running || status < 0) {
        return weft_op_(status);
    }
    return weft_task_park_(&process_close_kind, &process->waiters, process,
                           NULL);
}

/* ---- Signals ---- */

int weft_process_send_signal(struct weft_process *process, int number)
{
    int status;

    if (!weft_process_is_running(process)) {
        return -ESRCH;
    }
    status = weft_child_signal_(process, number);
    return status == -ESRCH ? 0 : status; /* the loop has yet to see its end */
}

int weft_process_terminate(struct weft_process *process)
{
    return weft_process_send_signal(process, SIGTERM);
}

int weft_process_kill(struct weft_process *process)
{
    return weft_process_send_signal(process, SIGKILL);
}

/* ---- As a context ---- */

static struct weft_op leave_process_guard(struct weft_with *with)
{
    return weft_process_close(
        WEFT_OWNER(with, struct weft_process_guard, with)->process);
}

struct weft_op weft_process_guard(struct weft_process_guard *guard,
                                  struct weft_process *process)
{
    guard->with.leave = leave_process_guard;
    guard->process = process;
    return weft_op_(0);
}
