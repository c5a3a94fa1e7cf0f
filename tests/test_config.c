/* test_config.c - what may be set before the include, all of it set: the
 * implementation in this file, no short names, milliseconds for ticks, and a
 * trap of our own.
 */
#include <setjmp.h>

static jmp_buf trapped;
static const char *trap_message;

static void trap_here(const char *message)
{
    trap_message = message;
    longjmp(trapped, 1);
}

#define WEFT_IMPLEMENTATION
#define WEFT_NO_SHORT_NAMES
#define WEFT_TICKS_PER_SECOND 1000
#define WEFT_TRAP(message) trap_here(message)

#include "check.h"

/* The short words belong to the program. */
enum words { async, AWAIT, YIELD, CALL, SPAWN, START };

struct job {
    struct weft_frame frame;
    double seconds;
    int result;
};

static struct weft_async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    ASYNC_AWAIT(weft_sleep(self->seconds));
    trace("%g", weft_loop_time(weft_loop_current()));
    ASYNC_RETURN(START);
    ASYNC_END;
}

struct parent {
    struct weft_frame frame;
    struct job job;
    struct weft_task task;
    struct job slot;
    struct weft_task *child;
};

static struct weft_async parent(struct weft_frame *frame)
{
    ASYNC_BEGIN(parent);
    self->child = ASYNC_SPAWN(job, .seconds = 0.002);
    CHECK_INT(ASYNC_START(&self->task, &self->slot, job, .seconds = 0.003), 0);
    ASYNC_AWAIT(ASYNC_CALL(&self->job, job, .seconds = 0.001));
    ASYNC_AWAIT(weft_join(self->child));
    CHECK_INT(WEFT_RESULT(self->child, job), START);
    ASYNC_AWAIT(weft_join(&self->task));
    ASYNC_FINALLY
    weft_task_release(self->child);
    weft_task_release(&self->task);
    ASYNC_END;
}

static void the_long_names_are_always_there(void)
{
    CHECK_INT(WORLD_RUN(parent), 0);
    CHECK_TRACE("0.001, 0.002, 0.003");
    CHECK_INT(async + AWAIT + YIELD + CALL + SPAWN + START, 15);
}

static void a_tick_is_what_the_program_says(void)
{
    CHECK_INT(weft_ticks_from(1), 1000);
    CHECK_INT(weft_ticks_from(0.0004), 0);
    CHECK_INT(weft_ticks_from(0.0006), 1);
    CHECK(weft_seconds_from(1500) > 1.49 && weft_seconds_from(1500) < 1.51);
}

/* The clock of libev's driver counts the same ticks. */
static void the_real_clock_counts_in_ticks_too(void)
{
    struct timespec now;
    struct weft_ev ev;
    weft_ticks before, ticks, after;

    CHECK_INT(weft_ev_open(&ev, weft_allocator_libc()), 0);
    clock_gettime(CLOCK_MONOTONIC, &now);
    before = (weft_ticks)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    ticks = ev.driver.now(&ev.driver);
    clock_gettime(CLOCK_MONOTONIC, &now);
    after = (weft_ticks)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    CHECK(before <= ticks && ticks <= after);
    weft_ev_close(&ev);
}

static void the_trap_of_the_program_is_called(void)
{
    struct job finished = {.frame = {.state = WEFT_FINISHED_}};

    trap_message = NULL;
    if (setjmp(trapped) == 0) {
        (void)job(&finished.frame);
    }
    CHECK(trap_message != NULL);
    CHECK_STR(trap_message != NULL ? trap_message : "",
              "resumed after its end");
}

#define TESTS(X)                          \
    X(the_long_names_are_always_there)    \
    X(a_tick_is_what_the_program_says)    \
    X(the_real_clock_counts_in_ticks_too) \
    X(the_trap_of_the_program_is_called)
TEST_MAIN(TESTS)
