/* file.c - system calls of files, as jobs. */
#include "weft/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "weft/loop.h"
#include "weft/park.h"

/* ---- In the thread ---- */

static int open_file(void *arg)
{
    struct weft_file *file = arg;
    int fd;

    do {
        fd = open(file->path, file->flags | O_CLOEXEC, (mode_t)file->mode);
    } while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

/* Interrupted, it is closed all the same, at least on Linux; to try again
 * might hit another file of that number. */
static int close_file(void *arg)
{
    const struct weft_file *file = arg;

    return close(file->fd) < 0 && errno != EINTR ? -errno : 0;
}

static ssize_t read_once(const struct weft_file *file)
{
    return file->offset < 0
               ? read(file->fd, file->data, file->size)
               : pread(file->fd, file->data, file->size, (off_t)file->offset);
}

static int read_file(void *arg)
{
    struct weft_file *file = arg;
    ssize_t count;

    do {
        count = read_once(file);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        return -errno;
    }
    file->count = (size_t)count;
    return (int)count;
}

static ssize_t write_once(const struct weft_file *file)
{
    const char *rest = file->data + file->count;
    size_t size = file->size - file->count;

    return file->offset < 0
               ? write(file->fd, rest, size)
               : pwrite(file->fd, rest, size,
                        (off_t)(file->offset + (int64_t)file->count));
}

static int write_file(void *arg)
{
    struct weft_file *file = arg;

    while (file->count < file->size) {
        ssize_t count = write_once(file);

        if (count < 0 && errno != EINTR) {
            return -errno;
        }
        file->count += count > 0 ? (size_t)count : 0;
    }
    return (int)file->count;
}

static int sync_file(void *arg)
{
    const struct weft_file *file = arg;

    while (fsync(file->fd) < 0) {
        if (errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}

static int stat_file(void *arg)
{
    const struct weft_file *file = arg;
    int status = file->path != NULL ? stat(file->path, file->status)
                                    : fstat(file->fd, file->status);

    return status < 0 ? -errno : 0;
}

/* ---- In the loop ---- */

static int resume_file(struct weft_task *task, int status)
{
    struct weft_file *file = task->object;

    file->is_busy = false;
    return status < 0 ? status : file->job.result;
}

/* Nobody wants a file any more whose opening was cancelled too late. */
static int resume_open(struct weft_task *task, int status)
{
    struct weft_file *file = task->object;
    int fd = file->job.result;

    status = resume_file(task, status);
    if (status >= 0) {
        file->fd = fd;
        file->is_open = true;
        return 0;
    }
    if (fd >= 0) {
        close(fd);
    }
    return status;
}

static bool cancel_file(struct weft_task *task)
{
    struct weft_file *file = task->object;

    return weft_job_cancel(&file->job);
}

static const struct weft_wait_kind file_wait = {
    {weft_task_run_, "file", weft_task_itself_}, resume_file, cancel_file};
static const struct weft_wait_kind open_wait = {
    {weft_task_run_, "file open", weft_task_itself_}, resume_open, cancel_file};
static const struct weft_wait_kind close_wait = {
    {weft_task_run_, "file close", weft_task_itself_}, resume_file, NULL};

static struct weft_op start_file(struct weft_file *file,
                                 const struct weft_wait_kind *wait,
                                 int (*function)(void *arg))
{
    int status =
        weft_current_task() == NULL
            ? WEFT_ENOTASK
            : weft_executor_submit(file->executor, &file->job, function, file);

    if (status < 0) {
        return weft_op_(status);
    }
    file->is_busy = true;
    return weft_task_park_(wait, &file->job.waiters, file, NULL);
}

static int check_file(const struct weft_file *file)
{
    if (!file->is_open) {
        return WEFT_ECLOSED;
    }
    return file->is_busy ? WEFT_EBUSY : 0;
}

static struct weft_op leave_file(struct weft_with *with)
{
    return weft_file_close(WEFT_OWNER(with, struct weft_file, with));
}

struct weft_op weft_file_open(struct weft_file *file, const char *path,
                              int flags, unsigned mode)
{
    if (file->is_open || file->is_busy) {
        return weft_op_(WEFT_EALREADY);
    }
    file->with.leave = leave_file;
    file->path = path;
    file->flags = flags;
    file->mode = mode;
    return start_file(file, &open_wait, open_file);
}

int weft_file_adopt(struct weft_file *file, int fd)
{
    if (fd < 0) {
        return -EBADF;
    }
    if (file->is_open || file->is_busy) {
        return WEFT_EALREADY;
    }
    file->fd = fd;
    file->is_open = true;
    return 0;
}

/* Where no thread can do it, it is done here. */
struct weft_op weft_file_close(struct weft_file *file)
{
    struct weft_op op;

    if (file->is_busy) {
        return weft_op_(WEFT_EBUSY);
    }
    if (!file->is_open) {
        return weft_op_(0);
    }
    file->is_open = false;
    op = start_file(file, &close_wait, close_file);
    return file->is_busy ? op : weft_op_(close_file(file));
}

/* Counts are ints, and offsets those of the system. */
static struct weft_op transfer(struct weft_file *file, void *data, size_t size,
                               int64_t offset, int (*function)(void *arg))
{
    int status = check_file(file);

    if (status == 0 && (size > INT_MAX || (off_t)offset != offset)) {
        status = WEFT_EINVAL;
    }
    if (status < 0) {
        return weft_op_(status);
    }
    file->data = data;
    file->size = size;
    file->offset = offset;
    file->count = 0;
    return start_file(file, &file_wait, function);
}

struct weft_op weft_file_read(struct weft_file *file, void *data, size_t size)
{
    return transfer(file, data, size, -1, read_file);
}

struct weft_op weft_file_pread(struct weft_file *file, void *data, size_t size,
                               int64_t offset)
{
    return offset < 0 ? weft_op_(WEFT_EINVAL)
                      : transfer(file, data, size, offset, read_file);
}

/* The thread only reads what lies there. */
static void *writable(const void *data)
{
    void *same;

    memcpy(&same, &data, sizeof same);
    return same;
}

struct weft_op weft_file_write(struct weft_file *file, const void *data,
                               size_t size)
{
    return transfer(file, writable(data), size, -1, write_file);
}

struct weft_op weft_file_pwrite(struct weft_file *file, const void *data,
                                size_t size, int64_t offset)
{
    return offset < 0
               ? weft_op_(WEFT_EINVAL)
               : transfer(file, writable(data), size, offset, write_file);
}

struct weft_op weft_file_sync(struct weft_file *file)
{
    int status = check_file(file);

    return status < 0 ? weft_op_(status)
                      : start_file(file, &file_wait, sync_file);
}

static struct weft_op start_stat(struct weft_file *file, const char *path,
                                 struct stat *status)
{
    file->path = path;
    file->status = status;
    return start_file(file, &file_wait, stat_file);
}

struct weft_op weft_file_stat(struct weft_file *file, struct stat *result)
{
    int status = check_file(file);

    return status < 0 ? weft_op_(status) : start_stat(file, NULL, result);
}

struct weft_op weft_stat(struct weft_file *file, const char *path,
                         struct stat *result)
{
    return file->is_busy ? weft_op_(WEFT_EBUSY)
                         : start_stat(file, path, result);
}
