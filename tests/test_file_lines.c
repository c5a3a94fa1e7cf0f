/* test_file_lines.c - lines of files, short and long. */
#include "files.h"

struct lister {
    struct weft_frame frame;
    struct weft_file file;
    struct weft_lines lines;
    const char *path;
    size_t limit;
    bool leaves;
    bool is_quiet;
    size_t total;
};

static async lister(struct weft_frame *frame)
{
    ASYNC_BEGIN(lister);
    ASYNC_WITH(&self->file,
               weft_file_open(&self->file, self->path, O_RDONLY, 0)) {
        ASYNC_GENERATOR(&self->lines, weft_lines, .file = &self->file,
                        .limit = self->limit);
        ASYNC_FOR(&self->lines) {
            CHECK_INT(strlen(self->lines.value.text), self->lines.value.length);
            self->total += self->lines.value.length + 1;
            if (!self->is_quiet) {
                trace("[%s]", self->lines.value.text);
            }
            if (self->leaves) {
                break;
            }
        }
    }
    trace("%zu", self->total);
    ASYNC_FINALLY
    if (weft_frame_is_running(&self->lines.frame)) {
        AWAIT(weft_aclose(&self->lines.frame));
    }
    ASYNC_END;
}

static int list(const char *text, size_t limit)
{
    files_write("text", text);
    return FILES_RUN(lister, .path = files_path("text"), .limit = limit);
}

static void each_line_comes_without_its_end(void)
{
    files_open();
    CHECK_INT(list("one\ntwo\n\nthree\n", 0), 0);
    CHECK_TRACE("[one], [two], [], [three], 15");
    CHECK_INT(list("no end", 0), 0);
    CHECK_TRACE("[no end], 7");
    CHECK_INT(list("a\nb", 0), 0);
    CHECK_TRACE("[a], [b], 4");
    CHECK_INT(list("\n", 0), 0);
    CHECK_TRACE("[], 1");
    CHECK_INT(list("", 0), 0);
    CHECK_TRACE("0");
    files_close();
}

static void a_line_that_is_too_long_is_an_error(void)
{
    files_open();
    CHECK_INT(list("1234\n12345\n", 4), WEFT_ELIMIT);
    CHECK_TRACE("[1234]");
    CHECK_INT(list("1234\n12345", 4), WEFT_ELIMIT);
    CHECK_TRACE("[1234]");
    CHECK_INT(list("1234\n1234", 4), 0);
    CHECK_TRACE("[1234], [1234], 10");
    files_close();
}

/* Lengths around those of the buffer, at every place in it. */
static void lines_of_any_length_come_whole(void)
{
    static char text[70000];
    size_t sizes[] = {1, 100, 2047, 2048, 4094, 4095, 4096, 4097, 20000, 65536};

    files_open();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t used = 0;

        memset(text, 'x', sizeof text);
        for (size_t size = sizes[i]; used + size < sizeof text; used += size) {
            text[used + size - 1] = '\n';
        }
        text[used] = '\0';
        files_write("text", text);
        CHECK_INT(
            FILES_RUN(lister, .path = files_path("text"), .is_quiet = true), 0);
        CHECK_INT(atol(check_trace), used);
        check_trace[0] = '\0';
    }
    files_close();
}

/* The NUL behind it has room, too: a sanitizer looks. */
static void the_last_line_may_fill_the_buffer(void)
{
    static char text[8194];

    files_open();
    for (size_t size = 4094; size < sizeof text; size++) {
        if (size == 4098) {
            size = 8190;
        }
        memset(text, 'x', size);
        text[size] = '\0';
        files_write("text", text);
        CHECK_INT(
            FILES_RUN(lister, .path = files_path("text"), .is_quiet = true), 0);
        CHECK_INT(atol(check_trace), size + 1);
        check_trace[0] = '\0';
    }
    files_close();
}

static void it_may_be_left_before_its_end(void)
{
    files_open();
    files_write("text", "a\nb\n");
    CHECK_INT(FILES_RUN(lister, .path = files_path("text"), .leaves = true), 0);
    CHECK_TRACE("[a], 2");
    files_close();
}

/* Each allocation fails once: nothing is lost, and nothing stays open. */
static void list_in(struct real *here)
{
    int status = ASYNC_RUN_IN(&here->world.loop, lister,
                              .path = files_path("text"), .is_quiet = true);

    CHECK(status == 0 || status == WEFT_ENOMEM);
}

static void it_fails_cleanly_without_memory(void)
{
    files_make_folder();
    files_write("text", "a\nb\n");
    CHECK(real_sweep_memory(list_in) > 4);
    files_drop_folder();
}

#define TESTS(X)                           \
    X(each_line_comes_without_its_end)     \
    X(a_line_that_is_too_long_is_an_error) \
    X(lines_of_any_length_come_whole)      \
    X(the_last_line_may_fill_the_buffer)   \
    X(it_may_be_left_before_its_end)       \
    X(it_fails_cleanly_without_memory)
TEST_MAIN(TESTS)
