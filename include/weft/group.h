/* group.h - tasks that live and end together.
 *
 * Python   asyncio.TaskGroup, with the cancel() of Python 3.15
 * Memory   one struct; a struct weft_child of 56 bytes a task, in the same
 *          allocation for weft_group_spawn
 * Moving   not between entering and weft_group_clear
 * Errors   WEFT_EGROUP from the block when a task or the block itself failed;
 *          WEFT_EINVALIDSTATE for a task added before entering, after the end,
 *          or while the group shuts down; WEFT_EINVALIDSTATE for entering
 *          twice; WEFT_EDEADLOCK for adding the task that entered; WEFT_ENOMEM
 *
 *     struct weft_group group;                  in the coroutine's struct
 *
 *     ASYNC_TRY {
 *         ASYNC_WITH(&self->group, weft_group(&self->group)) {
 *             weft_task_release(weft_group_spawn(&self->group, load, .id = 1));
 *             weft_task_release(weft_group_spawn(&self->group, load, .id = 2));
 *         }                                     both are done here
 *     } ASYNC_CATCH(self->err) {
 *         for (struct weft_task *task = weft_group_errors(&self->group, NULL);
 *              task != NULL;
 *              task = weft_group_errors(&self->group, task))
 *             ... weft_task_error(task) ...
 *         weft_group_clear(&self->group);
 *     }
 *
 * The first task that fails cancels the others and the block. A task that is
 * only cancelled is no failure.
 */
#ifndef WEFT_GROUP_H
#define WEFT_GROUP_H

#include "weft/context.h"
#include "weft/task.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_group {
    struct weft_with with;     /* private: for ASYNC_WITH                   */
    struct weft_task *parent;  /* private: who entered                      */
    struct weft_list children; /* private: not done, oldest first           */
    struct weft_list failed;   /* private: in the order of their ends       */
    int body_error;            /* read-only: what the block raised, or 0;
                                  WEFT_ENOMEM for want of a task            */
    bool is_entered, is_exiting, is_aborting, is_waiting; /* private        */
    bool cancelled_parent; /* private: we asked our parent to stop      */
    bool is_cancelled;     /* private: before it was entered            */
    bool propagates;       /* private: a cancellation came from outside */
    bool was_interrupted;  /* private: cancelled while it waited        */
};

/* One task of a group, for weft_group_add. */
struct weft_child { /* private */
    struct weft_entry entry;
    struct weft_node node;
    struct weft_task *task;
    struct weft_group *group;
};

/* For ASYNC_WITH. Forgets the errors of an earlier use. */
struct weft_op weft_group(struct weft_group *group) WEFT_MUST_AWAIT_;

/* A new task in the group: `name` and its members as for SPAWN, with the same
 * reference to be released. NULL when it is not allowed now, and when out of
 * memory: then the group fails as by a task, with WEFT_ENOMEM. */
#define weft_group_spawn(group, ...) \
    weft_group_spawn_with_(group, __VA_ARGS__, .frame = {0})
#define weft_group_spawn_with_(group, name, ...)                          \
    weft_group_spawn_((group), (name), &(struct name){__VA_ARGS__}.frame, \
                      sizeof(struct name))

/* Put a task of yours into the group, just started: in static memory, say, or
 * eagerly. If it is not allowed now, the task is cancelled before its first
 * line. An eager one that has begun is taken while the group shuts down, too,
 * and cancelled: so the block waits for it. */
int weft_group_add(struct weft_group *group, struct weft_child *child,
                   struct weft_task *task);

/* Cancel all tasks and the block, and end the block without an error. Before
 * entering: as soon as it is entered. After the end: nothing. */
void weft_group_cancel(struct weft_group *group);

/* The failed tasks, in the order of their ends: NULL gives the first, and the
 * result is NULL after the last. They stay until weft_group_clear. */
struct weft_task *weft_group_errors(const struct weft_group *group,
                                    const struct weft_task *after);

/* Why: the error of the first of them, else body_error. */
int weft_group_error(const struct weft_group *group);

/* Let go of the failed tasks. */
void weft_group_clear(struct weft_group *group);

struct weft_task *weft_group_spawn_(
    struct weft_group *group, struct weft_async (*resume)(struct weft_frame *),
    const struct weft_frame *initial, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_GROUP_H */
