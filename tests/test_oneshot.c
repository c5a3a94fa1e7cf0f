/* test_oneshot.c - what a oneshot promises, one promise per function. */
#include "check.h"
#include "sweep.h"

struct answer {
    int number;
    char text[20];
};

static struct answer answer;
static struct weft_oneshot reply;

static void open_reply(void)
{
    memset(&answer, 0, sizeof answer);
    weft_oneshot_init(&reply, &answer, sizeof answer);
}

static int send(int number)
{
    struct answer given = {.number = number, .text = "the answer"};

    return weft_oneshot_send(&reply, &given);
}

struct receiver {
    struct weft_frame frame;
    const char *name;
    int err;
};

static async receiver(struct weft_frame *frame)
{
    ASYNC_BEGIN(receiver);
    ASYNC_TRY {
        AWAIT(weft_oneshot_receive(&reply));
        trace("%s gets %d, %s", self->name, answer.number, answer.text);
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s %s", self->name, weft_error_name(self->err));
        if (self->err == WEFT_ECANCELLED) {
            ASYNC_RAISE(self->err);
        }
    }
    ASYNC_END;
}

struct ticker {
    struct weft_frame frame;
};

static async ticker(struct weft_frame *frame)
{
    ASYNC_BEGIN(ticker);
    trace("turn");
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

enum deed { SEND, CLOSE, CANCEL, SEND_AND_CANCEL, CANCEL_AND_SEND };

struct exchange {
    struct weft_frame frame;
    enum deed deed;
    struct weft_task *a;
};

static async exchange(struct weft_frame *frame)
{
    ASYNC_BEGIN(exchange);
    self->a = SPAWN(receiver, .name = "a");
    AWAIT(weft_sleep(1));
    weft_task_release(SPAWN(ticker));
    if (self->deed == SEND || self->deed == SEND_AND_CANCEL) {
        trace("send %d", send(42));
    }
    if (self->deed == CLOSE) {
        weft_oneshot_close(&reply);
        trace("close");
    }
    if (self->deed >= CANCEL) {
        trace("cancel %d", weft_task_cancel(self->a));
    }
    if (self->deed == CANCEL_AND_SEND) {
        trace("send %s", weft_error_name(send(42)));
    }
    AWAIT(weft_sleep(0));
    trace("main %d", weft_task_cancelled(self->a));
    weft_task_release(self->a);
    ASYNC_END;
}

static void a_value_is_there_in_the_turn_after_the_send(void)
{
    open_reply();
    CHECK_INT(WORLD_RUN(exchange, .deed = SEND), 0);
    CHECK_TRACE("send 0, turn, a gets 42, the answer, main 0");
}

static void a_close_without_a_value_wakes_the_receiver(void)
{
    open_reply();
    CHECK_INT(WORLD_RUN(exchange, .deed = CLOSE), 0);
    CHECK_TRACE("close, turn, a ECLOSED, main 0");
    CHECK_INT(send(1), WEFT_EINVALIDSTATE);
    CHECK_INT(answer.number, 0);
}

static void a_cancelled_receiver_fails_the_send(void)
{
    open_reply();
    CHECK_INT(WORLD_RUN(exchange, .deed = CANCEL_AND_SEND), 0);
    CHECK_TRACE("cancel 1, send ECANCELLED, turn, a ECANCELLED, main 1");
    CHECK_INT(send(43), WEFT_ECANCELLED);
    CHECK_INT(answer.number, 0);
}

/* The value was delivered, so it can be looked at still. */
static void a_cancellation_after_the_send_loses_no_value(void)
{
    open_reply();
    CHECK_INT(WORLD_RUN(exchange, .deed = SEND_AND_CANCEL), 0);
    CHECK_TRACE("send 0, cancel 1, turn, a ECANCELLED, main 1");
    CHECK_INT(weft_oneshot_receive(&reply).status, 0);
    CHECK_INT(answer.number, 42);
}

struct ready {
    struct weft_frame frame;
    struct receiver receiver;
};

static async ready(struct weft_frame *frame)
{
    ASYNC_BEGIN(ready);
    weft_task_release(SPAWN(ticker));
    AWAIT(CALL(&self->receiver, receiver, .name = "first"));
    AWAIT(CALL(&self->receiver, receiver, .name = "second"));
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

static void receiving_what_was_sent_does_not_yield(void)
{
    open_reply();
    CHECK_INT(send(1), 0); /* outside of a loop */
    CHECK_INT(WORLD_RUN(ready), 0);
    CHECK_TRACE("first gets 1, the answer, second gets 1, the answer, turn");
    open_reply();
    weft_oneshot_close(&reply);
    CHECK_INT(WORLD_RUN(ready), 0);
    CHECK_TRACE("first ECLOSED, second ECLOSED, turn");
}

static void a_second_value_is_refused(void)
{
    open_reply();
    CHECK_INT(send(1), 0);
    CHECK_INT(send(2), WEFT_EINVALIDSTATE);
    CHECK_INT(answer.number, 1);
    weft_oneshot_close(&reply);
    CHECK_INT(weft_oneshot_receive(&reply).status, 0);
}

static void without_a_value_it_is_a_signal(void)
{
    weft_oneshot_init(&reply, NULL, 0);
    CHECK_INT(weft_oneshot_send(&reply, NULL), 0);
    CHECK_INT(weft_oneshot_receive(&reply).status, 0);
    reply = (struct weft_oneshot){0};
    CHECK_INT(weft_oneshot_send(&reply, NULL), 0);
    CHECK_INT(weft_oneshot_receive(&reply).status, 0);
}

static void receiving_outside_of_a_task_is_refused(void)
{
    open_reply();
    CHECK_INT(weft_oneshot_receive(&reply).status, WEFT_ENOTASK);
    CHECK_INT(send(1), 0);
}

struct impatient {
    struct weft_frame frame;
    struct weft_wait_for limit;
    int err;
};

static async impatient(struct weft_frame *frame)
{
    ASYNC_BEGIN(impatient);
    ASYNC_TRY {
        AWAIT(weft_wait_for(&self->limit, weft_oneshot_receive(&reply), 1));
    }
    ASYNC_CATCH(self->err) {
        trace("%s", weft_error_name(self->err));
    }
    trace("send %s", weft_error_name(send(1)));
    ASYNC_END;
}

static void a_timeout_closes_the_receiving_end(void)
{
    open_reply();
    CHECK_INT(WORLD_RUN(impatient), 0);
    CHECK_TRACE("ETIMEOUT, send ECANCELLED");
}

/* ---- Sweeps ---- */

static bool was_told; /* the sender, that nobody wants it */

struct server {
    struct weft_frame frame;
};

static async server(struct weft_frame *frame)
{
    ASYNC_BEGIN(server);
    AWAIT(weft_sleep(1));
    was_told = send(7) == WEFT_ECANCELLED;
    ASYNC_FINALLY
    {
        weft_oneshot_close(&reply);
    }
    ASYNC_END;
}

static void start_exchange(struct world *world)
{
    (void)world;
    open_reply();
    was_told = false;
    weft_task_release(SPAWN(receiver, .name = "a"));
    weft_task_release(SPAWN(server));
}

/* Unless nobody began, the receiver has a value, or the sender knows. */
static void verify_exchange(struct world *world)
{
    (void)world;
    CHECK(weft_list_is_empty(&reply.future.callbacks));
    CHECK(answer.number == 7 ? !was_told : true);
    CHECK(!was_told || weft_future_cancelled(&reply.future));
}

static void both_ends_may_be_cancelled_anywhere(void)
{
    CHECK(sweep_cancel(start_exchange, verify_exchange) > 5);
    CHECK(sweep_memory(start_exchange, verify_exchange) > 2);
}

#define TESTS(X)                                    \
    X(a_value_is_there_in_the_turn_after_the_send)  \
    X(a_close_without_a_value_wakes_the_receiver)   \
    X(a_cancelled_receiver_fails_the_send)          \
    X(a_cancellation_after_the_send_loses_no_value) \
    X(receiving_what_was_sent_does_not_yield)       \
    X(a_second_value_is_refused)                    \
    X(without_a_value_it_is_a_signal)               \
    X(receiving_outside_of_a_task_is_refused)       \
    X(a_timeout_closes_the_receiving_end)           \
    X(both_ends_may_be_cancelled_anywhere)
TEST_MAIN(TESTS)
