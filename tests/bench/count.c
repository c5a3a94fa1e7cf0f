/* count.c - the workloads in two lengths each, for instructions.sh.
 *
 * Valgrind counts inside of `counted` only, and writes a file each time that
 * begins anew; the last call does nothing but end the one before. Prints
 * "weft operations label" for each call.
 */
#include "bench.h"

#include <stdio.h>

/* Found by name from outside: it may neither be inlined nor be cloned. */
__attribute__((noinline)) void counted(bench_work *work, long size, long count);

void counted(bench_work *work, long size, long count)
{
    work(size, count);
    __asm__ volatile("" ::: "memory"); /* no tail call */
}

static void nothing(long size, long count)
{
    (void)size, (void)count;
}

/* Operations of the shorter length, more or less; the other has five times as
 * many. */
enum { SHORT = 4000, LONGER = 5 };

static void count_side(const struct side *side, const struct workload *workload)
{
    long count = SHORT / workload->each;

    count = count < 2 ? 2 : count;
    for (int i = 0; i < 2; i++) {
        counted(work_of(side, workload), workload->size, count);
        printf("%s\t%ld\t%s\n", side->name, count * workload->each,
               workload->label);
        count *= LONGER;
    }
}

int main(void)
{
    for (int i = 0; i < workload_count; i++) {
        if (work_of(&limit_side, &workloads[i]) != NULL) {
            count_side(&weft_side, &workloads[i]);
            count_side(&limit_side, &workloads[i]);
        }
    }
    counted(nothing, 0, 0);
    return 0;
}
