/* test_dump.c - tasks shown with what they wait for, and where. */
#include "check.h"

static struct weft_event never;

struct inner {
    struct weft_frame frame;
};

static async inner(struct weft_frame *frame)
{
    ASYNC_BEGIN(inner);
    AWAIT(weft_event_wait(&never));
    ASYNC_END;
}

enum { INNER_LINE = __LINE__ - 4 };

struct outer {
    struct weft_frame frame;
    struct inner inner;
};

static async outer(struct weft_frame *frame)
{
    ASYNC_BEGIN(outer);
    AWAIT(CALL(&self->inner, inner));
    ASYNC_END;
}

enum { OUTER_LINE = __LINE__ - 4 };

struct sleeper {
    struct weft_frame frame;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    AWAIT(weft_sleep(2));
    ASYNC_END;
}

enum { SLEEPER_LINE = __LINE__ - 4 };

struct program {
    struct weft_frame frame;
    void (*look)(struct weft_task *a, struct weft_task *b);
    struct weft_task *a, *b;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    weft_task_set_name(weft_current_task(), "main");
    self->a = SPAWN(outer);
    self->b = SPAWN(sleeper);
    weft_task_set_name(self->a, "a");
    weft_task_set_name(self->b, "b");
    AWAIT(weft_sleep(0.5));
    self->look(self->a, self->b);
    weft_task_release(self->a);
    weft_task_release(self->b);
    ASYNC_END;
}

static char shown[2048];

static void read_back(FILE *file)
{
    size_t size;

    rewind(file);
    size = fread(shown, 1, sizeof shown - 1, file);
    shown[size] = '\0';
}

static void look_at_stacks(struct weft_task *a, struct weft_task *b)
{
    struct weft_stack_level levels[2];

    CHECK_INT(weft_task_stack(a, levels, 2), 2);
    CHECK_STR(levels[0].name, "inner");
    CHECK_INT(levels[0].line, INNER_LINE);
    CHECK_STR(levels[1].name, "outer");
    CHECK_INT(levels[1].line, OUTER_LINE);
    CHECK(strstr(levels[1].file, "test_dump.c") != NULL);
    CHECK_STR(weft_task_waits_for(a), "event");

    levels[1].line = -7;
    CHECK_INT(weft_task_stack(b, levels, 1), 1);
    CHECK_INT(levels[0].line, SLEEPER_LINE);
    CHECK_INT(levels[1].line, -7);
    CHECK_INT(weft_task_stack(a, levels, 1), 2);
    CHECK_INT(levels[1].line, -7);
    CHECK_STR(weft_task_waits_for(weft_current_task()), "nothing: it runs");
}

static void a_stack_has_every_await_level(void)
{
    never = (struct weft_event){0};
    CHECK_INT(WORLD_RUN(program, .look = look_at_stacks), 0);
}

static void look_at_dump(struct weft_task *a, struct weft_task *b)
{
    FILE *file = tmpfile();
    char expected[512];
    const char *text;

    (void)a, (void)b;
    if (!CHECK(file != NULL)) {
        return;
    }
    weft_dump(weft_loop_running(), file);
    read_back(file);
    fclose(file);
    snprintf(expected, sizeof expected,
             "a waits for event, 0.50 s so far\n"
             "  at test_dump.c:%d in inner, awaited by test_dump.c:%d in "
             "outer\n"
             "b waits for sleep, 0.50 s so far, 1.500 s to go\n"
             "  at test_dump.c:%d in sleeper\n",
             INNER_LINE, OUTER_LINE, SLEEPER_LINE);
    text = strstr(shown, "\na waits");
    CHECK(strncmp(shown, "main waits for nothing: it runs\n", 32) == 0);
    CHECK_STR(text != NULL ? text + 1 : shown, expected);
}

static void a_dump_shows_all_tasks_oldest_first(void)
{
    never = (struct weft_event){0};
    CHECK_INT(WORLD_RUN(program, .look = look_at_dump), 0);
}

static void look_at_a_short_buffer(struct weft_task *a, struct weft_task *b)
{
    char whole[256];
    char cut[12];
    int length = weft_frame_format_(a->frame, whole, sizeof whole);

    (void)b;
    CHECK_INT(length, (int)strlen(whole));
    CHECK_INT(weft_frame_format_(a->frame, cut, sizeof cut), length);
    CHECK_INT(strlen(cut), sizeof cut - 1);
    CHECK(strncmp(cut, whole, sizeof cut - 1) == 0);
    CHECK_INT(weft_frame_format_(a->frame, NULL, 0), length);
}

static void a_short_buffer_is_cut_and_the_length_told(void)
{
    never = (struct weft_event){0};
    CHECK_INT(WORLD_RUN(program, .look = look_at_a_short_buffer), 0);
}

#define TESTS(X)                           \
    X(a_stack_has_every_await_level)       \
    X(a_dump_shows_all_tasks_oldest_first) \
    X(a_short_buffer_is_cut_and_the_length_told)
TEST_MAIN(TESTS)
