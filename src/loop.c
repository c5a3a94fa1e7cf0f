/* loop.c - turns: poll, due alarms, what was ready. */
#include "weft/loop.h"

#include "weft/task.h"
#include "weft/var.h"

#if !defined(WEFT_FREESTANDING)
#include <stdatomic.h>
#endif

/* Stands where no loop is open, so that nobody need ask for NULL: it has no
 * task and no memory, and is not open. Never written to. */
static const struct weft_loop no_loop = {.is_guarded = true};

WEFT_THREAD_LOCAL_ WEFT_NEAR_ struct weft_loop *weft_loop_current_ =
    (struct weft_loop *)(uintptr_t)&no_loop;

/* The clock is read after at most this many entries, fewer when they are
 * slow; reading it costs about as much as four of them. */
enum { CLOCK_ENTRIES = 64 };

void weft_loop_init(struct weft_loop *loop, struct weft_driver *driver)
{
    memset(loop, 0, sizeof *loop);
    loop->driver = driver;
    loop->poll_turns = driver->poll_turns;
    loop->poll_interval = driver->poll_interval;
    loop->slow_callback_duration = WEFT_TICKS_PER_SECOND / 10;
    loop->is_open = true;
    loop->owns_places = true;
    loop->quota = 1;
    loop->now = loop->polled = driver->now(driver);
    loop->ready.head.next = loop->ready.head.prev = &loop->ready.head;
    loop->batch.head.next = loop->batch.head.prev = &loop->batch.head;
    loop->shadowed = weft_loop_current_;
    weft_loop_current_ = loop;
    weft_loop_guard_(loop);
    if (loop->shadowed->is_open) {
        loop->shadowed->is_guarded = true;
    }
}

/* In a thread with one loop all tasks are its own, unless somebody confuses
 * threads; looking for that takes debug mode. */
void weft_loop_guard_(struct weft_loop *loop)
{
    loop->is_guarded = loop->debug != NULL || loop->shadowed->is_open;
}

void weft_loop_set_alarms(struct weft_loop *loop,
                          struct weft_heap_place *places, unsigned count)
{
    loop->alarms.places = places;
    loop->alarms.capacity = count;
    loop->owns_places = false;
}

/* Promise a place when all are promised: the array doubles. */
int weft_loop_grow_(struct weft_loop *loop)
{
    struct weft_heap *heap = &loop->alarms;
    struct weft_heap_place *places;
    unsigned capacity = heap->capacity > 0 ? heap->capacity * 2 : 16;
    size_t size = heap->capacity * sizeof *places;

    if (!loop->owns_places || capacity < heap->capacity ||
        size > SIZE_MAX / 2) {
        return WEFT_ENOMEM;
    }
    places = weft_resize_(loop->allocator, heap->places, size,
                          capacity * sizeof *places);
    if (places == NULL) {
        return WEFT_ENOMEM;
    }
    heap->places = places;
    heap->capacity = capacity;
    loop->reserved++;
    return 0;
}

void weft_loop_report_(struct weft_loop *loop, const char *message, int error,
                       struct weft_task *task)
{
    struct weft_report report = {message, error, task};
    void **here =
        loop->task != NULL ? &loop->task->future.value : &loop->context;
    void *values = *here;

    if (loop->on_error == NULL) {
        return;
    }
    if (task != NULL) {
        *here = task->future.value; /* it sees the variables of the task */
    }
    loop->on_error(loop, &report);
    if (task != NULL && task != loop->task) {
        task->future.value = *here;
        *here = values;
    }
}

struct weft_loop *weft_loop_current(void)
{
    return weft_loop_current_->is_open ? weft_loop_current_ : NULL;
}

struct weft_loop *weft_loop_running(void)
{
    return weft_loop_current_->is_running ? weft_loop_current_ : NULL;
}

int weft_call_soon(struct weft_loop *loop, struct weft_handle *handle,
                   void (*callback)(void *arg), void *arg)
{
    if (!loop->is_open) {
        return WEFT_ECLOSED;
    }
    if (weft_loop_is_elsewhere_(loop)) {
        return WEFT_EOTHERLOOP;
    }
    if (!weft_handle_set_(handle, callback, arg)) {
        return WEFT_EALREADY;
    }
    weft_loop_ready_(loop, &handle->entry);
    return 0;
}

static bool has_inbox(struct weft_loop *loop)
{
#if defined(WEFT_FREESTANDING)
    return loop->inbox != NULL; /* half of it, at worst: it is asked again */
#else
    return atomic_load_explicit(&loop->inbox, memory_order_relaxed) != NULL;
#endif
}

/* Read the clock: rarely while entries are quick, after every one when they
 * are slow. */
WEFT_APART_ static bool interval_is_over(struct weft_loop *loop)
{
    weft_ticks now = weft_loop_ticks(loop);

    if (weft_ticks_since(now, loop->now) > loop->poll_interval >> 2) {
        loop->quota = 1;
    } else if (loop->quota < CLOCK_ENTRIES) {
        loop->quota *= 2;
    }
    loop->credit = loop->quota;
    loop->now = now;
    return weft_ticks_since(now, loop->polled) >= loop->poll_interval;
}

/* Is it time to look at the kernel although there is work? After poll_turns
 * turns, or poll_interval ticks. */
static bool poll_is_due(struct weft_loop *loop)
{
    return ++loop->turns >= loop->poll_turns ||
           (loop->credit <= 0 && interval_is_over(loop));
}

weft_ticks weft_loop_time_to_wait(struct weft_loop *loop)
{
    weft_ticks when;
    weft_ticks now;

    if (loop->is_stopping || !weft_list_is_empty(&loop->ready) ||
        has_inbox(loop)) {
        return 0;
    }
    if (loop->alarms.count == 0) {
        return WEFT_FOREVER;
    }
    when = loop->alarms.places[0].when;
    if (when == WEFT_FOREVER) {
        return WEFT_FOREVER;
    }
    now = weft_loop_ticks(loop);
    return weft_ticks_are_due_(when, now) ? 0 : weft_ticks_since(when, now);
}

WEFT_APART_ static int poll_driver(struct weft_loop *loop)
{
    int status = loop->driver->poll(loop->driver, weft_loop_time_to_wait(loop),
                                    &loop->ready);

    if (status == 0 && has_inbox(loop)) {
        weft_loop_collect_(loop);
    }
    loop->turns = 0;
    loop->now = loop->polled = weft_loop_ticks(loop);
    return status;
}

WEFT_APART_ static void ready_due_alarms(struct weft_loop *loop)
{
    struct weft_heap *alarms = &loop->alarms;

    while (alarms->count > 0 &&
           weft_ticks_are_due_(alarms->places[0].when, loop->now)) {
        struct weft_alarm *alarm = alarms->places[0].alarm;

        weft_heap_remove(alarms, alarm);
        weft_loop_ready_(loop, &alarm->entry);
    }
}

/* What is ready becomes the batch of this turn, which is empty before. */
static inline void begin_batch(struct weft_loop *loop)
{
    struct weft_node *ready = &loop->ready.head;
    struct weft_node *batch = &loop->batch.head;
    struct weft_node *first = ready->next;
    struct weft_node *last = ready->prev;

    batch->next = first;
    first->prev = batch;
    batch->prev = last;
    ready->next = ready;
    last->next = batch;
    ready->prev = ready;
}

bool weft_loop_flows_(struct weft_loop *loop)
{
    const struct weft_heap *alarms = &loop->alarms;

    if (loop->pauses || loop->ready.head.next == &loop->ready.head ||
        has_inbox(loop) || loop->credit <= 0 ||
        loop->turns + 1 >= loop->poll_turns ||
        (alarms->count > 0 &&
         weft_ticks_are_due_(alarms->places[0].when, loop->now))) {
        return false;
    }
    loop->turns++;
    begin_batch(loop);
    return true;
}

static inline int run_turn(struct weft_loop *loop)
{
    struct weft_node *batch = &loop->batch.head;

    if (has_inbox(loop)) {
        weft_loop_collect_(loop);
    }
    if (weft_list_is_empty(&loop->ready) || poll_is_due(loop)) {
        int status = poll_driver(loop);

        if (status < 0) {
            return status;
        }
    }
    if (loop->alarms.count > 0) {
        ready_due_alarms(loop);
    }
    if (!weft_list_is_empty(&loop->ready)) {
        begin_batch(loop);
    }
    if (weft_loop_debug_(loop) != NULL) {
        loop->debug->run_batch(loop);
    }
    while (batch->next != batch) {
        struct weft_entry *entry =
            WEFT_OWNER(batch->next, struct weft_entry, node);

        weft_loop_take_(loop, entry);
        entry->kind->run(loop, entry);
    }
    loop->task = NULL;
    return 0;
}

int weft_loop_run_(struct weft_loop *loop,
                   bool (*goes_on)(struct weft_loop *loop))
{
    struct weft_loop *outer = weft_loop_current_;
    int status;

    if (!loop->is_open) {
        return WEFT_ECLOSED;
    }
    if (weft_loop_running() != NULL || loop->is_running) {
        return WEFT_EALREADY;
    }
    weft_loop_current_ = loop;
    loop->is_running = true;
    loop->stack_base = &outer;
    loop->pauses =
        loop->is_stopping || goes_on != NULL || weft_loop_debug_(loop) != NULL;
    do {
        status = run_turn(loop);
    } while (status == 0 && !loop->is_stopping &&
             (goes_on == NULL || goes_on(loop)));
    loop->is_stopping = false;
    loop->is_running = false;
    loop->stack_base = NULL;
    weft_loop_current_ = outer;
    return status;
}

int weft_loop_run_forever(struct weft_loop *loop)
{
    return weft_loop_run_(loop, NULL);
}

void weft_loop_stop(struct weft_loop *loop)
{
    loop->is_stopping = true;
    loop->pauses = true;
}

int weft_loop_turn(struct weft_loop *loop)
{
    if (loop->is_open && !loop->is_running && weft_loop_running() == NULL) {
        weft_loop_stop(loop); /* else it fails, and no run is to stop */
    }
    return weft_loop_run_(loop, NULL);
}

int weft_loop_close(struct weft_loop *loop)
{
    struct weft_loop *outer = weft_loop_current_;
    struct weft_node *node;

    if (!loop->is_open) {
        return 0;
    }
    if (loop->is_running) {
        return WEFT_EALREADY;
    }
    if (loop->task_count > 0 || loop->expected > 0) {
        return WEFT_EBUSY;
    }
    weft_loop_current_ = loop;
    while ((node = weft_list_pop(&loop->kept)) != NULL) {
        struct weft_entry *entry = WEFT_OWNER(node, struct weft_entry, node);

        entry->kind->run(loop, entry);
    }
    loop->is_open = false; /* nothing comes in from here on */
    weft_loop_collect_(loop);
    while (weft_list_pop(&loop->ready) != NULL) {
        continue; /* handles and timers that never ran outlive the loop */
    }
    while (loop->alarms.count > 0) {
        weft_heap_remove(&loop->alarms, loop->alarms.places[0].alarm);
    }
    if (loop->owns_places) {
        weft_free_(loop->allocator, loop->alarms.places,
                   (size_t)loop->alarms.capacity * sizeof *loop->alarms.places);
    }
    memset(&loop->alarms, 0, sizeof loop->alarms);
    weft_context_drop_(loop->allocator, loop->context);
    loop->context = NULL;
    weft_loop_current_ = outer == loop ? loop->shadowed : outer;
    if (weft_loop_current_->is_open) {
        weft_loop_guard_(weft_loop_current_);
    }
    return 0;
}
