/* test_file.c - files by a thread: nothing lost, nothing left open.
 *
 * make threads runs it under ThreadSanitizer.
 */
#include "files.h"

struct round_trip {
    struct weft_frame frame;
    struct weft_file file;
    const char *path;
    char data[32];
    struct stat status;
    int fd;
};

static async round_trip(struct weft_frame *frame)
{
    ASYNC_BEGIN(round_trip);
    AWAIT(weft_file_open(&self->file, self->path, O_RDWR | O_CREAT, 0600));
    CHECK_INT(frame->value, 0);
    CHECK(self->file.is_open);
    CHECK(fcntl(self->file.fd, F_GETFD) & FD_CLOEXEC);
    AWAIT(weft_file_write(&self->file, "hello world", 11));
    CHECK_INT(frame->value, 11);
    CHECK_INT(self->file.count, 11);
    AWAIT(weft_file_pwrite(&self->file, "W", 1, 6));
    AWAIT(weft_file_sync(&self->file));
    AWAIT(weft_file_pread(&self->file, self->data, sizeof self->data, 0));
    CHECK_INT(frame->value, 11);
    trace("%s", self->data);
    AWAIT(weft_file_read(&self->file, self->data, sizeof self->data));
    CHECK_INT(frame->value, 0); /* its own place is behind what was written */
    AWAIT(weft_file_stat(&self->file, &self->status));
    CHECK_INT(self->status.st_size, 11);
    self->fd = self->file.fd;
    AWAIT(weft_file_close(&self->file));
    CHECK(!self->file.is_open);
    CHECK(fcntl(self->fd, F_GETFD) < 0);
    AWAIT(weft_file_close(&self->file)); /* harmless */
    self->status.st_size = 0;
    AWAIT(weft_stat(&self->file, self->path, &self->status));
    CHECK_INT(self->status.st_size, 11);
    trace("closed");
    ASYNC_END;
}

static void what_is_written_can_be_read(void)
{
    files_open();
    CHECK_INT(FILES_RUN(round_trip, .path = files_path("file")), 0);
    CHECK_TRACE("hello World, closed");
    files_close();
}

struct bytes {
    struct weft_frame frame;
    struct weft_file file;
    const char *path;
    char byte;
};

static async bytes(struct weft_frame *frame)
{
    ASYNC_BEGIN(bytes);
    ASYNC_WITH(&self->file,
               weft_file_open(&self->file, self->path, O_RDONLY, 0)) {
        for (;;) {
            AWAIT(weft_file_read(&self->file, &self->byte, 1));
            if (frame->value == 0) {
                break;
            }
            trace("%c", self->byte);
            if (self->byte == '!') {
                ASYNC_RAISE(WEFT_EUSER);
            }
        }
    }
    ASYNC_FINALLY
    CHECK(!self->file.is_open);
    ASYNC_END;
}

static void a_block_closes_it_on_every_way_out(void)
{
    files_open();
    files_write("abc", "abc");
    files_write("d!e", "d!e");
    CHECK_INT(FILES_RUN(bytes, .path = files_path("abc")), 0);
    CHECK_INT(FILES_RUN(bytes, .path = files_path("d!e")), WEFT_EUSER);
    CHECK_INT(FILES_RUN(bytes, .path = files_path("none")), -ENOENT);
    CHECK_TRACE("a, b, c, d, !");
    files_close();
}

/* ---- What is refused, and what fails ---- */

struct wrong {
    struct weft_frame frame;
    struct weft_file file;
    struct stat status;
    char byte;
    int i;
    int err;
};

static struct weft_op wrong_op(struct wrong *wrong)
{
    struct weft_file *file = &wrong->file;

    switch (wrong->i) {
    case 0:
        return weft_file_read(file, &wrong->byte, 1);
    case 1:
        return weft_file_pwrite(file, &wrong->byte, 1, 0);
    case 2:
        return weft_file_sync(file);
    case 3:
        return weft_file_stat(file, &wrong->status);
    case 4:
        return weft_stat(file, files_path("none"), &wrong->status);
    case 5:
        return weft_file_open(file, files_folder, O_RDONLY, 0);
    case 6:
        return weft_file_open(file, files_folder, O_RDONLY, 0);
    case 7:
        return weft_file_read(file, &wrong->byte, 1);
    case 8:
        return weft_file_pread(file, &wrong->byte, 1, -1);
    case 9:
        return weft_file_write(file, &wrong->byte, (size_t)INT_MAX + 1);
    case 10:
        return weft_file_write(file, &wrong->byte, 1);
    default:
        return weft_file_close(file);
    }
}

static async wrong(struct weft_frame *frame)
{
    ASYNC_BEGIN(wrong);
    for (; self->i < 12; self->i++) {
        self->err = 0;
        ASYNC_TRY {
            AWAIT(wrong_op(self));
        }
        ASYNC_CATCH(self->err) {
        }
        trace("%s", weft_error_name(self->err));
    }
    CHECK_INT(weft_file_adopt(&self->file, -1), -EBADF);
    ASYNC_END;
}

static void what_is_wrong_has_a_name(void)
{
    struct weft_file file = {.is_open = false};

    CHECK_INT(weft_file_open(&file, "/", O_RDONLY, 0).status, WEFT_ENOTASK);
    CHECK(!file.is_busy);
    files_open();
    CHECK_INT(FILES_RUN(wrong), 0);
    /* a directory can be opened, and not read or written */
    CHECK_TRACE("ECLOSED, ECLOSED, ECLOSED, ECLOSED, ENOENT, OK, EALREADY, "
                "ESYSTEM, EINVAL, EINVAL, EBADF, OK");
    files_close();
}

/* A pipe that nobody reads takes a part. */
struct much {
    struct weft_frame frame;
    struct weft_file file;
    char data[1 << 20];
    int fds[2];
    int err;
};

static async much(struct weft_frame *frame)
{
    ASYNC_BEGIN(much);
    CHECK_INT(pipe(self->fds), 0);
    fcntl(self->fds[1], F_SETFL, O_NONBLOCK);
    CHECK_INT(weft_file_adopt(&self->file, self->fds[1]), 0);
    CHECK_INT(weft_file_adopt(&self->file, self->fds[1]), WEFT_EALREADY);
    ASYNC_TRY {
        AWAIT(weft_file_write(&self->file, self->data, sizeof self->data));
    }
    ASYNC_CATCH(self->err) {
        trace("%s", weft_error_name(self->err));
        CHECK(self->file.count > 0 && self->file.count < sizeof self->data);
    }
    ASYNC_FINALLY
    close(self->fds[0]);
    AWAIT(weft_file_close(&self->file));
    ASYNC_END;
}

static void a_write_that_fails_tells_how_far_it_came(void)
{
    static struct much slot;
    struct weft_task task = {.object = NULL};

    files_open();
    CHECK_INT(START(&task, &slot, much), 0);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, &task), 0);
    weft_task_release(&task);
    CHECK_TRACE("EAGAIN");
    files_close();
}

/* A pipe that is read by and by takes all of it, in many pieces. */
struct writing {
    struct weft_frame frame;
    struct weft_file file;
    const char *data;
    size_t size;
};

static async writing(struct weft_frame *frame)
{
    ASYNC_BEGIN(writing);
    AWAIT(weft_file_write(&self->file, self->data, self->size));
    CHECK_INT(frame->value, self->size);
    AWAIT(weft_file_close(&self->file));
    ASYNC_END;
}

static void a_write_goes_on_until_all_is_written(void)
{
    static char data[300000];
    struct weft_task *tasks[2];
    int fds[2];

    files_open();
    CHECK_INT(pipe(fds), 0);
    tasks[0] = SPAWN(reading, .file = {.is_open = true, .fd = fds[0]});
    tasks[1] = SPAWN(writing, .file = {.is_open = true, .fd = fds[1]},
                     .data = data, .size = sizeof data);
    files_finish(tasks[1], 0);
    files_finish(tasks[0], 0);
    CHECK_TRACE("300000 read");
    files_close();
}

#define TESTS(X)                                \
    X(what_is_written_can_be_read)              \
    X(a_block_closes_it_on_every_way_out)       \
    X(what_is_wrong_has_a_name)                 \
    X(a_write_that_fails_tells_how_far_it_came) \
    X(a_write_goes_on_until_all_is_written)
TEST_MAIN(TESTS)
