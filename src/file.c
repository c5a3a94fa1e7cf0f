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

static int open_file_job(void *arg)
{
    struct weft_file *file = arg;
    int fd;

    do {
        fd = open(file->path, file->flags | O_CLOEXEC, (mode_t)file->mode);
    } while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

/* Interrupted, it is closed all the same: a second try might hit another. */
static int close_file_job(void *arg)
{
    const struct weft_file *file = arg;

    return close(file->fd) < 0 && errno != EINTR ? -errno : 0;
}

static ssize_t read_file_once(const struct weft_file *file)
{
    return file->offset < 0
               ? read(file->fd, file->data, file->size)
               : pread(file->fd, file->data, file->size, (off_t)file->offset);
}

static int read_file_job(void *arg)
{
    struct weft_file *file = arg;
    ssize_t count;

    do {
        count = read_file_once(file);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        return -errno;
    }
    file->count = (size_t)count;
    return (int)count;
}

static ssize_t write_file_once(const struct weft_file *file)
{
    const char *rest = file->data + file->count;
    size_t size = file->size - file->count;

    return file->offset < 0
               ? write(file->fd, rest, size)
               : pwrite(file->fd, rest, size,
                        (off_t)(file->offset + (int64_t)file->count));
}

static int write_file_job(void *arg)
{
    struct weft_file *file = arg;

    while (file->count < file->size) {
        ssize_t count = write_file_once(file);

        if (count < 0 && errno != EINTR) {
            return -errno;
        }
        file->count += count > 0 ? (size_t)count : 0;
    }
    return (int)file->count;
}

static int sync_file_job(void *arg)
{
    const struct weft_file *file = arg;

    int status;

    do {
        status = fsync(file->fd);
    } while (status < 0 && errno == EINTR);
    return status < 0 ? -errno : 0;
}

static int stat_file_job(void *arg)
{
    const struct weft_file *file = arg;
    int status = file->path != NULL ? stat(file->path, file->status)
                                    : fstat(file->fd, file->status);

    return status < 0 ? -errno : 0;
}

/* ---- In the loop ---- */

static int resume_file_wait(struct weft_task *task, int status)
{
    struct weft_file *file = task->object;

    file->is_busy = false;
    return status < 0 ? status : file->job.result;
}

/* Nobody wants a file any more whose opening was cancelled too late. */
static int resume_file_open(struct weft_task *task, int status)
{
    struct weft_file *file = task->object;
    int fd = file->job.result;

    status = resume_file_wait(task, status);
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

static bool cancel_file_wait(struct weft_task *task)
{
    return weft_job_cancel(&((struct weft_file *)task->object)->job);
}

static const struct weft_wait_kind file_wait_kind = {
    {weft_task_run_, "file", weft_task_itself_},
    resume_file_wait,
    cancel_file_wait};
static const struct weft_wait_kind file_open_kind = {
    {weft_task_run_, "file open", weft_task_itself_},
    resume_file_open,
    cancel_file_wait};
static const struct weft_wait_kind file_close_kind = {
    {weft_task_run_, "file close", weft_task_itself_}, resume_file_wait, NULL};

static struct weft_op begin_file_job(struct weft_file *file,
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

static struct weft_op leave_file_with(struct weft_with *with)
{
    return weft_file_close(WEFT_OWNER(with, struct weft_file, with));
}

struct weft_op weft_file_open(struct weft_file *file, const char *path,
                              int flags, unsigned mode)
{
    if (file->is_open || file->is_busy) {
        return weft_op_(WEFT_EALREADY);
    }
    file->with.leave = leave_file_with;
    file->path = path;
    file->flags = flags;
    file->mode = mode;
    return begin_file_job(file, &file_open_kind, open_file_job);
}

int weft_file_adopt(struct weft_file *file, int fd)
{
    if (fd < 0 || file->is_open || file->is_busy) {
        return fd < 0 ? -EBADF : WEFT_EALREADY;
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
    op = begin_file_job(file, &file_close_kind, close_file_job);
    return file->is_busy ? op : weft_op_(close_file_job(file));
}

/* Counts are ints, and offsets those of the system. */
static struct weft_op move_file_bytes(struct weft_file *file, void *data,
                                      size_t size, int64_t offset,
                                      int (*function)(void *arg))
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
    return begin_file_job(file, &file_wait_kind, function);
}

struct weft_op weft_file_read(struct weft_file *file, void *data, size_t size)
{
    return move_file_bytes(file, data, size, -1, read_file_job);
}

struct weft_op weft_file_pread(struct weft_file *file, void *data, size_t size,
                               int64_t offset)
{
    return offset < 0
               ? weft_op_(WEFT_EINVAL)
               : move_file_bytes(file, data, size, offset, read_file_job);
}

/* The thread only reads what lies there. */
static void *bytes_to_write(const void *data)
{
    void *same;

    memcpy(&same, &data, sizeof same);
    return same;
}

struct weft_op weft_file_write(struct weft_file *file, const void *data,
                               size_t size)
{
    return move_file_bytes(file, bytes_to_write(data), size, -1,
                           write_file_job);
}

struct weft_op weft_file_pwrite(struct weft_file *file, const void *data,
                                size_t size, int64_t offset)
{
    return offset < 0 ? weft_op_(WEFT_EINVAL)
                      : move_file_bytes(file, bytes_to_write(data), size,
                                        offset, write_file_job);
}

struct weft_op weft_file_sync(struct weft_file *file)
{
    int status = check_file(file);

    return status < 0 ? weft_op_(status)
                      : begin_file_job(file, &file_wait_kind, sync_file_job);
}

static struct weft_op start_file_stat(struct weft_file *file, const char *path,
                                      struct stat *status)
{
    file->path = path;
    file->status = status;
    return begin_file_job(file, &file_wait_kind, stat_file_job);
}

struct weft_op weft_file_stat(struct weft_file *file, struct stat *result)
{
    int status = check_file(file);

    return status < 0 ? weft_op_(status) : start_file_stat(file, NULL, result);
}

struct weft_op weft_stat(struct weft_file *file, const char *path,
                         struct stat *result)
{
    return file->is_busy ? weft_op_(WEFT_EBUSY)
                         : start_file_stat(file, path, result);
}
