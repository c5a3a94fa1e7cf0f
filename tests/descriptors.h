/* descriptors.h - two pairs of descriptors, and callbacks that speak. */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include "real.h"

static struct real real;
static struct weft_handle handles[8];
static int pair[2];
static int other[2];

static inline void reset(void)
{
    memset(handles, 0, sizeof handles);
    real_open(&real);
    real.world.loop.poll_turns = 1; /* events come in the turn they are due */
    real_pair(pair);
    real_pair(other);
}

static inline void finish(void)
{
    for (int i = 0; i < 2; i++) {
        weft_remove_reader(&real.world.loop, pair[i]);
        weft_remove_writer(&real.world.loop, pair[i]);
        weft_remove_reader(&real.world.loop, other[i]);
        weft_remove_writer(&real.world.loop, other[i]);
    }
    real_close_pair(pair);
    real_close_pair(other);
    real_close(&real);
}

static inline void say(void *arg)
{
    trace("%s", (const char *)arg);
}

static inline int add_reader(int which, int fd, const char *word)
{
    return weft_add_reader(&real.world.loop, fd, &handles[which], say,
                           (void *)(uintptr_t)word);
}

static inline int add_writer(int which, int fd, const char *word)
{
    return weft_add_writer(&real.world.loop, fd, &handles[which], say,
                           (void *)(uintptr_t)word);
}

static inline void put(int fd)
{
    CHECK_INT(write(fd, "x", 1), 1);
}

static inline void get(int fd)
{
    char byte;

    CHECK_INT(read(fd, &byte, 1), 1);
}

#endif /* DESCRIPTORS_H */
