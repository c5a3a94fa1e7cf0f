/* test_file_cancel.c - files whose tasks are cancelled, or too many.
 *
 * make threads runs it under ThreadSanitizer.
 */
#include "files.h"

struct opener {
    struct weft_frame frame;
    struct weft_file file;
    const char *path;
};

static async opener(struct weft_frame *frame)
{
    ASYNC_BEGIN(opener);
    AWAIT(weft_file_open(&self->file, self->path, O_RDONLY, 0));
    ASYNC_FINALLY
    CHECK(!self->file.is_open);
    CHECK(!self->file.is_busy);
    trace("%s", weft_error_name(frame->outcome));
    ASYNC_END;
}

/* The open of a named pipe waits for the other side. */
static void an_open_that_is_cancelled_leaves_nothing_open(void)
{
    struct weft_task *task;
    int fd;

    files_open();
    CHECK_INT(mkfifo(files_path("pipe"), 0600), 0);
    task = SPAWN(opener, .path = files_path("pipe"));
    real_turn(&real);
    while ((fd = open(files_path("pipe"), O_WRONLY | O_NONBLOCK)) < 0) {
        sched_yield(); /* until the thread is inside */
    }
    CHECK(weft_task_cancel(task));
    files_finish(task, WEFT_ECANCELLED);
    close(fd);
    CHECK_TRACE("ECANCELLED");
    files_close();
}

static void only_one_operation_at_a_time(void)
{
    struct weft_task *task;
    struct weft_file *file;
    int fds[2];

    files_open();
    CHECK_INT(pipe(fds), 0);
    task = SPAWN(reading, .file = {.is_open = true, .fd = fds[0]});
    real_turn(&real);
    file = &((struct reading *)(void *)weft_task_frame(task))->file;
    CHECK(file->is_busy);
    CHECK_INT(weft_file_sync(file).status, WEFT_EBUSY);
    CHECK_INT(weft_file_close(file).status, WEFT_EBUSY);
    CHECK_INT(weft_stat(file, "/", NULL).status, WEFT_EBUSY);
    CHECK_INT(weft_file_open(file, "/", O_RDONLY, 0).status, WEFT_EALREADY);
    CHECK(weft_task_cancel(task));
    real_turn(&real);
    CHECK(!weft_task_done(task)); /* the thread uses its memory */
    close(fds[1]);
    files_finish(task, WEFT_ECANCELLED);
    files_close();
}

/* Its job waits behind another, and is done all the same. */
struct closer {
    struct weft_frame frame;
    struct weft_file file;
};

static async closer(struct weft_frame *frame)
{
    ASYNC_BEGIN(closer);
    AWAIT(weft_file_close(&self->file));
    ASYNC_END;
}

static int wait_for(void *arg)
{
    return weft_concurrent_result(arg, WEFT_NO_TIMEOUT, NULL);
}

static void a_cancelled_close_closes(void)
{
    static struct weft_executor executor;
    struct weft_concurrent opened = {.error = 0};
    struct weft_job job = {.result = 0};
    struct weft_task *task;
    int fds[2];

    memset(&executor, 0, sizeof executor);
    executor.thread_limit = 1;
    files_open();
    CHECK_INT(pipe(fds), 0);
    CHECK_INT(weft_executor_submit(&executor, &job, wait_for, &opened), 0);
    task = SPAWN(
        closer, .file = {.executor = &executor, .is_open = true, .fd = fds[0]});
    real_turn(&real);
    CHECK(weft_task_cancel(task));
    real_turn(&real);
    CHECK(!weft_task_done(task));
    weft_concurrent_set_result(&opened, NULL);
    files_finish(task, WEFT_ECANCELLED);
    CHECK(fcntl(fds[0], F_GETFD) < 0);
    close(fds[1]);
    weft_executor_close(&executor);
    files_close();
}

/* No thread will do it any more. */
struct late {
    struct weft_frame frame;
    struct weft_file file;
    struct weft_executor executor;
    int fd;
};

static async late(struct weft_frame *frame)
{
    ASYNC_BEGIN(late);
    self->file.executor = &self->executor;
    AWAIT(weft_file_open(&self->file, "/", O_RDONLY, 0));
    AWAIT(weft_executor_shutdown(&self->executor));
    CHECK_INT(weft_file_sync(&self->file).status, WEFT_ECLOSED);
    self->fd = self->file.fd;
    AWAIT(weft_file_close(&self->file));
    CHECK(fcntl(self->fd, F_GETFD) < 0);
    trace("closed");
    ASYNC_FINALLY
    weft_executor_close(&self->executor);
    ASYNC_END;
}

static void a_close_needs_no_thread(void)
{
    files_open();
    CHECK_INT(FILES_RUN(late), 0);
    CHECK_TRACE("closed");
    files_close();
}

#define TESTS(X)                                     \
    X(an_open_that_is_cancelled_leaves_nothing_open) \
    X(only_one_operation_at_a_time)                  \
    X(a_cancelled_close_closes)                      \
    X(a_close_needs_no_thread)
TEST_MAIN(TESTS)
