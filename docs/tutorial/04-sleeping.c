/* 04-sleeping.c - wait for time to pass, and for another coroutine. */
#include <stdio.h>
#include <weft.h>

static int now(void)
{
    return (int)weft_loop_time(weft_loop_running());
}

/* [cook] */
struct cook {
    struct weft_frame frame;
    const char *dish; /* an argument */
    int seconds;      /* another     */
};

static async cook(struct weft_frame *frame)
{
    ASYNC_BEGIN(cook);
    printf("%3d s  %s begun\n", now(), self->dish);
    AWAIT(weft_sleep(self->seconds));
    printf("%3d s  %s ready\n", now(), self->dish);
    ASYNC_END;
}
/* [cook] */

/* [program] */
struct program {
    struct weft_frame frame;
    struct cook cook; /* room for the coroutine that is called */
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    AWAIT(CALL(&self->cook, cook, .dish = "tea", .seconds = 180));
    AWAIT(CALL(&self->cook, cook, .dish = "toast", .seconds = 120));
    printf("%3d s  breakfast\n", now());
    ASYNC_END;
}
/* [program] */

/* [main] */
int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
/* [main] */
