/* 01-by-hand.c - a function that remembers where it was. */
#include <stdio.h>

/* [struct] */
struct countdown {
    int state; /* where to go on: the number of a label below */
    int n;     /* a local would be gone after the return      */
};
/* [struct] */

/* [countdown] */
/* The next number, 3 to 1, and 0 after the last. */
static int countdown(struct countdown *self)
{
    switch (self->state) {
    case 0:
        for (self->n = 3; self->n > 0; self->n--) {
            self->state = 1;
            return self->n;
        case 1:;
        }
    }
    self->state = 2; /* no such label: finished */
    return 0;
}
/* [countdown] */

/* [main] */
int main(void)
{
    struct countdown a = {0};
    struct countdown b = {0};

    printf("a %d\n", countdown(&a));
    printf("a %d\n", countdown(&a));
    printf("b %d\n", countdown(&b)); /* b has its own place and its own n */
    printf("a %d\n", countdown(&a));
    printf("a %d\n", countdown(&a));
    printf("a %d\n", countdown(&a)); /* and it stays finished */
    return 0;
}
/* [main] */
