/* 02-begin-yield-end.c - the same with three words: yours, then weft's. */
#include <stdio.h>
#include <weft.h>

/* [words] */
#define MY_BEGIN           \
    switch (self->state) { \
    case 0:
#define MY_YIELD(value)         \
    do {                        \
        self->state = __LINE__; \
        return (value);         \
    case __LINE__:;             \
    } while (0)
#define MY_END        \
    }                 \
    self->state = -1; \
    return 0
/* [words] */

/* [mine] */
struct countdown {
    int state;
    int n;
};

static int countdown(struct countdown *self)
{
    MY_BEGIN;
    for (self->n = 3; self->n > 0; self->n--) {
        MY_YIELD(self->n);
    }
    MY_END;
}
/* [mine] */

/* [weft] */
struct counter {
    struct weft_frame frame; /* the state, and a little more; always first */
    int value;               /* where YIELD puts the number                */
    int n;
};

static async counter(struct weft_frame *frame)
{
    ASYNC_BEGIN(counter); /* declares self, the struct around the frame */
    for (self->n = 3; self->n > 0; self->n--) {
        YIELD(self->n);
    }
    ASYNC_END;
}
/* [weft] */

/* [main] */
struct program {
    struct weft_frame frame;
    struct counter counter;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    ASYNC_GENERATOR(&self->counter, counter);
    ASYNC_FOR(&self->counter) {
        printf("weft's %d\n", self->counter.value);
    }
    ASYNC_END;
}

int main(void)
{
    struct countdown mine = {0};
    int n;

    while ((n = countdown(&mine)) > 0) {
        printf("mine %d\n", n);
    }
    return ASYNC_RUN(program) ? 1 : 0;
}
/* [main] */
