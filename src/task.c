/* task.c - a task from its start to its release. */
#include "weft/task.h"

#include "weft/loop.h"
#include "weft/park.h"
#include "weft/var.h"

/* SPAWN allocates a task with the coroutine's struct behind it, and notes the
 * size in units. A larger one has its size in front. */
enum { TASK_UNIT = 16, TASK_LARGE = 255 };

static WEFT_THREAD_LOCAL_ uintptr_t last_task_number;

struct weft_task *weft_current_task(void)
{
    return weft_loop_current_->task;
}

/* ---- Its end ---- */

static void return_block(struct weft_loop *loop, void *block, size_t size)
{
    if (weft_loop_debug_(loop) != NULL) {
        loop->debug->give_back(loop, block, size);
    }
    weft_free_(loop->allocator, block, size);
}

bool weft_task_contains_(const struct weft_task *task, const void *pointer)
{
    size_t size = (size_t)task->future.units * TASK_UNIT;

    if (task->future.units == TASK_LARGE) {
        size = *(const size_t *)(const void *)((const char *)task - TASK_UNIT) -
               TASK_UNIT;
    }
    return size == 0 || (uintptr_t)pointer - (uintptr_t)task < size;
}

void weft_task_free_(struct weft_task *task)
{
    struct weft_loop *loop = weft_loop_current_;
    unsigned units = task->future.units;

    if (weft_error_is_ordinary_(task->future.error) &&
        !weft_task_has_(task, WEFT_TASK_SEEN_)) {
        weft_loop_report_(loop, "nobody looked at the error of a task",
                          task->future.error, task);
    }
    weft_node_unlink(&task->alarm.entry.node);
    weft_context_drop_(loop->allocator, task->future.value);
    task->future.value = NULL;
    if (units == TASK_LARGE) {
        size_t *block = (size_t *)(void *)((char *)task - TASK_UNIT);

        return_block(loop, block, *block);
    } else if (units > 0) {
        return_block(loop, task, (size_t)units * TASK_UNIT);
    }
}

void weft_task_release(struct weft_task *task)
{
    if (task != NULL && task->future.references > 0) {
        weft_task_drop_(task);
    }
}

/* A loop that closes releases what nobody released. */
static void release_kept(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_task *task = WEFT_OWNER(entry, struct weft_task, alarm.entry);

    (void)loop;
    task->future.references = 1;
    weft_task_drop_(task);
}

static const struct weft_kind kept_kind = {release_kept, "done", NULL};

void weft_task_finish_(struct weft_loop *loop, struct weft_task *task,
                       int outcome)
{
    enum weft_future_state state = WEFT_FUTURE_FINISHED;

    if (outcome == 0 && weft_task_has_(task, WEFT_TASK_MUST_CANCEL_)) {
        outcome = WEFT_ECANCELLED; /* the value is dropped, an error is not */
    }
    if (outcome == WEFT_ECANCELLED) {
        state = WEFT_FUTURE_CANCELLED;
    }
    task->future.state = (unsigned char)(task->future.state | state);
    task->future.error = outcome;
    weft_loop_ready_all_(loop, &task->future.callbacks);
    weft_node_unlink(&task->live);
    weft_loop_unreserve_(loop);
    loop->task_count--;
    task->alarm.entry.kind = &kept_kind;
    weft_list_push(&loop->kept, &task->alarm.entry.node);
    weft_task_drop_(task);
}

/* ---- Its start ---- */

/* A reference for the caller, and one for the loop. */
static const struct weft_future new_future = {.references = 2};

static inline int start_task(struct weft_loop *loop, struct weft_task *task,
                             struct weft_frame *frame,
                             struct weft_async (*resume)(struct weft_frame *))
{
    int status = loop->is_open ? weft_loop_reserve_(loop) : WEFT_ENOLOOP;

    if (status < 0) {
        return status;
    }
    frame->resume = resume;
    frame->state = WEFT_START_;
    task->future = new_future; /* one by one: compilers clear a struct of
                                  this size with a slow string instruction */
    task->future.value = weft_context_share_(
        loop->task != NULL ? loop->task->future.value : loop->context);
    task->frame = frame;
    weft_task_unpark_(task);
    task->alarm.set.place = 0;
    task->alarm.set.turn = 0;
    task->object = NULL;
    task->wait.out = NULL;
    task->name.number = ++last_task_number;
    loop->task_count++;
    weft_list_push(&loop->tasks, &task->live);
    weft_loop_ready_(loop, &task->alarm.entry);
    return 0;
}

int weft_task_start_(struct weft_task *task, struct weft_frame *frame,
                     struct weft_async (*resume)(struct weft_frame *))
{
    return start_task(weft_loop_current_, task, frame, resume);
}

struct weft_task *weft_task_spawn_(
    struct weft_async (*resume)(struct weft_frame *),
    const struct weft_frame *initial, size_t size)
{
    struct weft_loop *loop = weft_loop_current_;
    size_t offset =
        (sizeof(struct weft_task) + TASK_UNIT - 1) / TASK_UNIT * TASK_UNIT;
    size_t units = (offset + size + TASK_UNIT - 1) / TASK_UNIT;
    size_t header = units >= TASK_LARGE ? TASK_UNIT : 0;
    size_t total = units * TASK_UNIT + header;
    char *block = weft_allocate_(loop->allocator, total);
    struct weft_task *task;
    void *root;

    if (block == NULL) {
        return NULL;
    }
    if (header > 0) {
        *(size_t *)(void *)block = total;
        units = TASK_LARGE;
    }
    task = (struct weft_task *)(void *)(block + header);
    root = block + header + offset;
    if (initial != NULL) {
        memcpy(root, initial, size);
    } else {
        memset(root, 0, size);
    }
    if (start_task(loop, task, root, resume) < 0) {
        weft_free_(loop->allocator, block, total);
        return NULL;
    }
    task->future.units = (unsigned char)units;
    return task;
}

/* ---- Cancelling ---- */

/* A request goes from task to task along what each waits for. Tasks that wait
 * for each other in a ring would pass it on for ever: it ends at a depth that
 * no sensible program reaches, as Python's does at its recursion limit. */
enum {
    CANCEL_DEPTH = sizeof(void *) > 4   ? 5000
                   : sizeof(void *) > 2 ? 50
                                        : 16 /* in 2 KiB, stack and all */
};

static WEFT_THREAD_LOCAL_ int cancel_depth;

static bool cancel_wait(struct weft_task *task)
{
    const struct weft_wait_kind *wait = weft_task_wait_(task);
    bool will_wake;

    if (wait == NULL || wait->cancel == NULL || cancel_depth >= CANCEL_DEPTH ||
        weft_task_has_(task, WEFT_TASK_WOKEN_ | WEFT_TASK_WITHDRAWN_)) {
        return false;
    }
    cancel_depth++;
    will_wake = wait->cancel(task);
    cancel_depth--;
    return will_wake;
}

bool weft_task_cancel(struct weft_task *task)
{
    if (weft_task_done(task)) {
        weft_task_seen_(task); /* as asyncio: who wanted it to end looked */
        return false;
    }
    if (task->future.requests < UCHAR_MAX) {
        task->future.requests++;
    }
    if (!cancel_wait(task)) {
        weft_task_set_(task, WEFT_TASK_MUST_CANCEL_);
    }
    return true;
}

unsigned weft_task_cancelling(const struct weft_task *task)
{
    return task->future.requests;
}

unsigned weft_task_uncancel(struct weft_task *task)
{
    if (task->future.requests > 0 && --task->future.requests == 0) {
        weft_task_clear_(task, WEFT_TASK_MUST_CANCEL_);
    }
    return task->future.requests;
}

/* ---- Questions ---- */

void weft_task_seen_(struct weft_task *task)
{
    weft_task_set_(task, WEFT_TASK_SEEN_);
}

int weft_task_error(struct weft_task *task)
{
    if (!weft_task_done(task)) {
        return WEFT_EINVALIDSTATE;
    }
    weft_task_seen_(task);
    return task->future.error;
}

struct weft_frame *weft_task_frame(const struct weft_task *task)
{
    struct weft_frame *frame = task->frame;

    while (frame->caller != NULL) {
        frame = frame->caller;
    }
    return frame;
}

struct weft_task *weft_all_tasks(struct weft_loop *loop,
                                 struct weft_task *after)
{
    struct weft_node *node = after == NULL
                                 ? weft_list_first(&loop->tasks)
                                 : weft_list_next(&loop->tasks, &after->live);

    return node == NULL ? NULL : WEFT_OWNER(node, struct weft_task, live);
}

void weft_task_set_name(struct weft_task *task, const char *name)
{
    task->name.text = name;
    weft_task_set_(task, WEFT_TASK_NAMED_);
}

const char *weft_task_get_name(const struct weft_task *task, char *buffer,
                               size_t size)
{
    bool is_named = weft_task_has_(task, WEFT_TASK_NAMED_);
    const char *text = is_named ? task->name.text : "Task-";
    uintptr_t rest = is_named ? 0 : task->name.number;
    uintptr_t power = 1;
    size_t used = 0;

    while (*text != '\0' && used + 1 < size) {
        buffer[used++] = *text++;
    }
    while (rest / power >= 10) {
        power *= 10;
    }
    while (rest > 0 && power > 0 && used + 1 < size) {
        buffer[used++] = (char)('0' + rest / power % 10);
        power /= 10;
    }
    if (size > 0) {
        buffer[used] = '\0';
    }
    return buffer;
}

/* ---- Running a loop for one task ---- */

static void stop_loop(void *arg)
{
    weft_loop_stop(arg);
}

int weft_loop_run_until_complete(struct weft_loop *loop, struct weft_task *task)
{
    struct weft_handle stop = {0};
    int status;

    if (weft_loop_is_guarded_(loop) && loop->is_open && !weft_task_done(task) &&
        !weft_loop_owns_(loop, task)) {
        return WEFT_EOTHERLOOP; /* it would wait for ever */
    }
    if (weft_task_done(task)) {
        weft_call_soon(loop, &stop, stop_loop, loop);
    } else {
        weft_task_add_done_callback(task, &stop, stop_loop, loop);
    }
    status = weft_loop_run_(loop, NULL);
    weft_handle_cancel(&stop);
    if (status < 0) {
        return status;
    }
    return weft_task_done(task) ? weft_task_error(task) : WEFT_ESTOPPED;
}
