/* generator.c - a generator that is left early, and cleans up. */
#include <stdio.h>
#include <weft.h>

struct lines {
    struct weft_frame frame;
    int value;
};

static async lines(struct weft_frame *frame)
{
    ASYNC_BEGIN(lines);
    printf("open\n");
    for (;;) {
        AWAIT(weft_sleep(1));
        YIELD(self->value + 1);
    }
    ASYNC_FINALLY
    printf("close\n");
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_aclosing closing;
    struct lines lines;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    ASYNC_GENERATOR(&self->lines, lines);
    ASYNC_WITH(&self->closing,
               weft_aclosing(&self->closing, &self->lines.frame)) {
        ASYNC_FOR(&self->lines) {
            printf("line %d\n", self->lines.value);
            if (self->lines.value == 2) {
                break;
            }
        }
    }
    printf("behind\n");
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
