/* 03-a-loop.c - two functions that remember, and a loop that runs them. */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* [frame] */
struct frame {
    bool (*resume)(struct frame *frame); /* false: it has ended */
    int state;
};

#define BEGIN               \
    switch (frame->state) { \
    case 0:
#define PAUSE                    \
    do {                         \
        frame->state = __LINE__; \
        return true;             \
    case __LINE__:;              \
    } while (0)
#define END \
    }       \
    return false
/* [frame] */

/* [two] */
struct count {
    struct frame frame; /* first, so that a pointer to it is one to us */
    const char *name;
    int last;
    int i;
};

static bool count_up(struct frame *frame)
{
    struct count *self = (struct count *)frame;

    BEGIN;
    for (self->i = 1; self->i <= self->last; self->i++) {
        printf("%s %d\n", self->name, self->i);
        PAUSE; /* the others may go on */
    }
    printf("%s ends\n", self->name);
    END;
}
/* [two] */

/* [loop] */
static void run(struct frame **tasks, size_t count)
{
    while (count > 0) {
        size_t left = 0;

        for (size_t i = 0; i < count; i++) {
            if (tasks[i]->resume(tasks[i])) {
                tasks[left++] = tasks[i]; /* again in the next turn */
            }
        }
        count = left;
    }
}
/* [loop] */

/* [main] */
int main(void)
{
    struct count a = {{count_up, 0}, "a", 2, 0};
    struct count b = {{count_up, 0}, "b", 3, 0};
    struct frame *tasks[] = {&a.frame, &b.frame};

    run(tasks, 2);
    return 0;
}
/* [main] */
