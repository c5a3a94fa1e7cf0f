/* file.h - files, without stopping the loop.
 *
 * Python   open, os.pread, os.stat and their like; aiofiles has them for
 *          asyncio
 * Memory   216 bytes (64-bit) a file; nothing is allocated
 * Moving   not while open, nor during an await
 * Errors   -errno of the system call; WEFT_ECLOSED; WEFT_EALREADY for opening
 *          an open one; WEFT_EBUSY for a second operation at the same time;
 *          WEFT_EINVAL; those of the executor
 *
 *     struct weft_file file;                    in the coroutine's struct
 *     char data[512];
 *
 *     ASYNC_WITH(&self->file,
 *                weft_file_open(&self->file, "log", O_RDONLY, 0)) {
 *         AWAIT(weft_file_read(&self->file, self->data, sizeof self->data));
 *         printf("%d bytes\n", frame->value);
 *     }
 *
 * Each operation is a job of an executor, as a kernel has no other way to wait
 * for a disk. Cancelled before it has begun it does nothing; after that its end
 * is awaited, so memory and descriptor are the task's again when it goes on.
 */
#ifndef WEFT_FILE_H
#define WEFT_FILE_H

#include "weft/context.h"
#include "weft/executor.h"

#ifdef __cplusplus
extern "C" {
#endif

struct stat;

struct weft_file {                  /* all zero: closed */
    struct weft_with with;          /* private: for ASYNC_WITH              */
    struct weft_executor *executor; /* public: NULL for the default one     */
    int fd;                         /* read-only, while it is open          */
    bool is_open;                   /* read-only                            */
    bool is_busy;                   /* read-only: an operation is under way */
    size_t count; /* read-only: bytes of the last read or write, also where it
                     failed or was cancelled in the middle                  */

    struct weft_job job; /* private, as what the thread needs: */
    const char *path;
    int flags;
    unsigned mode;
    char *data;
    size_t size;
    int64_t offset; /* below 0: where the file stands */
    struct stat *status;
};

/* Under AWAIT: open(2), close-on-exec. What the pointers point to must outlive
 * the await, here and below. */
struct weft_op weft_file_open(struct weft_file *file, const char *path,
                              int flags, unsigned mode) WEFT_MUST_AWAIT_;

/* Take over a descriptor that is open. WEFT_EALREADY. */
int weft_file_adopt(struct weft_file *file, int fd);

/* Under AWAIT: close it; harmless when closed. A cancellation comes after
 * that. WEFT_EBUSY while another task uses it. */
struct weft_op weft_file_close(struct weft_file *file) WEFT_MUST_AWAIT_;

/* Under AWAIT: what read(2) gives, at most `size` bytes; frame->value is the
 * count, 0 at the end. `pread` reads at an offset, and leaves the file's place
 * alone. */
struct weft_op weft_file_read(struct weft_file *file, void *data, size_t size)
    WEFT_MUST_AWAIT_;
struct weft_op weft_file_pread(struct weft_file *file, void *data, size_t size,
                               int64_t offset) WEFT_MUST_AWAIT_;

/* Under AWAIT: write all of it. frame->value is the count; when it fails,
 * file->count tells how much was written before. */
struct weft_op weft_file_write(struct weft_file *file, const void *data,
                               size_t size) WEFT_MUST_AWAIT_;
struct weft_op weft_file_pwrite(struct weft_file *file, const void *data,
                                size_t size, int64_t offset) WEFT_MUST_AWAIT_;

/* Under AWAIT: until the disk has everything. */
struct weft_op weft_file_sync(struct weft_file *file) WEFT_MUST_AWAIT_;

/* Under AWAIT: fstat(2). */
struct weft_op weft_file_stat(struct weft_file *file, struct stat *status)
    WEFT_MUST_AWAIT_;

/* Under AWAIT: stat(2). `file` only carries the job, and need not be open. */
struct weft_op weft_stat(struct weft_file *file, const char *path,
                         struct stat *status) WEFT_MUST_AWAIT_;

/* For ASYNC_FOR: the lines of an open file, each without its '\n', and with a
 * NUL behind it. A longer line than `limit` raises WEFT_ELIMIT.
 *
 *     ASYNC_GENERATOR(&self->lines, weft_lines, .file = &self->file);
 *     ASYNC_FOR(&self->lines) {
 *         puts(self->lines.value.text);
 *     }
 *
 * After a `break`, weft_aclose gives its memory back. */
struct weft_line {
    char *text; /* until the next one is asked for; may be written to */
    size_t length;
};

struct weft_lines {
    struct weft_frame frame;
    struct weft_file *file; /* public */
    size_t limit;           /* public: 0 for 64 KiB */
    struct weft_line value; /* read-only */

    /* private */
    struct weft_allocator *allocator;
    char *block;
    size_t capacity;
    size_t begin, end; /* of what was read */
    size_t searched;   /* there is no '\n' before */
    bool at_end;
};

struct weft_async weft_lines(struct weft_frame *frame);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_FILE_H */
