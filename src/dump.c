/* dump.c - tasks, what they wait for and where, and who waits for them. */
#include "weft/dump.h"

#include <stdlib.h>

#include "weft/park.h"

enum { DUMP_DEPTH = 16, DUMP_SIZE = 2048 };

/* ---- One task ---- */

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

weft_ticks weft_task_waited(const struct weft_task *task)
{
    int waited;

    if (weft_task_done(task) || !weft_task_is_parked_(task)) {
        return 0;
    }
    waited = weft_wait_moment_(weft_loop_ticks(weft_loop_current_)) -
             task->frame->value;
    return (weft_ticks)(waited & INT_MAX) << WEFT_WAIT_SHIFT_;
}

static void print_times(const struct weft_task *task, FILE *stream)
{
    const struct weft_loop *loop = weft_loop_current_;
    const char *what = weft_task_waits_for(task);

    if (weft_task_done(task) || !weft_task_is_parked_(task)) {
        return;
    }
    fprintf(stream, ", %.2f s so far",
            weft_seconds_from(weft_task_waited(task)));
    if ((strcmp(what, "sleep") == 0 || strcmp(what, "wait") == 0) &&
        weft_alarm_is_set(&task->alarm)) { /* others use its place otherwise */
        weft_ticks when = weft_heap_when(&loop->alarms, &task->alarm);

        fprintf(stream, ", %.3f s to go",
                weft_seconds_from(when - weft_loop_ticks(loop)));
    }
}

static void print_task(struct weft_task *task, int indent, FILE *stream)
{
    char text[DUMP_SIZE];

    fprintf(stream, "%*s%s waits for %s", indent, "",
            weft_task_get_name(task, text, sizeof text),
            weft_task_waits_for(task));
    print_times(task, stream);
    fprintf(stream, "\n");
    if (!weft_task_done(task)) {
        weft_frame_format_(task->frame, text, sizeof text);
        fprintf(stream, "%*s  at %s\n", indent, "", text);
    }
}

void weft_task_print_stack(struct weft_task *task, FILE *stream)
{
    print_task(task, 0, stream);
}

/* ---- Who awaits whom ---- */

size_t weft_future_awaiters(struct weft_future *future,
                            struct weft_task **awaiters, size_t count)
{
    struct weft_list *callbacks = &future->callbacks;
    size_t found = 0;

    for (struct weft_node *node = weft_list_first(callbacks); node != NULL;
         node = weft_list_next(callbacks, node)) {
        struct weft_entry *entry = WEFT_OWNER(node, struct weft_entry, node);
        struct weft_task *awaiter = NULL;

        if (!weft_future_done(future) && entry->kind->awaiter != NULL) {
            awaiter = entry->kind->awaiter(entry);
        }
        if (awaiter != NULL && found++ < count) {
            awaiters[found - 1] = awaiter;
        }
    }
    return found;
}

/* One for each awaiter of a task, and one for a task that has none. */
struct edge {
    struct weft_task *awaiter;
    struct weft_task *task;
    size_t order;
    bool is_shown; /* of the first of a task: it was printed */
};

struct tree {
    struct edge *by_awaiter; /* and for one awaiter, in order */
    struct edge *by_task;
    size_t count;
    FILE *stream;
};

static int compare_pointers(const void *a, const void *b)
{
    return ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b);
}

static int compare_awaiters(const void *a, const void *b)
{
    const struct edge *left = a;
    const struct edge *right = b;
    int order = compare_pointers(left->awaiter, right->awaiter);

    return order != 0
               ? order
               : (left->order > right->order) - (left->order < right->order);
}

static int compare_tasks(const void *a, const void *b)
{
    const struct edge *left = a;
    const struct edge *right = b;

    return compare_pointers(left->task, right->task);
}

/* The edges of all tasks; returns how many there are. */
static size_t list_edges(struct weft_loop *loop, struct edge *edges,
                         size_t room)
{
    size_t count = 0;

    for (struct weft_task *task = weft_all_tasks(loop, NULL); task != NULL;
         task = weft_all_tasks(loop, task)) {
        struct weft_task *awaiters[DUMP_DEPTH];
        size_t found = weft_task_awaiters(task, awaiters, DUMP_DEPTH);

        awaiters[0] = found > 0 ? awaiters[0] : NULL;
        for (size_t i = 0; i == 0 || (i < found && i < DUMP_DEPTH); i++) {
            if (count < room) {
                struct edge edge = {awaiters[i], task, count, false};

                edges[count] = edge;
            }
            count++;
        }
    }
    return count;
}

static bool show_once(struct tree *tree, struct weft_task *task)
{
    struct edge key = {NULL, task, 0, false};
    struct edge *edge =
        bsearch(&key, tree->by_task, tree->count, sizeof key, compare_tasks);
    bool is_new;

    while (edge > tree->by_task && edge[-1].task == task) {
        edge--;
    }
    is_new = !edge->is_shown;
    edge->is_shown = true;
    return is_new;
}

static void print_awaited(struct tree *tree, struct weft_task *awaiter,
                          int depth)
{
    size_t low = 0;
    size_t high = tree->count;

    while (low < high) { /* its first edge */
        size_t middle = low + (high - low) / 2;

        if (compare_pointers(tree->by_awaiter[middle].awaiter, awaiter) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < tree->count && tree->by_awaiter[low].awaiter == awaiter;
         low++) {
        struct weft_task *task = tree->by_awaiter[low].task;
        char name[64];

        if (!show_once(tree, task)) {
            fprintf(tree->stream, "%*s%s: see above\n", 2 * depth, "",
                    weft_task_get_name(task, name, sizeof name));
        } else {
            print_task(task, 2 * depth, tree->stream);
            if (depth < DUMP_DEPTH) {
                print_awaited(tree, task, depth + 1);
            }
        }
    }
}

/* Tasks that no chain from above leads to: they wait for each other in a ring,
 * or too deep for a page. */
static void print_rest(struct weft_loop *loop, struct tree *tree)
{
    for (struct weft_task *task = weft_all_tasks(loop, NULL); task != NULL;
         task = weft_all_tasks(loop, task)) {
        if (show_once(tree, task)) {
            print_task(task, 0, tree->stream);
            print_awaited(tree, task, 1);
        }
    }
}

void weft_dump(struct weft_loop *loop, FILE *stream)
{
    struct tree tree = {NULL, NULL, list_edges(loop, NULL, 0), stream};

    tree.by_awaiter = malloc((tree.count + 1) * 2 * sizeof(struct edge));
    if (tree.by_awaiter == NULL) { /* then without the tree */
        for (struct weft_task *task = weft_all_tasks(loop, NULL); task != NULL;
             task = weft_all_tasks(loop, task)) {
            print_task(task, 0, stream);
        }
        return;
    }
    tree.by_task = tree.by_awaiter + tree.count + 1;
    list_edges(loop, tree.by_awaiter, tree.count);
    list_edges(loop, tree.by_task, tree.count);
    qsort(tree.by_awaiter, tree.count, sizeof(struct edge), compare_awaiters);
    qsort(tree.by_task, tree.count, sizeof(struct edge), compare_tasks);
    print_awaited(&tree, NULL, 0);
    print_rest(loop, &tree);
    free(tree.by_awaiter);
}
