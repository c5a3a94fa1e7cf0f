/* debugs.h - for the tests of debug mode: a loop that keeps what it is told. */
#ifndef DEBUGS_H
#define DEBUGS_H

#include "check.h"

static char said[2048];

/* Keeps the messages, one a line. */
static inline void keep_message(struct weft_loop *loop,
                                const struct weft_report *report)
{
    struct world *world = loop->user;
    size_t used = strlen(said);

    world->reports++;
    snprintf(said + used, sizeof said - used, "%s\n", report->message);
}

static inline void open_in_debug_mode(struct world *world)
{
    world_open(world);
    world->loop.on_error = keep_message;
    weft_loop_set_debug(&world->loop, true);
    said[0] = '\0';
}

static inline void trace_word(void *word)
{
    trace("%s", (char *)word);
}

#endif /* DEBUGS_H */
