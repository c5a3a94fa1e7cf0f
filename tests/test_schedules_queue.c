/* test_schedules_queue.c - what holds in any order: queues.
 *
 * Beside the queue there is a model of it, an array. What a get gives must be
 * what the model would give, and a put or get that did not succeed must have
 * changed nothing.
 */
#include "schedules.h"

enum { PRODUCERS = 3, ITEMS = 4 };

static struct weft_queue queue;
static int places[2];
static int model[PRODUCERS * ITEMS]; /* what is in the queue, oldest first */
static int modelled;
static int in_hands;    /* got, and not task_done */
static bool is_patient; /* nobody's time is up */

static int compare_items(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void note_put(int item)
{
    CHECK(!queue.is_shut_down);
    model[modelled++] = item;
}

static void note_got(int item)
{
    int place = queue.order == WEFT_QUEUE_LIFO ? modelled - 1 : 0;

    for (int i = 0; i < modelled && queue.order == WEFT_QUEUE_PRIORITY; i++) {
        place = model[i] < model[place] ? i : place;
    }
    if (CHECK(modelled > 0) && CHECK_INT(item, model[place])) {
        modelled--;
        memmove(&model[place], &model[place + 1],
                (size_t)(modelled - place) * sizeof model[0]);
        in_hands++;
    }
}

struct producer {
    struct weft_frame frame;
    int first;
    int item;
    int i;
    struct weft_wait_for limit;
    int err;
};

static async producer(struct weft_frame *frame)
{
    ASYNC_BEGIN(producer);
    for (self->i = 0; self->i < ITEMS;) {
        AWAIT(dawdle());
        self->item = (self->first + self->i * 5) % (PRODUCERS * ITEMS);
        self->err = 0;
        ASYNC_TRY {
            if (!is_patient && chance(2) == 0) {
                AWAIT(weft_wait_for_ticks(&self->limit,
                                          weft_queue_put(&queue, &self->item),
                                          1 + chance(5)));
            } else {
                AWAIT(weft_queue_put(&queue, &self->item));
            }
            note_put(self->item);
            self->i++;
        }
        ASYNC_CATCH(self->err) {
            if (self->err == WEFT_EQUEUESHUTDOWN) {
                CHECK(queue.is_shut_down);
                ASYNC_EXIT;
            }
            CHECK_INT(self->err, WEFT_ETIMEOUT);
        }
    }
    ASYNC_END;
}

/* Until the queue is shut down and, unless its items were dropped, empty. */
struct consumer {
    struct weft_frame frame;
    int item;
    bool has_one;
    struct weft_wait_for limit;
    int err;
};

static async consumer(struct weft_frame *frame)
{
    ASYNC_BEGIN(consumer);
    for (;;) {
        AWAIT(dawdle());
        self->item = -1;
        ASYNC_TRY {
            if (!is_patient && chance(2) == 0) {
                AWAIT(weft_wait_for_ticks(&self->limit,
                                          weft_queue_get(&queue, &self->item),
                                          1 + chance(5)));
            } else {
                AWAIT(weft_queue_get(&queue, &self->item));
            }
            self->has_one = true;
            note_got(self->item);
        }
        ASYNC_CATCH_ALL(self->err) {
            CHECK_INT(self->item, -1);
            if (self->err == WEFT_EQUEUESHUTDOWN) {
                CHECK(queue.is_shut_down);
                CHECK_INT(modelled, 0);
                ASYNC_EXIT;
            }
            if (self->err != WEFT_ETIMEOUT) {
                ASYNC_RAISE(self->err);
            }
            continue;
        }
        AWAIT(dawdle());
        self->has_one = false;
        in_hands--;
        CHECK_INT(weft_queue_task_done(&queue), 0);
    }
    ASYNC_FINALLY
    if (self->has_one) {
        in_hands--;
        CHECK_INT(weft_queue_task_done(&queue), 0);
    }
    ASYNC_END;
}

/* Waits until all work is done, as it is at the end. */
struct joiner {
    struct weft_frame frame;
};

static async joiner(struct weft_frame *frame)
{
    ASYNC_BEGIN(joiner);
    AWAIT(dawdle());
    AWAIT(weft_queue_join(&queue));
    ASYNC_END;
}

enum end { AFTER_ALL, BEFORE, AT_ONCE };

/* Ends it all: when the producers are done, or at some moment before. */
struct closer {
    struct weft_frame frame;
    struct weft_join producers[PRODUCERS];
    enum end when;
};

static async closer(struct weft_frame *frame)
{
    ASYNC_BEGIN(closer);
    if (self->when == AFTER_ALL) {
        AWAIT(weft_wait(self->producers, PRODUCERS, WEFT_ALL_COMPLETED,
                        WEFT_NO_TIMEOUT));
        AWAIT(weft_queue_join(&queue));
        CHECK_INT(in_hands, 0);
        CHECK_INT(modelled, 0);
        CHECK_INT(queue.unfinished, 0);
    } else {
        AWAIT(weft_sleep_ticks(chance(12)));
    }
    if (self->when == AT_ONCE) {
        modelled = 0; /* they are dropped */
    }
    weft_queue_shutdown(&queue, self->when == AT_ONCE);
    ASYNC_END;
}

static void look_at_queue(void)
{
    CHECK_INT(queue.count, modelled);
    CHECK_INT(queue.unfinished, modelled + in_hands);
    CHECK(queue.maxsize == 0 || queue.count <= queue.maxsize);
}

static void start_queue(enum weft_queue_order order)
{
    struct weft_join jobs[PRODUCERS];
    int kind = chance(3);

    if (kind == 0) {
        queue = (struct weft_queue)WEFT_QUEUE(places);
    } else {
        weft_queue_init(&queue, sizeof(int), kind == 1 ? 3 : 0);
    }
    queue.order = order;
    queue.compare = compare_items;
    modelled = in_hands = 0;
    is_patient = chance(2) == 0;
    memset(jobs, 0, sizeof jobs);
    for (int i = 0; i < PRODUCERS; i++) {
        jobs[i].task = schedule_victim(SPAWN(producer, .first = i * ITEMS));
    }
    for (int i = 1 + chance(3); i > 0; i--) {
        schedule_victim(SPAWN(consumer));
    }
    schedule_spared(SPAWN(consumer)); /* so that all work gets done */
    for (int i = chance(3); i > 0; i--) {
        schedule_victim(SPAWN(joiner));
    }
    schedule_spared(SPAWN(closer, .when = (enum end)chance(3),
                          .producers = {jobs[0], jobs[1], jobs[2]}));
}

static void start_fifo(void)
{
    start_queue(WEFT_QUEUE_FIFO);
}

static void start_lifo(void)
{
    start_queue(WEFT_QUEUE_LIFO);
}

static void start_priority(void)
{
    start_queue(WEFT_QUEUE_PRIORITY);
}

static void verify_queue(void)
{
    CHECK_INT(modelled, 0);
    CHECK_INT(in_hands, 0);
    CHECK_INT(queue.count, 0);
    CHECK_INT(queue.unfinished, 0);
    CHECK(weft_list_is_empty(&queue.getters));
    CHECK(weft_list_is_empty(&queue.putters));
    CHECK(weft_list_is_empty(&queue.joiners));
    weft_queue_close(&queue);
}

static void a_queue_loses_and_doubles_nothing(void)
{
    schedules_run(start_fifo, look_at_queue, verify_queue);
}

static void a_lifo_queue_loses_and_doubles_nothing(void)
{
    schedules_run(start_lifo, look_at_queue, verify_queue);
}

static void a_priority_queue_loses_and_doubles_nothing(void)
{
    schedules_run(start_priority, look_at_queue, verify_queue);
}

/* ---- To the last item: nobody times out, nothing is shut down ---- */

/* A cancelled getter leaves its item to the others. */
struct getter {
    struct weft_frame frame;
    int item;
};

static async getter(struct weft_frame *frame)
{
    ASYNC_BEGIN(getter);
    AWAIT(dawdle());
    AWAIT(weft_queue_get(&queue, &self->item));
    note_got(self->item);
    ASYNC_END;
}

struct putter {
    struct weft_frame frame;
    int item;
};

static async putter(struct weft_frame *frame)
{
    ASYNC_BEGIN(putter);
    AWAIT(dawdle());
    AWAIT(weft_queue_put(&queue, &self->item));
    note_put(self->item);
    ASYNC_END;
}

/* Makes room so many times, or until nobody needs it. */
struct drainer {
    struct weft_frame frame;
    int gets;
    int item;
};

/* The victims, that is. */
static bool all_are_done(void)
{
    bool all = true;

    for (int i = 0; i < schedule.count; i++) {
        all = all && (schedule.spared[i] || weft_task_done(schedule.tasks[i]));
    }
    return all;
}

static async drainer(struct weft_frame *frame)
{
    ASYNC_BEGIN(drainer);
    while (self->gets > 0 && !all_are_done()) {
        AWAIT(weft_sleep_ticks(chance(4)));
        if (weft_queue_get_nowait(&queue, &self->item) == 0) {
            note_got(self->item);
            self->gets--;
        }
    }
    ASYNC_END;
}

/* Puts some whenever all were taken: each of them has to be noticed. */
struct feeder {
    struct weft_frame frame;
    int item;
};

static async feeder(struct weft_frame *frame)
{
    ASYNC_BEGIN(feeder);
    while (!all_are_done()) {
        AWAIT(weft_sleep_ticks(chance(4)));
        for (int n = weft_queue_is_empty(&queue) ? 1 + chance(2) : 0; n; n--) {
            CHECK_INT(weft_queue_put_nowait(&queue, &self->item), 0);
            note_put(self->item);
        }
    }
    ASYNC_END;
}

static void start_getters(void)
{
    weft_queue_init(&queue, sizeof(int), 0);
    modelled = in_hands = 0;
    for (int i = 2 + chance(5); i > 0; i--) {
        schedule_victim(SPAWN(getter));
    }
    schedule_spared(SPAWN(feeder));
}

/* The other way round: a cancelled putter leaves its place to the others. */
static void start_putters(void)
{
    int free_places = 1 + chance(2);
    int gets = 1 + chance(4);

    weft_queue_init(&queue, sizeof(int), (size_t)free_places);
    modelled = in_hands = 0;
    for (int i = 0; i < free_places + gets; i++) {
        schedule_victim(SPAWN(putter, .item = i));
    }
    schedule_spared(SPAWN(drainer, .gets = gets));
}

static void verify_lists(void)
{
    CHECK_INT(queue.count, modelled);
    CHECK(weft_list_is_empty(&queue.getters));
    CHECK(weft_list_is_empty(&queue.putters));
    weft_queue_close(&queue);
}

static void a_cancelled_getter_leaves_its_item_to_another(void)
{
    schedules_run(start_getters, NULL, verify_lists);
}

static void a_cancelled_putter_leaves_its_place_to_another(void)
{
    schedules_run(start_putters, NULL, verify_lists);
}

#define TESTS(X)                                     \
    X(a_queue_loses_and_doubles_nothing)             \
    X(a_lifo_queue_loses_and_doubles_nothing)        \
    X(a_priority_queue_loses_and_doubles_nothing)    \
    X(a_cancelled_getter_leaves_its_item_to_another) \
    X(a_cancelled_putter_leaves_its_place_to_another)
TEST_MAIN(TESTS)
