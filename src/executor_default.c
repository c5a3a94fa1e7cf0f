/* executor_default.c - the executor that a loop has of its own. */
#include "weft/executor.h"

#include "weft/loop.h"

/* In the loop's list of what is to be done at its close, which is short. */
struct default_executor {
    struct weft_entry entry;
    struct weft_executor *executor;
    struct weft_executor own;
};

static void close_default_executor(struct weft_loop *loop,
                                   struct weft_entry *entry)
{
    struct default_executor *made =
        WEFT_OWNER(entry, struct default_executor, entry);

    weft_executor_close(&made->own);
    weft_free_(loop->allocator, made, sizeof *made);
}

static const struct weft_kind default_executor_kind = {close_default_executor,
                                                       "executor", NULL};

static struct default_executor *find_default_executor(struct weft_loop *loop)
{
    struct weft_node *node = weft_list_first(&loop->kept);

    while (node != NULL && WEFT_OWNER(node, struct weft_entry, node)->kind !=
                               &default_executor_kind) {
        node = weft_list_next(&loop->kept, node);
    }
    return node != NULL ? WEFT_OWNER(node, struct default_executor, entry.node)
                        : NULL;
}

static struct default_executor *make_default_executor(struct weft_loop *loop)
{
    struct default_executor *made =
        weft_allocate_(loop->allocator, sizeof *made);

    if (made != NULL) {
        memset(made, 0, sizeof *made);
        made->executor = &made->own;
        made->entry.kind = &default_executor_kind;
        weft_list_push(&loop->kept, &made->entry.node);
    }
    return made;
}

static struct default_executor *get_default_executor(struct weft_loop *loop)
{
    struct default_executor *made = find_default_executor(loop);

    return made != NULL ? made : make_default_executor(loop);
}

struct weft_executor *weft_executor_default_(struct weft_loop *loop)
{
    struct default_executor *made = get_default_executor(loop);

    return made != NULL ? made->executor : NULL;
}

int weft_set_default_executor(struct weft_executor *executor)
{
    struct weft_loop *loop = weft_loop_current();
    struct default_executor *made =
        loop != NULL ? get_default_executor(loop) : NULL;

    if (made == NULL) {
        return loop != NULL ? WEFT_ENOMEM : WEFT_ENOLOOP;
    }
    made->executor = executor != NULL ? executor : &made->own;
    return 0;
}

struct weft_op weft_shutdown_default_executor(void)
{
    struct weft_loop *loop = weft_loop_current_;
    struct weft_executor *executor =
        loop->task != NULL ? weft_executor_default_(loop) : NULL;

    if (executor == NULL) {
        return weft_op_(loop->task != NULL ? WEFT_ENOMEM : WEFT_ENOTASK);
    }
    return weft_executor_shutdown(executor);
}
