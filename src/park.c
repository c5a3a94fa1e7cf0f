/* park.c - parking, waking and withdrawing a task. */
#include "weft/park.h"

#include "weft/loop.h"
#include "weft/trap.h"

WEFT_RARE_ static void trap_in(struct weft_task *task, const char *message)
{
    struct weft_site site = weft_frame_site(task->frame);

    weft_trap_(message, site.name, site.file, weft_frame_line(task->frame));
}

static const char woken_elsewhere[] =
    "its task was woken outside of its own loop";

/* Is it between the two, whichever of them is above? Then it is ahead of one
 * and behind the other. */
static inline bool is_between(uintptr_t place, uintptr_t here, uintptr_t there)
{
    return ((place - here) ^ (place - there)) > UINTPTR_MAX / 2;
}

/* Does one of them point into the C stack between the loop's run and here? What
 * lies there is gone when the coroutine returns to the loop. */
static inline bool is_local(const struct weft_loop *loop, const void *object,
                            const void *out)
{
    const char here = 0;
    uintptr_t top = (uintptr_t)&here;
    uintptr_t base = (uintptr_t)loop->stack_base;

    return is_between((uintptr_t)object, top, base) ||
           is_between((uintptr_t)out, top, base);
}

struct weft_task *weft_task_itself_(struct weft_entry *entry)
{
    return WEFT_OWNER(entry, struct weft_task, alarm.entry);
}

/* ---- Whose task it is, asked of guarded loops only ---- */

WEFT_RARE_ bool weft_loop_owns_(const struct weft_loop *loop,
                                const struct weft_task *task)
{
    const struct weft_node *node = weft_list_first(&loop->tasks);

    while (node != NULL && node != &task->live) {
        node = weft_list_next(&loop->tasks, node);
    }
    return node != NULL;
}

static bool is_foreign(const struct weft_task *task)
{
    const struct weft_loop *loop = weft_loop_current_;

    return weft_loop_is_guarded_(loop) && !weft_task_done(task) &&
           !weft_loop_owns_(loop, task);
}

bool weft_task_is_foreign_(const struct weft_task *task)
{
    return weft_current_task() != NULL && is_foreign(task);
}

bool weft_list_is_foreign_(const struct weft_list *list)
{
    const struct weft_loop *loop = weft_loop_current_;
    struct weft_node *node;
    struct weft_entry *entry;

    if (!weft_loop_is_guarded_(loop) ||
        (node = weft_list_first(list)) == NULL) {
        return false;
    }
    entry = WEFT_OWNER(node, struct weft_entry, node);
    return entry->kind->awaiter == weft_task_itself_ &&
           !weft_loop_owns_(loop, weft_task_itself_(entry));
}

static inline struct weft_op park_now(struct weft_task *task,
                                      const struct weft_wait_kind *wait,
                                      struct weft_list *list, void *object,
                                      void *out)
{
    weft_task_clear_(task, WEFT_TASK_CLIMBING_);
    task->alarm.entry.kind = &wait->kind;
    task->object = object;
    task->wait.out = out;
    if (list != NULL) {
        weft_list_push(list, &task->alarm.entry.node);
    }
    return weft_op_(WEFT_PENDING_);
}

/* Something is odd: say what, unless it is only that the loop is guarded. */
WEFT_RARE_ static struct weft_op park_guarded(const struct weft_wait_kind *wait,
                                              struct weft_list *list,
                                              void *object, void *out)
{
    struct weft_task *task = weft_current_task();

    if (task == NULL) {
        return weft_op_(WEFT_ENOTASK);
    }
    if (weft_task_is_parked_(task)) {
        trap_in(task, "a second operation was started before the first was "
                      "awaited");
    }
    if (is_local(weft_loop_current_, object, out)) {
        trap_in(task, "a pointer to a local variable was given to an "
                      "operation that waits");
    }
    if (list != NULL && weft_list_is_foreign_(list)) {
        return weft_op_(WEFT_EOTHERLOOP);
    }
    return park_now(task, wait, list, object, out);
}

struct weft_op weft_task_park_(const struct weft_wait_kind *wait,
                               struct weft_list *list, void *object, void *out)
{
    const struct weft_loop *loop = weft_loop_current_;
    struct weft_task *task = loop->task;

    if (WEFT_LIKELY_(task != NULL && !weft_loop_is_guarded_(loop) &&
                     !weft_task_is_parked_(task) &&
                     !is_local(loop, object, out))) {
        return park_now(task, wait, list, object, out);
    }
    return park_guarded(wait, list, object, out);
}

int weft_task_park_again_(struct weft_task *task,
                          const struct weft_wait_kind *wait,
                          struct weft_list *list)
{
    task->alarm.entry.kind = &wait->kind;
    weft_list_push(list, &task->alarm.entry.node);
    return WEFT_PENDING_;
}

void weft_list_check_(const struct weft_list *list)
{
    if (weft_list_is_foreign_(list)) {
        trap_in(WEFT_TASK_OF_(weft_list_first(list)), woken_elsewhere);
    }
}

static inline void make_ready(struct weft_task *task, int flag)
{
    struct weft_loop *loop = weft_loop_current_;

    if (weft_loop_is_guarded_(loop) && is_foreign(task)) {
        trap_in(task, woken_elsewhere);
    }
    weft_node_unlink(&task->alarm.entry.node);
    weft_task_set_(task, flag);
    weft_loop_ready_(loop, &task->alarm.entry);
}

void weft_task_wake_(struct weft_task *task)
{
    make_ready(task, WEFT_TASK_WOKEN_);
}

bool weft_task_wake_first_(struct weft_list *list)
{
    struct weft_node *node = weft_list_first(list);

    if (node != NULL) {
        make_ready(WEFT_TASK_OF_(node), WEFT_TASK_WOKEN_);
    }
    return node != NULL;
}

bool weft_task_withdraw_(struct weft_task *task)
{
    weft_heap_remove(&weft_loop_current_->alarms, &task->alarm);
    make_ready(task, WEFT_TASK_WITHDRAWN_);
    return true;
}

bool weft_task_was_woken_(const struct weft_task *task)
{
    return weft_task_has_(task, WEFT_TASK_WOKEN_);
}
