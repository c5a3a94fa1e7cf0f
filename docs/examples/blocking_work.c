/* blocking_work.c - a function that keeps a processor busy, beside a clock that
 * goes on ticking.
 *
 * Called straight from a coroutine, the function would stop the loop, and the
 * clock with it. In a thread it stops nobody. So that this program prints the
 * same every time, the function goes on until the clock has ticked three
 * times; what it finds meanwhile is the same each time.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <weft.h>

enum { TICKS = 3 };

static atomic_int ticks;

/* ---- In a thread: no AWAIT, no loop ---- */

static bool is_prime(int number)
{
    for (int divisor = 2; divisor * divisor <= number; divisor++) {
        if (number % divisor == 0) {
            return false;
        }
    }
    return number > 1;
}

static int count_primes(void *arg)
{
    const int *limit = arg;
    int count;

    do {
        count = 0;
        for (int number = 0; number < *limit; number++) {
            count += is_prime(number);
        }
    } while (atomic_load(&ticks) < TICKS);
    return count;
}

/* ---- In the loop ---- */

struct tick {
    struct weft_frame frame;
    int count;
};

static async tick(struct weft_frame *frame)
{
    ASYNC_BEGIN(tick);
    while (self->count < TICKS) {
        AWAIT(weft_sleep(0.005));
        printf("tick %d\n", ++self->count);
        atomic_store(&ticks, self->count);
    }
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_task *clock;
    int limit;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->clock = SPAWN(tick);
    self->limit = 10000; /* a member: the thread uses it during the await */
    AWAIT(weft_to_thread(count_primes, &self->limit));
    printf("%d primes below %d\n", frame->value, self->limit);
    ASYNC_FINALLY
    weft_task_release(self->clock);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}
