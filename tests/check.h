/* check.h - what every test program is made of.
 *
 * A test is a function named as a sentence. CHECK is an expression and
 * survives NDEBUG. Coroutines append words to a trace with trace("..."), and
 * CHECK_TRACE compares the whole of it with one string, words joined by ", ",
 * and clears it.
 *
 *     #define TESTS(X) X(set_wakes_every_waiter_in_order)
 *     TEST_MAIN(TESTS)
 *
 * With names as arguments a program runs only those tests.
 */
#ifndef CHECK_H
#define CHECK_H

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weft.h"

#ifndef CHECK_TRACE_SIZE /* a device may have less to give */
#define CHECK_TRACE_SIZE 16384
#endif

static int check_failures;
static char check_trace[CHECK_TRACE_SIZE];

static inline int check_fail(const char *file, int line, const char *what)
{
    printf("  %s:%d: %s\n", file, line, what);
    check_failures++;
    return 0;
}

#define CHECK(condition) \
    ((condition) ? 1 : check_fail(__FILE__, __LINE__, #condition))

#define CHECK_INT(actual, expected)                             \
    check_int(__FILE__, __LINE__, #actual, (long long)(actual), \
              (long long)(expected))

static inline int check_int(const char *file, int line, const char *what,
                            long long actual, long long expected)
{
    char text[256];

    if (actual == expected) {
        return 1;
    }
    snprintf(text, sizeof text, "%s is %lld, not %lld", what, actual, expected);
    return check_fail(file, line, text);
}

#define CHECK_STR(actual, expected) \
    check_str(__FILE__, __LINE__, (actual), (expected))

static inline int check_str(const char *file, int line, const char *actual,
                            const char *expected)
{
    if (strcmp(actual, expected) == 0) {
        return 1;
    }
    printf("  %s:%d: expected \"%s\"\n", file, line, expected);
    printf("  %s:%d:      got \"%s\"\n", file, line, actual);
    check_failures++;
    return 0;
}

/* Append formatted words to the trace. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
static inline void
trace(const char *format, ...)
{
    size_t used = strlen(check_trace);
    va_list words;

    if (used > 0 && used + 2 < sizeof check_trace) {
        strcpy(check_trace + used, ", ");
        used += 2;
    }
    va_start(words, format);
    vsnprintf(check_trace + used, sizeof check_trace - used, format, words);
    va_end(words);
}

#define CHECK_TRACE(expected) \
    (CHECK_STR(check_trace, (expected)), check_trace[0] = '\0')

/* A loop on a virtual clock, with memory whose blocks are counted. `fail_at`
 * makes the n-th allocation fail (1 is the first); 0 lets all succeed. */
struct world {
    struct weft_allocator allocator; /* first */
    struct weft_sim sim;
    struct weft_loop loop;
    long blocks;      /* allocated and not freed   */
    long allocations; /* asked for so far          */
    long fail_at;
    int reports; /* calls of on_error         */
};

static inline void *world_resize(struct weft_allocator *allocator, void *block,
                                 size_t old_size, size_t new_size)
{
    struct world *world = (struct world *)(void *)allocator;
    void *moved;

    if (new_size == 0) {
        world->blocks -= block != NULL;
        free(block);
        return NULL;
    }
    if (++world->allocations == world->fail_at) {
        return NULL;
    }
    /* Always moves, so that a stale pointer shows. */
    moved = malloc(new_size);
    if (moved != NULL && old_size > 0) {
        memcpy(moved, block, old_size < new_size ? old_size : new_size);
        free(block);
        world->blocks--;
    }
    world->blocks += moved != NULL;
    return moved;
}

static inline void world_on_error(struct weft_loop *loop,
                                  const struct weft_report *report)
{
    struct world *world = loop->user;

    world->reports++;
    trace("report %s", weft_error_name(report->error));
}

static inline void world_open(struct world *world)
{
    memset(world, 0, sizeof *world);
    world->allocator.resize = world_resize;
    weft_sim_init(&world->sim);
    weft_loop_init(&world->loop, &world->sim.driver);
    world->loop.allocator = &world->allocator;
    world->loop.on_error = world_on_error;
    world->loop.user = world;
}

/* Cancel what is left, close, and check that nothing leaked. */
static inline void world_close(struct world *world)
{
    CHECK_INT(weft_loop_cancel_all(&world->loop), 0);
    CHECK(weft_heap_verify(&world->loop.alarms));
    CHECK_INT(world->loop.alarms.count, 0);
    CHECK_INT(world->loop.reserved, 0);
    CHECK_INT(weft_loop_close(&world->loop), 0);
    CHECK_INT(world->blocks, 0);
}

/* Run one coroutine in a world of its own, as ASYNC_RUN would. */
#define WORLD_RUN(...) WORLD_RUN_(__VA_ARGS__, .frame = {0})
#define WORLD_RUN_(name, ...) \
    world_run((name), &(struct name){__VA_ARGS__}.frame)

static inline int world_run(struct weft_async (*resume)(struct weft_frame *),
                            struct weft_frame *frame)
{
    struct world world;
    int status;

    world_open(&world);
    status = weft_run_in_(&world.loop, resume, frame);
    world_close(&world);
    return status;
}

struct check_test {
    const char *name;
    void (*run)(void);
};

/* Whoever starts the tests may have had some signals ignored: nohup, or a shell
 * in the background. */
static inline void check_signals(void)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
#if defined(SIGHUP)
    signal(SIGHUP, SIG_DFL);
#endif
}

static inline int check_main(const struct check_test *tests, int argc,
                             char **argv)
{
    int failed = 0;

    check_signals();
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (; tests->name != NULL; tests++) {
        int wanted = argc < 2;

        for (int i = 1; i < argc; i++) {
            wanted = wanted || strcmp(argv[i], tests->name) == 0;
        }
        if (!wanted) {
            continue;
        }
        check_failures = 0;
        check_trace[0] = '\0';
        tests->run();
        printf("%s %s\n", check_failures == 0 ? "ok" : "FAIL", tests->name);
        failed += check_failures > 0;
    }
    return failed > 0;
}

#define CHECK_TEST_ENTRY(name) {#name, name},
#define TEST_MAIN(TESTS)                           \
    int main(int argc, char **argv)                \
    {                                              \
        static const struct check_test tests[] = { \
            TESTS(CHECK_TEST_ENTRY){NULL, NULL}};  \
                                                   \
        return check_main(tests, argc, argv);      \
    }

#endif /* CHECK_H */
