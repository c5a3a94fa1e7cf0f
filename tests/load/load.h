/* load.h - what both sides of the load test share: two processes, since one
 * has not enough descriptors for both ends of so many connections.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weft.h"

enum { MESSAGE = 512, SLOW_SIZE = 12 << 20 };

/* Byte `at` of what client `id` sends. */
static inline char load_byte(int id, size_t at)
{
    return (char)(((size_t)id * 7919 + at) * 2654435761u >> 16);
}

/* The client's side, which tells by a byte on `control` that all are connected
 * and idle ('i'), or have talked and are idle again ('t'), and waits for the
 * answer. 0 if every byte was right. */
int load_echo(int port, int control, int count);
int load_churn(int port, int count);
int load_slow(int port, int count);

#endif /* LOAD_H */
