/* loop.h - runs what is ready, in order.
 *
 * Python   asyncio.BaseEventLoop
 * Memory   one struct; its alarms take 16 bytes a task or timer, from the
 *          allocator or from an array of yours
 * Moving   not while open
 * Errors   WEFT_EALREADY inside a running loop, WEFT_ECLOSED after its close,
 *          WEFT_EOTHERLOOP where it can be told (see below)
 *
 *     struct weft_loop loop;
 *
 *     weft_loop_init(&loop, &ev.driver);
 *     weft_call_soon(&loop, &handle, begin, NULL);
 *     weft_loop_run_forever(&loop);
 *     weft_loop_close(&loop);
 *
 * A turn polls the driver, moves due alarms behind what was ready before, and
 * runs exactly what is ready at that point, first in, first out. What that
 * schedules waits for the next turn.
 *
 * A loop belongs to the thread that opened it, and so does everything that its
 * tasks use; only weft_call_soon_threadsafe may be called from another. Where
 * two loops are open in one thread, and in debug mode everywhere, weft looks
 * whose tasks it is dealing with: awaiting what belongs to another loop fails
 * with WEFT_EOTHERLOOP, and waking a task of another loop traps. Freestanding,
 * nobody looks.
 */
#ifndef WEFT_LOOP_H
#define WEFT_LOOP_H

#include "weft/allocator.h"
#include "weft/driver.h"
#include "weft/error.h"
#include "weft/heap.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_loop;
struct weft_task;
struct weft_debug_;

/* What went wrong where nobody could be told: the context dictionary of
 * asyncio's exception handlers. Valid during the call, which sees the context
 * variables of the task. */
struct weft_report {
    const char *message;    /* a sentence without a full stop       */
    int error;              /* the negative code; 0: only a warning */
    struct weft_task *task; /* the task it happened to, or NULL     */
};

struct weft_loop {
    /* public, after weft_loop_init */
    struct weft_allocator *allocator; /* NULL: SPAWN fails                 */
    void (*on_error)(struct weft_loop *loop, const struct weft_report *report);
    void *user;          /* yours                                            */
    unsigned poll_turns; /* see weft_driver; taken from it by init     */
    weft_ticks poll_interval;
    weft_ticks slow_callback_duration; /* of a step, in debug mode; 0.1 s   */

    /* read-only */
    struct weft_driver *driver;
    struct weft_task *task; /* whose step is running; NULL in callbacks     */
    size_t task_count;      /* tasks that are not done                      */
    size_t expected;        /* calls that threads of weft's have to make    */
    bool is_running;
    bool is_open;

    /* private */
    bool is_stopping;
    bool owns_places;
    bool pauses;            /* between turns there is something to do      */
    bool is_guarded;        /* ask whose tasks are waited for and woken    */
    struct weft_list ready; /* runs in the next turn                       */
    struct weft_list batch; /* runs in this one                            */
    struct weft_list tasks; /* not done, oldest first                      */
    struct weft_list kept;  /* done tasks: run once when the loop closes   */
    struct weft_heap alarms;
    unsigned reserved; /* places promised: one a task, one a timer    */
    unsigned turns;    /* since the last poll                         */
    int credit;        /* entries to run before the clock is read     */
    int quota;         /* the credit given last time                  */
    weft_ticks now;    /* when it was read last                       */
    weft_ticks polled;
    const void *stack_base; /* where the run has its place on the C stack  */
    void *context;          /* of tasks that no task spawns: see var.h     */
    struct weft_loop *shadowed; /* the thread's loop before this one        */
    const struct weft_debug_ *debug; /* in debug mode                       */
#if defined(WEFT_FREESTANDING)
    struct weft_node *volatile inbox; /* from interrupts, newest first       */
#elif defined(__cplusplus)
    void *inbox;
#else
    struct weft_node *_Atomic inbox; /* from other threads, newest first    */
#endif
};

/* Open a loop on a driver, and make it the loop of this thread. */
void weft_loop_init(struct weft_loop *loop, struct weft_driver *driver);

/* Use an array of the caller's for alarms, one place for each task and each
 * timer that can be alive at once. More than that then fails to start, with
 * WEFT_ENOMEM. Before the first task. */
void weft_loop_set_alarms(struct weft_loop *loop,
                          struct weft_heap_place *places, unsigned count);

/* Run until weft_loop_stop. 0, or the negative code that ended it: of the
 * driver, WEFT_EALREADY, WEFT_ECLOSED. */
int weft_loop_run_forever(struct weft_loop *loop);

/* End the run after the turn that is under way; before a run: after its first
 * turn, which does not wait. O(1). */
void weft_loop_stop(struct weft_loop *loop);

/* For a program with a main loop of its own, which calls weft: one turn, which
 * does not wait. 0 or a negative code, as above. */
int weft_loop_turn(struct weft_loop *loop);

/* How long the next turn would wait: 0 if there is something to do, WEFT_FOREVER
 * if only an event or another thread can bring it. Looks at what interrupts
 * have sent, too: ask in a critical section, and sleep in it. O(1). */
weft_ticks weft_loop_time_to_wait(struct weft_loop *loop);

/* Release done tasks, free what the loop holds. Idempotent. WEFT_EALREADY
 * while it runs, WEFT_EBUSY while a task is not done, or a thread of weft's is
 * still to report: neither changes it. */
int weft_loop_close(struct weft_loop *loop);

static inline bool weft_loop_is_running(const struct weft_loop *loop)
{
    return loop->is_running;
}

static inline bool weft_loop_is_closed(const struct weft_loop *loop)
{
    return !loop->is_open;
}

/* The loop of this thread: open, running or not. NULL when there is none. */
struct weft_loop *weft_loop_current(void);

/* asyncio.get_running_loop: NULL unless inside a run. */
struct weft_loop *weft_loop_running(void);

/* The driver's clock. weft_loop_time is in seconds. */
static inline weft_ticks weft_loop_ticks(const struct weft_loop *loop)
{
    return loop->driver->now(loop->driver);
}

static inline double weft_loop_time(const struct weft_loop *loop)
{
    return weft_seconds_from(weft_loop_ticks(loop));
}

/* Run callback(arg) in the next turn. The handle is the caller's, and idle
 * again when the callback begins. WEFT_EALREADY, WEFT_ECLOSED. O(1). */
int weft_call_soon(struct weft_loop *loop, struct weft_handle *handle,
                   void (*callback)(void *arg), void *arg);

/* The same from any thread, signal handler or interrupt, and it wakes the
 * loop. WEFT_EALREADY while the handle is on its way, to whoever sent it; two
 * threads must not send the same one at the same time. Cancelling it is for
 * the loop's thread. Lock-free. WEFT_ECLOSED. */
int weft_call_soon_threadsafe(struct weft_loop *loop,
                              struct weft_handle *handle,
                              void (*callback)(void *arg), void *arg);

/* Between files. */
int weft_loop_grow_(struct weft_loop *loop);
void weft_loop_report_(struct weft_loop *loop, const char *message, int error,
                       struct weft_task *task);
int weft_loop_run_(struct weft_loop *loop,
                   bool (*goes_on)(struct weft_loop *loop));

/* Read by every operation. The shared library finds it without a call, which
 * costs it eight bytes of what the C library sets aside for that. */
#if defined(__GLIBC__) && defined(__GNUC__) && !defined(WEFT_FREESTANDING)
#define WEFT_NEAR_ __attribute__((tls_model("initial-exec")))
#else
#define WEFT_NEAR_
#endif
extern WEFT_THREAD_LOCAL_ WEFT_NEAR_ struct weft_loop
    *weft_loop_current_; /* not NULL */

/* What debug mode adds: run a turn's batch, leaving it empty; look at memory
 * that is about to be given back. */
struct weft_debug_ {
    void (*run_batch)(struct weft_loop *loop);
    void (*give_back)(struct weft_loop *loop, const void *memory, size_t size);
};

/* What came from other threads goes behind what is ready. */
void weft_loop_collect_(struct weft_loop *loop);

/* Set is_guarded as it must be now. */
void weft_loop_guard_(struct weft_loop *loop);

/* A device has one loop, and no debug mode: it need not carry what asks for
 * either. */
#if defined(WEFT_FREESTANDING)
#define WEFT_HAS_DEBUG_ false
#else
#define WEFT_HAS_DEBUG_ true
#endif

static inline bool weft_loop_is_guarded_(const struct weft_loop *loop)
{
    return WEFT_HAS_DEBUG_ && loop->is_guarded;
}

static inline const struct weft_debug_ *weft_loop_debug_(
    const struct weft_loop *loop)
{
    return WEFT_HAS_DEBUG_ ? loop->debug : NULL;
}

/* Does it run, as far as can be told, while this thread is not in it? */
static inline bool weft_loop_is_elsewhere_(const struct weft_loop *loop)
{
    return weft_loop_is_guarded_(loop) && loop->is_running &&
           loop != weft_loop_current_;
}

/* Promise a place among the alarms, so that no wait can fail for want of one.
 * 0 or WEFT_ENOMEM. */
static inline int weft_loop_reserve_(struct weft_loop *loop)
{
    if (WEFT_LIKELY_(loop->reserved < loop->alarms.capacity)) {
        loop->reserved++;
        return 0;
    }
    return weft_loop_grow_(loop);
}

static inline void weft_loop_unreserve_(struct weft_loop *loop)
{
    loop->reserved--;
}

/* weft_list_push, without asking whether the list was ever used. */
static inline void weft_loop_ready_(struct weft_loop *loop,
                                    struct weft_entry *entry)
{
    struct weft_node *head = &loop->ready.head;
    struct weft_node *node = &entry->node;
    struct weft_node *last = head->prev;

    node->prev = last;
    last->next = node;
    node->next = head;
    head->prev = node;
}

/* Make a list ready, in order. */
static inline void weft_loop_ready_all_(struct weft_loop *loop,
                                        struct weft_list *list)
{
    struct weft_node *head = &loop->ready.head;
    struct weft_node *first = list->head.next;
    struct weft_node *last = list->head.prev;

    if (!weft_list_is_empty(list)) {
        first->prev = head->prev;
        head->prev->next = first;
        last->next = head;
        head->prev = last;
        list->head.next = list->head.prev = &list->head;
    }
}

/* The oldest entry of this turn leaves its list. */
static inline void weft_loop_take_(struct weft_loop *loop,
                                   struct weft_entry *entry)
{
    struct weft_node *head = &loop->batch.head;
    struct weft_node *next = entry->node.next;

    loop->credit--;
    head->next = next;
    next->prev = head;
    entry->node.next = NULL;
}

/* The batch is done. Begin the next one, if that is all that the next turn
 * takes: no poll, no alarm, nobody who wants to look in between. */
bool weft_loop_flows_(struct weft_loop *loop);

/* The next entry, if it is run by that function: a kind that is frequent runs
 * one entry after the other, without going back to the loop. */
static inline struct weft_entry *weft_loop_next_(
    struct weft_loop *loop,
    void (*run)(struct weft_loop *loop, struct weft_entry *entry))
{
    struct weft_node *head = &loop->batch.head;
    struct weft_entry *entry;

    if (head->next == head && !weft_loop_flows_(loop)) {
        return NULL;
    }
    entry = WEFT_OWNER(head->next, struct weft_entry, node);
    if (entry->kind->run != run) {
        return NULL;
    }
    weft_loop_take_(loop, entry);
    return entry;
}

#ifdef __cplusplus
}
#endif

#endif /* WEFT_LOOP_H */
