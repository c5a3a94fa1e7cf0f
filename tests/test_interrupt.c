/* test_interrupt.c - from interrupt handlers to tasks, at every moment. */
#include "chip.h"

static unsigned char bytes[3];
static struct weft_isr_queue received;
static struct weft_event pressed;
static struct weft_handle press;

static void begin(void (*handler)(void), int n)
{
    received = (struct weft_isr_queue)WEFT_ISR_QUEUE(bytes);
    pressed = (struct weft_event){0};
    chip_begin(handler, n);
}

static void end(void)
{
    CHECK_INT(weft_loop_cancel_all(&chip.loop), 0);
    CHECK_INT(weft_loop_close(&chip.loop), 0);
}

static int put(const char *text)
{
    int status = 0;

    for (; *text != '\0' && status == 0; text++) {
        status = weft_isr_queue_put(&received, text);
    }
    return status;
}

struct getter {
    struct weft_frame frame;
    const char *name;
    bool is_busy; /* from its first item on */
    char byte;
};

static async getter(struct weft_frame *frame)
{
    ASYNC_BEGIN(getter);
    for (;;) {
        AWAIT(weft_isr_queue_get(&received, &self->byte));
        trace("%s %c", self->name, self->byte);
        if (self->is_busy) {
            AWAIT(weft_sleep_ticks(10));
        }
    }
    ASYNC_FINALLY
    trace("%s %s", self->name, weft_error_name(frame->outcome));
    ASYNC_END;
}

static struct weft_task tasks[2];
static struct getter getters[2];

static void start(int i, const char *name, bool is_busy)
{
    CHECK_INT(
        START(&tasks[i], &getters[i], getter, .name = name, .is_busy = is_busy),
        0);
}

static void put_abc(void)
{
    CHECK_INT(put("abc"), 0);
}

/* Whether the items come before the task looks, between its look and its wait,
 * while the loop decides to sleep, or while it sleeps. */
static void items_arrive_whenever_they_come(void)
{
    int n = 1;

    for (; n == 1 || chip.chances >= n - 1; n++) {
        begin(put_abc, n);
        start(0, "t", false);
        CHECK_INT(weft_loop_run_forever(&chip.loop), 0);
        CHECK_TRACE("t a, t b, t c");
        CHECK_INT(chip.comes_at, 0);
        end();
        CHECK_TRACE("t ECANCELLED");
    }
    CHECK(n > 3);
}

static void put_too_much(void)
{
    CHECK_INT(put("abc"), 0);
    CHECK_INT(put("d"), WEFT_EQUEUEFULL);
    CHECK_INT(put("e"), WEFT_EQUEUEFULL);
}

static void what_does_not_fit_is_counted(void)
{
    begin(put_too_much, 1000);
    CHECK_INT(weft_isr_queue_lost(&received), 0);
    start(0, "t", false);
    CHECK_INT(weft_loop_run_forever(&chip.loop), 0);
    CHECK_TRACE("t a, t b, t c");
    CHECK_INT(weft_isr_queue_lost(&received), 2);
    CHECK_INT(weft_isr_queue_lost(&received), 0);
    end();
    CHECK_TRACE("t ECANCELLED");
}

/* The ring goes round, and a handler may come before there is a loop. */
static void items_wait_for_somebody_to_take_them(void)
{
    char byte = 0;

    received = (struct weft_isr_queue)WEFT_ISR_QUEUE(bytes);
    CHECK_INT(weft_isr_queue_get_nowait(&received, &byte), WEFT_EQUEUEEMPTY);
    for (int i = 0; i < 7; i++) {
        CHECK_INT(put("xy"), 0);
        CHECK_INT(weft_isr_queue_get_nowait(&received, &byte), 0);
        CHECK_INT(byte, 'x');
        CHECK_INT(weft_isr_queue_get_nowait(&received, &byte), 0);
        CHECK_INT(byte, 'y');
    }
    CHECK_INT(put("abc"), 0);
    chip_begin(NULL, 0);
    start(0, "t", false);
    CHECK_INT(weft_loop_run_forever(&chip.loop), 0);
    CHECK_TRACE("t a, t b, t c");
    end();
    CHECK_TRACE("t ECANCELLED");
}

static void put_two(void)
{
    CHECK_INT(put("ab"), 0);
}

static void several_items_wake_several_tasks(void)
{
    begin(put_two, 1000);
    start(0, "t", true);
    start(1, "u", true);
    CHECK_INT(weft_loop_run_forever(&chip.loop), 0);
    CHECK_TRACE("t a, u b");
    CHECK_INT(chip.now, 10);
    end();
    CHECK_TRACE("t ECANCELLED, u ECANCELLED");
}

static void cancel_first(void *arg)
{
    (void)arg;
    CHECK(weft_task_cancel(&tasks[0]));
}

/* The cancellation comes in the turn in which the first one was woken. */
static void put_and_cancel(void)
{
    static struct weft_handle cancel;

    CHECK_INT(put("a"), 0);
    CHECK_INT(weft_call_soon_from_isr(&chip.loop, &cancel, cancel_first, NULL),
              0);
}

static void a_cancelled_task_passes_the_item_on(void)
{
    begin(put_and_cancel, 1000);
    start(0, "t", false);
    start(1, "u", false);
    CHECK_INT(weft_loop_run_forever(&chip.loop), 0);
    CHECK_TRACE("t ECANCELLED, u a");
    end();
    CHECK_TRACE("u ECANCELLED");
}

static void a_queue_without_places_is_an_error(void)
{
    struct getter *self = &getters[0];

    begin(NULL, 0);
    received = (struct weft_isr_queue){0};
    CHECK_INT(put("a"), WEFT_EINVAL);
    start(0, "t", false);
    CHECK_INT(weft_loop_run_forever(&chip.loop), 0);
    CHECK_TRACE("t EINVAL");
    CHECK_INT(self->frame.error, WEFT_EINVAL);
    end();
}

struct waiter {
    struct weft_frame frame;
    int count;
};

static async waiter(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiter);
    while (self->count < 1) {
        AWAIT(weft_event_wait(&pressed));
        weft_event_clear(&pressed);
        trace("pressed");
        self->count++;
    }
    ASYNC_END;
}

static void press_twice(void)
{
    CHECK_INT(weft_event_set_from_isr(&chip.loop, &press, &pressed), 0);
    CHECK_INT(weft_event_set_from_isr(&chip.loop, &press, &pressed), 0);
}

static void an_event_is_set_whenever_the_interrupt_comes(void)
{
    static struct waiter frame;
    int n = 1;

    for (; n == 1 || chip.chances >= n - 1; n++) {
        begin(press_twice, n);
        CHECK_INT(START(&tasks[0], &frame, waiter), 0);
        CHECK_INT(weft_loop_run_forever(&chip.loop), 0);
        CHECK_TRACE("pressed");
        CHECK(weft_task_done(&tasks[0]));
        end();
    }
    CHECK(n > 3);
}

static void without_a_loop_it_says_so(void)
{
    struct weft_loop closed = {0};

    CHECK_INT(weft_event_set_from_isr(&closed, &press, &pressed), WEFT_ECLOSED);
    CHECK_INT(weft_call_soon_from_isr(&closed, &press, cancel_first, NULL),
              WEFT_ECLOSED);
}

#define TESTS(X)                                    \
    X(items_arrive_whenever_they_come)              \
    X(what_does_not_fit_is_counted)                 \
    X(items_wait_for_somebody_to_take_them)         \
    X(several_items_wake_several_tasks)             \
    X(a_cancelled_task_passes_the_item_on)          \
    X(a_queue_without_places_is_an_error)           \
    X(an_event_is_set_whenever_the_interrupt_comes) \
    X(without_a_loop_it_says_so)
TEST_MAIN(TESTS)
