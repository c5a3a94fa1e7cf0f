/* use-one-header.c - a whole program in one file. */
#define WEFT_IMPLEMENTATION 1 /* in exactly one file of a program */
#include <weft.h>

#include <stdio.h>

struct program {
    struct weft_frame frame;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    AWAIT(weft_sleep(0));
    printf("hello\n");
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}
