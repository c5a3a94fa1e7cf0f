/* 08-try-and-finally.c - clean up, however it ends. */
#include <stdio.h>
#include <weft.h>

/* [bake] */
enum { BURNT = WEFT_EUSER }; /* an error of ours */

struct bake {
    struct weft_frame frame;
    const char *what;
    int seconds;
    int err;
};

static async bake(struct weft_frame *frame)
{
    ASYNC_BEGIN(bake);
    printf("%s: oven on\n", self->what);
    ASYNC_TRY {
        AWAIT(weft_sleep(self->seconds));
        if (self->seconds > 60) {
            ASYNC_RAISE(BURNT);
        }
        printf("%s: done\n", self->what);
    }
    ASYNC_CATCH(self->err) {
        printf("%s: caught, code %d\n", self->what, self->err);
        ASYNC_RAISE(self->err); /* pass it on, as `raise` would */
    }
    ASYNC_FINALLY
    AWAIT(weft_sleep(5)); /* cooling down; cleaning up may take time */
    printf("%s: oven off, outcome %s\n", self->what,
           weft_error_name(frame->outcome));
    ASYNC_END;
}
/* [bake] */

/* [program] */
struct program {
    struct weft_frame frame;
    struct bake bake;
    struct weft_join pie;
    int err;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    AWAIT(CALL(&self->bake, bake, .what = "bread", .seconds = 60));
    ASYNC_TRY {
        AWAIT(CALL(&self->bake, bake, .what = "cake", .seconds = 90));
    }
    ASYNC_CATCH(self->err) {
        printf("no cake\n");
    }
    self->pie.task = SPAWN(bake, .what = "pie", .seconds = 60);
    AWAIT(weft_sleep(10));
    weft_task_cancel(self->pie.task);
    AWAIT(weft_gather(&self->pie, 1, WEFT_RETURN_ERRORS));
    weft_join_release(&self->pie, 1);
    ASYNC_END;
}
/* [program] */

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}
