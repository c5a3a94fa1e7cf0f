/* memory.c - the two functions of a libc that weft and compilers want. */
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int byte, size_t size);

/* The compiler must not see what these loops are: it would call memcpy. */
#if defined(__GNUC__) && !defined(__clang__)
__attribute__((optimize("no-tree-loop-distribute-patterns")))
#endif
void *
memcpy(void *restrict to, const void *restrict from, size_t size)
{
    char *target = to;
    const char *source = from;

    while (size-- > 0) {
        *target++ = *source++;
    }
    return to;
}

#if defined(__GNUC__) && !defined(__clang__)
__attribute__((optimize("no-tree-loop-distribute-patterns")))
#endif
void *
memset(void *to, int byte, size_t size)
{
    char *target = to;

    while (size-- > 0) {
        *target++ = (char)byte;
    }
    return to;
}
