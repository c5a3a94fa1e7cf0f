/* io.c - what waits for a descriptor. */
#include "weft/io.h"

#include <errno.h>
#include <fcntl.h>

static struct weft_entry *watcher_of(struct weft_loop *loop, int fd,
                                     enum weft_direction direction)
{
    struct weft_driver *driver = loop->driver;

    return loop->is_open && driver->watcher != NULL
               ? driver->watcher(driver, fd, direction)
               : NULL;
}

int weft_loop_watch_(struct weft_loop *loop, int fd,
                     enum weft_direction direction, struct weft_entry *entry)
{
    struct weft_driver *driver = loop->driver;

    if (!loop->is_open) {
        return WEFT_ECLOSED;
    }
    if (driver->watch == NULL || driver->watcher == NULL) {
        return -ENOTSUP;
    }
    if (watcher_of(loop, fd, direction) != NULL) {
        return WEFT_EBUSY;
    }
    return driver->watch(driver, fd, direction, entry);
}

void weft_loop_unwatch_(struct weft_loop *loop, int fd,
                        enum weft_direction direction, struct weft_entry *entry)
{
    if (watcher_of(loop, fd, direction) == entry) {
        loop->driver->unwatch(loop->driver, fd, direction);
        weft_node_unlink(&entry->node); /* reported, but not run yet */
    }
}

int weft_fd_prepare_(int fd)
{
    return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
                   fcntl(fd, F_SETFL, O_NONBLOCK) < 0
               ? -errno
               : 0;
}

/* It only stands there. */
static struct weft_entry owning_entry;

bool weft_loop_own_(struct weft_loop *loop, int fd)
{
    return weft_loop_watch_(loop, fd, WEFT_OWNS_, &owning_entry) != WEFT_EBUSY;
}

void weft_loop_disown_(struct weft_loop *loop, int fd)
{
    weft_loop_unwatch_(loop, fd, WEFT_OWNS_, &owning_entry);
}

/* Only what add_callback has put there: a task or a stream that lost its
 * entry would wait for ever. */
static bool remove_callback(struct weft_loop *loop, int fd,
                            enum weft_direction direction)
{
    struct weft_entry *entry = watcher_of(loop, fd, direction);

    if (entry == NULL || !weft_handle_owns_(entry)) {
        return false;
    }
    weft_loop_unwatch_(loop, fd, direction, entry);
    return true;
}

static int add_callback(struct weft_loop *loop, int fd,
                        enum weft_direction direction,
                        struct weft_handle *handle, void (*callback)(void *arg),
                        void *arg)
{
    if (weft_handle_is_scheduled(handle) &&
        watcher_of(loop, fd, direction) != &handle->entry) {
        return WEFT_EALREADY;
    }
    if (watcher_of(loop, fd, WEFT_OWNS_) != NULL) {
        return WEFT_EBUSY;
    }
    remove_callback(loop, fd, direction);
    weft_handle_set_(handle, callback, arg);
    return weft_loop_watch_(loop, fd, direction, &handle->entry);
}

int weft_add_reader(struct weft_loop *loop, int fd, struct weft_handle *handle,
                    void (*callback)(void *arg), void *arg)
{
    return add_callback(loop, fd, WEFT_READ, handle, callback, arg);
}

int weft_add_writer(struct weft_loop *loop, int fd, struct weft_handle *handle,
                    void (*callback)(void *arg), void *arg)
{
    return add_callback(loop, fd, WEFT_WRITE, handle, callback, arg);
}

bool weft_remove_reader(struct weft_loop *loop, int fd)
{
    return remove_callback(loop, fd, WEFT_READ);
}

bool weft_remove_writer(struct weft_loop *loop, int fd)
{
    return remove_callback(loop, fd, WEFT_WRITE);
}

/* The task's own entry is what the driver reports. The object of the wait is
 * the descriptor. It is let go of at once, so that somebody else may wait for
 * it while the task is on its way out. */
static void let_go(struct weft_task *task, enum weft_direction direction)
{
    weft_loop_unwatch_(weft_loop_current_, (int)(intptr_t)task->object,
                       direction, &task->alarm.entry);
}

static int resume_readable(struct weft_task *task, int status)
{
    let_go(task, WEFT_READ);
    return status;
}

static int resume_writable(struct weft_task *task, int status)
{
    let_go(task, WEFT_WRITE);
    return status;
}

static bool cancel_readable(struct weft_task *task)
{
    let_go(task, WEFT_READ);
    return weft_task_withdraw_(task);
}

static bool cancel_writable(struct weft_task *task)
{
    let_go(task, WEFT_WRITE);
    return weft_task_withdraw_(task);
}

static const struct weft_wait_kind wait_kinds[] = {
    [WEFT_READ] = {{weft_task_run_, "readable", weft_task_itself_},
                   resume_readable,
                   cancel_readable},
    [WEFT_WRITE] = {{weft_task_run_, "writable", weft_task_itself_},
                    resume_writable,
                    cancel_writable}};

static struct weft_op wait_ready(int fd, enum weft_direction direction)
{
    struct weft_loop *loop = weft_loop_current_;
    struct weft_task *task = loop->task;
    int status;

    if (task == NULL) {
        return weft_op_(WEFT_ENOTASK);
    }
    status = weft_loop_watch_(loop, fd, direction, &task->alarm.entry);
    if (status < 0) {
        return weft_op_(status);
    }
    return weft_task_park_(&wait_kinds[direction], NULL, (void *)(intptr_t)fd,
                           NULL);
}

struct weft_op weft_wait_readable(int fd)
{
    return wait_ready(fd, WEFT_READ);
}

struct weft_op weft_wait_writable(int fd)
{
    return wait_ready(fd, WEFT_WRITE);
}
