/* group.c - asyncio's TaskGroup, step by step. */
#include "weft/group.h"

#include "weft/loop.h"
#include "weft/park.h"

static struct weft_child *child_of(struct weft_node *node)
{
    return WEFT_OWNER(node, struct weft_child, node);
}

static void abort_group(struct weft_group *group)
{
    struct weft_node *node = weft_list_first(&group->children);

    group->is_aborting = true;
    while (node != NULL) {
        weft_task_cancel(child_of(node)->task);
        node = weft_list_next(&group->children, node);
    }
}

static void cancel_parent(struct weft_group *group)
{
    if (!group->cancelled_parent) {
        group->cancelled_parent = true;
        weft_task_cancel(group->parent);
    }
}

/* A turn after the end of a child. */
static void child_is_done(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_child *child = WEFT_OWNER(entry, struct weft_child, entry);
    struct weft_group *group = child->group;
    struct weft_task *task = child->task;

    (void)loop;
    weft_node_unlink(&child->node);
    if (group->is_waiting && weft_list_is_empty(&group->children) &&
        !weft_task_has_(group->parent,
                        WEFT_TASK_WOKEN_ | WEFT_TASK_WITHDRAWN_)) {
        weft_task_wake_(group->parent);
    }
    if (weft_task_cancelled(task) || task->future.error == 0) {
        weft_task_drop_(task);
        return;
    }
    weft_task_seen_(task);
    weft_list_push(&group->failed, &child->node);
    if (!group->is_aborting && !group->cancelled_parent) {
        abort_group(group);
        cancel_parent(group);
    }
}

static struct weft_task *parent_of_child(struct weft_entry *entry)
{
    return WEFT_OWNER(entry, struct weft_child, entry)->group->parent;
}

static const struct weft_kind child_done_kind = {child_is_done, "group",
                                                 parent_of_child};

/* All children are done: what the block ends with. */
static int end_group(struct weft_group *group)
{
    struct weft_task *parent = group->parent;
    bool has_errors = !weft_list_is_empty(&group->failed);

    group->is_entered = false;
    if (group->cancelled_parent) {
        bool only_ours = weft_task_uncancel(parent) == 0;

        group->propagates =
            !only_ours && (group->propagates || group->was_interrupted);
    }
    if (group->propagates && !has_errors && group->body_error == 0) {
        return WEFT_ECANCELLED;
    }
    if (has_errors || group->body_error < 0) {
        if (weft_task_cancelling(parent) > 0) { /* from outside as well */
            weft_task_uncancel(parent);
            weft_task_cancel(parent);
        }
        return !has_errors && group->body_error == WEFT_EGENERATOREXIT
                   ? WEFT_EGENERATOREXIT /* closed in here, and nothing else */
                   : WEFT_EGROUP;
    }
    if (group->with.error == WEFT_ECANCELLED) {
        group->with.error = 0; /* our own doing */
    }
    return 0;
}

static int resume_group(struct weft_task *task, int status);

static const struct weft_wait_kind group_wait = {
    {weft_task_run_, "group", weft_task_itself_},
    resume_group,
    weft_task_withdraw_};

/* Every cancellation while we wait ends one wait; the first one aborts. */
static int resume_group(struct weft_task *task, int status)
{
    struct weft_group *group = task->object;

    group->is_waiting = false;
    group->was_interrupted = group->was_interrupted || status < 0;
    if (status < 0 && !group->is_aborting) {
        group->propagates = true;
        abort_group(group);
    }
    if (!weft_list_is_empty(&group->children)) {
        group->is_waiting = true;
        task->alarm.entry.kind = &group_wait.kind;
        return WEFT_PENDING_;
    }
    return end_group(group);
}

static struct weft_op leave_group(struct weft_with *with)
{
    struct weft_group *group = WEFT_OWNER(with, struct weft_group, with);

    group->is_exiting = true;
    if (with->error < 0) {
        group->propagates = with->error == WEFT_ECANCELLED;
        if (!group->propagates) {
            group->body_error = with->error;
        }
        if (!group->is_aborting) {
            abort_group(group);
        }
    }
    if (weft_list_is_empty(&group->children)) {
        return weft_op_(end_group(group));
    }
    group->is_waiting = true;
    return weft_task_park_(&group_wait, NULL, group, NULL);
}

struct weft_op weft_group(struct weft_group *group)
{
    bool is_cancelled = group->is_cancelled;

    if (group->is_entered) {
        return weft_op_(WEFT_EINVALIDSTATE);
    }
    if (weft_current_task() == NULL) {
        return weft_op_(WEFT_ENOTASK);
    }
    weft_group_clear(group);
    group->with.leave = leave_group;
    group->parent = weft_current_task();
    group->body_error = 0;
    group->is_entered = true;
    group->is_exiting = group->is_aborting = group->is_waiting = false;
    group->cancelled_parent = group->propagates = false;
    group->was_interrupted = false;
    group->is_cancelled = false;
    if (is_cancelled) {
        weft_group_cancel(group);
    }
    return weft_op_(0);
}

/* Left, with the last task gone. */
static bool is_over(const struct weft_group *group)
{
    return group->is_exiting && weft_list_is_empty(&group->children);
}

void weft_group_cancel(struct weft_group *group)
{
    if (!group->is_entered) {
        group->is_cancelled = !group->is_exiting; /* not after its end */
    } else if (!group->is_aborting && !is_over(group)) {
        abort_group(group);
        cancel_parent(group);
    }
}

/* An eager task may have, before it is in the group. */
static bool has_begun(const struct weft_task *task)
{
    return task->frame->state != WEFT_START_ || task->frame->caller != NULL;
}

/* A task that there is no memory for is one that fails: nobody need look at
 * each. */
static int lack_child(struct weft_group *group)
{
    if (group->is_entered && !group->is_aborting && !is_over(group)) {
        group->body_error = WEFT_ENOMEM;
        abort_group(group);
        cancel_parent(group);
    }
    return WEFT_ENOMEM;
}

int weft_group_add(struct weft_group *group, struct weft_child *child,
                   struct weft_task *task)
{
    if (task == NULL) {
        return lack_child(group);
    }
    if (task == group->parent && group->is_entered) {
        return WEFT_EDEADLOCK;
    }
    if (weft_task_is_foreign_(task)) {
        return WEFT_EOTHERLOOP;
    }
    if (!group->is_entered || is_over(group) ||
        (group->is_aborting && !has_begun(task))) {
        weft_task_cancel(task);
        return WEFT_EINVALIDSTATE;
    }
    weft_task_hold_(task);
    child->task = task;
    child->group = group;
    child->entry.kind = &child_done_kind;
    weft_list_push(&group->children, &child->node);
    if (weft_task_done(task)) { /* an eager one; its error comes in a turn */
        weft_loop_ready_(weft_loop_current_, &child->entry);
    } else {
        weft_list_push(&task->future.callbacks, &child->entry.node);
    }
    if (group->is_aborting) { /* at the latest by this very task */
        weft_task_cancel(task);
    }
    return 0;
}

struct weft_task *weft_group_spawn_(
    struct weft_group *group, struct weft_async (*resume)(struct weft_frame *),
    const struct weft_frame *initial, size_t size)
{
    const size_t align = sizeof(void *);
    size_t offset = (size + align - 1) / align * align;
    struct weft_task *task =
        weft_task_spawn_(resume, NULL, offset + sizeof(struct weft_child));
    struct weft_frame *frame;
    struct weft_child *child;

    if (task == NULL) {
        lack_child(group);
        return NULL;
    }
    frame = weft_task_frame(task);
    child = (struct weft_child *)(void *)((char *)frame + offset);
    memcpy(frame, initial, size);
    memset(frame, 0, sizeof *frame);
    frame->resume = resume;
    frame->state = WEFT_START_;
    if (weft_group_add(group, child, task) < 0) {
        weft_task_release(task);
        return NULL;
    }
    return task;
}

struct weft_task *weft_group_errors(const struct weft_group *group,
                                    const struct weft_task *after)
{
    struct weft_node *node = weft_list_first(&group->failed);
    bool found = after == NULL;

    while (node != NULL && !found) {
        found = child_of(node)->task == after;
        node = weft_list_next(&group->failed, node);
    }
    return node != NULL ? child_of(node)->task : NULL;
}

int weft_group_error(const struct weft_group *group)
{
    struct weft_task *task = weft_group_errors(group, NULL);

    return task != NULL ? weft_task_error(task) : group->body_error;
}

void weft_group_clear(struct weft_group *group)
{
    struct weft_node *node;

    while ((node = weft_list_pop(&group->failed)) != NULL) {
        weft_task_drop_(child_of(node)->task);
    }
}
