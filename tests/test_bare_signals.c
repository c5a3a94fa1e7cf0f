/* test_bare_signals.c - a port to a POSIX process, and a lost wake-up looked
 * for.
 *
 * The interrupt is SIGUSR1, from a timer that is set to some microseconds
 * before each wait: it comes before the loop decides to sleep, while it does,
 * or when it has. The critical section blocks the signal, and idle is
 * sigsuspend. If one wake-up is lost nothing ever comes again, and alarm() ends
 * the program. ROUNDS=n for more of them.
 */
#define WEFT_FREESTANDING
#define WEFT_IMPLEMENTATION
#include <time.h>
#include <unistd.h>

#include "check.h"

static volatile sig_atomic_t interrupts;
static timer_t timer;
static sigset_t interrupt_only;
static sigset_t interrupts_on;

weft_ticks weft_port_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (weft_ticks)now.tv_sec * 1000000000 + now.tv_nsec;
}

unsigned weft_port_enter(void)
{
    sigset_t before;

    sigprocmask(SIG_BLOCK, &interrupt_only, &before);
    return sigismember(&before, SIGUSR1) == 1;
}

void weft_port_exit(unsigned state)
{
    if (state == 0) {
        sigprocmask(SIG_UNBLOCK, &interrupt_only, NULL);
    }
}

void weft_port_idle(weft_ticks timeout)
{
    (void)timeout; /* nobody sleeps here but for an interrupt */
    sigsuspend(&interrupts_on);
}

void weft_port_trap(const char *message, const char *name, const char *file,
                    int line)
{
    printf("FAIL trap: %s at %s:%d: %s\n", name, file, line, message);
    abort();
}

static int places[4];
static struct weft_isr_queue received = WEFT_ISR_QUEUE(places);
static struct weft_event event;
static struct weft_handle set;
static struct weft_loop loop;

static void interrupt_put(int number)
{
    int item = ++interrupts;

    (void)number;
    weft_isr_queue_put(&received, &item);
}

static void interrupt_set(int number)
{
    (void)number;
    interrupts++;
    weft_event_set_from_isr(&loop, &set, &event);
}

/* Up to 64 microseconds from now, short times as often as long ones, by a
 * generator of Lehmer's: falling asleep takes something in between. */
static void set_timer(void)
{
    static uint32_t random = 1;
    struct itimerspec once = {{0, 0}, {0, 0}};

    random = (uint32_t)((uint64_t)random * 48271 % 2147483647);
    once.it_value.tv_nsec = 1 + (long)(random >> 8 & 65535 >> (random & 7));
    timer_settime(timer, 0, &once, NULL);
}

struct counter {
    struct weft_frame frame;
    bool has_queue;
    int rounds;
    int count;
    int item;
};

static async counter(struct weft_frame *frame)
{
    ASYNC_BEGIN(counter);
    while (self->count < self->rounds) {
        set_timer();
        if (self->has_queue) {
            AWAIT(weft_isr_queue_get(&received, &self->item));
        } else {
            AWAIT(weft_event_wait(&event));
            weft_event_clear(&event);
            self->item = interrupts;
        }
        self->count++;
        if (self->item != self->count) {
            ASYNC_RAISE(WEFT_EINVALIDSTATE);
        }
    }
    ASYNC_END;
}

static void count_interrupts(void (*handler)(int number), bool has_queue)
{
    static struct weft_bare bare;
    static struct weft_heap_place alarms[2];
    const char *rounds = getenv("ROUNDS");
    struct sigevent event_of_timer = {.sigev_notify = SIGEV_SIGNAL,
                                      .sigev_signo = SIGUSR1};
    struct sigaction action = {.sa_handler = handler};
    struct counter main = {.frame = {0},
                           .has_queue = has_queue,
                           .rounds = rounds != NULL ? atoi(rounds) : 4000};

    interrupts = 0;
    sigemptyset(&interrupt_only);
    sigaddset(&interrupt_only, SIGUSR1);
    sigprocmask(SIG_BLOCK, NULL, &interrupts_on);
    sigdelset(&interrupts_on, SIGUSR1);
    CHECK_INT(sigaction(SIGUSR1, &action, NULL), 0);
    CHECK_INT(timer_create(CLOCK_MONOTONIC, &event_of_timer, &timer), 0);
    alarm(120);
    weft_bare_init(&bare);
    weft_loop_init(&loop, &bare.driver);
    weft_loop_set_alarms(&loop, alarms, 2);
    CHECK_INT(weft_run_in_(&loop, counter, &main.frame), 0);
    CHECK_INT(main.count, main.rounds);
    CHECK_INT(interrupts, main.rounds);
    CHECK_INT(weft_isr_queue_lost(&received), 0);
    CHECK_INT(weft_loop_close(&loop), 0);
    alarm(0);
    CHECK_INT(timer_delete(timer), 0);
}

static void no_item_of_an_interrupt_is_slept_through(void)
{
    count_interrupts(interrupt_put, true);
}

static void no_event_of_an_interrupt_is_slept_through(void)
{
    count_interrupts(interrupt_set, false);
}

#define TESTS(X)                                \
    X(no_item_of_an_interrupt_is_slept_through) \
    X(no_event_of_an_interrupt_is_slept_through)
TEST_MAIN(TESTS)
