/* test_server_context.c - handlers begin with the variables of who started the
 * server, as they were then.
 */
#include "servers.h"

static struct weft_var word = {"word", "default"};

static const char *current_word(void)
{
    return weft_var_get(&word);
}

static void set_word(const char *text)
{
    CHECK_INT(weft_var_set(&word, (void *)(uintptr_t)text), 0);
}

struct teller {
    struct weft_frame frame;
    struct weft_stream *stream;
};

static async teller(struct weft_frame *frame)
{
    ASYNC_BEGIN(teller);
    weft_stream_write(self->stream, current_word(), strlen(current_word()));
    set_word("in handler");
    AWAIT(weft_stream_drain(self->stream));
    CHECK_STR(current_word(), "in handler");
    ASYNC_END;
}

struct asker {
    struct weft_frame frame;
    char port[8];
    const char *expected;
    struct weft_open_connection connect;
    struct weft_stream stream;
    char text[32];
};

static async asker(struct weft_frame *frame)
{
    ASYNC_BEGIN(asker);
    snprintf(self->port, sizeof self->port, "%d", server.port);
    AWAIT(CALL(&self->connect, weft_open_connection, .stream = &self->stream,
               .host = "127.0.0.1", .port = self->port));
    AWAIT(weft_stream_read(&self->stream, self->text, sizeof self->text - 1));
    CHECK_STR(self->text, self->expected);
    CHECK_STR(current_word(), "after");
    weft_stream_close(&self->stream);
    AWAIT(weft_stream_wait_closed(&self->stream));
    ASYNC_END;
}

enum { ASKERS = 20 };

struct starter {
    struct weft_frame frame;
    const char *before; /* NULL: never set */
    int one_by_one;
    int at_once;
    int i;
    struct asker asker;
    struct weft_join joins[ASKERS];
};

static async starter(struct weft_frame *frame)
{
    ASYNC_BEGIN(starter);
    if (self->before != NULL) {
        set_word(self->before);
    }
    CHECK_INT(start(WEFT_CLIENT(teller)), 0);
    set_word("after");
    for (self->i = 0; self->i < self->one_by_one; self->i++) {
        AWAIT(CALL(&self->asker, asker, .expected = "default"));
    }
    for (int i = 0; i < self->at_once; i++) {
        self->joins[i].task = SPAWN(asker, .expected = self->before);
    }
    if (self->at_once > 0) {
        AWAIT(weft_gather(self->joins, (size_t)self->at_once, 0));
    }
    for (int i = 0; i < self->at_once; i++) {
        weft_task_release(self->joins[i].task);
    }
    CHECK_STR(current_word(), "after");
    ASYNC_FINALLY
    weft_server_close(&server);
    ASYNC_END;
}

#define START_AND_ASK(...)                                                  \
    do {                                                                    \
        reset();                                                            \
        CHECK_INT(ASYNC_RUN_IN(&real.world.loop, starter, __VA_ARGS__), 0); \
        close_server();                                                     \
        CHECK_TRACE("closed");                                              \
        finish();                                                           \
    } while (0)

/* CPython: test_server_context.ServerContextvarsTestCase.test_start_server1 */
static void a_handler_sees_what_was_set_before_the_start(void)
{
    START_AND_ASK(.one_by_one = 1);
}

/* CPython: test_server_context.ServerContextvarsTestCase.test_start_server2 */
static void what_a_handler_sets_the_next_does_not_see(void)
{
    START_AND_ASK(.one_by_one = 3);
}

/* CPython: test_server_context.ServerContextvarsTestCase.test_start_server3 */
static void handlers_side_by_side_do_not_see_each_other(void)
{
    START_AND_ASK(.before = "before", .at_once = ASKERS);
}

#define TESTS(X)                                    \
    X(a_handler_sees_what_was_set_before_the_start) \
    X(what_a_handler_sets_the_next_does_not_see)    \
    X(handlers_side_by_side_do_not_see_each_other)
TEST_MAIN(TESTS)
