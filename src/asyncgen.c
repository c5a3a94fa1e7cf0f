/* asyncgen.c - a task for each adopted generator, which closes it. */
#include "weft/asyncgen.h"

#include "../macros/weft/coroutine.h"
#include "weft/loop.h"

/* An adopted generator stands in the loop's list of what is to be done at its
 * close. That only notes that nobody has closed the generator before. */
static void leave_asyncgen(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_asyncgen *asyncgen =
        WEFT_OWNER(entry, struct weft_asyncgen, entry);

    if (weft_frame_is_running(asyncgen->generator)) {
        weft_loop_report_(loop, "a generator was not closed before its loop", 0,
                          NULL);
    }
}

static const struct weft_kind asyncgen_kind = {leave_asyncgen, "asyncgen",
                                               NULL};

int weft_asyncgen_adopt(struct weft_asyncgen *asyncgen,
                        struct weft_frame *generator)
{
    struct weft_loop *loop = weft_loop_current();

    if (loop == NULL) {
        return WEFT_ENOLOOP;
    }
    if (weft_node_is_linked(&asyncgen->entry.node)) {
        return WEFT_EALREADY;
    }
    asyncgen->generator = generator;
    asyncgen->entry.kind = &asyncgen_kind;
    weft_list_push(&loop->kept, &asyncgen->entry.node);
    return 0;
}

static bool asyncgen_has_begun(const struct weft_asyncgen *asyncgen)
{
    return asyncgen->task.future.references > 0;
}

int weft_asyncgen_disown(struct weft_asyncgen *asyncgen)
{
    if (asyncgen_has_begun(asyncgen)) {
        return WEFT_EBUSY;
    }
    weft_node_unlink(&asyncgen->entry.node);
    return 0;
}

/* ---- The end ---- */

static struct weft_async close_asyncgen(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_asyncgen);
    ASYNC_AWAIT(weft_aclose(self->generator));
    ASYNC_END;
}

static struct weft_asyncgen *asyncgen_of(struct weft_node *node)
{
    return WEFT_OWNER(node, struct weft_asyncgen, entry.node);
}

static void report_closing(struct weft_loop *loop, int error,
                           struct weft_task *task)
{
    if (weft_error_is_ordinary_(error)) {
        weft_loop_report_(loop, "closing a generator failed", error, task);
    }
}

static void take_asyncgens(struct weft_loop *loop, struct weft_list *adopted)
{
    struct weft_node *node = weft_list_first(&loop->kept);

    while (node != NULL) {
        struct weft_entry *entry = WEFT_OWNER(node, struct weft_entry, node);
        struct weft_node *next = weft_list_next(&loop->kept, node);

        if (entry->kind == &asyncgen_kind) {
            weft_node_unlink(node);
            weft_list_push(adopted, node);
        }
        node = next;
    }
}

static int await_closing(struct weft_loop *loop, struct weft_list *closing)
{
    struct weft_node *node = weft_list_first(closing);

    for (; node != NULL; node = weft_list_next(closing, node)) {
        struct weft_task *task = &asyncgen_of(node)->task;
        int status =
            weft_task_done(task) ? 0 : weft_loop_run_until_complete(loop, task);

        if (!weft_task_done(task)) {
            return status;
        }
    }
    return 0;
}

static int begin_closing(struct weft_asyncgen *asyncgen)
{
    if (asyncgen_has_begun(asyncgen)) {
        return 0; /* an earlier shutdown did not see its end */
    }
    memset(&asyncgen->frame, 0, sizeof asyncgen->frame);
    return weft_task_start_(&asyncgen->task, &asyncgen->frame, close_asyncgen);
}

/* Close all at the same time, or as many as there are places for alarms. One
 * that gets none even when it is alone is left as it is. */
static int close_asyncgens(struct weft_loop *loop, struct weft_list *adopted,
                           struct weft_list *closing)
{
    struct weft_node *node;
    bool is_alone = false;

    while ((node = weft_list_first(adopted)) != NULL) {
        int error = begin_closing(asyncgen_of(node));

        if (error < 0 && !is_alone) {
            int status = await_closing(loop, closing);

            if (status < 0) {
                return status;
            }
            is_alone = true;
            continue; /* look again: it may have been disowned */
        }
        is_alone = false;
        weft_node_unlink(node);
        if (error < 0) {
            report_closing(loop, error, NULL);
        } else {
            weft_list_push(closing, node);
        }
    }
    return await_closing(loop, closing);
}

/* As asyncio does, report in the end, and in order, what failed. */
static void end_closing(struct weft_loop *loop, struct weft_list *closing)
{
    struct weft_node *node;

    while ((node = weft_list_pop(closing)) != NULL) {
        struct weft_task *task = &asyncgen_of(node)->task;

        report_closing(loop, weft_task_error(task), task);
        weft_task_release(task);
    }
}

int weft_shutdown_asyncgens(struct weft_loop *loop)
{
    struct weft_loop *outer = weft_loop_current_;
    struct weft_list adopted = WEFT_EMPTY_LIST_;
    struct weft_list closing = WEFT_EMPTY_LIST_;
    int status;

    if (weft_loop_running() != NULL) {
        return WEFT_EALREADY;
    }
    if (weft_loop_is_closed(loop)) {
        return WEFT_ECLOSED;
    }
    weft_loop_current_ = loop;
    take_asyncgens(loop, &adopted);
    status = close_asyncgens(loop, &adopted, &closing);
    if (status == 0) {
        end_closing(loop, &closing);
    }
    weft_list_splice(&loop->kept, &closing); /* what has not ended */
    weft_list_splice(&loop->kept, &adopted);
    weft_loop_current_ = outer;
    return status;
}
