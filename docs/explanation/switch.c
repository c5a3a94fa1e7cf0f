/* switch.c - a function that goes on where it returned. */
#include <stdio.h>

/* [counter] */
struct counter {
    int state; /* where to go on */
    int i;
};

static int count(struct counter *self)
{
    switch (self->state) {
    case 0:
        for (self->i = 1; self->i <= 3; self->i++) {
            self->state = 1;
            return self->i;
        case 1:;
        }
    }
    return 0;
}
/* [counter] */

int main(void)
{
    struct counter a = {0};
    struct counter b = {0};
    int n;

    printf("b %d\n", count(&b));
    while ((n = count(&a)) > 0) {
        printf("a %d\n", n);
    }
    printf("b %d\n", count(&b));
    return 0;
}
