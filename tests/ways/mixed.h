/* mixed.h - a coroutine for a program in C++. */
#ifndef MIXED_H
#define MIXED_H

#include <weft.h>

#ifdef __cplusplus
extern "C" {
#endif

struct count {
    struct weft_frame frame;
    int to; /* an argument */
    int i;
    int result;
};

/* START, and its arguments by name, are C. */
int count_start(struct weft_task *task, struct count *slot, int to);

#ifdef __cplusplus
}
#endif

#endif /* MIXED_H */
