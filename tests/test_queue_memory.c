/* test_queue_memory.c - where a queue keeps its items: in an array, or in
 * memory that grows; and what it says to a queue that was set up wrongly.
 */
#include "check.h"

static struct weft_queue queue;
static int places[2];

static void use_array(size_t length)
{
    static const struct weft_queue two = WEFT_QUEUE(places);

    queue = two;
    queue.maxsize = queue.capacity = length;
}

static int put(int item)
{
    return weft_queue_put_nowait(&queue, &item);
}

/* The item, or the negative code. */
static int get(void)
{
    int item = 0;
    int status = weft_queue_get_nowait(&queue, &item);

    return status < 0 ? status : item;
}

static void the_nowait_forms_say_full_and_empty(void)
{
    use_array(2);
    CHECK(weft_queue_is_empty(&queue));
    CHECK_INT(get(), WEFT_EQUEUEEMPTY);
    for (int i = 1; i <= 7; i++) { /* round and round the ring */
        CHECK_INT(put(i), 0);
        CHECK_INT(put(-1), 0);
        CHECK_INT(put(9), WEFT_EQUEUEFULL);
        CHECK(weft_queue_is_full(&queue));
        CHECK_INT(get(), i);
        CHECK_INT(put(i + 100), 0);
        CHECK_INT(get(), -1);
        CHECK_INT(get(), i + 100);
    }
    CHECK_INT(get(), WEFT_EQUEUEEMPTY);
}

struct big_item {
    char text[100];
    int number;
};

static void items_are_copied_in_and_out(void)
{
    static struct big_item store[3];
    struct weft_queue items = WEFT_QUEUE(store);
    struct big_item item = {.text = "first", .number = 1};

    CHECK_INT(weft_queue_put_nowait(&items, &item), 0);
    item = (struct big_item){.text = "second", .number = 2};
    CHECK_INT(weft_queue_put_nowait(&items, &item), 0);
    CHECK_INT(weft_queue_get_nowait(&items, &item), 0);
    CHECK_STR(item.text, "first");
    CHECK_INT(item.number, 1);
    CHECK_INT(items.count, 1);
}

static void items_of_any_size_keep_all_their_bytes(void)
{
    static const char text[] = "abcdefghijklmnopqrst";
    char store[3 * sizeof text];
    char got[sizeof text];

    for (size_t size = 1; size < sizeof text; size++) {
        struct weft_queue items = WEFT_QUEUE(store);

        items.maxsize = items.capacity = 3;
        items.item_size = size;
        for (int i = 0; i < 2; i++) { /* beside each other */
            CHECK_INT(weft_queue_put_nowait(&items, text + i), 0);
        }
        for (int i = 0; i < 2; i++) {
            memset(got, 0, sizeof got);
            CHECK_INT(weft_queue_get_nowait(&items, got), 0);
            CHECK_INT(memcmp(got, text + i, size), 0);
            CHECK_INT(got[size], 0);
        }
    }
}

static void a_queue_without_a_bound_grows_and_keeps_the_order(void)
{
    struct world world;

    world_open(&world);
    weft_queue_init(&queue, sizeof(int), 0);
    CHECK_INT(world.blocks, 0);
    for (int i = 0; i < 5; i++) { /* so that the ring has turned */
        put(i);
        CHECK_INT(get(), i);
    }
    for (int i = 0; i < 100; i++) {
        CHECK_INT(put(i), 0);
        CHECK(!weft_queue_is_full(&queue));
    }
    for (int i = 0; i < 100; i++) {
        CHECK_INT(get(), i);
    }
    CHECK_INT(world.blocks, 1);
    weft_queue_close(&queue);
    CHECK_INT(world.blocks, 0);
    world_close(&world);
}

static void a_growing_queue_keeps_its_bound(void)
{
    struct world world;

    world_open(&world);
    weft_queue_init(&queue, sizeof(int), 10);
    for (int i = 0; i < 10; i++) {
        CHECK_INT(put(i), 0);
    }
    CHECK_INT(put(10), WEFT_EQUEUEFULL);
    weft_queue_close(&queue);
    world_close(&world);
}

static void a_queue_that_cannot_grow_keeps_what_it_has(void)
{
    struct world world;

    world_open(&world);
    weft_queue_init(&queue, sizeof(int), 0);
    world.fail_at = 1;
    CHECK_INT(put(1), WEFT_ENOMEM);
    CHECK_INT(queue.unfinished, 0);
    world.fail_at = 3; /* the second growth */
    for (int i = 0; i < 8; i++) {
        CHECK_INT(put(i), 0);
    }
    CHECK_INT(put(8), WEFT_ENOMEM);
    CHECK_INT(queue.count, 8);
    CHECK_INT(put(8), 0); /* there is memory again */
    for (int i = 0; i < 9; i++) {
        CHECK_INT(get(), i);
    }
    weft_queue_close(&queue);
    world_close(&world);
}

/* A priority queue wants a function that compares. */
static void a_priority_queue_without_compare_takes_nothing(void)
{
    use_array(2);
    queue.order = WEFT_QUEUE_PRIORITY;
    CHECK_INT(put(1), WEFT_EINVAL);
    CHECK_INT(queue.count, 0);
    CHECK_INT(queue.unfinished, 0);
    CHECK_INT(get(), WEFT_EQUEUEEMPTY);
}

static void items_of_no_size_are_refused(void)
{
    struct world world;

    world_open(&world);
    weft_queue_init(&queue, 0, 0);
    CHECK_INT(put(1), WEFT_EINVAL);
    CHECK_INT(queue.count, 0);
    weft_queue_close(&queue);
    world_close(&world);
}

#define TESTS(X)                                         \
    X(the_nowait_forms_say_full_and_empty)               \
    X(items_are_copied_in_and_out)                       \
    X(items_of_any_size_keep_all_their_bytes)            \
    X(a_queue_without_a_bound_grows_and_keeps_the_order) \
    X(a_growing_queue_keeps_its_bound)                   \
    X(a_queue_that_cannot_grow_keeps_what_it_has)        \
    X(a_priority_queue_without_compare_takes_nothing)    \
    X(items_of_no_size_are_refused)
TEST_MAIN(TESTS)
