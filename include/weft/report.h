/* report.h - say in words what went wrong with a task.
 *
 * Python   the loop's default exception handler
 * Memory   none
 *
 *     loop.on_error = weft_report_print;        what ASYNC_RUN uses
 *
 * prints to stderr
 *
 *     weft: nobody looked at the error of a task
 *       Task-2 failed: ETIMEOUT "timed out"
 *       at app.c:31 in fetch, awaited by app.c:52 in worker
 */
#ifndef WEFT_REPORT_H
#define WEFT_REPORT_H

#include "weft/loop.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Write "Task-2 failed: ..." and where, from the innermost coroutine outward,
 * into `buffer`, cut to `size`. Only for a task that failed and is not
 * released. Returns the length it would have, as snprintf does. */
int weft_report_format(struct weft_task *task, char *buffer, size_t size);

/* An on_error for loops: prints to stderr. */
void weft_report_print(struct weft_loop *loop,
                       const struct weft_report *report);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_REPORT_H */
