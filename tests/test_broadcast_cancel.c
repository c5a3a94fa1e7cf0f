/* test_broadcast_cancel.c - two tasks on one subscription, and receives that
 * are cancelled.
 */
#include "broadcasts.h"
#include "sweep.h"

static struct weft_subscriber shared;

struct sharer {
    struct weft_frame frame;
    const char *name;
    int item;
};

static async sharer(struct weft_frame *frame)
{
    ASYNC_BEGIN(sharer);
    AWAIT(weft_broadcast_receive(&shared, &self->item));
    trace("%s gets %d", self->name, self->item);
    ASYNC_END;
}

struct sharing {
    struct weft_frame frame;
};

static async sharing(struct weft_frame *frame)
{
    ASYNC_BEGIN(sharing);
    weft_subscribe(&shared, &news);
    weft_task_release(SPAWN(sharer, .name = "a"));
    weft_task_release(SPAWN(sharer, .name = "b"));
    AWAIT(weft_sleep(1));
    CHECK_INT(send(1), 0);
    AWAIT(weft_sleep(1));
    trace("again");
    CHECK_INT(send(2), 0);
    AWAIT(weft_sleep(1));
    ASYNC_END;
}

static void of_tasks_that_share_a_subscription_one_gets_each_item(void)
{
    open_news();
    CHECK_INT(WORLD_RUN(sharing), 0);
    CHECK_TRACE("a gets 1, again, b gets 2");
}

/* ---- Cancellation ---- */

enum order { SEND_FIRST, CANCEL_FIRST };

struct racing {
    struct weft_frame frame;
    enum order order;
    struct weft_task *a;
    struct sharer b;
};

static async racing(struct weft_frame *frame)
{
    ASYNC_BEGIN(racing);
    weft_subscribe(&shared, &news);
    self->a = SPAWN(sharer, .name = "a");
    AWAIT(weft_sleep(1));
    if (self->order == SEND_FIRST) {
        CHECK_INT(send(1), 0);
    }
    CHECK(weft_task_cancel(self->a));
    CHECK(weft_list_is_empty(&news.waiters));
    if (self->order == CANCEL_FIRST) {
        CHECK_INT(send(1), 0);
    }
    AWAIT(weft_sleep(0));
    CHECK(weft_task_cancelled(self->a));
    weft_task_release(self->a);
    AWAIT(CALL(&self->b, sharer, .name = "b"));
    ASYNC_END;
}

static void a_cancelled_receive_has_taken_nothing(void)
{
    open_news();
    CHECK_INT(WORLD_RUN(racing, .order = SEND_FIRST), 0);
    CHECK_TRACE("b gets 1");
    open_news();
    CHECK_INT(WORLD_RUN(racing, .order = CANCEL_FIRST), 0);
    CHECK_TRACE("b gets 1");
}

static void start_meeting(struct world *world)
{
    (void)world;
    open_news();
    weft_task_release(
        SPAWN(meeting, .to = 5, .sender_pause = 2, .slow_pause = 9));
}

static void verify_no_waiter(struct world *world)
{
    (void)world;
    CHECK(weft_list_is_empty(&news.waiters));
}

static void a_cancelled_subscriber_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_meeting, verify_no_waiter) > 30);
    CHECK(sweep_memory(start_meeting, verify_no_waiter) > 3);
}

#define TESTS(X)                                             \
    X(of_tasks_that_share_a_subscription_one_gets_each_item) \
    X(a_cancelled_receive_has_taken_nothing)                 \
    X(a_cancelled_subscriber_leaves_nothing)
TEST_MAIN(TESTS)
