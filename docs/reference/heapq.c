/* heapq.c - the least first, in any array. */
#include <stdio.h>
#include <weft.h>

static int compare(const void *a, const void *b)
{
    const int *left = a;
    const int *right = b;

    return (*left > *right) - (*left < *right);
}

int main(void)
{
    static const int input[] = {5, 1, 4, 2, 3};
    int items[5];
    size_t count = 0;

    for (size_t i = 0; i < 5; i++) {
        items[count++] = input[i];
        weft_heapq_push(items, count, sizeof items[0], compare);
    }
    while (count > 0) {
        weft_heapq_pop(items, count--, sizeof items[0], compare);
        printf("%d\n", items[count]);
    }
    return 0;
}
