/* test_buffer.c - bytes in at one end, out at the other. */
#include "check.h"

static struct world world;
static struct weft_buffer buffer;

static void reset(void)
{
    memset(&world, 0, sizeof world);
    world.allocator.resize = world_resize;
    memset(&buffer, 0, sizeof buffer);
}

static void finish(void)
{
    weft_buffer_close(&buffer, &world.allocator);
    CHECK_INT(world.blocks, 0);
}

static int append(const char *text)
{
    return weft_buffer_append(&buffer, &world.allocator, text, strlen(text));
}

static void check_content(const char *expected)
{
    char text[64] = "";

    CHECK(buffer.size < sizeof text);
    if (buffer.size > 0 && buffer.size < sizeof text) {
        memcpy(text, weft_buffer_data(&buffer), buffer.size);
    }
    CHECK_STR(text, expected);
}

static void zero_is_an_empty_buffer(void)
{
    reset();
    CHECK_INT(buffer.size, 0);
    CHECK_INT(weft_buffer_room(&buffer), 0);
    finish();
    CHECK_INT(world.allocations, 0);
}

static void bytes_come_out_in_the_order_in_which_they_went_in(void)
{
    reset();
    CHECK_INT(append("hello "), 0);
    CHECK_INT(append("world"), 0);
    check_content("hello world");
    weft_buffer_consume(&buffer, 4);
    check_content("o world");
    CHECK_INT(append("!"), 0);
    check_content("o world!");
    weft_buffer_consume(&buffer, 8);
    check_content("");
    finish();
}

static void appending_nothing_changes_nothing(void)
{
    reset();
    CHECK_INT(weft_buffer_append(&buffer, &world.allocator, NULL, 0), 0);
    CHECK_INT(buffer.size, 0);
    CHECK_INT(append("a"), 0);
    CHECK_INT(weft_buffer_append(&buffer, &world.allocator, NULL, 0), 0);
    check_content("a");
    finish();
}

static void reserve_and_added_are_append_in_two_steps(void)
{
    char *place;

    reset();
    place = weft_buffer_reserve(&buffer, &world.allocator, 100);
    CHECK(place != NULL);
    CHECK(weft_buffer_room(&buffer) >= 100);
    memcpy(place, "abc", 3);
    CHECK_INT(buffer.size, 0);
    weft_buffer_added(&buffer, 3);
    check_content("abc");
    finish();
}

static void an_empty_buffer_has_its_whole_room_again(void)
{
    size_t room;

    reset();
    CHECK_INT(append("x"), 0);
    room = weft_buffer_room(&buffer);
    for (int i = 0; i < 100000; i++) {
        weft_buffer_consume(&buffer, 1);
        CHECK_INT(append("x"), 0);
        if (!CHECK_INT(weft_buffer_room(&buffer), room)) {
            break;
        }
    }
    CHECK_INT(world.allocations, 1);
    finish();
}

/* Every byte of a counting stream, through a buffer that is now short and now
 * long. */
static void nothing_is_lost_or_changed_by_growing_and_moving(void)
{
    unsigned char chunk[700];
    unsigned char in = 0;
    unsigned char out = 0;
    unsigned random = 1;
    int wrong = 0;

    reset();
    for (int i = 0; i < 5000; i++) {
        size_t size;

        random = random * 1103515245 + 12345;
        size = random / 65536 % sizeof chunk;
        for (size_t j = 0; j < size; j++) {
            chunk[j] = in++;
        }
        CHECK_INT(weft_buffer_append(&buffer, &world.allocator, chunk, size),
                  0);
        random = random * 1103515245 + 12345;
        size = random / 65536 % (i % 1000 < 500 ? 300 : 1200);
        if (size > buffer.size) {
            size = buffer.size;
        }
        for (size_t j = 0; j < size; j++) {
            wrong += (unsigned char)weft_buffer_data(&buffer)[j] != out++;
        }
        weft_buffer_consume(&buffer, size);
    }
    CHECK_INT(wrong, 0);
    CHECK(world.allocations < 20);
    finish();
}

/* A large buffer that is full, a byte out and a byte in: it may grow, but not
 * each time. */
static void a_full_buffer_does_not_grow_for_ever(void)
{
    static char large[1 << 16];

    reset();
    CHECK_INT(
        weft_buffer_append(&buffer, &world.allocator, large, sizeof large), 0);
    for (int i = 0; i < 1 << 18; i++) {
        weft_buffer_consume(&buffer, 1);
        CHECK_INT(append("x"), 0);
    }
    CHECK_INT(buffer.size, sizeof large);
    CHECK(world.allocations <= 3);
    finish();
}

static void without_memory_it_stays_as_it_was(void)
{
    char *place;

    reset();
    world.fail_at = 1;
    CHECK_INT(append("abc"), WEFT_ENOMEM);
    CHECK_INT(buffer.size, 0);
    CHECK_INT(append("abc"), 0);
    weft_buffer_consume(&buffer, 1);
    world.fail_at = world.allocations + 1;
    place = weft_buffer_reserve(&buffer, &world.allocator, 1000000);
    CHECK(place == NULL);
    check_content("bc");
    CHECK_INT(append("d"), 0);
    check_content("bcd");
    finish();
}

/* It would like to be larger, but what it has is enough. */
static void without_memory_it_moves_its_bytes_to_the_front(void)
{
    char *place;
    size_t room;

    reset();
    CHECK_INT(append("a"), 0);
    room = weft_buffer_room(&buffer);
    place = weft_buffer_reserve(&buffer, &world.allocator, room);
    memset(place, '.', room);
    weft_buffer_added(&buffer, room);
    weft_buffer_consume(&buffer, 10);
    world.fail_at = world.allocations + 1;
    CHECK_INT(append("0123456789"), 0);
    CHECK_INT(buffer.size, room + 1);
    CHECK(memcmp(weft_buffer_data(&buffer) + room - 10, ".0123456789", 11) ==
          0);
    CHECK_INT(append("b"), 0);
    finish();
}

static void a_size_that_cannot_be_is_out_of_memory(void)
{
    reset();
    CHECK_INT(append("a"), 0);
    CHECK(weft_buffer_reserve(&buffer, &world.allocator, SIZE_MAX) == NULL);
    CHECK(weft_buffer_reserve(&buffer, &world.allocator, SIZE_MAX - 1) == NULL);
    CHECK(weft_buffer_reserve(&buffer, &world.allocator, SIZE_MAX / 2) == NULL);
    check_content("a");
    CHECK_INT(world.allocations, 1);
    finish();
}

static void a_closed_buffer_is_empty_and_can_be_used_again(void)
{
    reset();
    CHECK_INT(append("abc"), 0);
    weft_buffer_close(&buffer, &world.allocator);
    CHECK_INT(buffer.size, 0);
    weft_buffer_close(&buffer, &world.allocator);
    CHECK_INT(append("d"), 0);
    check_content("d");
    finish();
}

#define TESTS(X)                                         \
    X(zero_is_an_empty_buffer)                           \
    X(bytes_come_out_in_the_order_in_which_they_went_in) \
    X(appending_nothing_changes_nothing)                 \
    X(reserve_and_added_are_append_in_two_steps)         \
    X(an_empty_buffer_has_its_whole_room_again)          \
    X(nothing_is_lost_or_changed_by_growing_and_moving)  \
    X(a_full_buffer_does_not_grow_for_ever)              \
    X(without_memory_it_stays_as_it_was)                 \
    X(without_memory_it_moves_its_bytes_to_the_front)    \
    X(a_size_that_cannot_be_is_out_of_memory)            \
    X(a_closed_buffer_is_empty_and_can_be_used_again)
TEST_MAIN(TESTS)
