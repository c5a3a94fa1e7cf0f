/* test_scandir.c - every entry once, however many there are. */
#include "files.h"

enum { MOST = 600 };

/* Names as they come, then sorted: their order is the system's. */
struct names {
    char names[MOST][128];
    int count;
};

static struct names found;

static void find(const char *name, enum weft_file_kind kind)
{
    snprintf(found.names[found.count++], sizeof found.names[0], "%s %c", name,
             "fdlo"[kind]);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void trace_found(void)
{
    qsort(found.names, (size_t)found.count, sizeof found.names[0],
          compare_names);
    for (int i = 0; i < found.count; i++) {
        trace("%s", found.names[i]);
    }
    found.count = 0;
}

struct scan {
    struct weft_frame frame;
    struct weft_scandir dir;
    const char *path;
    bool leaves;
};

static async scan(struct weft_frame *frame)
{
    ASYNC_BEGIN(scan);
    ASYNC_GENERATOR(&self->dir, weft_scandir, .path = self->path);
    ASYNC_FOR(&self->dir) {
        find(self->dir.value.name, self->dir.value.kind);
        if (self->leaves) {
            break;
        }
    }
    ASYNC_FINALLY
    AWAIT(weft_aclose(&self->dir.frame));
    ASYNC_END;
}

static void entries_have_names_and_kinds(void)
{
    files_open();
    files_write("file", "");
    CHECK_INT(mkdir(files_path("dir"), 0700), 0);
    CHECK_INT(mkfifo(files_path("pipe"), 0600), 0);
    CHECK_INT(symlink("dir", files_path("link")), 0);
    CHECK_INT(FILES_RUN(scan, .path = files_folder), 0);
    trace_found();
    CHECK_TRACE("dir d, file f, link l, pipe o");
    CHECK_INT(FILES_RUN(scan, .path = files_path("dir")), 0);
    CHECK_INT(found.count, 0);
    CHECK_INT(FILES_RUN(scan, .path = files_path("none")), -ENOENT);
    CHECK_INT(FILES_RUN(scan, .path = files_path("file")), -ENOTDIR);
    files_close();
}

/* More than come at a time, and names of every length. */
static void a_large_directory_comes_whole(void)
{
    char name[64];

    files_open();
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "%0*d", 3 + i % 50, i);
        files_write(name, "");
    }
    CHECK_INT(FILES_RUN(scan, .path = files_folder), 0);
    CHECK_INT(found.count, 500);
    qsort(found.names, 500, sizeof found.names[0], compare_names);
    for (int i = 1; i < 500; i++) {
        CHECK(strcmp(found.names[i - 1], found.names[i]) < 0);
    }
    found.count = 0;
    files_close();
}

static void it_may_be_left_before_its_end(void)
{
    files_open();
    files_write("a", "");
    files_write("b", "");
    CHECK_INT(FILES_RUN(scan, .path = files_folder, .leaves = true), 0);
    CHECK_INT(found.count, 1);
    found.count = 0;
    files_close();
}

/* ---- All below ---- */

struct walk {
    struct weft_frame frame;
    struct weft_walk walk;
    const char *path;
    unsigned depth;
    size_t unreadable;
};

static async walk(struct weft_frame *frame)
{
    ASYNC_BEGIN(walk);
    ASYNC_GENERATOR(&self->walk, weft_walk, .path = self->path);
    ASYNC_FOR(&self->walk) {
        CHECK(strncmp(self->walk.value.path, self->path, strlen(self->path)) ==
              0);
        CHECK_STR(strrchr(self->walk.value.path, '/') + 1,
                  self->walk.value.name);
        CHECK(self->walk.value.depth >= self->depth);
        self->depth = self->walk.value.depth;
        find(self->walk.value.path + strlen(self->path) + 1,
             self->walk.value.kind);
    }
    self->unreadable = self->walk.unreadable;
    trace("depth %u, %zu unreadable", self->depth, self->unreadable);
    ASYNC_FINALLY
    AWAIT(weft_aclose(&self->walk.frame));
    ASYNC_END;
}

static void make_tree(void)
{
    files_write("top", "");
    mkdir(files_path("a"), 0700);
    mkdir(files_path("b"), 0700);
    mkdir(files_path("a/c"), 0700);
    files_write("a/one", "");
    files_write("a/c/two", "");
    symlink("..", files_path("a/c/loop"));
}

static void a_walk_sees_all_below_and_follows_no_link(void)
{
    files_open();
    make_tree();
    CHECK_INT(FILES_RUN(walk, .path = files_folder), 0);
    CHECK_TRACE("depth 2, 0 unreadable");
    trace_found();
    CHECK_TRACE("a d, a/c d, a/c/loop l, a/c/two f, a/one f, b d, top f");
    CHECK_INT(FILES_RUN(walk, .path = files_path("none")), -ENOENT);
    files_close();
}

/* One that goes away between being seen and being read. */
struct vanishing {
    struct weft_frame frame;
    struct weft_walk walk;
};

static async vanishing(struct weft_frame *frame)
{
    ASYNC_BEGIN(vanishing);
    ASYNC_GENERATOR(&self->walk, weft_walk, .path = files_folder);
    ASYNC_FOR(&self->walk) {
        CHECK_INT(rmdir(self->walk.value.path), 0);
    }
    CHECK_INT(self->walk.unreadable, 1);
    CHECK_INT(self->walk.error, -ENOENT);
    trace("walked");
    ASYNC_FINALLY
    AWAIT(weft_aclose(&self->walk.frame));
    ASYNC_END;
}

static void a_directory_that_cannot_be_read_is_counted(void)
{
    files_open();
    mkdir(files_path("gone"), 0700);
    CHECK_INT(FILES_RUN(vanishing), 0);
    CHECK_TRACE("walked");
    files_close();
}

static void walk_in(struct real *here)
{
    int status = ASYNC_RUN_IN(&here->world.loop, walk, .path = files_folder);

    CHECK(status == 0 || status == WEFT_ENOMEM);
    found.count = 0;
}

static void a_walk_fails_cleanly_without_memory(void)
{
    files_make_folder();
    make_tree();
    CHECK(real_sweep_memory(walk_in) > 6);
    files_drop_folder();
}

/* Wherever it is cancelled, no directory stays open. */
static void a_walk_can_be_cancelled_anywhere(void)
{
    struct weft_task *task;
    bool was_cancelled = true;

    files_open();
    make_tree();
    for (int turns = 0; was_cancelled; turns++) {
        task = SPAWN(walk, .path = files_folder);
        for (int turn = 0; turn < turns && !weft_task_done(task); turn++) {
            real_turn(&real);
            sched_yield();
        }
        weft_task_cancel(task);
        weft_loop_run_until_complete(&real.world.loop, task);
        was_cancelled = weft_task_cancelled(task);
        weft_task_release(task);
        found.count = 0;
        check_trace[0] = '\0';
    }
    files_close();
}

#define TESTS(X)                                  \
    X(entries_have_names_and_kinds)               \
    X(a_large_directory_comes_whole)              \
    X(it_may_be_left_before_its_end)              \
    X(a_walk_sees_all_below_and_follows_no_link)  \
    X(a_directory_that_cannot_be_read_is_counted) \
    X(a_walk_fails_cleanly_without_memory)        \
    X(a_walk_can_be_cancelled_anywhere)
TEST_MAIN(TESTS)
