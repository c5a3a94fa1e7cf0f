/* debug.c - steps with a stop watch, and memory with a doorman. */
#include "weft/debug.h"

#include <stdio.h>
#include <stdlib.h>

#include "weft/dump.h"
#include "weft/park.h"

/* ---- Steps that take long ---- */

enum { PLACE_SIZE = 200 };

/* "app.c:31 in fetch" */
static void describe_place(struct weft_frame *frame, char *text, size_t size)
{
    struct weft_frame innermost = *frame;

    if (weft_frame_line(frame) == 0) {
        snprintf(text, size, "the beginning of %s",
                 weft_frame_site(frame).name);
        return;
    }
    innermost.caller = NULL;
    weft_frame_format_(&innermost, text, size);
}

static void report_slow(struct weft_loop *loop, struct weft_task *task,
                        const char *what, weft_ticks duration,
                        const char *before)
{
    char message[3 * PLACE_SIZE];
    char after[PLACE_SIZE] = "its end";

    if (task == NULL) {
        snprintf(message, sizeof message, "a %s took %.3f s", what,
                 weft_seconds_from(duration));
    } else {
        if (!weft_task_done(task)) {
            describe_place(task->frame, after, sizeof after);
        }
        snprintf(message, sizeof message, "a step took %.3f s: from %s to %s",
                 weft_seconds_from(duration), before, after);
    }
    weft_loop_report_(loop, message, 0, task);
}

static void run_watched(struct weft_loop *loop, struct weft_entry *entry)
{
    const struct weft_kind *kind = entry->kind;
    struct weft_task *task =
        kind->awaiter == weft_task_itself_ ? weft_task_itself_(entry) : NULL;
    weft_ticks begin = weft_loop_ticks(loop);
    weft_ticks duration;
    char before[PLACE_SIZE];

    if (task != NULL) {
        weft_task_hold_(task);
        describe_place(task->frame, before, sizeof before);
    }
    kind->run(loop, entry);
    duration = weft_loop_ticks(loop) - begin;
    if (duration >= loop->slow_callback_duration) {
        report_slow(loop, task, kind->name, duration, before);
    }
    if (task != NULL) {
        weft_task_drop_(task);
    }
}

/* One entry at a time, so that none runs the next one by itself. */
static void run_batch(struct weft_loop *loop)
{
    struct weft_list rest = {0};
    struct weft_node *node;

    while ((node = weft_list_pop(&loop->batch)) != NULL) {
        weft_list_push(&rest, node);
    }
    while ((node = weft_list_pop(&rest)) != NULL) {
        run_watched(loop, WEFT_OWNER(node, struct weft_entry, node));
        loop->credit--;
    }
}

/* ---- Memory that is given back ---- */

static bool is_inside(const void *pointer, const void *memory, size_t size)
{
    return (uintptr_t)pointer - (uintptr_t)memory < size;
}

static const char *use_of_task(const struct weft_task *task, const void *memory,
                               size_t size)
{
    const struct weft_frame *frame = task->frame;

    if (is_inside(task, memory, size)) {
        return "a task that runs lies in memory that is given back";
    }
    if (weft_task_is_parked_(task) && is_inside(task->object, memory, size)) {
        return "a task waits in memory that is given back";
    }
    while (frame != NULL && !is_inside(frame, memory, size)) {
        frame = frame->caller;
    }
    return frame != NULL
               ? "a coroutine that runs lies in memory that is given back"
               : NULL;
}

/* Entries that are no task's: those of tasks were counted. */
static bool is_callback_inside(const struct weft_entry *entry,
                               const void *memory, size_t size)
{
    return entry->kind->awaiter != weft_task_itself_ &&
           is_inside(entry, memory, size);
}

static size_t report_callback(struct weft_loop *loop)
{
    weft_loop_report_(loop,
                      "a timer or callback that is set lies in memory that is "
                      "given back",
                      0, NULL);
    return 1;
}

size_t weft_loop_uses(struct weft_loop *loop, const void *memory, size_t size)
{
    struct weft_list *lists[] = {&loop->ready, &loop->batch};
    size_t count = 0;

    for (struct weft_task *task = weft_all_tasks(loop, NULL); task != NULL;
         task = weft_all_tasks(loop, task)) {
        const char *use = use_of_task(task, memory, size);

        if (use != NULL) {
            weft_loop_report_(loop, use, 0, task);
            count++;
        }
    }
    for (uint32_t i = 0; i < loop->alarms.count; i++) {
        struct weft_alarm *alarm = loop->alarms.places[i].alarm;

        if (is_callback_inside(&alarm->entry, memory, size)) {
            count += report_callback(loop);
        }
    }
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        for (struct weft_node *node = weft_list_first(lists[i]); node != NULL;
             node = weft_list_next(lists[i], node)) {
            if (is_callback_inside(WEFT_OWNER(node, struct weft_entry, node),
                                   memory, size)) {
                count += report_callback(loop);
            }
        }
    }
    return count;
}

static void look_before_free(struct weft_loop *loop, const void *memory,
                             size_t size)
{
    weft_loop_uses(loop, memory, size);
}

/* ---- On and off ---- */

static const struct weft_debug_ debug_mode = {run_batch, look_before_free};

void weft_loop_set_debug(struct weft_loop *loop, bool on)
{
    loop->debug = on ? &debug_mode : NULL;
    loop->pauses = true; /* a run that is under way looks again */
    weft_loop_guard_(loop);
}

bool weft_debug_is_asked_for_(void)
{
    const char *wish = getenv("WEFT_DEBUG");

    return wish != NULL && wish[0] != '\0' && strcmp(wish, "0") != 0;
}
