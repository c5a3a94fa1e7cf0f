/* scandir.h - what is in a directory, and in all below it.
 *
 * Python   os.scandir, os.walk
 * Memory   some 4 KiB the caller's for a directory, 8 for a walk, which also
 *          takes the names of directories it has not seen yet from the loop's
 *          allocator; an open directory has a buffer of the C library's
 * Moving   not until it is at its end, or closed
 * Errors   -errno of the system; -ENAMETOOLONG; WEFT_ENOMEM; those of the
 *          executor
 *
 *     struct weft_scandir dir;                  in the coroutine's struct
 *
 *     ASYNC_GENERATOR(&self->dir, weft_scandir, .path = "/tmp");
 *     ASYNC_FOR(&self->dir) {
 *         puts(self->dir.value.name);
 *     }
 *
 * The names come in the system's order, without "." and "..", and are fetched
 * many at a time by a job of an executor. After a `break`, weft_aclose closes
 * the directory.
 */
#ifndef WEFT_SCANDIR_H
#define WEFT_SCANDIR_H

#include "weft/executor.h"

#ifdef __cplusplus
extern "C" {
#endif

enum weft_file_kind {
    WEFT_FILE_REGULAR,
    WEFT_FILE_DIRECTORY,
    WEFT_FILE_LINK, /* a symbolic one, wherever it leads */
    WEFT_FILE_OTHER
};

enum { WEFT_SCANDIR_NAMES = 3840, WEFT_WALK_PATH = 4096 };

struct weft_dir_entry {
    const char *name; /* until the next one is asked for */
    enum weft_file_kind kind;
};

struct weft_scandir {
    struct weft_frame frame;
    const char *path;               /* public */
    struct weft_executor *executor; /* public: NULL for the default one */
    struct weft_dir_entry value;    /* read-only */

    /* private */
    struct weft_job job;
    void *stream;                   /* the C library's */
    size_t used, next;              /* of the names    */
    char names[WEFT_SCANDIR_NAMES]; /* each behind a byte with its kind */
};

struct weft_async weft_scandir(struct weft_frame *frame);

/* All entries of a directory and of those below it, each directory's before
 * those of its own directories. Symbolic links are not followed. A directory
 * below the first that cannot be read is passed over, and counted. */
struct weft_walk_entry {
    const char *path; /* begins with that of the walk; until the next one */
    const char *name; /* its last part */
    enum weft_file_kind kind;
    unsigned depth; /* 0 in the first directory */
};

struct weft_walk_dir_;

struct weft_walk {
    struct weft_frame frame;
    const char *path;               /* public */
    struct weft_executor *executor; /* public: NULL for the default one */
    struct weft_walk_entry value;   /* read-only */
    size_t unreadable;              /* read-only: passed over           */
    int error;                      /* read-only: why, the last time    */

    /* private */
    struct weft_scandir dir;
    struct weft_walk_dir_ *current; /* and those that follow, first in, */
    struct weft_walk_dir_ *last;    /* first out                        */
    bool is_below;                  /* the first                        */
    char text[WEFT_WALK_PATH];
};

struct weft_async weft_walk(struct weft_frame *frame);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_SCANDIR_H */
