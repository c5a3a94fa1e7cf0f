/* 05-tasks.c - the same breakfast, everything at once. */
#include <stdio.h>
#include <weft.h>

static int now(void)
{
    return (int)weft_loop_time(weft_loop_running());
}

/* [cook] */
struct cook {
    struct weft_frame frame;
    const char *dish;
    int seconds;
    int result; /* what ASYNC_RETURN hands back */
};

static async cook(struct weft_frame *frame)
{
    ASYNC_BEGIN(cook);
    printf("%3d s  %s begun\n", now(), self->dish);
    AWAIT(weft_sleep(self->seconds));
    printf("%3d s  %s ready\n", now(), self->dish);
    ASYNC_RETURN(now());
    ASYNC_END;
}
/* [cook] */

/* [program] */
struct program {
    struct weft_frame frame;
    struct weft_join dishes[3];
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->dishes[0].task = SPAWN(cook, .dish = "tea", .seconds = 180);
    self->dishes[1].task = SPAWN(cook, .dish = "toast", .seconds = 120);
    self->dishes[2].task = SPAWN(cook, .dish = "egg", .seconds = 150);
    printf("%3d s  three tasks, none has begun\n", now());
    AWAIT(weft_gather(self->dishes, 3, 0));
    printf("%3d s  breakfast; the egg has waited %d s\n", now(),
           now() - WEFT_RESULT(self->dishes[2].task, cook));
    weft_join_release(self->dishes, 3);
    ASYNC_END;
}
/* [program] */

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
