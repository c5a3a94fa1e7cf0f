/* stdlib.h - memory from an array, and no environment. */
#ifndef LIBC_STDLIB_H
#define LIBC_STDLIB_H

#include <stddef.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *block, size_t size);
void free(void *block);
_Noreturn void abort(void);

static inline char *getenv(const char *name)
{
    (void)name;
    return NULL;
}

unsigned long long strtoull(const char *text, char **end, int base);

#endif /* LIBC_STDLIB_H */
