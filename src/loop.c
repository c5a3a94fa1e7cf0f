/* loop.c - turns: poll, due alarms, what was ready. */
#include "weft/loop.h"

#include <stdatomic.h>
#include <string.h>

/* Stands where no loop is open, so that nobody need ask for NULL: it has no
 * task and no memory, and is not open. Never written to. */
static struct weft_loop no_loop;

WEFT_THREAD_LOCAL_ struct weft_loop *weft_loop_current_ = &no_loop;

/* The clock is read after at most this many entries, fewer when they are
 * slow; reading it costs about as much as four of them. */
enum { CLOCK_ENTRIES = 64 };

void weft_loop_init(struct weft_loop *loop, struct weft_driver *driver)
{
    memset(loop, 0, sizeof *loop);
    loop->driver = driver;
    loop->poll_turns = driver->poll_turns;
    loop->poll_interval = driver->poll_interval;
    loop->is_open = true;
    loop->owns_places = true;
    loop->quota = 1;
    loop->now = loop->polled = driver->now(driver);
    loop->ready.head.next = loop->ready.head.prev = &loop->ready.head;
    loop->batch.head.next = loop->batch.head.prev = &loop->batch.head;
    loop->shadowed = weft_loop_current_;
    weft_loop_current_ = loop;
}

void weft_loop_set_alarms(struct weft_loop *loop,
                          struct weft_heap_place *places, uint32_t count)
{
    loop->alarms.places = places;
    loop->alarms.capacity = count;
    loop->owns_places = false;
}

/* Promise a place among the alarms, so that no wait can fail for want of one.
 * The array doubles. */
int weft_loop_reserve_(struct weft_loop *loop)
{
    struct weft_heap *heap = &loop->alarms;
    struct weft_heap_place *places;
    uint32_t capacity = heap->capacity > 0 ? heap->capacity * 2 : 16;

    if (loop->reserved < heap->capacity) {
        loop->reserved++;
        return 0;
    }
    if (!loop->owns_places || capacity < heap->capacity) {
        return WEFT_ENOMEM;
    }
    places = weft_resize_(loop->allocator, heap->places,
                          heap->capacity * sizeof *places,
                          capacity * sizeof *places);
    if (places == NULL) {
        return WEFT_ENOMEM;
    }
    heap->places = places;
    heap->capacity = capacity;
    loop->reserved++;
    return 0;
}

void weft_loop_unreserve_(struct weft_loop *loop)
{
    loop->reserved--;
}

void weft_loop_report_(struct weft_loop *loop, const char *message, int error,
                       struct weft_task *task)
{
    struct weft_report report = {message, error, task};

    if (loop->on_error != NULL) {
        loop->on_error(loop, &report);
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
    if (!weft_handle_set_(handle, callback, arg)) {
        return WEFT_EALREADY;
    }
    weft_loop_ready_(loop, &handle->entry);
    return 0;
}

/* Other threads push onto a stack, the loop takes all of it at once and turns
 * it over. `next` alone links it; the loop fills in the rest. */
int weft_call_soon_threadsafe(struct weft_loop *loop,
                              struct weft_handle *handle,
                              void (*callback)(void *arg), void *arg)
{
    struct weft_node *node = &handle->entry.node;
    struct weft_node *newest =
        atomic_load_explicit(&loop->inbox, memory_order_relaxed);

    node->next = NULL;
    weft_handle_set_(handle, callback, arg);
    do {
        node->next = newest;
    } while (!atomic_compare_exchange_weak_explicit(
        &loop->inbox, &newest, node, memory_order_release,
        memory_order_relaxed));
    loop->driver->wake(loop->driver);
    return 0;
}

static void collect_inbox(struct weft_loop *loop)
{
    struct weft_node *oldest = NULL;
    struct weft_node *node;

    if (WEFT_LIKELY_(atomic_load_explicit(&loop->inbox,
                                          memory_order_relaxed) == NULL)) {
        return;
    }
    node = atomic_exchange_explicit(&loop->inbox, NULL, memory_order_acquire);
    while (node != NULL) {
        struct weft_node *next = node->next;

        node->next = oldest;
        oldest = node;
        node = next;
    }
    while (oldest != NULL) {
        node = oldest;
        oldest = node->next;
        weft_list_push(&loop->ready, node);
    }
}

/* Is it time to look at the kernel although there is work? After poll_turns
 * turns, or poll_interval ticks. The clock is read rarely while entries are
 * quick, and after every one when they are slow. */
static bool poll_is_due(struct weft_loop *loop)
{
    weft_ticks now;

    if (++loop->turns >= loop->poll_turns) {
        return true;
    }
    if (WEFT_LIKELY_(loop->credit > 0)) {
        return false;
    }
    now = weft_loop_ticks(loop);
    if (now - loop->now > loop->poll_interval / 4) {
        loop->quota = 1;
    } else if (loop->quota < CLOCK_ENTRIES) {
        loop->quota *= 2;
    }
    loop->credit = loop->quota;
    loop->now = now;
    return now - loop->polled >= loop->poll_interval;
}

static weft_ticks time_to_wait(struct weft_loop *loop)
{
    weft_ticks when;
    weft_ticks now;

    if (loop->is_stopping || !weft_list_is_empty(&loop->ready)) {
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
    return when > now ? when - now : 0;
}

static int run_turn(struct weft_loop *loop)
{
    struct weft_heap *alarms = &loop->alarms;
    struct weft_node *node;

    collect_inbox(loop);
    if (weft_list_is_empty(&loop->ready) || poll_is_due(loop)) {
        int status = loop->driver->poll(loop->driver, time_to_wait(loop),
                                        &loop->ready);

        if (status < 0) {
            return status;
        }
        collect_inbox(loop);
        loop->turns = 0;
        loop->now = loop->polled = weft_loop_ticks(loop);
    }
    while (alarms->count > 0 && alarms->places[0].when <= loop->now) {
        struct weft_alarm *alarm = alarms->places[0].alarm;

        weft_heap_remove(alarms, alarm);
        weft_loop_ready_(loop, &alarm->entry);
    }
    weft_list_splice(&loop->batch, &loop->ready);
    while ((node = weft_list_pop(&loop->batch)) != NULL) {
        struct weft_entry *entry = WEFT_OWNER(node, struct weft_entry, node);

        loop->credit--;
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
    do {
        status = run_turn(loop);
    } while (status == 0 && !loop->is_stopping &&
             (goes_on == NULL || goes_on(loop)));
    loop->is_stopping = false;
    loop->is_running = false;
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
    if (loop->owns_places) {
        weft_free_(loop->allocator, loop->alarms.places,
                   loop->alarms.capacity * sizeof *loop->alarms.places);
    }
    memset(&loop->alarms, 0, sizeof loop->alarms);
    loop->is_open = false;
    weft_loop_current_ = outer == loop ? loop->shadowed : outer;
    return 0;
}
