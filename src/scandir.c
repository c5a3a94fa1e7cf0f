/* scandir.c - directories, read by a thread some names at a time. */
#include "weft/scandir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"
#include "../macros/weft/iterate.h"
#include "weft/generator.h"
#include "weft/loop.h"

/* ---- In the thread ---- */

static int open_dir_job(void *arg)
{
    struct weft_scandir *dir = arg;

    dir->stream = opendir(dir->path);
    return dir->stream != NULL ? 0 : -errno;
}

static enum weft_file_kind kind_of_dir_name(DIR *stream, const char *name)
{
    struct stat status;

    if (fstatat(dirfd(stream), name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
        return WEFT_FILE_OTHER; /* it is gone again */
    }
    return S_ISREG(status.st_mode)   ? WEFT_FILE_REGULAR
           : S_ISDIR(status.st_mode) ? WEFT_FILE_DIRECTORY
           : S_ISLNK(status.st_mode) ? WEFT_FILE_LINK
                                     : WEFT_FILE_OTHER;
}

/* Most file systems tell at once; the others are asked for each. */
static enum weft_file_kind kind_of_dir_entry(DIR *stream,
                                             const struct dirent *entry)
{
#if defined(DT_REG)
    switch (entry->d_type) {
    case DT_REG:
        return WEFT_FILE_REGULAR;
    case DT_DIR:
        return WEFT_FILE_DIRECTORY;
    case DT_LNK:
        return WEFT_FILE_LINK;
    case DT_UNKNOWN:
        break;
    default:
        return WEFT_FILE_OTHER;
    }
#endif
    return kind_of_dir_name(stream, entry->d_name);
}

static bool is_dot_or_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* As many names as have room, each behind its kind. */
static int read_dir_job(void *arg)
{
    struct weft_scandir *dir = arg;
    const size_t largest = sizeof(((struct dirent *)0)->d_name) + 1;

    dir->used = dir->next = 0;
    while (sizeof dir->names - dir->used >= largest) {
        const struct dirent *entry;
        size_t size;

        errno = 0;
        entry = readdir(dir->stream);
        if (entry == NULL) {
            return -errno;
        }
        if (is_dot_or_dots(entry->d_name)) {
            continue;
        }
        size = strlen(entry->d_name) + 1;
        dir->names[dir->used] = (char)kind_of_dir_entry(dir->stream, entry);
        memcpy(dir->names + dir->used + 1, entry->d_name, size);
        dir->used += size + 1;
    }
    return 0;
}

/* ---- One directory ---- */

static struct weft_dir_entry next_dir_entry(struct weft_scandir *dir)
{
    struct weft_dir_entry entry;

    entry.kind = (enum weft_file_kind)dir->names[dir->next];
    entry.name = dir->names + dir->next + 1;
    dir->next += strlen(entry.name) + 2;
    return entry;
}

struct weft_async weft_scandir(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_scandir);
    ASYNC_AWAIT(
        weft_run_in_executor(&self->job, self->executor, open_dir_job, self));
    do {
        ASYNC_AWAIT(weft_run_in_executor(&self->job, self->executor,
                                         read_dir_job, self));
        while (self->next < self->used) {
            ASYNC_YIELD(next_dir_entry(self));
        }
    } while (self->used > 0);
    ASYNC_FINALLY
    if (self->stream != NULL) {
        closedir(self->stream); /* waits for nothing */
        self->stream = NULL;
    }
    ASYNC_END;
}

/* ---- All below ---- */

/* A directory of a walk that was found and not read yet. */
struct weft_walk_dir_ {
    struct weft_walk_dir_ *next;
    unsigned depth;
    size_t size; /* of this struct */
    char path[];
};

static int add_walk_dir(struct weft_walk *walk, const char *path,
                        unsigned depth)
{
    size_t length = strlen(path) + 1;
    size_t size = sizeof(struct weft_walk_dir_) + length;
    struct weft_walk_dir_ *dir =
        weft_allocate_(weft_loop_current_->allocator, size);

    if (dir == NULL) {
        return WEFT_ENOMEM;
    }
    dir->next = NULL;
    dir->depth = depth;
    dir->size = size;
    memcpy(dir->path, path, length);
    if (walk->last != NULL) {
        walk->last->next = dir;
    } else {
        walk->current = dir;
    }
    walk->last = dir;
    return 0;
}

static void drop_walk_dir(struct weft_walk *walk)
{
    struct weft_walk_dir_ *dir = walk->current;

    walk->current = dir->next;
    if (dir->next == NULL) {
        walk->last = NULL;
    }
    weft_free_(weft_loop_current_->allocator, dir, dir->size);
}

/* The entry's whole path, and the entry among the directories to come. */
static int look_at_dir_entry(struct weft_walk *walk)
{
    const struct weft_walk_dir_ *dir = walk->current;
    const struct weft_dir_entry *entry = &walk->dir.value;
    size_t length = strlen(dir->path);
    size_t size = strlen(entry->name) + 1;

    if (length + 1 + size > sizeof walk->text) {
        return -ENAMETOOLONG;
    }
    memcpy(walk->text, dir->path, length);
    if (length > 0 && dir->path[length - 1] != '/') {
        walk->text[length++] = '/';
    }
    memcpy(walk->text + length, entry->name, size);
    return entry->kind == WEFT_FILE_DIRECTORY
               ? add_walk_dir(walk, walk->text, dir->depth + 1)
               : 0;
}

static struct weft_walk_entry make_walk_entry(struct weft_walk *walk)
{
    struct weft_walk_entry entry;

    entry.path = walk->text;
    entry.name = strrchr(walk->text, '/');
    entry.name = entry.name != NULL ? entry.name + 1 : walk->text;
    entry.kind = walk->dir.value.kind;
    entry.depth = walk->current->depth;
    return entry;
}

struct weft_async weft_walk(struct weft_frame *frame)
{
    int status;

    ASYNC_BEGIN(weft_walk);
    status = add_walk_dir(self, self->path, 0);
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    while (self->current != NULL) {
        ASYNC_GENERATOR(&self->dir, weft_scandir, .path = self->current->path,
                        .executor = self->executor);
        ASYNC_TRY {
            ASYNC_FOR(&self->dir) {
                status = look_at_dir_entry(self);
                if (status < 0) {
                    self->is_below = false; /* not the directory's */
                    ASYNC_RAISE(status);
                }
                ASYNC_YIELD(make_walk_entry(self));
            }
        }
        ASYNC_CATCH(self->error) {
            if (!self->is_below) {
                ASYNC_RAISE(self->error);
            }
            self->unreadable++;
        }
        self->is_below = true;
        drop_walk_dir(self);
    }
    ASYNC_FINALLY
    while (self->current != NULL) {
        drop_walk_dir(self);
    }
    weft_close(&self->dir.frame);
    ASYNC_END;
}
