/* io.c - what waits for a descriptor. */
#include "weft/io.h"

#include <errno.h>

int weft_loop_watch_(struct weft_loop *loop, int fd,
                     enum weft_direction direction, struct weft_entry *entry)
{
    struct weft_driver *driver = loop->driver;

    if (!loop->is_open) {
        return WEFT_ECLOSED;
    }
    if (driver->watch == NULL) {
        return -ENOTSUP;
    }
    return driver->watch(driver, fd, direction, entry);
}

bool weft_loop_unwatch_(struct weft_loop *loop, int fd,
                        enum weft_direction direction)
{
    struct weft_driver *driver = loop->driver;
    struct weft_entry *entry;

    if (!loop->is_open || driver->watcher == NULL) {
        return false;
    }
    entry = driver->watcher(driver, fd, direction);
    if (entry == NULL) {
        return false;
    }
    driver->unwatch(driver, fd, direction);
    weft_node_unlink(&entry->node); /* reported, but its turn has not come */
    return true;
}

static int add_callback(struct weft_loop *loop, int fd,
                        enum weft_direction direction,
                        struct weft_handle *handle,
                        void (*callback)(void *arg), void *arg)
{
    weft_loop_unwatch_(loop, fd, direction);
    if (!weft_handle_set_(handle, callback, arg)) {
        return WEFT_EALREADY;
    }
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
    return weft_loop_unwatch_(loop, fd, WEFT_READ);
}

bool weft_remove_writer(struct weft_loop *loop, int fd)
{
    return weft_loop_unwatch_(loop, fd, WEFT_WRITE);
}

/* The task's own entry is what the driver reports. The object of the wait is
 * the descriptor. */
static int descriptor_of(const struct weft_task *task)
{
    return (int)(intptr_t)task->object;
}

static int resume_readable(struct weft_task *task, int status)
{
    weft_loop_unwatch_(weft_loop_current_, descriptor_of(task), WEFT_READ);
    return status;
}

static int resume_writable(struct weft_task *task, int status)
{
    weft_loop_unwatch_(weft_loop_current_, descriptor_of(task), WEFT_WRITE);
    return status;
}

static const struct weft_wait_kind wait_kinds[] = {
    [WEFT_READ] = {{weft_task_run_, "readable"},
                   resume_readable,
                   weft_task_withdraw_},
    [WEFT_WRITE] = {{weft_task_run_, "writable"},
                    resume_writable,
                    weft_task_withdraw_}};

static struct weft_op wait_ready(int fd, enum weft_direction direction)
{
    struct weft_loop *loop = weft_loop_current_;
    struct weft_task *task = loop->task;
    struct weft_op op;
    int status;

    if (task == NULL) {
        return weft_op_(WEFT_ENOTASK);
    }
    if (loop->driver->watcher != NULL &&
        loop->driver->watcher(loop->driver, fd, direction) != NULL) {
        return weft_op_(WEFT_EBUSY);
    }
    status = weft_loop_watch_(loop, fd, direction, &task->alarm.entry);
    if (status < 0) {
        return weft_op_(status);
    }
    op = weft_task_park_(&wait_kinds[direction], NULL, (void *)(intptr_t)fd,
                         NULL);
    return op;
}

struct weft_op weft_wait_readable(int fd)
{
    return wait_ready(fd, WEFT_READ);
}

struct weft_op weft_wait_writable(int fd)
{
    return wait_ready(fd, WEFT_WRITE);
}
