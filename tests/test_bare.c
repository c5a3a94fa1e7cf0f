/* test_bare.c - the loop on four functions of a port. */
#include "chip.h"

struct sleeper {
    struct weft_frame frame;
    struct weft_event *event;
    weft_ticks delay;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    if (self->event != NULL) {
        AWAIT(weft_event_wait(self->event));
        trace("woken at %d", (int)chip.now);
    } else {
        AWAIT(weft_sleep_ticks(self->delay));
        trace("%d", (int)chip.now);
    }
    ASYNC_END;
}

static struct weft_task tasks[2];
static struct sleeper sleepers[2];
static struct weft_event event;
static struct weft_handle handle;

static void stop(void *arg)
{
    trace("stop at %d", (int)chip.now);
    weft_loop_stop(arg);
}

static void end(void)
{
    CHECK_INT(weft_loop_cancel_all(&chip.loop), 0);
    CHECK_INT(weft_loop_close(&chip.loop), 0);
    CHECK_INT(chip.is_masked, 0);
}

static void it_sleeps_from_deadline_to_deadline(void)
{
    chip_begin(NULL, 0);
    CHECK_INT(START(&tasks[0], &sleepers[0], sleeper, .delay = 7), 0);
    CHECK_INT(START(&tasks[1], &sleepers[1], sleeper, .delay = 5), 0);
    CHECK_INT(weft_loop_run_forever(&chip.loop), 0);
    CHECK_TRACE("5, 7");
    CHECK_INT(chip.idles, 3); /* the third has nothing to wait for */
    CHECK(chip.is_stuck);
    end();
}

static void it_does_not_sleep_while_there_is_work(void)
{
    chip_begin(NULL, 0);
    CHECK_INT(weft_call_soon(&chip.loop, &handle, stop, &chip.loop), 0);
    CHECK_INT(weft_loop_run_forever(&chip.loop), 0);
    CHECK_TRACE("stop at 0");
    CHECK_INT(chip.idles, 0);
    end();
}

static void call_loop(void)
{
    CHECK_INT(weft_call_soon_threadsafe(&chip.loop, &handle, stop, &chip.loop),
              0);
    CHECK_INT(weft_call_soon_threadsafe(&chip.loop, &handle, stop, &chip.loop),
              WEFT_EALREADY);
}

/* Whenever it comes, before the loop asks, or between that and the sleep. */
static void a_call_is_heard_whenever_it_comes(void)
{
    int n = 1;

    for (;; n++) {
        chip_begin(call_loop, n);
        CHECK_INT(weft_loop_run_forever(&chip.loop), 0);
        CHECK_TRACE("stop at 0");
        CHECK(!chip.is_stuck);
        if (chip.chances < n) {
            break; /* later than everything else: it ended the last sleep */
        }
        end();
    }
    CHECK_INT(n, 3);
    end();
}

static void wake_event(void *arg)
{
    weft_event_set(arg);
}

static void call_event(void)
{
    CHECK_INT(
        weft_call_soon_threadsafe(&chip.loop, &handle, wake_event, &event), 0);
}

static void an_interrupt_ends_a_sleep_before_its_deadline(void)
{
    chip_begin(call_event, 1000);
    event = (struct weft_event){0};
    CHECK_INT(START(&tasks[0], &sleepers[0], sleeper, .event = &event), 0);
    CHECK_INT(START(&tasks[1], &sleepers[1], sleeper, .delay = 5), 0);
    chip.comes_at = 0;
    chip.is_pending = true; /* while the loop has not begun yet */
    CHECK_INT(weft_loop_run_forever(&chip.loop), 0);
    CHECK_TRACE("woken at 0, 5");
    end();
}

/* Sleep is over when the clock says so, not when an interrupt does. */
static void an_interrupt_does_not_end_a_tasks_sleep(void)
{
    chip_begin(call_event, 12);
    event = (struct weft_event){0};
    CHECK_INT(START(&tasks[1], &sleepers[1], sleeper, .delay = 5), 0);
    CHECK_INT(weft_loop_run_forever(&chip.loop), 0);
    CHECK_TRACE("5");
    CHECK_INT(chip.comes_at, 0);
    CHECK(weft_event_is_set(&event));
    end();
}

struct mistaken {
    struct weft_frame frame;
    struct weft_queue queue;
    int item;
    int error;
};

static async mistaken(struct weft_frame *frame)
{
    ASYNC_BEGIN(mistaken);
    CHECK_INT(START(&tasks[1], &sleepers[1], sleeper, .delay = 3), 0);
    CHECK_INT(START(&tasks[1], &sleepers[0], sleeper), WEFT_EALREADY);
    CHECK_INT(START(&tasks[0], &sleepers[1], sleeper), WEFT_EALREADY);
    CHECK(SPAWN(sleeper) == NULL);
    ASYNC_TRY {
        AWAIT(CALL(&sleepers[1], sleeper));
    }
    ASYNC_CATCH(self->error) {
        trace("%s", weft_error_name(self->error));
    }
    CHECK_INT(weft_queue_put_nowait(&self->queue, &self->item), WEFT_EINVAL);
    weft_queue_init(&self->queue, sizeof self->item, 0);
    CHECK_INT(weft_queue_put_nowait(&self->queue, &self->item), WEFT_ENOMEM);
    weft_queue_close(&self->queue);
    AWAIT(weft_sleep_ticks(4));
    ASYNC_END;
}

/* Without an allocator, and with memory that is in use. */
static void what_a_device_cannot_do_has_a_code(void)
{
    struct mistaken main = {.frame = {0}};

    chip_begin(NULL, 0);
    CHECK_INT(weft_run_in_(&chip.loop, mistaken, &main.frame), 0);
    CHECK_TRACE("EALREADY, 3");
    weft_loop_set_alarms(&chip.loop, chip.places, 0);
    CHECK_INT(START(&tasks[0], &sleepers[0], sleeper), WEFT_ENOMEM);
    end();
    CHECK_INT(START(&tasks[0], &sleepers[0], sleeper), WEFT_ENOLOOP);
}

#define TESTS(X)                                     \
    X(it_sleeps_from_deadline_to_deadline)           \
    X(it_does_not_sleep_while_there_is_work)         \
    X(a_call_is_heard_whenever_it_comes)             \
    X(an_interrupt_ends_a_sleep_before_its_deadline) \
    X(an_interrupt_does_not_end_a_tasks_sleep)       \
    X(what_a_device_cannot_do_has_a_code)
TEST_MAIN(TESTS)
