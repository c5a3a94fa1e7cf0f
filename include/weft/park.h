/* park.h - how a primitive makes a task wait. You need this to write one.
 *
 * Python   `fut = loop.create_future(); waiters.append(fut); await fut`, and
 *          the try/finally around it
 * Memory   none: a task waits for one thing at a time, and carries the record
 *          of that one wait in itself
 * Errors   WEFT_ENOTASK outside of a task; starting a second operation before
 *          the first was awaited traps
 *
 *     static const struct weft_wait_kind event_wait = {
 *         {weft_task_run_, "event", weft_task_itself_}, NULL, weft_task_withdraw_};
 *
 *     struct weft_op weft_event_wait(struct weft_event *event)
 *     {
 *         if (event->is_set)
 *             return weft_op_(0);
 *         return weft_task_park_(&event_wait, &event->waiters, event, NULL);
 *     }
 *
 * A waiter is linked in its primitive's list exactly until it is woken or
 * withdrawn; from then it is in the loop's ready list.
 */
#ifndef WEFT_PARK_H
#define WEFT_PARK_H

#include "weft/step.h"
#include "weft/time.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One for each thing a task can wait for, static and constant. */
struct weft_wait_kind {
    /* run: weft_task_run_, unless something comes before the task does. The
     * name is what a dump shows. */
    struct weft_kind kind;

    /* The task's turn has come: with 0, or with WEFT_ECANCELLED. Says what the
     * await gives, or parks again and gives WEFT_PENDING_. NULL: `status`. */
    int (*resume)(struct weft_task *task, int status);

    /* The task is being cancelled while it waits, and was not woken. True if
     * that will wake it, and it will be given WEFT_ECANCELLED then. False or
     * NULL: it is given that whenever it goes on. */
    bool (*cancel)(struct weft_task *task);
};

/* From the entry's node in a primitive's list to the task. */
#define WEFT_TASK_OF_(entry_node) \
    WEFT_OWNER(entry_node, struct weft_task, alarm.entry.node)

/* For a wait's kind: the task whose entry it is. */
struct weft_task *weft_task_itself_(struct weft_entry *entry);

/* Park the current task: at the end of `list`, if there is one. `object` and
 * `out` are for the kind's functions, in task->object and task->wait.out.
 * Gives what the operation returns. O(1). */
struct weft_op weft_task_park_(const struct weft_wait_kind *wait,
                               struct weft_list *list, void *object, void *out);

/* In a resume function: park again, at the end of `list`. */
int weft_task_park_again_(struct weft_task *task,
                          const struct weft_wait_kind *wait,
                          struct weft_list *list);

/* What it waited for has happened: out of its list, and into the next turn. */
void weft_task_wake_(struct weft_task *task);

/* Wake the oldest of a list; false if it is empty. */
bool weft_task_wake_first_(struct weft_list *list);

/* The cancel function of a wait in a list or for an alarm: leave it, and run
 * in the next turn. Always true. */
bool weft_task_withdraw_(struct weft_task *task);

/* Is it one of the loop's tasks that are not done? O(tasks). */
bool weft_loop_owns_(const struct weft_loop *loop,
                     const struct weft_task *task);

/* May the current task wait for this one, as far as can be told? Another loop's
 * it must not. Nor may it stand in a list behind a task of another loop. */
bool weft_task_is_foreign_(const struct weft_task *task);
bool weft_list_is_foreign_(const struct weft_list *list);

/* Trap if a task of another loop waits in the list: waking it from here would
 * run it in the wrong loop, or never. */
void weft_list_check_(const struct weft_list *list);

/* In a resume function: was the task woken before it was cancelled? */
bool weft_task_was_woken_(const struct weft_task *task);

/* What a task is said to wait for while it runs, and while it takes a turn:
 * both times it is not parked. A new task takes a turn before it begins. */
extern const struct weft_wait_kind weft_turn_wait_;

static inline bool weft_task_is_parked_(const struct weft_task *task)
{
    return task->alarm.entry.kind != &weft_turn_wait_.kind;
}

/* The running task does not wait after all: it was in no list yet. */
static inline void weft_task_unpark_(struct weft_task *task)
{
    task->alarm.entry.kind = &weft_turn_wait_.kind;
}

/* What it waits for or is about to go on from; NULL before its start. */
static inline const struct weft_wait_kind *weft_task_wait_(
    const struct weft_task *task)
{
    return (const struct weft_wait_kind *)(const void *)task->alarm.entry.kind;
}

#if WEFT_TICKS_PER_SECOND >= 100000000
#define WEFT_WAIT_SHIFT_ 20
#elif WEFT_TICKS_PER_SECOND >= 100000
#define WEFT_WAIT_SHIFT_ 10
#else
#define WEFT_WAIT_SHIFT_ 0
#endif

/* When a wait began, for dumps: in about milliseconds, 31 bits of them. It is
 * in the innermost frame's value. */
static inline int weft_wait_moment_(weft_ticks now)
{
    return (int)(now >> WEFT_WAIT_SHIFT_ & INT_MAX);
}

/* Flags of a task, above the two bits of its future's state. */
enum {
    WEFT_TASK_MUST_CANCEL_ = 4, /* WEFT_ECANCELLED is due at its next chance */
    WEFT_TASK_WITHDRAWN_ = 8,   /* a cancel took it out of its wait          */
    WEFT_TASK_WOKEN_ = 16,      /* what it waited for has happened           */
    WEFT_TASK_NAMED_ = 32,
    WEFT_TASK_SEEN_ = 64,     /* somebody looked at its error              */
    WEFT_TASK_CLIMBING_ = 128 /* object is a failed frame                  */
};

static inline bool weft_task_has_(const struct weft_task *task, int flags)
{
    return (task->future.state & flags) != 0;
}

static inline void weft_task_set_(struct weft_task *task, int flags)
{
    task->future.state = (unsigned char)(task->future.state | flags);
}

static inline void weft_task_clear_(struct weft_task *task, int flags)
{
    task->future.state = (unsigned char)(task->future.state & ~flags);
}

#ifdef __cplusplus
}
#endif

#endif /* WEFT_PARK_H */
