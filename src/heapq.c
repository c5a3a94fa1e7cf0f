/* heapq.c - a binary heap over bytes. */
#include "weft/heapq.h"

typedef int heapq_compare(const void *a, const void *b);

static void swap_items(char *a, char *b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char byte = a[i];

        a[i] = b[i];
        b[i] = byte;
    }
}

/* Upward, past parents that are greater. */
static void rise(char *items, size_t place, size_t size, heapq_compare *compare)
{
    while (place > 0) {
        size_t parent = (place - 1) / 2;

        if (compare(items + place * size, items + parent * size) >= 0) {
            break;
        }
        swap_items(items + place * size, items + parent * size, size);
        place = parent;
    }
}

void weft_heapq_push(void *items, size_t count, size_t size,
                     heapq_compare *compare)
{
    rise(items, count - 1, size, compare);
}

/* The last item takes the first place, sinks to a leaf along the smaller
 * children (the right one of two equals), and rises from there: fewer
 * comparisons than stopping on the way, since it came from the bottom. */
void weft_heapq_pop(void *items, size_t count, size_t size,
                    heapq_compare *compare)
{
    char *bytes = items;
    size_t end = count - 1;
    size_t place = 0;
    size_t child;

    if (end == 0) {
        return;
    }
    swap_items(bytes, bytes + end * size, size);
    for (child = 1; child < end; child = 2 * place + 1) {
        if (child + 1 < end &&
            compare(bytes + child * size, bytes + (child + 1) * size) >= 0) {
            child++;
        }
        swap_items(bytes + place * size, bytes + child * size, size);
        place = child;
    }
    rise(bytes, place, size, compare);
}
