/* files.h - a folder for one test, and a loop on the real driver.
 *
 *     files_open();
 *     ... files_path("name") ...
 *     files_close();      checks that no descriptor is left
 */
#ifndef FILES_H
#define FILES_H

#include <sys/stat.h>

#include "threads.h"

static struct real real;
static char files_folder[64];

static inline void files_make_folder(void)
{
    const char *place = getenv("TMPDIR");

    snprintf(files_folder, sizeof files_folder, "%s/weft-XXXXXX",
             place != NULL && strlen(place) < 40 ? place : "/tmp");
    CHECK(mkdtemp(files_folder) != NULL);
}

static inline void files_open(void)
{
    files_make_folder();
    real_open(&real);
    real.world.loop.poll_turns = 1;
}

/* Four of them are good at the same time. */
static inline const char *files_path(const char *name)
{
    static char paths[4][128];
    static int next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", files_folder, name);
    return path;
}

static inline void files_write(const char *name, const char *text)
{
    FILE *file = fopen(files_path(name), "w");

    if (CHECK(file != NULL)) {
        fputs(text, file);
        fclose(file);
    }
}

static inline void files_drop_folder(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf '%s'", files_folder);
    CHECK_INT(system(command), 0);
}

static inline void files_close(void)
{
    real_close(&real);
    files_drop_folder();
}

#define FILES_RUN(...) ASYNC_RUN_IN(&real.world.loop, __VA_ARGS__)

static inline void files_finish(struct weft_task *task, int outcome)
{
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task), outcome);
    weft_task_release(task);
}

/* Reads to the end. */
struct reading {
    struct weft_frame frame;
    struct weft_file file;
    char data[5000];
    size_t total;
};

static inline async reading(struct weft_frame *frame)
{
    ASYNC_BEGIN(reading);
    do {
        AWAIT(weft_file_read(&self->file, self->data, sizeof self->data));
        self->total += (size_t)frame->value;
    } while (frame->value > 0);
    trace("%zu read", self->total);
    ASYNC_FINALLY
    AWAIT(weft_file_close(&self->file));
    ASYNC_END;
}

#endif /* FILES_H */
