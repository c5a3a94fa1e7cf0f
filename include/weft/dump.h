/* dump.h - what every task is doing, in words.
 *
 * Python   Task.get_stack, Task.print_stack; asyncio.capture_call_graph and
 *          `python -m asyncio pstree` of Python 3.14
 * Memory   none, but for a while two small records a task in weft_dump
 *
 *     weft_dump(weft_loop_running(), stderr);
 *
 * prints the tasks that are not done, oldest first, each with the tasks that
 * it awaits below it
 *
 *     Task-1 waits for gather, 0.50 s so far
 *       at app.c:60 in program
 *       Task-2 waits for sleep, 0.50 s so far, 1.500 s to go
 *         at app.c:31 in fetch, awaited by app.c:52 in worker
 *       Task-3 waits for lock, 0.25 s so far
 *         at app.c:44 in store
 *
 * The lines are the frames' own states, so this costs a running program
 * nothing.
 */
#ifndef WEFT_DUMP_H
#define WEFT_DUMP_H

#include <stdio.h>

#include "weft/loop.h"
#include "weft/task.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_frame;

struct weft_stack_level {
    const char *name; /* of the coroutine; static */
    const char *file; /* static */
    int line;         /* where it stopped; 0 before its first await */
};

/* The await levels of a task that is not done, innermost first: fills in at
 * most `count` and returns how many there are. O(depth). */
size_t weft_task_stack(struct weft_task *task, struct weft_stack_level *levels,
                       size_t count);

/* What the task waits for: "sleep", "queue get", ...; "turn" when it only has
 * to be its turn. Static. */
const char *weft_task_waits_for(const struct weft_task *task);

/* How long it has been waiting there, to about a millisecond; 0 when it only
 * has to be its turn. Longer than 26 days begins again at 0. */
weft_ticks weft_task_waited(const struct weft_task *task);

/* Who waits for the future or for the task's end: fills in at most `count`, in
 * the order in which they began, and returns how many there are. The parent of
 * a group counts for each of the group's tasks. O(callbacks). */
size_t weft_future_awaiters(struct weft_future *future,
                            struct weft_task **awaiters, size_t count);

static inline size_t weft_task_awaiters(struct weft_task *task,
                                        struct weft_task **awaiters,
                                        size_t count)
{
    return weft_future_awaiters(&task->future, awaiters, count);
}

/* One task, as above. */
void weft_task_print_stack(struct weft_task *task, FILE *stream);

/* All tasks of the loop that are not done, as a tree. A task that several await
 * is shown once and named again. O(n log n). */
void weft_dump(struct weft_loop *loop, FILE *stream);

/* Between files: "file:line in name, awaited by ..." from a frame outward, cut
 * to `size`; returns the length as snprintf does. */
int weft_frame_format_(struct weft_frame *frame, char *buffer, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_DUMP_H */
