/* app.c - a program of somebody else's, which finds weft where it was put. */
#include <stdio.h>
#include <weft.h>

struct twice {
    struct weft_frame frame;
    int number;
    int result;
};

static async twice(struct weft_frame *frame)
{
    ASYNC_BEGIN(twice);
    AWAIT(weft_sleep(0.01));
    ASYNC_RETURN(2 * self->number);
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct twice twice;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    AWAIT(CALL(&self->twice, twice, .number = 21));
    printf("%d\n", self->twice.result);
    ASYNC_END;
}

int main(void)
{
#if defined(WEFT_WITH_TLS)
    struct weft_tls_context context = {0};

    if (weft_tls_context_open_client(&context, NULL) < 0) {
        return 2;
    }
    weft_tls_context_close(&context);
#endif
    return ASYNC_RUN(program) ? 1 : 0;
}
