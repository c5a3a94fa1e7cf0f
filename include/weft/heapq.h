/* heapq.h - a binary heap of items by value, in any array.
 *
 * Python   heapq, to the swap: items that compare equal come out in the same
 *          order as there
 * Memory   none of its own
 * Errors   none
 *
 *     items[count++] = item;
 *     weft_heapq_push(items, count, sizeof items[0], compare);
 *     weft_heapq_pop(items, count--, sizeof items[0], compare);
 *     least = items[count];
 */
#ifndef WEFT_HEAPQ_H
#define WEFT_HEAPQ_H

#include "weft/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The last of `count` items is new: move it to where it belongs. `compare` is
 * as qsort's. O(log count) swaps of `size` bytes. */
void weft_heapq_push(void *items, size_t count, size_t size,
                     int (*compare)(const void *a, const void *b));

/* Move the least of `count` items, at least one, to the last place. The others
 * are a heap again. O(log count) swaps. */
void weft_heapq_pop(void *items, size_t count, size_t size,
                    int (*compare)(const void *a, const void *b));

#ifdef __cplusplus
}
#endif

#endif /* WEFT_HEAPQ_H */
