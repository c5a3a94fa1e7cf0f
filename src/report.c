/* report.c - an error, and the way it climbed. */
#include "weft/report.h"

#include <stdio.h>
#include <string.h>

#include "weft/task.h"

enum { REPORT_DEPTH = 16, REPORT_SIZE = 2048 };

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* snprintf to the end of what is there; counts on when it is full. */
#define APPEND(...)                                                         \
    (used += snprintf((size_t)used < size ? buffer + used : NULL,           \
                      (size_t)used < size ? size - (size_t)used : 0,        \
                      __VA_ARGS__))

int weft_report_format(struct weft_task *task, char *buffer, size_t size)
{
    struct weft_frame *frame = weft_task_origin(task);
    int code = task->future.error;
    char name[64];
    int used = 0;

    APPEND("%s failed: %s \"%s\"",
           weft_task_get_name(task, name, sizeof name), weft_error_name(code),
           weft_error_message(code));
    for (int depth = 0; frame != NULL && depth < REPORT_DEPTH; depth++) {
        struct weft_site site = weft_frame_site(frame);

        APPEND("%s%s:%d in %s", depth == 0 ? "\n  at " : ", awaited by ",
               base_name(site.file), weft_frame_line(frame), site.name);
        frame = frame->caller;
    }
    return used;
}

void weft_report_print(struct weft_loop *loop,
                       const struct weft_report *report)
{
    char text[REPORT_SIZE];

    (void)loop;
    if (report->task != NULL) {
        weft_report_format(report->task, text, sizeof text);
    } else {
        snprintf(text, sizeof text, "%s \"%s\"",
                 weft_error_name(report->error),
                 weft_error_message(report->error));
    }
    fprintf(stderr, "weft: %s\n  %s\n", report->message, text);
}
