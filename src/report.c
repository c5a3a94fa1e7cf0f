/* report.c - an error, and the way it climbed. */
#include "weft/report.h"

#include <stdio.h>

#include "weft/dump.h"
#include "weft/task.h"

enum { REPORT_SIZE = 2048 };

/* Of a task that goes on the error is one that it caught. */
static int format_failure(struct weft_task *task, int code, char *buffer,
                          size_t size)
{
    struct weft_frame *origin = weft_task_origin(task);
    char name[64];
    size_t used;
    int count;

    count = snprintf(buffer, size, "%s failed: %s \"%s\"%s",
                     weft_task_get_name(task, name, sizeof name),
                     weft_error_name(code), weft_error_message(code),
                     origin != NULL ? "\n  at " : "");
    used = count > 0 ? (size_t)count : 0;
    if (origin != NULL) {
        used += (size_t)weft_frame_format_(origin,
                                           used < size ? buffer + used : NULL,
                                           used < size ? size - used : 0);
    }
    return (int)used;
}

int weft_report_format(struct weft_task *task, char *buffer, size_t size)
{
    return format_failure(task, task->future.error, buffer, size);
}

void weft_report_print(struct weft_loop *loop, const struct weft_report *report)
{
    char text[REPORT_SIZE];

    (void)loop;
    if (report->error == 0) { /* a warning */
        fprintf(stderr, "weft: %s\n", report->message);
        if (report->task != NULL) {
            weft_task_print_stack(report->task, stderr);
        }
        return;
    }
    if (report->task != NULL) {
        format_failure(report->task, report->error, text, sizeof text);
    } else {
        snprintf(text, sizeof text, "%s \"%s\"", weft_error_name(report->error),
                 weft_error_message(report->error));
    }
    fprintf(stderr, "weft: %s\n  %s\n", report->message, text);
}
