/* task.h - a coroutine that runs by itself.
 *
 * Python   asyncio.Task
 * Memory   112 bytes (64-bit); SPAWN allocates it together with the
 *          coroutine's struct, START takes memory of yours
 * Moving   not until it is done and released
 * Errors   WEFT_EALREADY, WEFT_ENOMEM, WEFT_ENOLOOP when starting;
 *          WEFT_EINVALIDSTATE when asked for a result it does not have
 *
 *     struct weft_task *task = SPAWN(fetch_user, .id = 7);
 *
 *     AWAIT(weft_join(task));                   raises the task's error
 *     printf("%s\n", WEFT_RESULT(task, fetch_user).name);
 *     weft_task_release(task);
 *
 * Who spawns a task owns a reference to it, and releases it: after awaiting
 * it, or at once to let it run alone. The loop holds a reference of its own
 * until the task is done, so a running task is never lost. An error that
 * nobody looked at goes to the loop's on_error at the release.
 */
#ifndef WEFT_TASK_H
#define WEFT_TASK_H

#include "weft/future.h"
#include "weft/heap.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_loop;

/* Half the width of a pointer: two counts fit where one pointer does. */
#if UINTPTR_MAX > 0xffffffffu
typedef uint32_t weft_half_;
#elif UINTPTR_MAX > 0xffffu
typedef uint16_t weft_half_;
#else
typedef uint8_t weft_half_;
#endif

struct weft_task {             /* all zero: never started */
    struct weft_future future; /* private: first; a task is a future       */
    struct weft_frame *frame;  /* read-only: the innermost; the root's when
                                  the task is done                         */
    struct weft_alarm alarm;   /* private: its place in a list, in the ready
                                  queue, and among the alarms              */

    /* private: the one thing it waits for. While it climbs out of failed
     * coroutines: the first of them, and who awaited the latest. */
    void *object;
    union {
        void *out;
        struct {
            weft_half_ count, left;
        } many;
    } wait;

    struct weft_node live; /* private: in the loop's tasks           */
    union {
        const char *text; /* flag NAMED */
        uintptr_t number;
    } name; /* private */
};

/* Done: returned, failed or cancelled. O(1), like all questions here. */
static inline bool weft_task_done(const struct weft_task *task)
{
    return weft_future_done(&task->future);
}

static inline bool weft_task_cancelled(const struct weft_task *task)
{
    return weft_future_cancelled(&task->future);
}

/* 0 after success, or the negative code; WEFT_EINVALIDSTATE while it runs. An
 * error counts as seen after this. */
int weft_task_error(struct weft_task *task);

/* Ask it to stop: WEFT_ECANCELLED is delivered where it waits, in the next
 * turn, or at its next suspension. False if it is done. asyncio's Task.cancel
 * in all its cases. O(1), plus O(log alarms) for a sleeper. */
bool weft_task_cancel(struct weft_task *task);

/* Requests not taken back (255 at most), and taking one back; the count left.
 * At 0 a request that was not delivered yet is dropped. */
unsigned weft_task_cancelling(const struct weft_task *task);
unsigned weft_task_uncancel(struct weft_task *task);

/* The task whose step is running in this thread; NULL in plain callbacks. */
struct weft_task *weft_current_task(void);

/* Walk the tasks of a loop that are not done, oldest first: NULL gives the
 * first, and the result is NULL after the last. */
struct weft_task *weft_all_tasks(struct weft_loop *loop,
                                 struct weft_task *after);

/* Its name, written to `buffer` and cut to `size`: "Task-N" unless set.
 * The text set must outlive the task. */
const char *weft_task_get_name(const struct weft_task *task, char *buffer,
                               size_t size);
void weft_task_set_name(struct weft_task *task, const char *name);

/* Call callback(arg) in the turn after it is done. */
static inline int weft_task_add_done_callback(struct weft_task *task,
                                              struct weft_handle *handle,
                                              void (*callback)(void *arg),
                                              void *arg)
{
    return weft_future_add_done_callback(&task->future, handle, callback, arg);
}

static inline bool weft_task_remove_done_callback(struct weft_task *task,
                                                  struct weft_handle *handle)
{
    return weft_future_remove_done_callback(&task->future, handle);
}

/* Give the reference back. A task that is done is freed, if SPAWN made it;
 * another is freed when it is done. NULL is allowed. O(1). */
void weft_task_release(struct weft_task *task);

/* The root coroutine's frame. O(depth). */
struct weft_frame *weft_task_frame(const struct weft_task *task);

/* The innermost frame of a failed task's climb, where the error was raised;
 * its callers lead to the root. NULL if it did not fail. Of a task that runs:
 * the same for an error that it has just caught. Valid until the
 * release. Of a task that SPAWN made, the root if that frame lies outside of
 * its memory, for it may be gone. */
struct weft_frame *weft_task_origin(const struct weft_task *task);

/* Before a coroutine frees or reuses the struct of one that it called and that
 * has failed, with the error still on its way: the task's origin is then the
 * coroutine that does so. Structs inside of the caller's need no such care. */
void weft_forget_origin(void);

/* Run the loop until the task is done, and give its outcome: 0 or its negative
 * code, which counts as seen. WEFT_ESTOPPED when something else stopped the
 * loop; WEFT_EOTHERLOOP for a task of another, where that can be told;
 * WEFT_EALREADY, WEFT_ECLOSED, WEFT_EDEADLOCK as from a run. */
int weft_loop_run_until_complete(struct weft_loop *loop,
                                 struct weft_task *task);

/* Between files, and for the macros. */
void weft_task_seen_(struct weft_task *task);
void weft_task_free_(struct weft_task *task);

/* Does it point into the memory of a task that SPAWN made? Of another's no
 * size is known: true. */
bool weft_task_contains_(const struct weft_task *task, const void *pointer);

/* One more reference. A count that is full stays so, and the task is then
 * freed when the loop closes. */
static inline void weft_task_hold_(struct weft_task *task)
{
    if (task->future.references < UCHAR_MAX) {
        task->future.references++;
    }
}

/* One less: weft_task_release of a task that has one. */
static inline void weft_task_drop_(struct weft_task *task)
{
    if (task->future.references < UCHAR_MAX && --task->future.references == 0) {
        weft_task_free_(task);
    }
}

static inline bool weft_task_startable_(const struct weft_task *task,
                                        const struct weft_frame *frame)
{
    return task->future.references == 0 && !weft_frame_is_running(frame);
}

int weft_task_start_(struct weft_task *task, struct weft_frame *frame,
                     struct weft_async (*resume)(struct weft_frame *));
struct weft_task *weft_task_spawn_(
    struct weft_async (*resume)(struct weft_frame *),
    const struct weft_frame *initial, size_t size);
void weft_task_finish_(struct weft_loop *loop, struct weft_task *task,
                       int outcome);
struct weft_op weft_task_next_(struct weft_frame *generator) WEFT_MUST_AWAIT_;

#ifdef __cplusplus
}
#endif

#endif /* WEFT_TASK_H */
