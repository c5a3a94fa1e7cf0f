/* signal.c - from the signal handler to the loop.
 *
 * The handler counts the signal and, if it is the first one that waits, sends
 * the handle, which calls back once for each that was counted by then. So a
 * handle is never sent twice at a time, whichever threads are interrupted.
 */
#include "weft/signal.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

#if !defined(SA_RESTART)
#error "weft needs POSIX: include weft.h first, or compile with -std=gnu11"
#endif

#if defined(_NSIG)
enum { CAUGHT_SIGNALS = _NSIG };
#else
enum { CAUGHT_SIGNALS = NSIG };
#endif

/* Added to the count while the record is being changed: no handler sends. */
#define CAUGHT_SIGNAL_HELD 0x10000u

struct caught_signal {
    struct weft_handle *_Atomic handle; /* NULL: not caught               */
    atomic_uint waiting;                /* came, and not yet called back  */
    atomic_bool is_ending;              /* the second of them acts        */
    struct weft_loop *loop;
    struct weft_entry closing; /* in what the loop does when it closes */
    void (*callback)(void *arg);
    void *arg;
    struct sigaction before;
};

static struct caught_signal caught_signals[CAUGHT_SIGNALS];
static atomic_uint ending_signals_come; /* that came */

/* Handlers that run now, in any thread. */
static atomic_uint caught_handlers_running;

/* Two loops in two threads may want the same signal. No handler takes it. */
static pthread_mutex_t caught_signals_mutex = PTHREAD_MUTEX_INITIALIZER;

/* ---- In the signal handler: only what is allowed there ---- */

void weft_signal_default_(int number)
{
    sigset_t one;

    sigemptyset(&one);
    sigaddset(&one, number);
    signal(number, SIG_DFL);
    raise(number);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
}

static void deliver_caught_signals(void *arg);

static void on_caught_signal(int number)
{
    struct caught_signal *caught = &caught_signals[number];
    int saved = errno;
    struct weft_handle *handle;
    unsigned before;

    atomic_fetch_add(&caught_handlers_running, 1);
    before = atomic_fetch_add(&caught->waiting, 1);
    handle = atomic_load(&caught->handle);
    if (atomic_load(&caught->is_ending) &&
        atomic_fetch_add(&ending_signals_come, 1) > 0) {
        weft_signal_default_(number);
    } else if (before == 0 && handle != NULL) {
        weft_call_soon_threadsafe(caught->loop, handle, deliver_caught_signals,
                                  caught);
    }
    atomic_fetch_sub(&caught_handlers_running, 1);
    errno = saved;
}

/* ---- In the loop ---- */

/* The callback may take itself back, or be replaced. */
static void deliver_caught_signals(void *arg)
{
    struct caught_signal *caught = arg;
    unsigned count = atomic_exchange(&caught->waiting, 0);

    while (count > 0 && atomic_load(&caught->handle) != NULL) {
        count--;
        caught->callback(caught->arg);
    }
}

/* From here on no handler uses the record, and the handle is idle. */
static void hold_caught_signal(struct caught_signal *caught)
{
    struct weft_handle *handle = atomic_load(&caught->handle);

    atomic_fetch_add(&caught->waiting, CAUGHT_SIGNAL_HELD);
    while (atomic_load(&caught_handlers_running) > 0) {
        sched_yield(); /* in another thread */
    }
    if (handle != NULL) {
        weft_loop_collect_(caught->loop);
        weft_handle_cancel(handle);
    }
}

/* What came meanwhile, or was waiting before, is sent. */
static void let_go_of_caught_signal(struct caught_signal *caught)
{
    struct weft_handle *handle = atomic_load(&caught->handle);

    if (atomic_fetch_sub(&caught->waiting, CAUGHT_SIGNAL_HELD) !=
        CAUGHT_SIGNAL_HELD) {
        weft_call_soon(caught->loop, handle, deliver_caught_signals, caught);
    }
}

/* A handler that somebody else has set meanwhile stays. */
static void restore_caught_signal(struct caught_signal *caught, int number)
{
    struct sigaction now;

    if (sigaction(number, NULL, &now) == 0 &&
        now.sa_handler == on_caught_signal) {
        sigaction(number, &caught->before, NULL);
    }
}

static void forget_caught_signal(struct caught_signal *caught, int number)
{
    restore_caught_signal(caught, number);
    hold_caught_signal(caught);
    atomic_store(&caught->handle, NULL);
    atomic_store(&caught->waiting, 0);
    atomic_store(&caught->is_ending, false);
    weft_node_unlink(&caught->closing.node);
    caught->loop = NULL;
}

static void close_caught_signal(struct weft_loop *loop,
                                struct weft_entry *entry)
{
    struct caught_signal *caught =
        WEFT_OWNER(entry, struct caught_signal, closing);

    (void)loop;
    pthread_mutex_lock(&caught_signals_mutex);
    forget_caught_signal(caught, (int)(caught - caught_signals));
    pthread_mutex_unlock(&caught_signals_mutex);
}

static const struct weft_kind caught_signal_kind = {close_caught_signal,
                                                    "signal", NULL};

static bool is_catchable_signal(int number)
{
    return number > 0 && number < CAUGHT_SIGNALS && number != SIGSEGV &&
           number != SIGBUS && number != SIGFPE && number != SIGILL;
}

static int set_caught_action(struct caught_signal *caught, int number)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_caught_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    if (sigaction(number, NULL, &caught->before) < 0 ||
        sigaction(number, &action, NULL) < 0) {
        return -errno;
    }
    return 0;
}

static int catch_signal_for(struct weft_loop *loop, int number,
                            struct weft_handle *handle,
                            void (*callback)(void *arg), void *arg)
{
    struct caught_signal *caught = &caught_signals[number];
    bool is_new = caught->loop == NULL;
    int status;

    if (!is_new && caught->loop != loop) {
        return WEFT_EOTHERLOOP;
    }
    if (handle != atomic_load(&caught->handle) &&
        weft_handle_is_scheduled(handle)) {
        return WEFT_EALREADY;
    }
    hold_caught_signal(caught);
    caught->loop = loop;
    caught->callback = callback;
    caught->arg = arg;
    atomic_store(&caught->is_ending, false);
    atomic_store(&caught->handle, handle);
    if (is_new) {
        caught->closing.kind = &caught_signal_kind;
        weft_list_push(&loop->kept, &caught->closing.node);
        status = set_caught_action(caught, number);
        if (status < 0) {
            forget_caught_signal(caught, number);
            return status;
        }
    }
    let_go_of_caught_signal(caught);
    return 0;
}

int weft_add_signal_handler(struct weft_loop *loop, int number,
                            struct weft_handle *handle,
                            void (*callback)(void *arg), void *arg)
{
    int status;

    if (!is_catchable_signal(number)) {
        return WEFT_EINVAL;
    }
    if (weft_loop_is_closed(loop)) {
        return WEFT_ECLOSED;
    }
    pthread_mutex_lock(&caught_signals_mutex);
    status = catch_signal_for(loop, number, handle, callback, arg);
    pthread_mutex_unlock(&caught_signals_mutex);
    return status;
}

int weft_add_ending_signal_(struct weft_loop *loop, int number,
                            struct weft_handle *handle,
                            void (*callback)(void *arg), void *arg)
{
    int status = weft_add_signal_handler(loop, number, handle, callback, arg);

    if (status == 0) {
        atomic_store(&ending_signals_come, 0);
        atomic_store(&caught_signals[number].is_ending, true);
    }
    return status;
}

bool weft_remove_signal_handler(struct weft_loop *loop, int number)
{
    bool was_caught;

    if (!is_catchable_signal(number)) {
        return false;
    }
    pthread_mutex_lock(&caught_signals_mutex);
    was_caught = caught_signals[number].loop == loop && loop != NULL;
    if (was_caught) {
        forget_caught_signal(&caught_signals[number], number);
    }
    pthread_mutex_unlock(&caught_signals_mutex);
    return was_caught;
}

struct weft_handle *weft_signal_handle_(int number)
{
    return atomic_load(&caught_signals[number].handle);
}
