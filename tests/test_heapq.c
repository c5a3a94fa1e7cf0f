/* test_heapq.c - the heap of items, to the swap as Python's heapq.
 *
 * Equal items are told apart by their letter. The orders were printed by
 * Python's heapq, with the same letters in objects that compare by number.
 */
#include "check.h"

struct item {
    int number;
    char letter;
};

static struct item heap[300];
static size_t count;
static long comparisons;

static int by_number(const void *a, const void *b)
{
    const struct item *left = a;
    const struct item *right = b;

    comparisons++;
    return (left->number > right->number) - (left->number < right->number);
}

static void push(int number, char letter)
{
    heap[count++] = (struct item){number, letter};
    weft_heapq_push(heap, count, sizeof heap[0], by_number);
}

static struct item pop(void)
{
    weft_heapq_pop(heap, count, sizeof heap[0], by_number);
    return heap[--count];
}

static bool is_heap(void)
{
    for (size_t i = 1; i < count; i++) {
        if (heap[i].number < heap[(i - 1) / 2].number) {
            return false;
        }
    }
    return true;
}

/* The whole array, then everything popped, as words. */
static void trace_heap(void)
{
    char text[sizeof heap / sizeof heap[0] * 2];
    size_t length = 0;

    for (size_t i = 0; i < count; i++) {
        text[length++] = heap[i].letter;
    }
    text[length++] = ' ';
    while (count > 0) {
        text[length++] = pop().letter;
    }
    text[length] = '\0';
    trace("%s", text);
}

static void push_all(const int *numbers, size_t length)
{
    count = 0;
    for (size_t i = 0; i < length; i++) {
        push(numbers[i], (char)('a' + i));
        CHECK(is_heap());
    }
}

static void one_item_comes_out_as_it_went_in(void)
{
    count = 0;
    push(7, 'x');
    CHECK_INT(heap[0].number, 7);
    CHECK_INT(pop().letter, 'x');
    CHECK_INT(count, 0);
}

/* The array after the pushes, and the order of the pops. */
static void items_lie_where_pythons_lie(void)
{
    static const int mixed[] = {5, 3, 8, 1, 9, 2, 7, 1, 3, 5};
    static const int falling[] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0};

    push_all(mixed, 10);
    trace_heap();
    CHECK_TRACE("dhfbjcgaie dhfbijagce");
    push_all(falling, 10);
    trace_heap();
    CHECK_TRACE("jifghbeadc jihgfedcba");
}

static void equal_items_come_out_as_in_python(void)
{
    static const int same[] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    static const int pairs[] = {2, 1, 2, 1, 3, 3, 1, 2, 3, 1};

    push_all(same, 9);
    trace_heap();
    CHECK_TRACE("abcdefghi acgifhebd");
    push_all(pairs, 10);
    trace_heap();
    CHECK_TRACE("bdgajfchie bgdjcahfei");
}

/* Pushes and pops in between, as a queue does them. */
static void it_stays_a_heap_whatever_happens(void)
{
    uint32_t seed = 12345;
    long pushed = 0;
    long popped = 0;

    count = 0;
    for (int i = 0; i < 5000; i++) {
        seed = seed * 1103515245u + 12345u;
        if (count == 300 || (count > 0 && (seed >> 16) % 3 == 0)) {
            int least = heap[0].number;
            struct item item = pop();

            CHECK_INT(item.number, least);
            popped += item.number;
        } else {
            push((int)((seed >> 20) % 50), '?');
            pushed += (int)((seed >> 20) % 50);
        }
        if (!CHECK(is_heap())) {
            return;
        }
    }
    for (int last = 0; count > 0;) {
        struct item item = pop();

        CHECK(item.number >= last);
        last = item.number;
        popped += last;
    }
    CHECK_INT(popped, pushed);
}

/* To a leaf and up again; two comparisons a level would be twice as many. */
static void a_pop_compares_as_often_as_pythons(void)
{
    count = 0;
    for (int i = 0; i < 256; i++) {
        push((i * 37) % 256, '?');
    }
    comparisons = 0;
    for (int i = 0; i < 256; i++) {
        CHECK_INT(pop().number, i);
    }
    CHECK_INT(comparisons, 1712); /* as Python's */
}

struct wide {
    char before[13];
    int number;
    char after[21];
};

static int by_wide_number(const void *a, const void *b)
{
    return ((const struct wide *)a)->number - ((const struct wide *)b)->number;
}

static void whole_items_move(void)
{
    struct wide items[6];

    for (int i = 0; i < 6; i++) {
        memset(&items[i], 'a' + i, sizeof items[i]);
        items[i].number = 10 - i;
        weft_heapq_push(items, (size_t)i + 1, sizeof items[0], by_wide_number);
    }
    for (int i = 6; i > 0; i--) {
        weft_heapq_pop(items, (size_t)i, sizeof items[0], by_wide_number);
        CHECK_INT(items[i - 1].number, 11 - i);
        CHECK_INT(items[i - 1].before[0], 'a' + i - 1);
        CHECK_INT(items[i - 1].after[20], 'a' + i - 1);
    }
}

#define TESTS(X)                          \
    X(one_item_comes_out_as_it_went_in)   \
    X(items_lie_where_pythons_lie)        \
    X(equal_items_come_out_as_in_python)  \
    X(it_stays_a_heap_whatever_happens)   \
    X(a_pop_compares_as_often_as_pythons) \
    X(whole_items_move)
TEST_MAIN(TESTS)
