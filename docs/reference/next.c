/* next.c - a generator without a loop. */
#include <stdio.h>
#include <weft.h>

struct digits {
    struct weft_frame frame;
    unsigned number;
    unsigned value;
};

static async digits(struct weft_frame *frame)
{
    ASYNC_BEGIN(digits);
    for (; self->number > 0; self->number /= 10) {
        YIELD(self->number % 10);
    }
    ASYNC_END;
}

int main(void)
{
    struct digits slot = {.number = 0};

    ASYNC_GENERATOR(&slot, digits, .number = 1729);
    while (weft_next(&slot.frame) > 0) {
        printf("%u\n", slot.value);
    }
    return 0;
}
