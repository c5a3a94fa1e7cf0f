/* dump.c - tasks, what they wait for, and where. */
#include "weft/dump.h"

#include "weft/park.h"

enum { DUMP_DEPTH = 16, DUMP_SIZE = 2048 };

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

int weft_frame_format_(struct weft_frame *frame, char *buffer, size_t size)
{
    size_t used = 0;

    for (int depth = 0; frame != NULL && depth < DUMP_DEPTH; depth++) {
        struct weft_site site = weft_frame_site(frame);
        int count = snprintf(
            used < size ? buffer + used : NULL, used < size ? size - used : 0,
            "%s%s:%d in %s", used == 0 ? "" : ", awaited by ",
            file_name(site.file), weft_frame_line(frame), site.name);

        used += count > 0 ? (size_t)count : 0;
        frame = frame->caller;
    }
    return (int)used;
}

size_t weft_task_stack(struct weft_task *task, struct weft_stack_level *levels,
                       size_t count)
{
    size_t depth = 0;

    for (struct weft_frame *frame = task->frame;
         frame != NULL && !weft_task_done(task); frame = frame->caller) {
        if (depth < count) {
            struct weft_site site = weft_frame_site(frame);

            levels[depth].name = site.name;
            levels[depth].file = site.file;
            levels[depth].line = weft_frame_line(frame);
        }
        depth++;
    }
    return depth;
}

const char *weft_task_waits_for(const struct weft_task *task)
{
    if (weft_task_done(task)) {
        return "its release";
    }
    return task == weft_current_task() ? "nothing: it runs"
                                       : task->alarm.entry.kind->name;
}

void weft_task_print_stack(struct weft_task *task, FILE *stream)
{
    struct weft_loop *loop = weft_loop_current();
    const char *what = weft_task_waits_for(task);
    char text[DUMP_SIZE];

    fprintf(stream, "%s waits for %s",
            weft_task_get_name(task, text, sizeof text), what);
    if (loop != NULL && strcmp(what, "sleep") == 0 &&
        weft_alarm_is_set(&task->alarm)) {
        weft_ticks when = weft_heap_when(&loop->alarms, &task->alarm);

        fprintf(stream, ", %.3f s more",
                weft_seconds_from(when - weft_loop_ticks(loop)));
    }
    fprintf(stream, "\n");
    if (!weft_task_done(task)) {
        weft_frame_format_(task->frame, text, sizeof text);
        fprintf(stream, "  at %s\n", text);
    }
}

void weft_dump(struct weft_loop *loop, FILE *stream)
{
    for (struct weft_task *task = weft_all_tasks(loop, NULL); task != NULL;
         task = weft_all_tasks(loop, task)) {
        weft_task_print_stack(task, stream);
    }
}
